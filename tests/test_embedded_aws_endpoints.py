"""Whatever SageMaker hosts deploys by CloudFormation, and boto3 reads back all that the template said."""

from __future__ import annotations

from typing import Any

import pytest
from emptied import forget_endpoints_and_metrics
from endpoint_templates import CONFIGURATIONS, IMAGE, INSTANCES, MANAGED, ROLE, SERVERLESS, endpoint, variant
from stack_bench import StackBench, attribute, resource

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
COMPONENT = {
    "Container": {
        "Image": IMAGE,
        "ArtifactUrl": "s3://bucket/model.tar.gz",
        "Environment": {"SIZE": "1"},
    },
    "ComputeResourceRequirements": {
        "NumberOfCpuCoresRequired": 0.5,
        "NumberOfAcceleratorDevicesRequired": 1,
        "MinMemoryRequiredInMb": 1024,
        "MaxMemoryRequiredInMb": 2048,
    },
    "StartupParameters": {
        "ModelDataDownloadTimeoutInSeconds": 600,
        "ContainerStartupHealthCheckTimeoutInSeconds": 300,
    },
}


@pytest.fixture
def stack(embedded_aws: EmbeddedAws) -> StackBench:
    """A stack in an AWS without endpoints."""
    bench = StackBench(embedded_aws)
    bench.cloudformation.delete_stack(StackName=bench.name)
    forget_endpoints_and_metrics()
    return bench


@pytest.fixture
def sagemaker(embedded_aws: EmbeddedAws) -> Api:
    return embedded_aws.client("sagemaker")


def name_of(stack: StackBench, logical_id: str) -> str:
    return stack.physical_ids[logical_id].rpartition("/")[2]


def resolved(value: Api, model: str) -> Api:
    """A template's value, with the model's name for what stands for it."""
    if value == variant()["ModelName"]:
        return model
    if isinstance(value, dict):
        return {key: resolved(part, model) for key, part in value.items()}
    return [resolved(part, model) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_what_a_template_says_of_a_configuration_is_read_back(stack: StackBench, sagemaker: Api, kind: str) -> None:
    assert stack.deploy(endpoint(CONFIGURATIONS[kind])) == "CREATE_COMPLETE", stack.reasons
    read = sagemaker.describe_endpoint_config(EndpointConfigName=name_of(stack, "Config"))
    sent = resolved(CONFIGURATIONS[kind], name_of(stack, "Model"))
    for variants in ("ProductionVariants", "ShadowProductionVariants"):
        for each in sent.get(variants, []):
            each.setdefault("InitialVariantWeight", 1.0)
    assert {name: read.get(name) for name in sent} == sent


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_another_configuration_replaces_it_and_the_endpoint_stays(
    stack: StackBench, sagemaker: Api, kind: str
) -> None:
    before_configuration, after_configuration = CONFIGURATIONS[kind], dict(CONFIGURATIONS[kind])
    after_configuration["ProductionVariants"] = [
        {**each, "InitialVariantWeight": 0.25} for each in before_configuration["ProductionVariants"]
    ]
    stack.deploy(endpoint(before_configuration))
    before = stack.physical_ids
    assert stack.deploy(endpoint(after_configuration)) == "UPDATE_COMPLETE", stack.reasons
    after = stack.physical_ids
    assert after["Endpoint"] == before["Endpoint"]
    assert after["Config"] != before["Config"]
    assert [each["EndpointConfigArn"] for each in sagemaker.list_endpoint_configs()["EndpointConfigs"]] == [
        after["Config"]
    ]
    told = sagemaker.describe_endpoint(EndpointName=name_of(stack, "Endpoint"))
    assert {each["DesiredWeight"] for each in told["ProductionVariants"]} == {0.25}
    stack.delete()
    for listed in (sagemaker.list_endpoints, sagemaker.list_endpoint_configs, sagemaker.list_models):
        (rows,) = (value for name, value in listed().items() if name != "ResponseMetadata")
        assert rows == []


def test_a_shadow_variant_is_told_beside_the_one_in_production(stack: StackBench, sagemaker: Api) -> None:
    stack.deploy(endpoint(CONFIGURATIONS["shadowed"]))
    told = sagemaker.describe_endpoint(EndpointName=name_of(stack, "Endpoint"))
    (production,), (shadow,) = told["ProductionVariants"], told["ShadowProductionVariants"]
    assert (production["VariantName"], shadow["VariantName"]) == ("main", "shadow")
    assert shadow["CurrentInstanceCount"] == INSTANCES["InitialInstanceCount"]
    assert shadow["DeployedImages"][0]["SpecifiedImage"] == IMAGE


def test_an_endpoint_tells_its_metrics_queue_explainer_and_capture(stack: StackBench, sagemaker: Api) -> None:
    told = {}
    for kind in ("real-time", "asynchronous"):
        stack.deploy(endpoint(CONFIGURATIONS[kind]))
        told |= sagemaker.describe_endpoint(EndpointName=name_of(stack, "Endpoint"))
        for name in ("MetricsConfig", "ExplainerConfig", "AsyncInferenceConfig"):
            if name in CONFIGURATIONS[kind]:
                assert told[name] == CONFIGURATIONS[kind][name]
    assert told["DataCaptureConfig"]["EnableCapture"] is True


def test_a_serverless_endpoint_tells_what_it_has_and_what_it_aims_at(stack: StackBench, sagemaker: Api) -> None:
    stack.deploy(endpoint(CONFIGURATIONS["serverless"]))
    (told,) = sagemaker.describe_endpoint(EndpointName=name_of(stack, "Endpoint"))["ProductionVariants"]
    assert told["CurrentServerlessConfig"] == told["DesiredServerlessConfig"] == SERVERLESS


def test_a_variant_of_several_instance_types_fills_its_first_choice(stack: StackBench, sagemaker: Api) -> None:
    stack.deploy(endpoint(CONFIGURATIONS["several instance types"]))
    (told,) = sagemaker.describe_endpoint(EndpointName=name_of(stack, "Endpoint"))["ProductionVariants"]
    assert told["InstancePools"] == [
        {"InstanceType": "ml.g5.xlarge", "CurrentInstanceCount": 3},
        {"InstanceType": "ml.g6.xlarge", "CurrentInstanceCount": 0},
    ]


def test_a_pipeline_of_containers_is_read_back(stack: StackBench, sagemaker: Api) -> None:
    container = {
        "Image": IMAGE,
        "Environment": {"SIZE": "1"},
        "ImageConfig": {"RepositoryAccessMode": "Platform"},
        "ModelDataSource": {
            "S3DataSource": {"CompressionType": "None", "S3DataType": "S3Prefix", "S3Uri": "s3://bucket/model/"}
        },
    }
    sent = {
        "ExecutionRoleArn": ROLE,
        "Containers": [{**container, "ContainerHostname": name} for name in ("first", "second")],
        "InferenceExecutionConfig": {"Mode": "Direct"},
        "EnableNetworkIsolation": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]},
    }
    assert stack.deploy({"Model": resource("AWS::SageMaker::Model", **sent)}) == "CREATE_COMPLETE", stack.reasons
    told = sagemaker.describe_model(ModelName=name_of(stack, "Model"))
    assert {name: told[name] for name in sent} == sent
    assert "PrimaryContainer" not in told


def test_an_image_is_found_by_region(stack: StackBench, sagemaker: Api) -> None:
    resources = endpoint(CONFIGURATIONS["asynchronous"])
    found = {"Fn::FindInMap": ["Images", {"Ref": "AWS::Region"}, "uri"]}
    resources["Model"]["Properties"]["PrimaryContainer"] = {"Image": found}
    images = {"eu-west-1": {"uri": "none"}, "us-east-1": {"uri": IMAGE}}
    assert stack.deploy(resources, Mappings={"Images": images}) == "CREATE_COMPLETE", stack.reasons
    assert sagemaker.describe_model(ModelName=name_of(stack, "Model"))["PrimaryContainer"]["Image"] == IMAGE


def guarded(weight: float, **deployment: Api) -> dict[str, Any]:
    """An endpoint whose deployments an alarm of the same stack watches."""
    configuration = {"ProductionVariants": [variant(**{**INSTANCES, "InitialVariantWeight": weight})]}
    alarm = resource(
        "AWS::CloudWatch::Alarm",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[{"Name": "EndpointName", "Value": "guarded"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": {"Ref": "Errors"}}]}}
    return endpoint(
        configuration,
        EndpointName="guarded",
        DeploymentConfig={**deployment, **rollback},
        RetainAllVariantProperties=True,
        RetainDeploymentConfig=True,
    ) | {"Errors": alarm}


def shifting(**routing: Api) -> dict[str, Any]:
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


CANARY = {"Type": "CANARY", "WaitIntervalInSeconds": 600}


def test_a_deployment_is_guarded_by_an_alarm_of_its_stack(stack: StackBench, sagemaker: Api) -> None:
    def last() -> Api:
        return sagemaker.describe_endpoint(EndpointName="guarded")["LastDeploymentConfig"]

    # CloudFormation's schema wants no WaitIntervalInSeconds, where the API does.
    assert stack.deploy(guarded(1, **shifting(Type="ALL_AT_ONCE"))) == "CREATE_COMPLETE", stack.reasons
    routing = last()["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing == {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    assert last()["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": stack.physical_ids["Errors"]}]}
    before, canary = stack.physical_ids, {**CANARY, "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    assert stack.deploy(guarded(1, **shifting(**canary))) == "UPDATE_COMPLETE", stack.reasons
    assert stack.physical_ids == before
    assert last()["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == canary
    above = {**CANARY, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 60}}
    assert stack.deploy(guarded(2, **shifting(**above))) == "UPDATE_ROLLBACK_COMPLETE"
    assert "CanarySize must be 0 to 50 percent of the fleet, got 60 percent" in stack.reasons
    assert last()["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == canary


def with_component(copies: int = 2, **changes: Api) -> dict[str, Any]:
    return endpoint(CONFIGURATIONS["inference components"]) | {
        "Component": resource(
            "AWS::SageMaker::InferenceComponent",
            EndpointName=attribute("Endpoint", "EndpointName"),
            VariantName="main",
            Specification=COMPONENT,
            RuntimeConfig={"CopyCount": copies},
            **changes,
        )
    }


def test_an_inference_component_is_made_updated_in_place_and_deleted(stack: StackBench, sagemaker: Api) -> None:
    names = ("InferenceComponentArn", "InferenceComponentStatus", "RuntimeConfig.CurrentCopyCount")
    outputs = {name.replace(".", ""): {"Value": attribute("Component", name)} for name in names}
    assert stack.deploy(with_component(), Outputs=outputs) == "CREATE_COMPLETE", stack.reasons
    component = stack.physical_ids["Component"]
    assert stack.outputs["InferenceComponentArn"] == component
    assert stack.outputs["RuntimeConfigCurrentCopyCount"] == "2"
    assert stack.outputs["InferenceComponentStatus"] == "InService"
    asked = {"InferenceComponentName": name_of(stack, "Component")}

    told = sagemaker.describe_inference_component(**asked)
    (variant_told,) = sagemaker.describe_endpoint(EndpointName=told["EndpointName"])["ProductionVariants"]
    assert variant_told["ManagedInstanceScaling"] == MANAGED
    assert told["Specification"]["Container"].pop("DeployedImage") == {"SpecifiedImage": IMAGE}
    told["Specification"]["Container"]["Image"] = IMAGE
    assert told["Specification"] == COMPONENT

    sagemaker.update_inference_component_runtime_config(**asked, DesiredRuntimeConfig={"CopyCount": 7})
    smaller = {**COMPONENT, "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 512}}
    changed = with_component(
        Tags=[{"Key": "team", "Value": "search"}],
        DeploymentConfig={
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                "WaitIntervalInSeconds": 60,
            }
        },
    )
    changed["Component"]["Properties"]["Specification"] = smaller
    assert stack.deploy(changed) == "UPDATE_COMPLETE", stack.reasons
    assert stack.physical_ids["Component"] == component
    told = sagemaker.describe_inference_component(**asked)
    assert told["Specification"]["ComputeResourceRequirements"] == {"MinMemoryRequiredInMb": 512}
    assert told["RuntimeConfig"]["CurrentCopyCount"] == 7, "what scaling has made stays"
    assert told["LastDeploymentConfig"]["RollingUpdatePolicy"]["WaitIntervalInSeconds"] == 60
    assert sagemaker.list_tags(ResourceArn=component)["Tags"] == [{"Key": "team", "Value": "search"}]
    stack.delete()
    assert sagemaker.list_inference_components()["InferenceComponents"] == []


def test_the_name_of_an_inference_component_is_no_attribute(stack: StackBench) -> None:
    outputs = {"Name": {"Value": attribute("Component", "InferenceComponentName")}}
    assert stack.deploy(with_component(), Outputs=outputs) == "ROLLBACK_COMPLETE"
    assert "InferenceComponentName" in stack.reasons


def test_an_inference_component_does_not_move(stack: StackBench) -> None:
    """CloudFormation's schema has the names updated in place, for which the API has no parameter."""
    stack.deploy(with_component())
    assert stack.deploy(with_component(InferenceComponentName="other")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "property InferenceComponentName is not emulated" in stack.reasons


def test_a_deleted_endpoint_leaves_its_components_behind(stack: StackBench, sagemaker: Api) -> None:
    stack.deploy(with_component())
    sagemaker.delete_endpoint(EndpointName=name_of(stack, "Endpoint"))
    (left,) = sagemaker.list_inference_components()["InferenceComponents"]
    assert left["InferenceComponentArn"] == stack.physical_ids["Component"]
    sagemaker.delete_inference_component(InferenceComponentName=left["InferenceComponentName"])
    assert sagemaker.list_inference_components()["InferenceComponents"] == []
