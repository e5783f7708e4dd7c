"""All that is replaced inside moto, and why; each needs a look when moto is renewed (moto_version).

| replaced | because moto |
|---|---|
| `default_user_config["iam"]` (its own setting) | has no managed policies of AWS's; the CDK toolkit attaches some |
| permissions and logs of `FakeBucket` (bucket_access) | enforces policies without their conditions |
| alarms of `CloudWatchResponse` (cloudwatch_alarms) | checks little, has no composite alarms |
| tags of `CloudWatchBackend` (dashboard_tags) | tags no dashboards |
| `Rule.send_to_targets` (event_rules) | sends every event to rules that have a schedule |
| `LambdaFunction.invoke` (lambda_runtime) | needs Docker to run a function |
| `LambdaFunction`'s configuration (lambda_configuration) | forgets LoggingConfig and more |
| `SecurityGroupRule`'s description (ec2_rule_descriptions) | tells it of address ranges alone |
| operations of `LogsResponse` (log_group_keys) | has no associate_kms_key |
| `IAMBackend`'s AWS policies (managed_policies) | reads them for each partition of the world |
| metrics of `CloudWatchResponse` and its backend (metric_store) | ignores namespaces, has no percentiles, is slow |
| the interpreter of Amazon States Language (state_machines) | calls port 5000, needs Java, takes its time |
| operations of `SageMakerResponse` (sagemaker_extras) | has no update_endpoint, no inference components |
| `validate_production_variants` (sagemaker_extras) | knows no ml.g5 and checks little else |
"""

from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend

from embedded_aws import (
    bucket_access,
    cloudwatch_alarms,
    dashboard_tags,
    ec2_rule_descriptions,
    event_rules,
    lambda_configuration,
    lambda_runtime,
    log_group_keys,
    managed_policies,
    metric_store,
    sagemaker_extras,
)
from embedded_aws.lambda_runtime import LambdaRuntime


def install(runtime: LambdaRuntime) -> None:
    """Replace what has to be replaced; again and again does no harm."""
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    bucket_access.install()
    cloudwatch_alarms.install()
    dashboard_tags.install()
    ec2_rule_descriptions.install()
    event_rules.install()
    lambda_runtime.install(runtime)
    lambda_configuration.install()
    log_group_keys.install()
    managed_policies.install()
    metric_store.install()
    sagemaker_extras.install()


def forget() -> None:
    """Empty all of moto's backends."""
    # Else each IAM would read AWS's policies again while it is emptied: half a second, for nothing.
    default_user_config["iam"] = {"load_aws_managed_policies": False}
    moto_api_backend.reset()
