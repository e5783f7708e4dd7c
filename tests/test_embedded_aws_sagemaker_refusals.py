"""What SageMaker refuses at a deployment, is refused here, in one message with all that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emptied import forget_endpoints_and_metrics
from endpoint_templates import ASYNCHRONOUS, CAPTURE, IMAGE, MANAGED, ROLE, SERVERLESS

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
INSTANCES = {"ModelName": "model", "InstanceType": "ml.c5.large", "InitialInstanceCount": 4}
ON_DEMAND = {"ModelName": "model", "ServerlessConfig": SERVERLESS}
RESOURCES = {"MinMemoryRequiredInMb": 128}


@pytest.fixture
def sagemaker(embedded_aws: EmbeddedAws) -> Api:
    """A model, an endpoint of it, one for components, and an alarm."""
    forget_endpoints_and_metrics()
    client = embedded_aws.client("sagemaker")
    client.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    hosting = {"InstanceType": "ml.c5.large", "InitialInstanceCount": 1}
    for name, variant in (("endpoint", INSTANCES), ("components", hosting)):
        client.create_endpoint_config(
            EndpointConfigName=name, ExecutionRoleArn=ROLE, ProductionVariants=[{"VariantName": "main", **variant}]
        )
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    embedded_aws.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        MetricName="Invocation5XXErrors",
        Namespace="AWS/SageMaker",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    return client


def refusal(call: Api, **parameters: Api) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def variants(*each: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"VariantName": f"v{number}", **one} for number, one in enumerate(each)]


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        (
            {"ProductionVariants": [{**v, "VariantName": "a"} for v in variants(INSTANCES, INSTANCES)]},
            "unique names",
        ),
        ({"ShadowProductionVariants": variants({}, INSTANCES, INSTANCES)[1:]}, "got 1 and 2"),
        (
            {
                "ProductionVariants": variants(INSTANCES, INSTANCES),
                "ShadowProductionVariants": [{"VariantName": "shadow", **INSTANCES}],
            },
            "got 2 and 1",
        ),
        ({"ShadowProductionVariants": variants(INSTANCES)}, "unique names, got v0"),
        (
            {
                "ShadowProductionVariants": [{"VariantName": "shadow", **INSTANCES}],
                "AsyncInferenceConfig": ASYNCHRONOUS,
            },
            "asynchronous endpoint has no Shadow",
        ),
        ({"ProductionVariants": variants({"ModelName": "model"})}, "needs either an InstanceType"),
        ({"ProductionVariants": variants({"ModelName": "model", "InstanceType": "ml.c5.large"})}, "needs one of"),
        ({"ProductionVariants": variants({**INSTANCES, "ModelName": "none"})}, "model/none"),
        ({"ProductionVariants": variants({**INSTANCES, "InstanceType": "c5.large"})}, "instanceType"),
        (
            {"ProductionVariants": variants({"InstanceType": "ml.c5.large", "InitialInstanceCount": 1})},
            "needs an ExecutionRoleArn",
        ),
        (
            {
                "ProductionVariants": variants(
                    {**INSTANCES, "ManagedInstanceScaling": {**MANAGED, "MinInstanceCount": 5}}
                )
            },
            "MinInstanceCount is at most MaxInstanceCount, got 5 and 4",
        ),
        ({"MetricsConfig": {"MetricPublishFrequencyInSeconds": 20}}, "MetricPublishFrequencyInSeconds"),
        ({"ProductionVariants": variants({**INSTANCES, "VolumeSizeInGB": 513})}, "less than or equal to 512"),
    ],
)
def test_a_configuration_that_aws_refuses_is_refused(sagemaker: Api, configuration: Api, told: str) -> None:
    given = {"ProductionVariants": variants(INSTANCES), **configuration}
    assert told in refusal(sagemaker.create_endpoint_config, EndpointConfigName="bad", **given)
    assert len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 2


@pytest.mark.parametrize(
    ("variant", "configuration", "told"),
    [
        ({"ServerlessConfig": {**SERVERLESS, "MemorySizeInMB": 1500}}, {}, "a multiple of 1024, got 1500"),
        ({"ServerlessConfig": {**SERVERLESS, "MemorySizeInMB": 7168}}, {}, "less than or equal to 6144"),
        ({"ServerlessConfig": {**SERVERLESS, "ProvisionedConcurrency": 21}}, {}, "got 21 and 20"),
        ({"ServerlessConfig": {**SERVERLESS, "MaxConcurrency": 201}}, {}, "less than or equal to 200"),
        ({"InstanceType": "ml.c5.large", "InitialInstanceCount": 1}, {}, "InitialInstanceCount, InstanceType"),
        ({"VolumeSizeInGB": 8}, {}, "no VolumeSizeInGB"),
        ({}, {"DataCaptureConfig": CAPTURE}, "no DataCaptureConfig"),
        ({}, {"AsyncInferenceConfig": ASYNCHRONOUS}, "no AsyncInferenceConfig"),
        ({}, {"EnableNetworkIsolation": True}, "no EnableNetworkIsolation"),
        (
            {},
            {"VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}},
            "no VpcConfig",
        ),
    ],
)
def test_a_serverless_variant_has_steps_of_memory_and_no_instances(
    sagemaker: Api, variant: Api, configuration: Api, told: str
) -> None:
    given = variants({**ON_DEMAND, **variant})
    asked = {"EndpointConfigName": "bad", "ProductionVariants": given, **configuration}
    assert told in refusal(sagemaker.create_endpoint_config, **asked)


def test_all_that_is_wrong_is_told_at_once(sagemaker: Api) -> None:
    bad = variants({**ON_DEMAND, "VolumeSizeInGB": 8}, ON_DEMAND)
    message = refusal(sagemaker.create_endpoint_config, EndpointConfigName="bad", ProductionVariants=bad)
    assert "has one variant, got 2" in message
    assert "no VolumeSizeInGB" in message
    beyond = variants({**INSTANCES, "VolumeSizeInGB": 513, "ModelDataDownloadTimeoutInSeconds": 3601})
    message = refusal(sagemaker.create_endpoint_config, EndpointConfigName="bad", ProductionVariants=beyond)
    assert message.startswith(
        "2 validation errors detected: Value '513' at 'productionVariants.1.member.volumeSizeInGB'"
    )


def blue_green(routing: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    routing = {"WaitIntervalInSeconds": 60, **routing}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **more}}


def rolling(value: int, type_: str = "CAPACITY_PERCENT", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    size = {"Type": type_, "Value": value}
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60, **more}}


def step(type_: str, value: int, of: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    name = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}[type_]
    return {"Type": type_, name: {"Type": of, "Value": value}}


@pytest.mark.parametrize(
    "config",
    [
        blue_green({"Type": "ALL_AT_ONCE"}, TerminationWaitInSeconds=600, MaximumExecutionTimeoutInSeconds=1200),
        blue_green(step("CANARY", 50)) | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}},
        blue_green(step("CANARY", 2, of="INSTANCE_COUNT")),
        blue_green(step("LINEAR", 10)),
        rolling(5),
        rolling(2, "INSTANCE_COUNT", RollbackMaximumBatchSize={"Type": "CAPACITY_PERCENT", "Value": 100}),
    ],
)
def test_a_deployment_is_told_until_another_one(sagemaker: Api, config: Api) -> None:
    endpoint = {"EndpointName": "endpoint", "EndpointConfigName": "endpoint"}

    def last() -> Api:
        return sagemaker.describe_endpoint(EndpointName="endpoint").get("LastDeploymentConfig")

    sagemaker.update_endpoint(**endpoint, DeploymentConfig=config)
    assert last() == config
    sagemaker.update_endpoint(**endpoint, RetainDeploymentConfig=True)
    assert last() == config
    sagemaker.update_endpoint(**endpoint)
    assert last() is None


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (blue_green(step("CANARY", 51)), "CanarySize must be 0 to 50 percent"),
        (blue_green(step("CANARY", 3, of="INSTANCE_COUNT")), "got 3 of the 4 of main"),
        (blue_green(step("LINEAR", 9)), "LinearStepSize must be 10 to 50 percent"),
        (blue_green(step("LINEAR", 51)), "LinearStepSize must be 10 to 50 percent"),
        (blue_green({"Type": "LINEAR"}), "needs a LinearStepSize"),
        (blue_green({**step("CANARY", 5), "Type": "ALL_AT_ONCE"}), "ALL_AT_ONCE has no CanarySize"),
        (rolling(4), "MaximumBatchSize must be 5 to 50 percent"),
        (rolling(51), "MaximumBatchSize must be 5 to 50 percent"),
        (rolling(50) | blue_green({"Type": "ALL_AT_ONCE"}), "Only one update policy"),
        (
            blue_green(
                {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
                TerminationWaitInSeconds=300,
                MaximumExecutionTimeoutInSeconds=600,
            ),
            "must be above the waits, which are 600, got 600",
        ),
        ({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "none"}]}}, "there is no alarm none"),
    ],
)
def test_a_deployment_that_aws_refuses_is_refused(sagemaker: Api, config: Api, told: str) -> None:
    before = sagemaker.describe_endpoint(EndpointName="endpoint")["LastModifiedTime"]
    asked = {"EndpointName": "endpoint", "EndpointConfigName": "endpoint", "DeploymentConfig": config}
    assert told in refusal(sagemaker.update_endpoint, **asked)
    assert sagemaker.describe_endpoint(EndpointName="endpoint")["LastModifiedTime"] == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"RuntimeConfig": {"CopyCount": 0}}, "CopyCount of 1 at least, got 0"),
        ({"EndpointName": "endpoint"}, "variant main has a model of its own"),
        ({"EndpointName": "none"}, "endpoint/none"),
        ({"VariantName": "none"}, "has no variant none"),
        ({"Specification": {"ModelName": "none", "ComputeResourceRequirements": RESOURCES}}, "model/none"),
        ({"Specification": {"ModelName": "model"}}, "needs ComputeResourceRequirements"),
        ({"Specification": {"ComputeResourceRequirements": RESOURCES}}, "needs a ModelName or a Container"),
        ({"Specification": {"BaseInferenceComponentName": "none"}}, "inference-component/none"),
        (
            {
                "Specification": {
                    "ModelName": "model",
                    "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 256, "MaxMemoryRequiredInMb": 255},
                }
            },
            "must be at least MinMemoryRequiredInMb, got 255 and 256",
        ),
        (
            {"Specifications": [{"ModelName": "model", "ComputeResourceRequirements": RESOURCES}]},
            "got Specification and Specifications",
        ),
        ({"Specification": {}}, "got none"),
    ],
)
def test_a_component_that_aws_refuses_is_refused(sagemaker: Api, changes: Api, told: str) -> None:
    asked = {
        "InferenceComponentName": "bad",
        "EndpointName": "components",
        "VariantName": "main",
        "Specification": {"ModelName": "model", "ComputeResourceRequirements": RESOURCES},
        **changes,
    }
    assert told in refusal(sagemaker.create_inference_component, **asked)
    assert sagemaker.list_inference_components()["InferenceComponents"] == []


def test_a_component_may_have_a_specification_for_each_instance_type(sagemaker: Api) -> None:
    named = {"InferenceComponentName": "several", "EndpointName": "components", "VariantName": "main"}
    one = {"ModelName": "model", "ComputeResourceRequirements": RESOURCES}
    assert "2 entries at least, got 1" in refusal(
        sagemaker.create_inference_component, **named, Specifications=[{**one, "InstanceType": "ml.c5.large"}]
    )
    assert "of its own" in refusal(sagemaker.create_inference_component, **named, Specifications=[one, one])
    given = [{**one, "InstanceType": type_} for type_ in ("ml.c5.large", "ml.c5.xlarge")]
    sagemaker.create_inference_component(**named, Specifications=given)
    told = sagemaker.describe_inference_component(InferenceComponentName="several")
    assert (told["Specifications"], "Specification" in told) == (given, False)
