"""All that is replaced inside moto, and why; each needs a look when moto is renewed (moto_version).

| replaced | because moto |
|---|---|
| `default_user_config["iam"]` (its own setting) | has no managed policies of AWS's; the CDK toolkit attaches some |
| `LambdaFunction.invoke` (lambda_runtime) | needs Docker to run a function |
| `LambdaFunction`'s configuration (lambda_configuration) | forgets LoggingConfig and more |
| metrics of `CloudWatchResponse` and its backend (metric_store) | ignores namespaces, has no percentiles, is slow |
| operations of `SageMakerResponse` (sagemaker_extras) | has no update_endpoint, no inference components |
| `FakeEndpointConfig.validate_instance_type` (sagemaker_extras) | has a fixed list of types, without ml.g5 |
"""

from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend

from embedded_aws import lambda_configuration, lambda_runtime, metric_store, sagemaker_extras
from embedded_aws.lambda_runtime import LambdaRuntime


def install(runtime: LambdaRuntime) -> None:
    """Replace what has to be replaced; again and again does no harm."""
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    lambda_runtime.install(runtime)
    lambda_configuration.install()
    metric_store.install()
    sagemaker_extras.install()


def forget() -> None:
    """Empty all of moto's backends."""
    # Else each IAM would read AWS's policies again while it is emptied: half a second, for nothing.
    default_user_config["iam"] = {"load_aws_managed_policies": False}
    moto_api_backend.reset()
