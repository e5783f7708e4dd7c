from typing import Any

import pytest
from botocore.exceptions import ClientError
from emptied import forget_endpoints_and_metrics

from embedded_aws import EmbeddedAws
from embedded_aws.sagemaker_extras import backdate

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"


@pytest.fixture
def sagemaker(embedded_aws: EmbeddedAws) -> Api:
    forget_endpoints_and_metrics()
    client = embedded_aws.client("sagemaker")
    client.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    return client


def variant(name: str = "main", **changes: Api) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": "model",
        "InstanceType": "ml.g5.xlarge",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
        **changes,
    }


def deploy(sagemaker: Api, *variants: dict[str, Any], name: str = "endpoint", config: str = "config") -> None:
    sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=list(variants or [variant()]))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)


def variants_of(sagemaker: Api, name: str = "endpoint") -> dict[str, dict[str, Any]]:
    return {
        each["VariantName"]: each for each in sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    }


def refusal(call: Api, **parameters: Api) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_an_endpoint_tells_its_instances_weights_and_images(sagemaker: Api) -> None:
    deploy(sagemaker, variant(InitialInstanceCount=2), variant("shadowed", InitialVariantWeight=0.0))
    told = sagemaker.describe_endpoint(EndpointName="endpoint")
    assert told["EndpointStatus"] == "InService"
    assert "DataCaptureConfig" not in told
    main, shadowed = told["ProductionVariants"]
    assert (main["CurrentInstanceCount"], main["DesiredInstanceCount"]) == (2, 2)
    assert (main["CurrentWeight"], shadowed["CurrentWeight"], shadowed["DesiredWeight"]) == (1.0, 0.0, 0.0)
    assert main["DeployedImages"][0]["SpecifiedImage"] == IMAGE


def test_an_asynchronous_endpoint_says_so(sagemaker: Api) -> None:
    settings = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}
    sagemaker.create_endpoint_config(
        EndpointConfigName="config", ProductionVariants=[variant()], AsyncInferenceConfig=settings
    )
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    assert sagemaker.describe_endpoint(EndpointName="endpoint")["AsyncInferenceConfig"] == settings


def test_what_exists_is_not_made_again(sagemaker: Api) -> None:
    deploy(sagemaker)
    assert "already existing endpoint" in refusal(
        sagemaker.create_endpoint, EndpointName="endpoint", EndpointConfigName="config"
    )
    assert "already existing endpoint configuration" in refusal(
        sagemaker.create_endpoint_config, EndpointConfigName="config", ProductionVariants=[variant()]
    )
    assert "already existing model" in refusal(sagemaker.create_model, ModelName="model", ExecutionRoleArn=ROLE)


def test_what_is_not_there_is_named(sagemaker: Api) -> None:
    deploy(sagemaker)
    assert "endpoint-config/none" in refusal(
        sagemaker.create_endpoint, EndpointName="other", EndpointConfigName="none"
    )
    assert "endpoint-config/none" in refusal(
        sagemaker.update_endpoint, EndpointName="endpoint", EndpointConfigName="none"
    )
    assert "endpoint/none" in refusal(sagemaker.update_endpoint, EndpointName="none", EndpointConfigName="config")
    assert "model/none" in refusal(
        sagemaker.create_endpoint_config, EndpointConfigName="other", ProductionVariants=[variant(ModelName="none")]
    )
    assert "Could not find endpoint" in refusal(sagemaker.delete_endpoint, EndpointName="none")
    assert "none" in refusal(
        sagemaker.list_tags, ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:endpoint/none"
    )


def test_a_configuration_returns_all_that_it_was_given(sagemaker: Api) -> None:
    given = {
        "ProductionVariants": [variant(VolumeSizeInGB=30, RoutingConfig={"RoutingStrategy": "RANDOM"})],
        "ExecutionRoleArn": ROLE,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        "EnableNetworkIsolation": True,
        "KmsKeyId": "key",
        "MetricsConfig": {"EnableEnhancedMetrics": True},
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 5,
            "DestinationS3Uri": "s3://bucket/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    }
    sagemaker.create_endpoint_config(EndpointConfigName="config", **given)
    told = sagemaker.describe_endpoint_config(EndpointConfigName="config")
    assert {name: told[name] for name in given} == given


def test_a_configuration_in_use_stays(sagemaker: Api) -> None:
    deploy(sagemaker)
    assert "used by endpoint" in refusal(sagemaker.delete_endpoint_config, EndpointConfigName="config")
    sagemaker.delete_endpoint(EndpointName="endpoint")
    sagemaker.delete_endpoint_config(EndpointConfigName="config")


@pytest.mark.parametrize(
    ("retain", "exclude", "count", "weight"),
    [
        (False, [], 1, 0.25),
        (True, [], 7, 0.75),
        (True, ["DesiredWeight"], 7, 0.25),
        (True, ["DesiredInstanceCount"], 1, 0.75),
        (True, ["DesiredInstanceCount", "DesiredWeight"], 1, 0.25),
    ],
)
def test_an_update_retains_what_it_is_told_to(
    sagemaker: Api, *, retain: bool, exclude: list[str], count: int, weight: float
) -> None:
    deploy(sagemaker)
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 7, "DesiredWeight": 0.75}],
    )
    before = sagemaker.describe_endpoint(EndpointName="endpoint")
    sagemaker.create_endpoint_config(
        EndpointConfigName="next",
        ProductionVariants=[variant(InitialVariantWeight=0.25), variant("new", InitialInstanceCount=3)],
    )
    sagemaker.update_endpoint(
        EndpointName="endpoint",
        EndpointConfigName="next",
        RetainAllVariantProperties=retain,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": each} for each in exclude],
    )
    after = sagemaker.describe_endpoint(EndpointName="endpoint")
    assert after["EndpointConfigName"] == "next"
    assert after["EndpointStatus"] == "InService"
    assert after["CreationTime"] == before["CreationTime"]
    assert after["LastModifiedTime"] > before["LastModifiedTime"]
    main, new = after["ProductionVariants"]
    assert (main["CurrentInstanceCount"], main["DesiredInstanceCount"]) == (count, count)
    assert (main["CurrentWeight"], main["DesiredWeight"]) == (weight, weight)
    assert new["CurrentInstanceCount"] == 3


def test_what_is_not_given_of_a_capacity_stays(sagemaker: Api) -> None:
    deploy(sagemaker, variant(InitialVariantWeight=0.5), variant("other"))
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint", DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 4}]
    )
    told = variants_of(sagemaker)
    assert (told["main"]["CurrentInstanceCount"], told["main"]["CurrentWeight"]) == (4, 0.5)
    assert told["other"]["CurrentInstanceCount"] == 1
    assert "none" in refusal(
        sagemaker.update_endpoint_weights_and_capacities,
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[{"VariantName": "none", "DesiredWeight": 1}],
    )


def test_a_serverless_variant_has_no_instances(sagemaker: Api) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 2}
    deploy(sagemaker, {"VariantName": "main", "ModelName": "model", "ServerlessConfig": serverless})
    told = variants_of(sagemaker)["main"]
    assert told["CurrentServerlessConfig"] == serverless
    assert "CurrentInstanceCount" not in told


def test_endpoints_come_in_pages(sagemaker: Api) -> None:
    sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant()])
    names = [f"endpoint-{number:03}" for number in range(120)]
    for name in names:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="config")
    pages = list(
        sagemaker.get_paginator("list_endpoints").paginate(SortBy="Name", PaginationConfig={"PageSize": 50})
    )
    assert [len(page["Endpoints"]) for page in pages] == [50, 50, 20]
    listed = [each["EndpointName"] for page in pages for each in page["Endpoints"]]
    assert sorted(listed) == names


def test_inference_components_are_made_listed_resized_and_deleted(sagemaker: Api) -> None:
    sagemaker.create_endpoint_config(
        EndpointConfigName="config",
        ExecutionRoleArn=ROLE,
        ProductionVariants=[{"VariantName": "main", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}],
    )
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    for number in range(25):
        sagemaker.create_inference_component(
            InferenceComponentName=f"component-{number:02}",
            EndpointName="endpoint",
            VariantName="main",
            Specification={
                "ModelName": "model",
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
            },
            RuntimeConfig={"CopyCount": 2},
            Tags=[{"Key": "team", "Value": "search"}],
        )
    pages = list(
        sagemaker.get_paginator("list_inference_components").paginate(SortBy="Name", SortOrder="Ascending")
    )
    assert [len(page["InferenceComponents"]) for page in pages] == [10, 10, 5]
    found = sagemaker.list_inference_components(NameContains="-07", EndpointNameEquals="endpoint")
    assert [each["InferenceComponentName"] for each in found["InferenceComponents"]] == ["component-07"]
    assert not sagemaker.list_inference_components(VariantNameEquals="other")["InferenceComponents"]

    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="component-07", DesiredRuntimeConfig={"CopyCount": 5}
    )
    told = sagemaker.describe_inference_component(InferenceComponentName="component-07")
    assert told["RuntimeConfig"] == {"DesiredCopyCount": 5, "CurrentCopyCount": 5}
    assert told["InferenceComponentStatus"] == "InService"
    assert told["Specification"]["ModelName"] == "model"
    assert sagemaker.list_tags(ResourceArn=told["InferenceComponentArn"])["Tags"] == [
        {"Key": "team", "Value": "search"}
    ]
    sagemaker.delete_inference_component(InferenceComponentName="component-07")
    assert "component-07" in refusal(sagemaker.describe_inference_component, InferenceComponentName="component-07")


def test_a_tag_given_anew_has_its_new_value(sagemaker: Api) -> None:
    deploy(sagemaker)
    arn = sagemaker.describe_endpoint(EndpointName="endpoint")["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "old"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "new"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "new"}]


def test_a_backdated_endpoint_is_older(sagemaker: Api) -> None:
    deploy(sagemaker)
    before = sagemaker.describe_endpoint(EndpointName="endpoint")["CreationTime"]
    backdate("endpoint", "us-east-1", 30)
    after = sagemaker.describe_endpoint(EndpointName="endpoint")["CreationTime"]
    assert (before - after).days == 30
    with pytest.raises(KeyError):
        backdate("none", "us-east-1", 30)
