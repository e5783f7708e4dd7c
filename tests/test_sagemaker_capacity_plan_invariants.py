"""What a plan was asked for and made from: each invariant, and that all faults are told at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sagemaker_capacity_plan import (
    CapacityPlan,
    CopyRequirements,
    Demand,
    Instance,
    Objective,
    Override,
    ProvisionedConcurrency,
    RealTimeScaling,
    ScheduledDemand,
    ServerlessScaling,
)

PLAN = CapacityPlan.read(Path(__file__).parents[1] / "plans/xgboost/plan.json")
INSTANCE = Instance("ml.c5.large", 2, "given", 0.102, "given")
OBJECTIVE = Objective("own limits", 50, 55, 45)
DEMAND = Demand(500, 70, 1.2, (ScheduledDemand("Morning", "rate(1 day)", "Etc/UTC", 300),))
SERVERLESS = ServerlessScaling(memory_mb=2048, max_concurrency=10)


def refused(record: Any, **changes: object) -> str:  # noqa: ANN401 - any record of a plan
    with pytest.raises(ValueError, match=r"\S") as error:
        replace(record, **changes)
    return str(error.value)


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (INSTANCE, {"type": "ml.t3.medium"}, "ml.t3.medium is burstable, and SageMaker scales no burstable type: "),
        (INSTANCE, {"type": "c5.large"}, "looks like ml.c5.large, got 'c5.large'"),
        (INSTANCE, {"type": "ml.t"}, "looks like ml.c5.large, got 'ml.t'"),
        (INSTANCE, {"vcpus": 0}, "vcpus must be at least 1, got 0"),
        (INSTANCE, {"price_usd_per_hour": 0}, "price_usd_per_hour must be above 0 and finite, got 0"),
        (INSTANCE, {"price_source": None}, "go together, got 0.102 and None: give both or neither"),
        (INSTANCE, {"price_usd_per_hour": None}, "go together, got None and 'given': give both or neither"),
        (OBJECTIVE, {"lower_percent": 55}, "got lower 55 and upper 55"),
        (OBJECTIVE, {"lower_percent": 0}, "0 < lower < upper <= 100"),
        (OBJECTIVE, {"upper_percent": 100.5}, "0 < lower < upper <= 100"),
        (OBJECTIVE, {"target_percent": 60}, "the target must lie within the limits, got 60"),
        (DEMAND, {"min_tps": 501}, "got minimum 501 and peak 500"),
        (DEMAND, {"min_tps": -1}, "got minimum -1"),
        (DEMAND, {"peak_tps": float("inf")}, "a finite peak above 0, got minimum 70 and peak inf"),
        (
            DEMAND,
            {"growth": 0.9},
            "growth is a factor of at least 1 (1.2 for 20 % more), got 0.9: for a demand that",
        ),
        (DEMAND, {"peak_tps": 299}, "'Morning' asks for 300 TPS, above the peak of 299: raise the peak"),
        (DEMAND.scheduled[0], {"tps": 0}, "the TPS of 'Morning' must be above 0 and finite, got 0"),
        (
            CopyRequirements(min_memory_mb=128),
            {"min_memory_mb": 127},
            "min_memory_mb must be at least 128, got 127",
        ),
        (
            ProvisionedConcurrency(initial_concurrency=1, min_capacity=0, max_capacity=1),
            {"max_capacity": 0},
            "max_capacity must be at least 1, got 0",
        ),
        (CopyRequirements(min_memory_mb=128), {"cpu_cores": 0.2}, "cpu_cores must be at least 0.25, got 0.2"),
        (CopyRequirements(min_memory_mb=128), {"accelerators": 0}, "accelerators must be at least 1, got 0"),
        (PLAN, {"start_up_seconds": 0}, "start_up_seconds must be at least 1, got 0"),
        (PLAN, {"instance": None}, "a plan of kind real-time needs its instance, got null: give type and vcpus"),
        (PLAN, {"computed": SERVERLESS}, "serverless runs on no instance, got ml.c5.large: leave the instance out"),
    ],
)
def test_what_breaks_an_invariant_is_refused_with_its_value(
    record: object, changes: dict[str, object], said: str
) -> None:
    assert said in refused(record, **changes)


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (
            INSTANCE,
            {"type": "ml.t3", "vcpus": -1, "price_usd_per_hour": -2.0},
            ["got 'ml.t3'", "got -1", "got -2.0"],
        ),
        (DEMAND, {"growth": 0, "peak_tps": 60}, ["got 0", "minimum 70 and peak 60", "above the peak of 60"]),
        (
            PLAN,
            {"start_up_seconds": -5, "instance": None, "overrides": (Override("colour", 1, "launch"),)},
            ["start_up_seconds must be at least 1, got -5", "needs its instance", "cannot override 'colour'"],
        ),
    ],
)
def test_all_faults_of_one_record_are_told_at_once(
    record: object, changes: dict[str, object], said: list[str]
) -> None:
    told = refused(record, **changes)
    for fault in said:
        assert fault in told


def test_serverless_alone_has_no_instance() -> None:
    plan = replace(PLAN, instance=None, objective=None, computed=SERVERLESS)
    assert CapacityPlan.from_json(plan.to_json()).scaling == SERVERLESS


def test_an_objective_goes_with_the_kind_of_its_plan() -> None:
    with pytest.raises(
        ValueError, match=r"a plan of kind serverless has no objective of kind instance: leave it out"
    ):
        replace(PLAN, instance=None, computed=SERVERLESS)


def test_a_plan_may_know_neither_objective_nor_limits_nor_saturation() -> None:
    plan = replace(
        PLAN, objective=None, limits=None, saturation=None, computed=RealTimeScaling(min_capacity=1, max_capacity=2)
    )
    assert CapacityPlan.from_json(plan.to_json()) == plan


def test_trainium_is_not_taken_for_a_burstable_type() -> None:
    assert Instance("ml.trn1.2xlarge", 8, "given").vcpus == 8
