"""How updates reach live endpoints: what they keep, how they roll out, what rolls them back, scaling on and off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from least import (
    asynchronous,
    component,
    host,
    real_time,
    scaled,
    scaled_copies,
    scaled_queue,
    scaled_warmth,
    serverless,
    variant,
)
from roles import Roles
from templates import ALARM, COMPONENT, ENDPOINT, POLICY, TARGET, ScaledTemplate

from cdk_sagemaker_scaling import (
    AllAtOnceDeployment,
    CanaryDeployment,
    CapacitySize,
    Deployment,
    InvocationsTrackingPolicy,
    LinearDeployment,
    RealTimeEndpoint,
    RollingDeployment,
    ScalingStep,
    ScheduledScaling,
    StepScalingOutPolicy,
    Suspended,
    VariantScaling,
    WakeFromZeroPolicy,
    WeightsOwner,
)
from sagemaker_capacity_plan import Override

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised

    from sagemaker_capacity_plan import CapacityPlan

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]


def blue_green(routing: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    policy = {"TerminationWaitInSeconds": 0, "TrafficRoutingConfiguration": routing}
    return {"BlueGreenUpdatePolicy": policy | more}


PERCENT, INSTANCES = "CAPACITY_PERCENT", "INSTANCE_COUNT"
DEPLOYMENTS: dict[str, tuple[Deployment, dict[str, Any]]] = {
    "AllAtOnce": (
        AllAtOnceDeployment(termination_wait_seconds=60, maximum_execution_timeout_seconds=600),
        blue_green(
            {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            TerminationWaitInSeconds=60,
            MaximumExecutionTimeoutInSeconds=600,
        ),
    ),
    "Canary": (
        CanaryDeployment(size=CapacitySize.percent(50), wait_interval_seconds=120),
        blue_green({"Type": "CANARY", "CanarySize": {"Type": PERCENT, "Value": 50}, "WaitIntervalInSeconds": 120}),
    ),
    "CanaryOfOne": (
        CanaryDeployment(size=CapacitySize.instances(1)),
        blue_green({"Type": "CANARY", "CanarySize": {"Type": INSTANCES, "Value": 1}, "WaitIntervalInSeconds": 300}),
    ),
    "Linear": (
        LinearDeployment(step=CapacitySize.percent(10)),
        blue_green(
            {"Type": "LINEAR", "LinearStepSize": {"Type": PERCENT, "Value": 10}, "WaitIntervalInSeconds": 300}
        ),
    ),
    "Rolling": (
        RollingDeployment(
            batch=CapacitySize.instances(2),
            rollback_batch=CapacitySize.percent(100),
            wait_interval_seconds=0,
            maximum_execution_timeout_seconds=28_800,
        ),
        {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": INSTANCES, "Value": 2},
                "RollbackMaximumBatchSize": {"Type": PERCENT, "Value": 100},
                "WaitIntervalInSeconds": 0,
                "MaximumExecutionTimeoutInSeconds": 28_800,
            }
        },
    ),
}


def test_a_deployment_is_what_the_template_says_and_cloudformations_schema_takes(synthesise: Synthesise) -> None:
    """Synthesis validates the template against the schema, as the flags of cdk.json ask for."""

    def fill(stack: Stack) -> None:
        for name, (deployment, _) in DEPLOYMENTS.items():
            RealTimeEndpoint(stack, name, variants=[variant()], deployment=deployment)
        RealTimeEndpoint(stack, "Default", variants=[variant()])

    template = ScaledTemplate(synthesise(fill).template["Resources"])
    found = {template.path(id_): endpoint for id_, endpoint in template.of_type(ENDPOINT).items()}
    assert "DeploymentConfig" not in found.pop("Default")
    assert {name: endpoint["DeploymentConfig"] for name, endpoint in found.items()} == {
        name: rendered for name, (_, rendered) in DEPLOYMENTS.items()
    }


@pytest.mark.parametrize("owner", WeightsOwner)
def test_whoever_owns_the_weights_the_count_of_instances_is_kept(
    synthesise: Synthesise, owner: WeightsOwner
) -> None:
    made = synthesise(lambda stack: RealTimeEndpoint(stack, "E", variants=[variant()], weights_owner=owner))
    endpoint = made.only(ENDPOINT)
    assert endpoint["RetainAllVariantProperties"] is True
    excluded = endpoint.get("ExcludeRetainedVariantProperties", [])
    assert excluded == ([{"VariantPropertyType": "DesiredWeight"}] if owner is WeightsOwner.TEMPLATE else [])


def failing(stack: Stack, name: str) -> cloudwatch.Alarm:
    """An alarm on the endpoint of a name, whether it is there yet or not."""
    named = RealTimeEndpoint.from_endpoint_name(stack, f"Named{name}", name, instance_types={"V": "ml.c5.large"})
    metric = named.variants["V"].metric_errors_5xx()
    return cloudwatch.Alarm(stack, f"Alarm{name}", metric=metric, threshold=1, evaluation_periods=1)


def test_an_alarm_on_an_endpoint_of_a_literal_name_rolls_its_update_back(synthesise: Synthesise) -> None:
    """CDK refuses a template with a cycle."""

    def fill(stack: Stack) -> None:
        alarms = [failing(stack, "shop"), failing(stack, "other")]
        endpoint = RealTimeEndpoint(
            stack,
            "E",
            variants=[variant()],
            endpoint_name="shop",
            deployment=CanaryDeployment(rollback_alarms=alarms),
        )
        endpoint.variants["V"].metric_invocations().create_alarm(stack, "Own", threshold=1, evaluation_periods=1)

    made = synthesise(fill)
    endpoint = made.only(ENDPOINT)
    template = ScaledTemplate(made.template["Resources"])
    watching = [{"AlarmName": {"Ref": template.at(path, ALARM)}} for path in ("Alarmshop", "Alarmother")]
    assert endpoint["DeploymentConfig"]["AutoRollbackConfiguration"] == {"Alarms": watching}
    for alarm in template.of_type(ALARM).values():
        assert alarm["Dimensions"][0]["Value"] in {"shop", "other"}


def test_an_alarm_that_is_made_after_its_endpoint_rolls_it_back_too(synthesise: Synthesise) -> None:
    """The endpoint waits for the alarm and for the permission to see it, and the role for neither."""

    def fill(stack: Stack) -> None:
        before = failing(stack, "other")
        endpoint = real_time(
            stack,
            endpoint_name="shop",
            deployment=RollingDeployment(rollback_alarms=[before], wait_interval_seconds=9),
        )
        for name, metric in {
            "Errors": endpoint.variants["V"].metric_errors_5xx(),
            "Slow": endpoint.variants["V"].metric_model_latency(),
        }.items():
            endpoint.roll_back_on(metric.create_alarm(stack, name, threshold=1, evaluation_periods=1))
        plain = real_time(stack, "Plain", endpoint_name="plain")
        plain.roll_back_on(before)

    template = ScaledTemplate(synthesise(fill).template["Resources"])
    ids = [template.at(path, ALARM) for path in ("Alarmother", "Errors", "Slow")]
    deployments = {
        path: template.properties(template.at(path, ENDPOINT))["DeploymentConfig"] for path in ("RealTime", "Plain")
    }
    watching = {"Alarms": [{"AlarmName": {"Ref": id_}} for id_ in ids]}
    assert deployments["RealTime"]["AutoRollbackConfiguration"] == watching
    assert deployments["RealTime"]["RollingUpdatePolicy"]["WaitIntervalInSeconds"] == 9
    assert deployments["Plain"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    may = Roles(template.resources).may("RealTime/ExecutionRole")
    assert may["cloudwatch:DescribeAlarms"] == {f"<{id_}.Arn>" for id_ in ids}
    (policy,) = template.find("RealTime/RollBack", "AWS::IAM::Policy")
    assert template.resources[template.at("RealTime", ENDPOINT)]["DependsOn"] == [policy]


def test_an_endpoint_of_a_generated_name_or_of_ten_alarms_takes_no_more(stack: Stack) -> None:
    alarms = [failing(stack, f"e{n}") for n in range(11)]
    with pytest.raises(ValueError, match="a cycle unless its name is known beforehand: give endpoint_name"):
        real_time(stack, "Unnamed").roll_back_on(alarms[0])
    full = real_time(stack, "Named", endpoint_name="shop")
    full.roll_back_on(*alarms[:10])
    with pytest.raises(ValueError, match="there are at most 10 rollback_alarms, got 11"):
        full.roll_back_on(alarms[10])


@pytest.mark.parametrize("kind", [real_time, asynchronous, host])
def test_rollback_alarms_need_an_endpoint_whose_name_is_known_before(
    stack: Stack, kind: Callable[..., object]
) -> None:
    deployment = RollingDeployment(rollback_alarms=[failing(stack, "shop")])
    with pytest.raises(ValueError, match="a cycle unless its name is known beforehand: give endpoint_name"):
        kind(stack, deployment=deployment)


def test_what_is_scaled_under_a_literal_name_is_registered_after_its_endpoint(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        scaled(stack, "one", variant=real_time(stack, endpoint_name="one").variants["V"])
        scaled_queue(stack, "two", variant=asynchronous(stack, endpoint_name="two").variant)
        scaled_warmth(stack, "three", variant=serverless(stack, endpoint_name="three").variant)
        component(stack, endpoint=host(stack, endpoint_name="four"))

    template = ScaledTemplate(synthesise(fill).template["Resources"])
    endpoints = {endpoint["EndpointName"]: id_ for id_, endpoint in template.of_type(ENDPOINT).items()}
    for logical_id in template.of_type(TARGET):
        assert template.resources[logical_id]["DependsOn"] == [endpoints[template.path(logical_id)]]
    on_host = template.resources[template.at("Component", COMPONENT)]
    assert on_host["DependsOn"] == [endpoints["four"]]


def fill_scaled(stack: Stack, *, enabled: bool) -> None:
    """A target of each kind with its policies."""
    given = {"enabled": enabled, "suspended": Suspended(scheduled=True)}
    instances = scaled(stack, **given)
    InvocationsTrackingPolicy(instances, "Invocations", scaling=instances, target_per_instance_per_minute=1)
    StepScalingOutPolicy(instances, "Out", scaling=instances, threshold=1, steps=[ScalingStep(0, None, 10)])
    ScheduledScaling(instances, "Morning", scaling=instances, schedule="rate(1 day)", min_capacity=2)
    queue = scaled_queue(stack, **given)
    WakeFromZeroPolicy(queue, "WakeFromZero", scaling=queue)
    scaled_warmth(stack, **given)
    scaled_copies(stack, **given)


def test_scaling_switched_off_leaves_the_endpoints_as_they_are_and_nothing_that_scales(
    synthesise: Synthesise,
) -> None:
    on, off = (synthesise(lambda stack, e=e: fill_scaled(stack, enabled=e)) for e in (True, False))
    scaling = {TARGET, POLICY, ALARM}
    resources = on.template["Resources"]
    assert {resource["Type"] for resource in resources.values()} >= scaling
    kept = {id_: resource for id_, resource in resources.items() if resource["Type"] not in scaling}
    assert off.template["Resources"] == kept


def test_a_switched_off_scaling_is_checked_as_if_it_were_on(stack: Stack) -> None:
    with pytest.raises(ValueError, match="min_capacity must not be above max_capacity, got 4 and 3"):
        scaled(stack, "Wrong", min_capacity=4, enabled=False)
    off = scaled(stack, "Off", enabled=False)
    InvocationsTrackingPolicy(off, "Once", scaling=off, target_per_instance_per_minute=1)
    with pytest.raises(ValueError, match="another policy of this target tracks the same metric"):
        InvocationsTrackingPolicy(off, "Twice", scaling=off, target_per_instance_per_minute=2)


def test_a_plans_new_numbers_change_no_name_and_replace_nothing(
    synthesise: Synthesise, shipped_plan: CapacityPlan
) -> None:
    numbers = {"max_capacity": 12, "invocations.target_per_instance_per_minute": 1234}
    new = replace(shipped_plan, overrides=tuple(Override(f, v, "for the launch") for f, v in numbers.items()))

    def resources(plan: CapacityPlan) -> dict[str, Any]:
        def fill(stack: Stack) -> None:
            endpoint = real_time(stack, variants=[variant(instance_type=plan.instance.type)])
            VariantScaling.from_plan(stack, "Scaling", variant=endpoint.variants["V"], plan=plan)

        found: dict[str, Any] = synthesise(fill).template["Resources"]
        return found

    before, after = resources(shipped_plan), resources(new)
    assert list(after) == list(before)
    changed = {
        (resource["Type"], name)
        for logical_id, resource in after.items()
        for name, value in resource.get("Properties", {}).items()
        if value != before[logical_id]["Properties"].get(name)
    }
    # Neither is create-only, so CloudFormation updates both in place.
    assert changed == {(TARGET, "MaxCapacity"), (POLICY, "TargetTrackingScalingPolicyConfiguration")}
