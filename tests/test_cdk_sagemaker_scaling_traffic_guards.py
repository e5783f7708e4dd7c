"""What a traffic shift refuses, before anything is made, and what stands in its template."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from botocore.session import Session
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from least import real_time, variant
from refusals import refused
from roles import Roles, flat
from shifts import DESTINATION, SOURCE, alarms_on, live_endpoint, plans_of, with_capacity

from cdk_sagemaker_scaling import CanarySteps, LinearSteps, RealTimeEndpoint, TrafficShift, WeightsOwner
from cdk_sagemaker_scaling.traffic._states import EVENTS_A_LOOK, LOOK_SECONDS, Shift, Side
from embedded_aws.states_interpreter import BOTO_NAMES, evaluate
from sagemaker_capacity._cli import cli
from sagemaker_capacity_plan import CapacityPlan, RealTimeScaling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import Stack
    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]


@pytest.fixture(scope="module")
def plan(repository: Path) -> CapacityPlan:
    """Of 300 TPS that may grow by a quarter, at 3554 a minute for each of up to seven instances."""
    return CapacityPlan.read(repository / "examples/from_plan/plan.json")


def shift(stack: Stack, plan: CapacityPlan, **given: Any) -> TrafficShift:  # noqa: ANN401 - any props
    endpoint = given.get("endpoint") or live_endpoint(stack)
    props = {
        "endpoint": endpoint,
        "source": SOURCE,
        "destination": DESTINATION,
        "plans": plans_of(plan),
        "steps": CanarySteps(),
    }
    if "alarms" not in given:
        given["alarms"] = alarms_on(endpoint)
    shifts = sum(isinstance(child, TrafficShift) for child in stack.node.children)
    return TrafficShift(stack, f"Shift{shifts or ''}", **(props | given))


def test_weights_that_a_deploy_would_set_back_are_refused(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = live_endpoint(stack, weights_owner=WeightsOwner.TEMPLATE)
    alarms = alarms_on(endpoint)
    with refused(stack, "would undo a shift", "make the endpoint with weights_owner=WeightsOwner.LIVE_ENDPOINT"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms)


def test_an_endpoint_of_which_nobody_knows_who_owns_its_weights_is_refused(
    stack: Stack, plan: CapacityPlan
) -> None:
    types = dict.fromkeys((SOURCE, DESTINATION), "ml.c5.large")
    endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Named", "shop", instance_types=types)
    with refused(stack, "define the shift in the app that defines the endpoint"):
        shift(stack, plan, endpoint=endpoint, alarms=[])


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_variant_that_is_not_there_is_refused(stack: Stack, plan: CapacityPlan, side: str) -> None:
    endpoint = live_endpoint(stack)
    plans = plans_of(plan) | {"Absent": plan}
    alarms = alarms_on(endpoint)
    there = "it has 'Current', 'Next', 'Other'"
    with refused(stack, f"the endpoint has no production variant 'Absent', {there}"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, plans=plans, **{side: "Absent"})


def test_a_shadow_variant_has_no_traffic_to_give_or_to_get(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = live_endpoint(stack, {SOURCE: 1}, shadow_variant=variant(name=DESTINATION))
    with refused(stack, "the endpoint has no production variant 'Next', it has 'Current'"):
        shift(stack, plan, endpoint=endpoint, alarms=[])


def test_a_shift_to_where_it_comes_from_is_refused(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = live_endpoint(stack)
    with refused(stack, "source and destination must be two variants, got 'Current' twice"):
        shift(stack, plan, endpoint=endpoint, destination=SOURCE, alarms=[])


def test_a_shift_that_nothing_watches_or_too_much_is_refused(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = live_endpoint(stack)
    alarm = alarms_on(endpoint)[0]
    with refused(stack, "a shift that nothing watches never rolls back: give alarms"):
        shift(stack, plan, endpoint=endpoint, alarms=[])
    with refused(stack, "there are at most 50 alarms, got 51: give a composite alarm"):
        shift(stack, plan, endpoint=endpoint, alarms=[alarm] * 51)


def test_plans_that_are_missing_or_tell_no_rate_are_refused(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    plans = plans_of(plan)
    with refused(stack, "plans lacks the plan of 'Next': give each variant's, by its name"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, plans={SOURCE: plan})
    unknown = plans | {SOURCE: with_capacity(plan, invocations=None)}
    with refused(stack, "the plan of 'Current' has no target of invocations", "sagemaker-capacity plan"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, plans=unknown)


def test_a_destination_that_cannot_carry_the_peaks_of_both_is_refused(stack: Stack, plan: CapacityPlan) -> None:
    """300 TPS x 60 x 1.25 for each of two, 45000, is 12.66 times 3554."""
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    few = plans_of(plan) | {DESTINATION: with_capacity(plan, max_capacity=12)}
    told = (
        "the plan of 'Next' carries 42648 requests per minute with its 12 instances, and both variants get 45000 "
        "at their peak: give it a max_capacity of 13 "
        "(`sagemaker-capacity plan` with --may-take-all-traffic or --override)"
    )
    with refused(stack, told, "if both plans are for the same traffic, say its peak with peak_tps"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, plans=few)
    assert shift(stack, plan, endpoint=endpoint, alarms=alarms)


@pytest.mark.parametrize("all_of_it", [True, False])
def test_of_two_shares_of_one_traffic_the_destination_is_planned_for_all_of_it(
    stack: Stack, repository: Path, tmp_path: Path, *, all_of_it: bool
) -> None:
    """Of 300 TPS x 1.25 each gets a half; 5 instances of 4500 a minute carry all of it, and half of them do not."""
    plans = {}
    for name in (SOURCE, DESTINATION):
        whole = ["--may-take-all-traffic"] if all_of_it and name == DESTINATION else []
        words = ["plan", str(repository / f"examples/traffic_shift/{name.lower()}_benchmark.csv")]
        words += ["--instance-type", "ml.c5.large", "--peak-tps", "300", "--min-tps", "100", "--growth", "1.25"]
        words += ["--traffic-share", "0.5", *whole, "--out", str(tmp_path / f"{name}.json")]
        assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 0
        plans[name] = CapacityPlan.read(tmp_path / f"{name}.json")
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    given = {"endpoint": endpoint, "alarms": alarms, "plans": plans}
    if all_of_it:
        assert shift(stack, plans[SOURCE], **given)
    else:
        with refused(stack, "both variants get 22500 at their peak", "--may-take-all-traffic"):
            shift(stack, plans[SOURCE], **given)


def test_of_plans_for_the_same_traffic_one_says_its_peak(stack: Stack, plan: CapacityPlan) -> None:
    """Seven instances carry 24878 a minute, which is 414.6 a second."""
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    plans = dict.fromkeys((SOURCE, DESTINATION), plan)
    assert shift(stack, plan, endpoint=endpoint, alarms=alarms, plans=plans, peak_tps=414.6)
    for peak, told in ((414.7, "give it a max_capacity of 8"), (0, "peak_tps must be above 0, got 0")):
        with refused(stack, told):
            shift(stack, plan, endpoint=endpoint, alarms=alarms, plans=plans, peak_tps=peak)


def test_a_destination_that_just_carries_them_is_enough(stack: Stack, plan: CapacityPlan) -> None:
    """45000 a minute in nine instances of 5000 exactly; a plan's decimals are no floats."""
    assert isinstance(plan.computed, RealTimeScaling)
    assert plan.computed.invocations is not None
    target = type(plan.computed.invocations)(
        **(vars(plan.computed.invocations) | {"target_per_instance_per_minute": 5000})
    )
    enough = plans_of(plan) | {DESTINATION: with_capacity(plan, max_capacity=9, invocations=target)}
    assert shift(stack, plan, plans=enough)


def test_all_that_is_wrong_is_told_at_once(stack: Stack, plan: CapacityPlan) -> None:
    endpoint = real_time(stack, variants=[variant(name=name) for name in (SOURCE, DESTINATION)])
    told = [
        "make the endpoint with",
        "give alarms",
        "plans lacks the plan of 'Next'",
        "settling_timeout_seconds must",
    ]
    steps = LinearSteps(percent=0, wait_interval_seconds=1)
    told += ["percent of steps must be 1 to 50, got 0", "wait_interval_seconds of steps must be 60 to 86400, got 1"]
    with refused(stack, *told):
        shift(
            stack, plan, endpoint=endpoint, alarms=[], plans={SOURCE: plan}, steps=steps, settling_timeout_seconds=1
        )


@pytest.mark.parametrize("kind", [CanarySteps, LinearSteps])
@pytest.mark.parametrize("percent", [0, 51])
@pytest.mark.parametrize("seconds", [59, 86_401])
def test_steps_out_of_range_are_refused(kind: type[CanarySteps | LinearSteps], percent: int, seconds: int) -> None:
    assert len(kind(percent=percent, wait_interval_seconds=seconds).faults()) == 2
    assert kind(percent=max(1, min(percent, 50)), wait_interval_seconds=600).faults() == []


@pytest.mark.parametrize("seconds", [299, 14_401])
def test_an_endpoint_gets_minutes_to_settle_and_no_days(stack: Stack, plan: CapacityPlan, seconds: int) -> None:
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    with refused(stack, "settling_timeout_seconds must be 300 to 14400"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, settling_timeout_seconds=seconds)


@given(st.integers(1, 50))
def test_steps_grow_to_all_and_linear_ones_are_alike(percent: int) -> None:
    assert CanarySteps(percent=percent).percents() == (percent, 100)
    linear = [0, *LinearSteps(percent=percent).percents()]
    sizes = [after - before for before, after in pairwise(linear)]
    assert sum(sizes) == 100
    assert set(sizes[:-1]) == {percent}
    assert 0 < sizes[-1] <= percent


def test_a_shift_is_no_longer_than_its_history_may_be(stack: Stack, plan: CapacityPlan) -> None:
    """At worst each step settles twice for as long as it may, and so does a roll-back: 25,000 events in all."""
    endpoint = live_endpoint(stack)
    alarms = alarms_on(endpoint)
    steps, settling = LinearSteps(percent=10, wait_interval_seconds=5400), 1800
    looks = (10 * (5400 + 2 * settling) + settling) / LOOK_SECONDS
    assert 20_000 < looks * EVENTS_A_LOOK < 25_000
    with refused(stack, "10 steps of 5400 seconds may take 21420 events", "take fewer steps or a shorter interval"):
        shift(stack, plan, endpoint=endpoint, alarms=alarms, steps=steps)
    assert shift(
        stack, plan, endpoint=endpoint, alarms=alarms, steps=LinearSteps(percent=10, wait_interval_seconds=3600)
    )


def test_the_template_logs_all_encrypted_and_traces(synthesise: Synthesise, plan: CapacityPlan) -> None:
    def fill(stack: Stack) -> None:
        shift(
            stack,
            plan,
            encryption_key=kms.Key(stack, "Key"),
        )

    made = synthesise(fill)
    machine = made.only("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is True
    assert machine["TracingConfiguration"] == {"Enabled": True}
    group = made.only("AWS::Logs::LogGroup")
    (key,) = made.of_type("AWS::KMS::Key")
    assert (flat(group["KmsKeyId"]), group["RetentionInDays"]) == (f"<{key}.Arn>", 90)


def test_the_role_may_touch_this_endpoint_and_these_alarms_alone(
    synthesise: Synthesise, plan: CapacityPlan
) -> None:
    made = synthesise(lambda stack: shift(stack, plan))
    may = Roles(made.template["Resources"]).may("Shift/Role")
    (trust,) = Roles(made.template["Resources"]).properties("Shift/Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (endpoint,) = made.of_type("AWS::SageMaker::Endpoint")
    for action in ("DescribeEndpoint", "UpdateEndpointWeightsAndCapacities"):
        assert may[f"sagemaker:{action}"] == {f"<{endpoint}>"}
    alarms = {f"<{id_}.Arn>" for id_ in made.of_type("AWS::CloudWatch::Alarm")}
    assert may["cloudwatch:DescribeAlarms"] == alarms
    (machine,) = made.of_type("AWS::StepFunctions::StateMachine")
    assert may["states:ListExecutions"] == {f"<{machine}>"}
    assert may["sagemaker:DescribeEndpointConfig"] == {
        "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint-config/*"
    }
    everything = {action for action, resources in may.items() if "*" in resources}
    assert {action for action in everything if not action.startswith(("logs:", "xray:"))} == {
        "application-autoscaling:DescribeScalableTargets"
    }
    (register,) = (
        statement
        for statement in Roles(made.template["Resources"]).statements("Shift/Role")
        if statement["Action"] == "application-autoscaling:RegisterScalableTarget"
    )
    assert register["Condition"]["StringEquals"] == {
        "application-autoscaling:service-namespace": "sagemaker",
        "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
    }


def test_of_composite_alarms_cloudwatch_tells_who_may_see_all(synthesise: Synthesise, plan: CapacityPlan) -> None:
    def fill(stack: Stack) -> None:
        endpoint = live_endpoint(stack)
        alarms = alarms_on(endpoint)
        both = cloudwatch.CompositeAlarm(stack, "Both", alarm_rule=cloudwatch.AlarmRule.all_of(*alarms))
        shift(stack, plan, endpoint=endpoint, alarms=[both])

    made = synthesise(fill)
    assert Roles(made.template["Resources"]).may("Shift/Role")["cloudwatch:DescribeAlarms"] == {"*"}
    states = json.loads(flat(made.only("AWS::StepFunctions::StateMachine")["DefinitionString"]))["States"]
    for look in ("LookBeforehand", "LookAtAlarms"):
        assert states[look]["Arguments"]["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]


def test_services_are_called_in_every_partition(synthesise: Synthesise, plan: CapacityPlan) -> None:
    """China and GovCloud have their own."""
    made = synthesise(lambda stack: shift(stack, plan))
    states = json.loads(flat(made.only("AWS::StepFunctions::StateMachine")["DefinitionString"]))["States"]
    called = {state["Resource"] for state in states.values() if state["Type"] == "Task"}
    assert {resource.rpartition("aws-sdk:")[0] for resource in called} == {"arn:<AWS::Partition>:states:::"}


def test_every_call_and_its_parameters_are_those_of_the_api(synthesise: Synthesise, plan: CapacityPlan) -> None:
    """A state writes the operation with a small letter, and each parameter with a capital."""
    made = synthesise(lambda stack: shift(stack, plan, scale_in_source=True))
    states = json.loads(flat(made.only("AWS::StepFunctions::StateMachine")["DefinitionString"]))["States"]
    tasks = [state for state in states.values() if state["Type"] == "Task"]
    for state in tasks:
        service, action = state["Resource"].split("aws-sdk:")[1].split(":")
        model = Session().get_service_model(BOTO_NAMES.get(service, service))
        (operation,) = (name for name in model.operation_names if name[0].lower() + name[1:] == action)
        asked = {name[0].upper() + name[1:] for name in model.operation_model(operation).input_shape.members}
        assert {*state["Arguments"]} <= asked
    assert {state["TimeoutSeconds"] for state in tasks} == {60}


def test_an_endpoint_of_a_generated_name_is_named_where_it_is_known(
    synthesise: Synthesise, plan: CapacityPlan
) -> None:
    made = synthesise(lambda stack: shift(stack, plan, endpoint=live_endpoint(stack, endpoint_name=None)))
    (endpoint,) = made.of_type("AWS::SageMaker::Endpoint")
    said = flat(made.only("AWS::StepFunctions::StateMachine")["DefinitionString"])
    states: dict[str, Any] = json.loads(said)["States"]
    assert states["Shift"]["Arguments"]["EndpointName"] == f"<{endpoint}.EndpointName>"
    resource_id = states["HoldSource"]["Arguments"]["ResourceId"]
    assert resource_id == f"endpoint/<{endpoint}.EndpointName>/variant/{SOURCE}"


def value_of(expression: str, **variables: Any) -> Any:  # noqa: ANN401 - JSON
    """What a state's expression comes to, with these variables."""
    given = "".join(f"${name} := {json.dumps(value)};" for name, value in variables.items())
    return evaluate(f"({given}{expression.removeprefix('{%').removesuffix('%}')})")


@given(
    weights=st.tuples(st.floats(2**-10, 1000), st.floats(0, 1000)),
    instances=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    targets=st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    percent=st.integers(20, 50),
    most=st.integers(1, 200),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_live_weights_sum_as_before_and_instances_carry_what_comes(
    weights: tuple[float, float],
    instances: tuple[int, int],
    targets: tuple[int, int],
    percent: int,
    most: int,
) -> None:
    """An instance of the destination carries another rate than one of the source."""
    source, destination = (
        Side(name=name, resource_id=name, target_per_instance_per_minute=target)
        for name, target in zip((SOURCE, DESTINATION), targets, strict=True)
    )
    percents = LinearSteps(percent=percent).percents()
    states = Shift(
        endpoint_name="shop",
        source=source,
        destination=destination,
        percents=percents,
        wait_interval_seconds=60,
        settling_timeout_seconds=300,
        alarm_names=["Slow"],
        composite_alarms=False,
        scale_in_source=False,
    ).definition()["States"]
    start = {"source": weights[0], "destination": weights[1]}
    start |= {"source_instances": instances[0], "destination_instances": instances[1]}
    for step, moved in enumerate(percents):
        added = states["AddInstances"]["Arguments"]["MinCapacity"]
        count = value_of(added, start=start, step=step, bounds={"destination_min": 1, "destination_max": most})
        carried = Fraction(instances[0] * moved * targets[0], 100 * targets[1])
        assert count == min(most, instances[1] + math.ceil(carried - Fraction(5, 10**7)))
        desired = states["Shift"]["Arguments"]["DesiredWeightsAndCapacities"]
        left, got = (value_of(each["DesiredWeight"], start=start, step=step + 1) for each in desired)
        assert left + got == pytest.approx(sum(weights))
        assert left == pytest.approx(weights[0] * (100 - moved) / 100)
        assert min(left, got) >= 0
    assert left == 0


def test_its_machine_is_started_and_watched_as_any_other(synthesise: Synthesise, plan: CapacityPlan) -> None:
    def fill(stack: Stack) -> None:
        made = shift(stack, plan)
        metric = made.state_machine.metric_failed(period=Duration.minutes(1))
        cloudwatch.Alarm(stack, "RolledBack", metric=metric, threshold=1, evaluation_periods=1)

    (machine,) = synthesise(fill).of_type("AWS::StepFunctions::StateMachine")
    assert machine
