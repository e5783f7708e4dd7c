"""Deployment guardrails: nothing is rolled out step by step here, but what AWS refuses of them is refused.

The limits are those of the API's reference: TrafficRoutingConfig, RollingUpdatePolicy, BlueGreenUpdatePolicy and
InferenceComponentRollingUpdatePolicy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

Parameters = dict[str, Any]

# The share of a fleet that a step may take, in percent.
_ROLLING_PERCENT = (5, 50)
_ROLLBACK_PERCENT = (5, 100)
_STEP_OF_TYPE = {"CANARY": ("CanarySize", (0, 50)), "LINEAR": ("LinearStepSize", (10, 50))}
_WHOLE_PERCENT = 100


def check(backend: SageMakerModelBackend, config: Parameters, fleets: Mapping[str, int]) -> None:
    """See that AWS would take a DeploymentConfig, of an endpoint or of an inference component.

    Args:
        backend: where it is, and so the alarms.
        config: the DeploymentConfig; {} is the default, all at once.
        fleets: the instances of each variant, or the copies of the component, that it replaces, by name; none
            before the first deployment.

    Raises:
        ValidationError: it would not, for the reasons told.
    """
    faults = [*_of_policies(config, fleets), *_of_alarms(backend, config)]
    if faults:
        raise ValidationError(f"DeploymentConfig: {' '.join(faults)}")


def _of_policies(config: Parameters, fleets: Mapping[str, int]) -> Iterator[str]:
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        yield "Only one update policy should be used: BlueGreenUpdatePolicy or RollingUpdatePolicy."
    if blue_green:
        routing = blue_green["TrafficRoutingConfiguration"]
        yield from _of_routing(routing, fleets)
        yield from _of_timeout(
            blue_green, blue_green.get("TerminationWaitInSeconds", 0) + routing["WaitIntervalInSeconds"]
        )
    if rolling:
        for name, percent in (
            ("MaximumBatchSize", _ROLLING_PERCENT),
            ("RollbackMaximumBatchSize", _ROLLBACK_PERCENT),
        ):
            if name in rolling:
                yield from _of_size(name, rolling[name], percent, fleets)
        yield from _of_timeout(rolling, rolling["WaitIntervalInSeconds"])


def _of_routing(routing: Parameters, fleets: Mapping[str, int]) -> Iterator[str]:
    for type_, (name, percent) in _STEP_OF_TYPE.items():
        if routing["Type"] != type_ and name in routing:
            yield f"Traffic routing of Type {routing['Type']} has no {name}."
        elif routing["Type"] == type_ and name not in routing:
            yield f"Traffic routing of Type {type_} needs a {name}."
        elif name in routing:
            yield from _of_size(name, routing[name], percent, fleets)


def _of_size(name: str, size: Parameters, percent: tuple[int, int], fleets: Mapping[str, int]) -> Iterator[str]:
    (least, most), value = percent, size["Value"]
    if size["Type"] == "CAPACITY_PERCENT":
        if not least <= value <= most:
            yield f"{name} must be {least} to {most} percent of the fleet, got {value} percent."
        return
    for fleet, number in fleets.items():
        if not least * number <= _WHOLE_PERCENT * value <= most * number:
            yield f"{name} must be {least} to {most} percent of the fleet, got {value} of the {number} of {fleet}."


def _of_timeout(policy: Parameters, waits_seconds: int) -> Iterator[str]:
    seconds = policy.get("MaximumExecutionTimeoutInSeconds")
    if seconds is not None and seconds <= waits_seconds:
        yield f"MaximumExecutionTimeoutInSeconds must be above the waits, which are {waits_seconds}, got {seconds}."


def _of_alarms(backend: SageMakerModelBackend, config: Parameters) -> Iterator[str]:
    alarms = cloudwatch_backends[backend.account_id][backend.region_name].alarms
    named = [each["AlarmName"] for each in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
    missing = [name for name in named if name not in alarms]
    if missing:
        yield f"AutoRollbackConfiguration: there is no alarm {', '.join(missing)}."
