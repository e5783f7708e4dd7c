"""The states of a shift, in Amazon States Language with JSONata.

beforehand:  alone? in service? scaled? no alarm?     otherwise it fails, and nothing has moved
each step:   AddInstances -> look until they serve -> Shift -> look until the wait interval is over
looking:     Wait -> ReadEndpoint -> LookAtAlarms -> Decide, the one place that goes on or rolls back
at the end:  the minimum of both variants as it was; after a roll-back, the weights too
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._language import RETRY, State, because, choice, fail, of, task, when

LOOK_SECONDS = 60
"""How long it is from one look at the endpoint and the alarms to the next."""
EVENTS_A_LOOK = 14
"""Of an execution's history: a wait and a choice have two each, a task that succeeds five."""

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_ENDPOINT = "$states.result.ProductionVariants"
# SageMaker keeps a weight in 32 bits.
_ROUNDING = 0.0001
_DECIMALS = 6  # of a number of instances: what a float adds to a whole one is no instance
_ROLL_BACK_ATTEMPTS = 60
_ANEW = {"settled": False, "watched_seconds": 0, "unsettled_seconds": 0}
_CATCH = {
    "ErrorEquals": ["States.ALL"],
    "Assign": {"why": "{% $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}"},
    "Next": "RollBack",
}


@dataclass(frozen=True, kw_only=True)
class Side:
    """A variant that traffic moves from or to.

    Attributes:
        name: the variant's.
        resource_id: how Application Auto Scaling names it.
        target_per_instance_per_minute: what its plan lets one instance carry.
    """

    name: str
    resource_id: str
    target_per_instance_per_minute: float

    def now(self, field: str) -> str:
        """What DescribeEndpoint tells of it, in JSONata."""
        return f"{_ENDPOINT}[VariantName='{self.name}'].{field}"

    def bound(self, field: str) -> str:
        """What DescribeScalableTargets tells of it, in JSONata."""
        return f"$states.result.ScalableTargets[$substringAfter(ResourceId, '/variant/') = '{self.name}'].{field}"


@dataclass(frozen=True, kw_only=True)
class Shift:
    """All that the states of a shift depend on."""

    endpoint_name: str
    source: Side
    destination: Side
    percents: Sequence[int]
    wait_interval_seconds: int
    settling_timeout_seconds: int
    alarm_names: Sequence[str]
    composite_alarms: bool
    scale_in_source: bool

    def definition(self) -> State:
        """The state machine."""
        return {
            "Comment": f"Moves the traffic of {self.source.name} to {self.destination.name}.",
            "QueryLanguage": "JSONata",
            "StartAt": "ListExecutions",
            "States": self._beforehand() | self._steps() | self._looking() | self._rolling_back() | self._ending(),
        }

    def _beforehand(self) -> dict[str, State]:
        source, destination = self.source, self.destination
        held = "$max([$bounds.source_min, $min([$bounds.source_max, $start.source_instances])])"
        return {
            "ListExecutions": task(
                "sfn:listExecutions",
                {"StateMachineArn": of("$states.context.StateMachine.Id"), "StatusFilter": "RUNNING"},
                assign={
                    "running": of("$count($states.result.Executions)"),
                    "watched": list(self.alarm_names),
                    "why": "",
                },
                then="IsAlone",
            ),
            "IsAlone": choice(("$running > 1", "AnotherShiftRuns"), otherwise="ReadWeights"),
            "AnotherShiftRuns": fail("AnotherShiftRuns", "'Wait for it to end, or stop it: nothing was moved.'"),
            "ReadWeights": self._describe(
                status=of("$states.result.EndpointStatus"),
                # One expression: an endpoint being created has none of these, and a field may not be nothing.
                start=of(
                    f"{{'source': {source.now('CurrentWeight')},"
                    f" 'destination': {destination.now('CurrentWeight')},"
                    f" 'source_instances': {source.now('CurrentInstanceCount')},"
                    f" 'destination_instances': {destination.now('CurrentInstanceCount')}}}"
                ),
                step=0,
                then="IsInService",
            ),
            "IsInService": choice(
                ("$status != 'InService'", "EndpointNotInService"),
                ("$start.source = 0", "NothingToShift"),
                otherwise="ReadTargets",
            ),
            "EndpointNotInService": fail(
                "EndpointNotInService",
                "'Its status is ' & $status & ': wait until it is InService.'",
            ),
            "NothingToShift": {"Type": "Succeed", "Comment": "The source has no traffic that could move."},
            "ReadTargets": self._read_targets(
                scaled=of("$count($states.result.ScalableTargets)"), bounds=of(self._bounds), then="AreScaled"
            ),
            "AreScaled": choice(("$scaled < 2", "NotScaled"), otherwise="LookBeforehand"),
            "NotScaled": fail(
                "NotScaled", "'Both variants must be scalable targets: add VariantScaling; nothing was moved.'"
            ),
            "LookBeforehand": self._look(then="IsQuietBeforehand"),
            "IsQuietBeforehand": choice(("$told != ''", "AlarmBeforehand"), otherwise="HoldSource"),
            "AlarmBeforehand": fail("AlarmBeforehand", "$told & ': nothing was moved.'"),
            "HoldSource": _register(source, held, then="AddInstances")
            | {
                "Comment": "The source scales in no further, so that all of it is there for a roll-back.",
                "Assign": {"held": of(held), "instances": of("$bounds.destination_min"), "weights": of("$start")},
            },
        }

    def _steps(self) -> dict[str, State]:
        # Of what is kept, so that the last step leaves nothing: in floats, x less x * 100 / 100 may be below zero.
        kept = f"$start.source * (100 - {list(self.percents)}[$step - 1]) / 100"
        got = f"$start.source + $start.destination - {kept}"
        source, destination = self.source, self.destination
        # What the source's instances carry, in instances of the destination.
        carried = (
            f"$start.source_instances * {list(self.percents)}[$step] / 100"
            f" * {source.target_per_instance_per_minute!r} / {destination.target_per_instance_per_minute!r}"
        )
        added = f"$ceil($round({carried}, {_DECIMALS}))"
        wanted = f"$min([$bounds.destination_max, $start.destination_instances + {added}])"
        instances = f"$max([$bounds.destination_min, {wanted}])"
        return {
            "AddInstances": _register(destination, instances, then="Wait")
            | {
                "Comment": "Instances come before their traffic.",
                "Assign": {
                    "step": of("$step + 1"),
                    "instances": of(instances),
                    "watch": 0,
                    **_ANEW,
                },
                "Catch": [_CATCH],
            },
            "Shift": self._set_weights(kept, got, then="Wait")
            | {
                "Assign": {
                    "weights": of(f"{{'source': {kept}, 'destination': {got}}}"),
                    "watch": self.wait_interval_seconds,
                    **_ANEW,
                },
                "Catch": [_CATCH],
            },
        }

    def _looking(self) -> dict[str, State]:
        serving = self.destination.now("CurrentInstanceCount")
        after_last = f"$step = {len(self.percents)}"
        unsettled = f"$unsettled_seconds >= {self.settling_timeout_seconds}"
        return {
            "Wait": {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": "ReadEndpoint"},
            "ReadEndpoint": self._describe(
                # Expressions see the variables as they were: the interval is counted from the look after the one
                # that found it settled.
                watched_seconds=of(f"$settled ? $watched_seconds + {LOOK_SECONDS} : 0"),
                unsettled_seconds=of(f"$settled ? 0 : $unsettled_seconds + {LOOK_SECONDS}"),
                settled=of(f"{self._is('$weights')} and {serving} >= $instances"),
                then="LookAtAlarms",
            )
            | {"Catch": [_CATCH]},
            "LookAtAlarms": self._look(then="Decide") | {"Catch": [_CATCH]},
            "Decide": {
                "Type": "Choice",
                "Choices": [
                    because("$told != ''", "$told", "RollBack"),
                    because(
                        f"$not($settled) and {unsettled}",
                        f"'The endpoint did not settle within {self.settling_timeout_seconds} seconds'",
                        "RollBack",
                    ),
                    when("$not($settled) or $watched_seconds < $watch", "Wait"),
                    when("$watch = 0", "Shift"),
                    when(after_last, "ReadMinima"),
                ],
                "Default": "AddInstances",
            },
        }

    def _rolling_back(self) -> dict[str, State]:
        return {
            "RollBack": self._set_weights("$start.source", "$start.destination", then="AwaitRollBack")
            | {
                "Assign": {"unsettled_seconds": 0},
                # While instances start, the endpoint takes nothing: for as long as they may, and an hour.
                "Retry": [
                    {**RETRY, "MaxAttempts": _ROLL_BACK_ATTEMPTS + self.settling_timeout_seconds // LOOK_SECONDS}
                ],
            },
            "AwaitRollBack": {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": "ReadRollBack"},
            "ReadRollBack": self._describe(
                unsettled_seconds=of(f"$unsettled_seconds + {LOOK_SECONDS}"),
                settled=of(self._is("$start")),
                then="IsRolledBack",
            )
            | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "RollBackNotConfirmed"}]},
            "IsRolledBack": choice(
                ("$settled", "ReadMinima"),
                (f"$unsettled_seconds >= {self.settling_timeout_seconds}", "RollBackNotConfirmed"),
                otherwise="AwaitRollBack",
            ),
            "RollBackNotConfirmed": fail(
                "RollBackNotConfirmed",
                "$why & '. The weights were set back, and the endpoint has not settled.'",
            ),
        }

    def _ending(self) -> dict[str, State]:
        not_released = {"ErrorEquals": ["States.ALL"], "Next": "MinimumNotRestored"}
        source, destination = (
            f"($now.{side}_min = {raised} ? $bounds.{side}_min : $now.{side}_min)"
            for side, raised in (("source", "$held"), ("destination", "$instances"))
        )
        states: dict[str, State] = {
            "ReadMinima": self._read_targets(now=of(self._bounds), then="ReleaseDestination")
            | {
                "Comment": "A minimum that a schedule or somebody else has set meanwhile stays.",
                "Catch": [not_released],
            },
            "ReleaseDestination": _register(self.destination, destination, then="ReleaseSource")
            | {"Catch": [not_released]},
            "ReleaseSource": _register(self.source, source, then="HasShifted") | {"Catch": [not_released]},
            "MinimumNotRestored": fail(
                "MinimumNotRestored",
                "$why & ($why = '' ? 'The traffic has moved' : '. The weights are back')"
                " & ', and a variant keeps too high a minimum of instances: set it with RegisterScalableTarget.'",
            ),
            "HasShifted": choice(
                ("$why != ''", "RolledBack"), otherwise="ScaleInSource" if self.scale_in_source else "Shifted"
            ),
            "RolledBack": fail("RolledBack", "$why & '. The weights are as they were.'"),
            "Shifted": {"Type": "Succeed"},
        }
        if self.scale_in_source:
            states["ScaleInSource"] = self._update(
                [{"VariantName": self.source.name, "DesiredInstanceCount": of(source)}], then="Shifted"
            ) | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "SourceNotScaledIn"}]}
            states["SourceNotScaledIn"] = fail(
                "SourceNotScaledIn", "'The traffic has moved, and its policies will scale the source in.'"
            )
        return states

    def _is(self, weights: str) -> str:
        """Whether the endpoint is in service with these weights, as far as 32 bits tell."""
        apart = [
            f"$abs({side.now('CurrentWeight')} - {weights}.{name})"
            for name, side in (("source", self.source), ("destination", self.destination))
        ]
        near = f"$max([{', '.join(apart)}]) <= {_ROUNDING} * ($start.source + $start.destination)"
        return f"$states.result.EndpointStatus = 'InService' and {near}"

    def _describe(self, *, then: str, **assign: Any) -> State:  # noqa: ANN401 - JSON
        return task("sagemaker:describeEndpoint", {"EndpointName": self.endpoint_name}, assign=assign, then=then)

    def _look(self, *, then: str) -> State:
        told = (
            "($there := $append($states.result.MetricAlarms, $states.result.CompositeAlarms);"
            " $on := $there[StateValue='ALARM'].AlarmName;"
            " $gone := $filter($watched, function($name) { $not($name in $there.AlarmName) });"
            " $exists($on) ? 'In alarm: ' & $join([$on], ', ')"
            " : $exists($gone) ? 'There is no alarm ' & $join([$gone], ', ')"
            " : '')"
        )
        asked: State = {"AlarmNames": list(self.alarm_names)}
        if self.composite_alarms:
            asked["AlarmTypes"] = ["MetricAlarm", "CompositeAlarm"]
        return task("cloudwatch:describeAlarms", asked, assign={"told": of(told)}, then=then)

    @property
    def _bounds(self) -> str:
        """What both scale between, in JSONata."""
        source, destination = self.source, self.destination
        return (
            f"{{'source_min': {source.bound('MinCapacity')}, 'source_max': {source.bound('MaxCapacity')},"
            f" 'destination_min': {destination.bound('MinCapacity')},"
            f" 'destination_max': {destination.bound('MaxCapacity')}}}"
        )

    def _read_targets(self, *, then: str, **assign: Any) -> State:  # noqa: ANN401 - JSON
        asked = {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": _DIMENSION,
            "ResourceIds": [self.source.resource_id, self.destination.resource_id],
        }
        return task("applicationautoscaling:describeScalableTargets", asked, assign=assign, then=then)

    def _set_weights(self, source: str, destination: str, *, then: str) -> State:
        weights = {self.source.name: source, self.destination.name: destination}
        return self._update(
            [{"VariantName": name, "DesiredWeight": of(weight)} for name, weight in weights.items()], then=then
        )

    def _update(self, desired: list[State], *, then: str) -> State:
        asked = {"EndpointName": self.endpoint_name, "DesiredWeightsAndCapacities": desired}
        return task("sagemaker:updateEndpointWeightsAndCapacities", asked, then=then)


def _register(side: Side, min_capacity: str, *, then: str) -> State:
    asked = {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": _DIMENSION,
        "ResourceId": side.resource_id,
        "MinCapacity": of(min_capacity),
    }
    return task("applicationautoscaling:registerScalableTarget", asked, then=then)
