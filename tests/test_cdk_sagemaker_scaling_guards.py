"""What endpoints refuse, early and in words: the cause, the value got, and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from least import asynchronous, bucket, component, fleet, host, real_time, serverless, variant
from refusals import refused

from cdk_sagemaker_scaling import (
    AllAtOnceDeployment,
    AsynchronousEndpoint,
    AsynchronousOutput,
    CanaryDeployment,
    CapacitySize,
    DataCapture,
    Deployment,
    InferenceComponentEndpoint,
    LinearDeployment,
    ManagedInstanceScaling,
    MetricsConfig,
    RealTimeEndpoint,
    RollingDeployment,
    ScaleInStrategy,
    ServerlessEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("", "under_score", "-V", "V-", "V" * 64, "V\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_malformed_name_of_a_variant_is_refused(stack: Stack, name: str) -> None:
    with refused(stack, f"variant {name!r}: a variant's name has 1 to 63 letters, digits and hyphens"):
        real_time(stack, variants=[variant(name=name)])
    told = f"variant_name has 1 to 63 letters, digits and inner hyphens, got {name!r}"
    with refused(stack, told):
        serverless(stack, variant_name=name)
    with refused(stack, told):
        host(stack, variant_name=name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [real_time, asynchronous, serverless, host])
def test_a_malformed_name_of_an_endpoint_is_refused(stack: Stack, kind: Callable[..., object], name: str) -> None:
    with refused(stack, f"endpoint_name has 1 to 63 letters, digits and inner hyphens, got {name!r}"):
        kind(stack, endpoint_name=name)


@pytest.mark.parametrize("name", ["V", "0", "a-b", "a--b", "V" * 63, "config"])
def test_a_name_that_sagemaker_takes_is_taken(stack: Stack, name: str) -> None:
    endpoint = real_time(stack, variants=[variant(name=name)], endpoint_name=name)
    assert endpoint.variants.keys() == {name}


@pytest.mark.parametrize("name", ["Config", "ExecutionRole", "Resource", "SecurityGroup"])
def test_a_variant_is_called_as_none_of_the_endpoints_parts(stack: Stack, name: str) -> None:
    with refused(stack, f"variant {name!r}: the endpoint's own parts are called so: choose another name"):
        real_time(stack, variants=[variant(name=name)])


FLEETS: list[tuple[dict[str, Any], str]] = [
    ({"initial_instance_count": 0}, "initial_instance_count must be at least 1, got 0"),
    ({"instance_type": "c5.large"}, "instance_type looks like ml.c5.large, got 'c5.large'"),
    ({"instance_type": ""}, "instance_type looks like ml.c5.large, got ''"),
    ({"volume_size_gb": 0}, "volume_size_gb must be 1 to 512, got 0"),
    ({"volume_size_gb": 513}, "volume_size_gb must be 1 to 512, got 513"),
    ({"container_startup_timeout_seconds": 59}, "container_startup_timeout_seconds must be 60 to 3600, got 59"),
    (
        {"model_data_download_timeout_seconds": 3601},
        "model_data_download_timeout_seconds must be 60 to 3600, got 3601",
    ),
]


@pytest.mark.parametrize(("given", "told"), FLEETS)
def test_a_fleet_that_sagemaker_would_refuse_is_refused_on_every_kind_of_endpoint(
    stack: Stack, given: dict[str, Any], told: str
) -> None:
    with refused(stack, f"RealTimeEndpoint: variant 'V': {told}"):
        real_time(stack, variants=[variant(**given)])
    with refused(stack, f"AsynchronousEndpoint: variant 'V': {told}"):
        asynchronous(stack, variant=variant(**given))
    with refused(stack, f"InferenceComponentEndpoint: fleet: {told}"):
        host(stack, fleet=fleet(**given))


MANAGED: list[tuple[dict[str, Any], str]] = [
    ({"min_instance_count": 3}, "min_instance_count must not be above max_instance_count, got 3 and 2"),
    ({"min_instance_count": -1}, "min_instance_count must be at least 0, got -1"),
    ({"min_instance_count": 0, "max_instance_count": 0}, "max_instance_count must be at least 1, got 0"),
    ({"scale_in_maximum_step_size": 101}, "scale_in_maximum_step_size must be 1 to 100, got 101"),
    ({"scale_in_cooldown_minutes": 4}, "scale_in_cooldown_minutes must be 5 to 1440, got 4"),
    (
        {"scale_in_strategy": None, "scale_in_cooldown_minutes": 20},
        "scale_in_maximum_step_size and scale_in_cooldown_minutes need a scale_in_strategy",
    ),
]


@pytest.mark.parametrize(("given", "told"), MANAGED)
def test_managed_instance_scaling_out_of_order_is_refused(stack: Stack, given: dict[str, Any], told: str) -> None:
    defaults = {"min_instance_count": 1, "max_instance_count": 2, "scale_in_strategy": ScaleInStrategy.IDLE_RELEASE}
    managed = ManagedInstanceScaling(**(defaults | given))
    with refused(stack, f"fleet: managed_instance_scaling: {told}"):
        host(stack, fleet=fleet(managed_instance_scaling=managed))


def test_a_fleet_goes_to_zero_for_inference_components_alone(stack: Stack) -> None:
    managed = ManagedInstanceScaling(min_instance_count=0, max_instance_count=2)
    with refused(stack, "a variant of its own model keeps an instance: zero takes inference components"):
        real_time(stack, variants=[variant(managed_instance_scaling=managed)])
    assert host(stack, fleet=fleet(managed_instance_scaling=managed)).variants.keys() == {"AllTraffic"}


@pytest.mark.parametrize("count", [0, 11])
def test_an_endpoint_has_one_to_ten_variants(stack: Stack, count: int) -> None:
    with refused(stack, f"an endpoint has 1 to 10 variants, got {count}"):
        real_time(stack, variants=[variant(name=f"V{n}") for n in range(count)])


def test_no_two_variants_have_one_name(stack: Stack) -> None:
    with refused(stack, "two variants are named 'V'"):
        real_time(stack, variants=[variant(), variant()])
    with refused(stack, "two variants are named 'V'"):
        real_time(stack, "Shadowed", shadow_variant=variant())


def test_a_shadow_goes_beside_exactly_one_variant(stack: Stack) -> None:
    with refused(stack, "beside a shadow variant there is exactly one production variant, got 2"):
        real_time(stack, variants=[variant(name="A"), variant(name="B")], shadow_variant=variant(name="C"))


def test_a_weight_is_no_less_than_nothing(stack: Stack) -> None:
    with refused(stack, "variant 'V': weight must be at least 0, got -0.5"):
        real_time(stack, variants=[variant(weight=-0.5)])


NVME = ("ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6e.xlarge", "ml.c5d.large", "ml.m6id.large", "ml.p4d.24xlarge")
NETWORKED = ("ml.c5.large", "ml.m6i.large", "ml.g4.xlarge", "ml.inf2.xlarge", "ml.p3.2xlarge")


@pytest.mark.parametrize("type_", NVME)
def test_a_type_whose_disk_the_hardware_encrypts_takes_no_key(stack: Stack, type_: str) -> None:
    key = kms.Key(stack, "Key")
    told = f"variant 'V': {type_} has local storage, which its hardware encrypts, and SageMaker refuses a key"
    with refused(stack, told, "leave encryption_key out"):
        real_time(stack, variants=[variant(instance_type=type_)], encryption_key=key)
    with refused(stack, told):
        asynchronous(stack, variant=variant(instance_type=type_), encryption_key=key)
    with refused(stack, f"variant 'AllTraffic': {type_} has local storage"):
        host(stack, fleet=fleet(instance_type=type_), encryption_key=key)


@pytest.mark.parametrize("type_", NETWORKED)
def test_any_other_type_takes_a_key(stack: Stack, type_: str) -> None:
    real_time(stack, variants=[variant(instance_type=type_)], encryption_key=kms.Key(stack, "Key"))


def test_what_chooses_within_a_vpc_needs_one(stack: Stack) -> None:
    told = "vpc_subnets and security_groups choose within a VPC, and none is given: add vpc"
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
    for kind in (real_time, asynchronous, host):
        with refused(stack, told):
            kind(stack, f"{kind.__name__}Subnets", vpc_subnets=subnets)
        with refused(stack, told):
            kind(stack, f"{kind.__name__}Groups", security_groups=[group])


def test_an_endpoint_in_no_vpc_has_no_connections(stack: Stack) -> None:
    for kind in (real_time, asynchronous, host):
        with pytest.raises(ValueError, match="an endpoint has connections only in a VPC: give it vpc"):
            _ = kind(stack).connections


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"requests": False, "responses": False}, "data_capture keeps neither requests nor responses: keep one"),
        ({"sampling_percent": 101}, "sampling_percent of data_capture must be 0 to 100, got 101"),
        ({"sampling_percent": -1}, "sampling_percent of data_capture must be 0 to 100, got -1"),
    ],
)
def test_a_data_capture_that_captures_nothing_or_too_much_is_refused(
    stack: Stack, given: dict[str, Any], told: str
) -> None:
    capture = DataCapture(bucket=bucket(stack), **given)
    for kind in (real_time, asynchronous, host):
        with refused(stack, told):
            kind(stack, data_capture=capture)


@pytest.mark.parametrize("prefix", ["", "/", "a/*", "?", "${aws:username}"])
def test_a_prefix_permits_what_is_under_it_alone(stack: Stack, prefix: str) -> None:
    told = f"names a folder of its own, without *, ? and $, got {prefix!r}"
    with refused(stack, f"prefix of data_capture {told}"):
        real_time(stack, data_capture=DataCapture(bucket=bucket(stack), prefix=prefix))
    for name in ("prefix", "failure_prefix", "input_prefix"):
        with refused(stack, f"{name} of output {told}"):
            asynchronous(stack, name, output=AsynchronousOutput(**{"bucket": bucket(stack), name: prefix}))


def test_metrics_are_published_as_often_as_sagemaker_can(stack: Stack) -> None:
    for kind in (real_time, asynchronous, host):
        with refused(stack, "publish_frequency_seconds", "one of 10, 30, 60, 120, 180, 240, 300, got 17"):
            kind(stack, metrics_config=MetricsConfig(publish_frequency_seconds=17))


DEPLOYMENTS: list[tuple[Deployment, str]] = [
    (CanaryDeployment(size=CapacitySize.percent(60)), "the canary's size must be 1 to 50 percent, got 60"),
    (CanaryDeployment(size=CapacitySize.percent(0)), "the canary's size must be 1 to 50 percent, got 0"),
    (CanaryDeployment(size=CapacitySize.instances(0)), "the canary's size in instances must be at least 1, got 0"),
    (CanaryDeployment(wait_interval_seconds=3601), "wait_interval_seconds must be 0 to 3600, got 3601"),
    (LinearDeployment(step=CapacitySize.percent(5)), "the linear step's size must be 10 to 50 percent, got 5"),
    (LinearDeployment(step=CapacitySize.percent(51)), "the linear step's size must be 10 to 50 percent, got 51"),
    (LinearDeployment(wait_interval_seconds=-1), "wait_interval_seconds must be 0 to 3600, got -1"),
    (RollingDeployment(batch=CapacitySize.percent(60)), "the rolling batch's size must be 5 to 50 percent, got 60"),
    (RollingDeployment(batch=CapacitySize.percent(4)), "the rolling batch's size must be 5 to 50 percent, got 4"),
    (
        RollingDeployment(rollback_batch=CapacitySize.percent(101)),
        "the rollback batch's size must be 5 to 100 percent, got 101",
    ),
    (AllAtOnceDeployment(termination_wait_seconds=3601), "termination_wait_seconds must be 0 to 3600, got 3601"),
    (
        AllAtOnceDeployment(maximum_execution_timeout_seconds=599),
        "maximum_execution_timeout_seconds must be 600 to 28800, got 599",
    ),
    (
        AllAtOnceDeployment(termination_wait_seconds=3600, maximum_execution_timeout_seconds=3600),
        "maximum_execution_timeout_seconds must exceed the waits of 3600 s, got 3600",
    ),
    (
        CanaryDeployment(
            wait_interval_seconds=400, termination_wait_seconds=500, maximum_execution_timeout_seconds=900
        ),
        "maximum_execution_timeout_seconds must exceed the waits of 900 s, got 900",
    ),
    (
        LinearDeployment(step=CapacitySize.percent(30), maximum_execution_timeout_seconds=900),
        "maximum_execution_timeout_seconds must exceed the waits of 900 s, got 900",
    ),
    (
        RollingDeployment(batch=CapacitySize.percent(25), maximum_execution_timeout_seconds=900),
        "maximum_execution_timeout_seconds must exceed the waits of 900 s, got 900",
    ),
]


@pytest.mark.parametrize(("deployment", "told"), DEPLOYMENTS, ids=[told for _, told in DEPLOYMENTS])
def test_a_deployment_that_sagemaker_would_refuse_is_refused(
    stack: Stack, deployment: Deployment, told: str
) -> None:
    with refused(stack, f"deployment: {told}"):
        real_time(stack, deployment=deployment)


def test_a_deployment_has_at_most_ten_alarms(stack: Stack) -> None:
    alarms = [cloudwatch.Alarm.from_alarm_name(stack, f"A{n}", f"alarm-{n}") for n in range(11)]
    with refused(stack, "there are at most 10 rollback_alarms, got 11"):
        real_time(stack, endpoint_name="shop", deployment=CanaryDeployment(rollback_alarms=alarms))
    taken = CanaryDeployment(rollback_alarms=alarms[:10])
    assert real_time(stack, "Ten", endpoint_name="shop", deployment=taken).endpoint_name == "shop"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"memory_mb": 1500}, "memory_mb must be one of 1024, 2048, 3072, 4096, 5120, 6144, got 1500"),
        ({"memory_mb": 7168}, "memory_mb must be one of 1024, 2048, 3072, 4096, 5120, 6144, got 7168"),
        ({"max_concurrency": 0}, "max_concurrency must be 1 to 200, got 0"),
        ({"max_concurrency": 201}, "max_concurrency must be 1 to 200, got 201"),
        ({"provisioned_concurrency": 0}, "provisioned_concurrency must be 1 to 200, got 0"),
        (
            {"provisioned_concurrency": 21},
            "provisioned_concurrency must not be above max_concurrency, got 21 and 20: raise max_concurrency",
        ),
    ],
)
def test_a_serverless_variant_that_sagemaker_would_refuse_is_refused(
    stack: Stack, given: dict[str, Any], told: str
) -> None:
    with refused(stack, f"ServerlessEndpoint: {told}"):
        serverless(stack, **given)


@pytest.mark.parametrize("most", [0, 1001])
def test_an_instance_gets_1_to_1000_requests_at_once(stack: Stack, most: int) -> None:
    with refused(stack, f"max_concurrent_invocations_per_instance must be 1 to 1000, got {most}"):
        asynchronous(stack, max_concurrent_invocations_per_instance=most)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"min_memory_mb": 127}, "min_memory_mb must be at least 128, got 127"),
        ({"cpu_cores": 0.2}, "cpu_cores must be at least 0.25, got 0.2"),
        ({"accelerators": 0}, "accelerators must be at least 1, got 0"),
        ({"initial_copy_count": 0}, "initial_copy_count must be at least 1, got 0"),
        ({"container_startup_timeout_seconds": 30}, "container_startup_timeout_seconds must be 60 to 3600, got 30"),
    ],
)
def test_a_component_that_sagemaker_would_refuse_is_refused(stack: Stack, given: dict[str, Any], told: str) -> None:
    endpoint = host(stack)
    with refused(stack, f"InferenceComponent 'Component': {told}"):
        component(stack, endpoint=endpoint, **given)


def test_an_existing_endpoint_is_called_as_one_can_be_and_has_variants(stack: Stack) -> None:
    told = "endpoint: endpoint_name has 1 to 63 letters, digits and inner hyphens, got 'not/a/name'"
    with refused(stack, told):
        RealTimeEndpoint.from_endpoint_name(stack, "R", "not/a/name", instance_types={"V": "ml.c5.large"})
    with refused(stack, told):
        AsynchronousEndpoint.from_endpoint_name(
            stack, "A", "not/a/name", variant_name="V", instance_type="ml.c5.large"
        )
    with refused(stack, told):
        ServerlessEndpoint.from_endpoint_name(stack, "S", "not/a/name")
    with refused(stack, told):
        InferenceComponentEndpoint.from_endpoint_name(stack, "H", "not/a/name", instance_type="ml.g5.xlarge")
    with refused(stack, "instance_types names the type of each variant, {'AllTraffic': 'ml.c5.large'}, got none"):
        RealTimeEndpoint.from_endpoint_name(stack, "None", "shop", instance_types={})


def test_all_faults_of_an_endpoint_are_told_at_once(stack: Stack) -> None:
    with refused(
        stack,
        "RealTimeEndpoint: two variants are named 'a'; ",
        "variant 'a': initial_instance_count must be at least 1, got 0; ",
        "variant 'a': weight must be at least 0, got -1; ",
        "variant 'b': instance_type looks like ml.c5.large, got 'large'; ",
        "endpoint_name has 1 to 63 letters, digits and inner hyphens, got '-'; ",
        "deployment: the linear step's size must be 10 to 50 percent, got 5; ",
        "deployment: wait_interval_seconds must be 0 to 3600, got 4000; ",
        "sampling_percent of data_capture must be 0 to 100, got 101; ",
        "publish_frequency_seconds of metrics_config must be one of",
    ):
        real_time(
            stack,
            variants=[
                variant(name="a", initial_instance_count=0, weight=-1),
                variant(name="b", instance_type="large"),
                variant(name="a"),
            ],
            endpoint_name="-",
            deployment=LinearDeployment(step=CapacitySize.percent(5), wait_interval_seconds=4000),
            data_capture=DataCapture(bucket=bucket(stack), sampling_percent=101),
            metrics_config=MetricsConfig(publish_frequency_seconds=17),
        )
