"""`python -m sagemaker_idle_endpoints`."""
