"""What the constructs refuse, early and in words: the cause, the value got, and the remedy."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_iam as iam

import cdk_sagemaker_scaling
from cdk_sagemaker_scaling import (
    CpuPerCoreTrackingPolicy,
    EndpointDashboard,
    IdleEndpointDetector,
    InvocationsTrackingPolicy,
    NotificationTopic,
    RealTimeEndpoint,
    StepScalingOutPolicy,
    Variant,
    VariantAlarms,
    VariantScaling,
)
from sagemaker_capacity_plan import ScalingStep, ScheduledCapacity

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised

    from sagemaker_capacity_plan import CapacityPlan

GOOD: dict[str, Any] = {
    "name": "V",
    "image_uri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1",
    "model_data_url": "s3://amzn-s3-demo-bucket/model.tar.gz",
    "instance_type": "ml.c5.large",
}
_numbers = count()


@pytest.fixture(scope="module")
def app(flags: dict[str, Any]) -> App:
    return App(context=flags)


@pytest.fixture
def stack(app: App) -> Stack:
    return Stack(app, f"Stack{next(_numbers)}")


def endpoint(stack: Stack, **variant: object) -> RealTimeEndpoint:
    return RealTimeEndpoint(stack, "Endpoint", variants=[Variant(**(GOOD | variant))])


def scaled(stack: Stack, **props: Any) -> VariantScaling:  # noqa: ANN401
    return VariantScaling(
        stack,
        "Scaling",
        **({"variant": endpoint(stack).variants["V"], "min_capacity": 1, "max_capacity": 3} | props),
    )


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"name": ""}, "a variant's name has 1 to 63 letters"),
        (
            {"name": "under_score"},
            "variant 'under_score': a variant's name has 1 to 63 letters, digits and hyphens",
        ),
        ({"name": "-V"}, "no hyphen at either end"),
        ({"name": "V-"}, "no hyphen at either end"),
        ({"name": "V" * 64}, "a variant's name has 1 to 63 letters"),
        ({"name": "Config"}, "the endpoint's own parts are called so: choose another name"),
        (
            {"image_uri": "nginx"},
            "image_uri must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG (or @DIGEST",
        ),
        ({"image_uri": GOOD["image_uri"].replace(":1", "")}, "image_uri must be ACCOUNT.dkr.ecr"),
        ({"image_uri": GOOD["image_uri"].replace("team/", "*/")}, "image_uri must be ACCOUNT.dkr.ecr"),
        (
            {"model_data_url": "https://host/model.tar.gz"},
            "must be s3://BUCKET/KEY, the key without *, ? and $, got",
        ),
        ({"model_data_url": "s3://amzn-s3-demo-bucket"}, "got 's3://amzn-s3-demo-bucket'"),
        ({"model_data_url": "s3://amzn-s3-demo-bucket/*"}, "got 's3://amzn-s3-demo-bucket/*'"),
        ({"model_data_url": "s3://*/model.tar.gz"}, "got 's3://*/model.tar.gz'"),
        ({"initial_instance_count": 0}, "initial_instance_count must be at least 1, got 0"),
        ({"weight": -0.5}, "weight must be at least 0, got -0.5"),
        ({"instance_type": "c5.large"}, "instance_type looks like ml.c5.large, got 'c5.large'"),
    ],
)
def test_a_variant_that_sagemaker_would_refuse_is_refused(stack: Stack, fault: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        endpoint(stack, **fault)


@pytest.mark.parametrize("name", ["V", "0", "a-b", "a--b", "V" * 63, "config"])
def test_a_name_that_sagemaker_takes_is_taken(stack: Stack, name: str) -> None:
    assert endpoint(stack, name=name).variants.keys() == {name}


def test_an_endpoint_has_one_to_ten_variants_of_different_names(stack: Stack) -> None:
    for wrong in (0, 11):
        with pytest.raises(ValueError, match=f"an endpoint has 1 to 10 variants, got {wrong}"):
            RealTimeEndpoint(
                stack, f"E{wrong}", variants=[Variant(**(GOOD | {"name": f"V{i}"})) for i in range(wrong)]
            )
    with pytest.raises(ValueError, match="two variants are named 'V'"):
        RealTimeEndpoint(stack, "Twice", variants=[Variant(**GOOD), Variant(**GOOD)])


def test_all_faults_of_an_endpoint_are_told_at_once(stack: Stack) -> None:
    with pytest.raises(ValueError, match="RealTimeEndpoint: ") as raised:
        RealTimeEndpoint(
            stack,
            "Endpoint",
            variants=[
                Variant(**(GOOD | {"name": "a", "image_uri": "nginx", "weight": -1})),
                Variant(**(GOOD | {"name": "b", "initial_instance_count": 0, "instance_type": "large"})),
            ],
        )
    told = str(raised.value)
    assert told.count("; ") == 3
    assert told.count("variant 'a': ") == told.count("variant 'b': ") == 2


@pytest.mark.parametrize(
    ("props", "told"),
    [
        ({"min_capacity": 0}, "min_capacity must be at least 1, got 0"),
        ({"min_capacity": 4}, "min_capacity must not be above max_capacity, got 4 and 3"),
        (
            {"scheduled": [ScheduledCapacity("Morning", "rate(1 day)", "Etc/UTC", 5)]},
            "min_capacity of 'Morning' must not be above max_capacity, got 5 and 3",
        ),
        (
            {"scheduled": [ScheduledCapacity("Morning", "rate(1 day)", "Etc/UTC", 2)] * 2},
            "two scheduled actions are named 'Morning'",
        ),
    ],
)
def test_bounds_out_of_order_are_refused(stack: Stack, props: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"scaling of variant 'V': {re.escape(told)}"):
        scaled(stack, **props)


def test_all_faults_of_a_scaling_are_told_at_once(stack: Stack) -> None:
    burstable = endpoint(stack, instance_type="ml.t2.medium").variants["V"]
    with pytest.raises(ValueError, match=r"at least 1, got 0; .* got 0 and -1; ml.t2.medium is burstable"):
        VariantScaling(stack, "Scaling", variant=burstable, min_capacity=0, max_capacity=-1)


@pytest.mark.parametrize("instance_type", ["ml.t2.medium", "ml.t3.large", "ml.t4g.medium"])
def test_a_burstable_type_is_served_but_not_scaled(stack: Stack, instance_type: str) -> None:
    variant = endpoint(stack, instance_type=instance_type).variants["V"]
    with pytest.raises(ValueError, match="is burstable and cannot be scaled: take another type"):
        VariantScaling(stack, "Scaling", variant=variant, min_capacity=1, max_capacity=2)


def test_trainium_is_not_burstable(stack: Stack) -> None:
    variant = endpoint(stack, instance_type="ml.trn1.2xlarge").variants["V"]
    assert VariantScaling(stack, "Scaling", variant=variant, min_capacity=1, max_capacity=2).variant is variant


def test_a_plan_holds_for_the_type_that_was_measured(stack: Stack, shipped_plan: CapacityPlan) -> None:
    variant = endpoint(stack, instance_type="ml.c5.xlarge").variants["V"]
    with pytest.raises(ValueError, match=r"the plan is for ml.c5.large, the variant 'V' runs on ml.c5.xlarge"):
        VariantScaling.from_plan(stack, "Scaling", variant=variant, plan=shipped_plan)


def test_a_dashboard_takes_no_plan_of_an_unknown_variant(stack: Stack, shipped_plan: CapacityPlan) -> None:
    plans = {"V": shipped_plan, "W": shipped_plan, "A": shipped_plan}
    with pytest.raises(ValueError, match="plans for variants that the endpoint has not: A, W; it has V"):
        EndpointDashboard(stack, "Dashboard", endpoint=endpoint(stack), plans=plans)


@pytest.mark.parametrize(("days", "told"), [(0, "at least 1, got 0"), (64, "got 64 and 63")])
def test_a_detector_looks_back_1_to_63_days(stack: Stack, days: int, told: str) -> None:
    topic = NotificationTopic(stack, "Topic").topic
    with pytest.raises(ValueError, match=f"Idle: lookback_days must .*{told}"):
        IdleEndpointDetector(stack, "Idle", topic=topic, lookback_days=days)


@pytest.mark.parametrize(
    ("props", "told"),
    [
        ({"error_percent": -1}, "error_percent must be at least 0, got -1"),
        ({"latency_ms": 0}, "latency_ms must be above 0, got 0"),
        (
            {"latency_ms": 1, "latency_statistic": "median"},
            "must be mean or a percentile such as p95, got 'median'",
        ),
        ({"max_capacity": 0}, "max_capacity must be at least 1, got 0"),
    ],
)
def test_an_alarm_that_could_say_nothing_is_refused(stack: Stack, props: dict[str, Any], told: str) -> None:
    topic, variant = NotificationTopic(stack, "Topic").topic, endpoint(stack).variants["V"]
    with pytest.raises(ValueError, match=f"alarms of variant 'V': .*{re.escape(told)}"):
        VariantAlarms(stack, "Alarms", variant=variant, topic=topic, **props)


def test_a_plan_that_allows_no_error_at_all_gets_an_alarm_on_each(stack: Stack, shipped_plan: CapacityPlan) -> None:
    strict = replace(shipped_plan, saturation=replace(shipped_plan.saturation, slo_error_percent=0))
    topic, variant = NotificationTopic(stack, "Topic").topic, endpoint(stack).variants["V"]
    alarms = VariantAlarms.from_plan(stack, "Alarms", variant=variant, topic=topic, plan=strict)
    assert alarms.node.find_child("Errors").threshold == 0


@pytest.mark.parametrize(
    ("policy", "props", "told"),
    [
        (
            InvocationsTrackingPolicy,
            {"target_per_instance_per_minute": 0},
            "target_per_instance_per_minute must be above 0",
        ),
        (
            InvocationsTrackingPolicy,
            {
                "target_per_instance_per_minute": 1,
                "scale_in_cooldown_seconds": -1,
                "scale_out_cooldown_seconds": -2,
            },
            "scale_in_cooldown_seconds must be at least 0, got -1; scale_out_cooldown_seconds must be at least 0",
        ),
        (
            CpuPerCoreTrackingPolicy,
            {"target_percent_per_core": 0, "vcpus": 0},
            "above 0, got 0; vcpus must be at least 1",
        ),
    ],
)
def test_a_target_that_cannot_be_tracked_is_refused(
    stack: Stack, policy: Callable[..., object], props: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=f"Scaling/Policy: .*{told}"):
        policy(target := scaled(stack), "Policy", scaling=target, **props)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], "1 to 20 steps, got 0"),
        (
            [ScalingStep(0, 10, 20), ScalingStep(15, None, 50)],
            "steps must join without gap or overlap, got 10 then 15",
        ),
        (
            [ScalingStep(0, 10, 20), ScalingStep(5, None, 50)],
            "steps must join without gap or overlap, got 10 then 5",
        ),
        ([ScalingStep(1, None, 20)], "the first step starts at 0, got 1"),
        ([ScalingStep(0, 10, 20)], "the last step is open above, got 10"),
    ],
)
def test_steps_with_a_gap_or_an_overlap_are_refused(stack: Stack, steps: list[ScalingStep], told: str) -> None:
    with pytest.raises(ValueError, match=f"cooldown_seconds must be at least 0, got -1; .*{told}"):
        StepScalingOutPolicy(
            stack,
            "StepOut",
            scaling=scaled(stack),
            threshold_per_instance_per_minute=100,
            steps=steps,
            cooldown_seconds=-1,
        )


def test_numbers_known_only_at_deploy_are_let_through(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised],
) -> None:
    def fill(stack: Stack) -> None:
        def number(name: str) -> float:
            return CfnParameter(stack, name, type="Number").value_as_number

        of_variant = endpoint(stack, initial_instance_count=number("Initial"), weight=number("Weight")).variants[
            "V"
        ]
        target = VariantScaling(
            stack,
            "Scaling",
            variant=of_variant,
            min_capacity=number("Min"),
            max_capacity=number("Max"),
            scheduled=[ScheduledCapacity("Morning", "rate(1 day)", "Etc/UTC", 2)],
        )
        InvocationsTrackingPolicy(
            stack,
            "Invocations",
            scaling=target,
            target_per_instance_per_minute=number("Target"),
            scale_in_cooldown_seconds=number("Cooldown"),
        )
        CpuPerCoreTrackingPolicy(
            stack, "Cpu", scaling=target, target_percent_per_core=number("Percent"), vcpus=number("Vcpus")
        )
        topic = NotificationTopic(stack, "Topic").topic
        VariantAlarms(
            stack,
            "Alarms",
            variant=of_variant,
            topic=topic,
            error_percent=number("Errors"),
            max_capacity=number("AtMost"),
        )
        IdleEndpointDetector(stack, "Idle", topic=topic, lookback_days=number("Days"))

    made = synthesise(fill)
    text = str(made.template)
    assert "e+28" not in text  # how a token's number reads in Python
    for name in made.template["Parameters"]:
        assert name == "BootstrapVersion" or f"{{'Ref': '{name}'}}" in text
    target = made.only("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == ({"Ref": "Min"}, {"Ref": "Max"})
    function = made.only("AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["LOOKBACK_DAYS"] == {"Ref": "Days"}


def test_a_latency_known_only_at_deploy_cannot_be_turned_into_microseconds(stack: Stack) -> None:
    latency = CfnParameter(stack, "Latency", type="Number").value_as_number
    topic, variant = NotificationTopic(stack, "Topic").topic, endpoint(stack).variants["V"]
    with pytest.raises(ValueError, match="latency_ms is turned into microseconds, so it must be a number"):
        VariantAlarms(stack, "Alarms", variant=variant, topic=topic, latency_ms=latency)


@pytest.mark.parametrize("address", ["image_uri", "model_data_url"])
def test_an_address_known_only_at_deploy_needs_a_role_of_ones_own(stack: Stack, address: str) -> None:
    variant = Variant(**(GOOD | {address: CfnParameter(stack, "Address").value_as_string}))
    with pytest.raises(ValueError, match=r"known only at deploy cannot be granted exactly: .* role="):
        RealTimeEndpoint(stack, "Refused", variants=[variant])
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    assert RealTimeEndpoint(stack, "Accepted", variants=[variant], role=role).role is role


def test_a_model_waits_for_the_permissions_of_a_given_role(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised],
) -> None:
    def fill(stack: Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        RealTimeEndpoint(stack, "Endpoint", variants=[Variant(**GOOD)], role=role)
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/model"]))

    made = synthesise(fill)
    (policy,) = made.of_type("AWS::IAM::Policy")
    (model,) = (r for r in made.template["Resources"].values() if r["Type"] == "AWS::SageMaker::Model")
    assert policy in model["DependsOn"]


def test_every_public_class_says_what_it_is() -> None:
    for name in cdk_sagemaker_scaling.__all__:
        assert getattr(cdk_sagemaker_scaling, name).__doc__, name
    assert cdk_sagemaker_scaling.__all__ == sorted(cdk_sagemaker_scaling.__all__)
