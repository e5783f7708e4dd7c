"""What no dashboard can show is refused before CloudWatch sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from boards import real_time, some

from cdk_sagemaker_scaling import Endpoint, EndpointDashboard, InferenceComponentCopies, _metrics
from cdk_sagemaker_scaling.monitoring._layout import Layout

if TYPE_CHECKING:
    from aws_cdk import Stack

    from sagemaker_capacity_plan import CapacityPlan


@pytest.fixture(scope="module")
def endpoint(stack: Stack) -> Endpoint[Any]:
    return real_time(stack, "Refusing", {"V": "ml.c5.large", "W": "ml.c5.large"})


@pytest.fixture(scope="module")
def stack() -> Stack:
    from aws_cdk import App, Stack  # noqa: PLC0415

    return Stack(App(), "Refused")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"side_by_side": ("V", "X")}, "side_by_side for variants that the endpoint has not: X; it has V, W"),
        ({"side_by_side": ("V", "V")}, "side_by_side names two variants, got 'V' twice"),
        ({"prices_usd_per_hour": {"X": 1}}, "prices for variants that the endpoint has not: X; it has V, W"),
        ({"prices_usd_per_hour": {"V": 0}}, "the price of 'V' must be above 0, got 0"),
        ({"components": {"V": InferenceComponentCopies("c")}}, "two sections are named 'V'"),
        ({"alarms": [None] * 101}, "the states of at most 100 alarms, got 101"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    stack: Stack, endpoint: Endpoint[Any], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=f"EndpointDashboard 'D.*': .*{re.escape(told)}"):
        EndpointDashboard(stack, f"D{len(stack.node.children)}", endpoint=endpoint, **options)


def test_plans_for_something_else_are_refused_all_at_once(
    stack: Stack, endpoint: Endpoint[Any], shipped_plan: CapacityPlan
) -> None:
    plans = {
        "V": some(_metrics.SERVERLESS)[0],
        "W": replace(shipped_plan, instance=replace(shipped_plan.instance, type="ml.m5.large")),
        "X": shipped_plan,
    }
    with pytest.raises(ValueError, match="plans for variants") as refused:
        EndpointDashboard(stack, "Plans", endpoint=endpoint, plans=plans)
    for told in (
        "plans for variants that the endpoint has not: X; it has V, W",
        "'V': a real-time variant takes a plan of kind real-time, got one of kind serverless",
        "'W': the plan is for ml.m5.large, the variant 'W' runs on ml.c5.large",
    ):
        assert told in str(refused.value)


def test_more_than_cloudwatch_shows_is_refused(stack: Stack, endpoint: Endpoint[Any]) -> None:
    components = {f"C{n}": InferenceComponentCopies(f"c{n}") for n in range(200)}
    with pytest.raises(
        ValueError, match=r"a dashboard has at most 500 widgets, got \d+: .*at most 2500 metrics, got"
    ):
        EndpointDashboard(stack, "Large", endpoint=endpoint, components=components)
    layout = Layout()
    layout.add_row([{"properties": {"metrics": [["n", "m", {}]] * 501}}])
    (told,) = layout.faults()
    assert told.startswith("a widget has at most 500 metrics, got 501: show fewer variants or components")
