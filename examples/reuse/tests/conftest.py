pytest_plugins = ["cdk_sagemaker_scaling.testing"]
