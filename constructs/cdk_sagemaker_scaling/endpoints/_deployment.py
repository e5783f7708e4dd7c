"""How an update reaches a live endpoint, DeploymentConfig.

Limits from "Deployment guardrails for updating models in production" and the API reference of DeploymentConfig.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_scaling._checks import at_least, unresolved, within

_MOST_ALARMS = 10
_PERCENT, _INSTANCES = "CAPACITY_PERCENT", "INSTANCE_COUNT"
_Endpoint = sagemaker.CfnEndpoint


@dataclass(frozen=True)
class CapacitySize:
    """A part of a fleet; make one with `percent` or `instances`."""

    type: str
    value: int

    @classmethod
    def percent(cls, value: int) -> CapacitySize:
        """So many percent of the fleet."""
        return cls(_PERCENT, value)

    @classmethod
    def instances(cls, value: int) -> CapacitySize:
        """So many instances."""
        return cls(_INSTANCES, value)

    @property
    def parts(self) -> int:
        """How often it goes into a fleet; where only the deploy knows, as of instances: once at least."""
        return 1 if self.type == _INSTANCES or unresolved(self.value) else -(-100 // max(self.value, 1))

    def faults(self, name: str, lowest_percent: int, highest_percent: int) -> list[str]:
        """What SageMaker would refuse."""
        if self.type == _PERCENT:
            return within(name, self.value, lowest_percent, highest_percent, "percent")
        return at_least(f"{name} in instances", self.value, 1)

    def render(self) -> sagemaker.CfnEndpoint.CapacitySizeProperty:
        """The property of the endpoint."""
        return _Endpoint.CapacitySizeProperty(type=self.type, value=self.value)


@dataclass(frozen=True, kw_only=True)
class Deployment(ABC):
    """How an update replaces the fleet, and which alarms roll it back.

    Attributes:
        rollback_alarms: at most ten. The endpoint waits for them, so they can watch it only by a name that is
            known before: give the endpoint its `endpoint_name`.
        maximum_execution_timeout_seconds: after which the update is given up and rolled back, 600 to 28,800.
    """

    rollback_alarms: Sequence[cloudwatch.IAlarm] = ()
    maximum_execution_timeout_seconds: int | None = None

    def faults(self, endpoint_name: str | None) -> list[str]:
        """What SageMaker or CloudFormation would refuse."""
        timeout, waits = self.maximum_execution_timeout_seconds, self._waits_seconds()
        faults = self._own_faults() + within("maximum_execution_timeout_seconds", timeout, 600, 28_800)
        if timeout is not None and not unresolved(timeout) and timeout <= waits:
            faults.append(f"maximum_execution_timeout_seconds must exceed the waits of {waits} s, got {timeout}")
        if len(self.rollback_alarms) > _MOST_ALARMS:
            faults.append(f"there are at most {_MOST_ALARMS} rollback_alarms, got {len(self.rollback_alarms)}")
        if self.rollback_alarms and endpoint_name is None:
            faults.append(
                "rollback_alarms watch the endpoint that waits for them, a cycle unless its name is known "
                "beforehand: give endpoint_name"
            )
        return [f"deployment: {fault}" for fault in faults]

    def render(self) -> sagemaker.CfnEndpoint.DeploymentConfigProperty:
        """The property of the endpoint."""
        alarms = [_Endpoint.AlarmProperty(alarm_name=alarm.alarm_name) for alarm in self.rollback_alarms]
        return _Endpoint.DeploymentConfigProperty(
            **self._policy(),
            auto_rollback_configuration=_Endpoint.AutoRollbackConfigProperty(alarms=alarms) if alarms else None,
        )

    @abstractmethod
    def _own_faults(self) -> list[str]: ...

    @abstractmethod
    def _waits_seconds(self) -> int: ...

    @abstractmethod
    def _policy(self) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class AllAtOnceDeployment(Deployment):
    """Blue/green: all traffic moves at once to a second fleet; the first stays for `termination_wait_seconds`."""

    termination_wait_seconds: int = 0

    def _own_faults(self) -> list[str]:
        return within("termination_wait_seconds", self.termination_wait_seconds, 0, 3600)

    def _waits_seconds(self) -> int:
        return self.termination_wait_seconds

    def _policy(self) -> dict[str, Any]:
        policy = _Endpoint.BlueGreenUpdatePolicyProperty(
            traffic_routing_configuration=self._routing(),
            termination_wait_in_seconds=self.termination_wait_seconds,
            maximum_execution_timeout_in_seconds=self.maximum_execution_timeout_seconds,
        )
        return {"blue_green_update_policy": policy}

    def _routing(self) -> sagemaker.CfnEndpoint.TrafficRoutingConfigProperty:
        return _Endpoint.TrafficRoutingConfigProperty(type="ALL_AT_ONCE", wait_interval_in_seconds=0)


@dataclass(frozen=True, kw_only=True)
class CanaryDeployment(AllAtOnceDeployment):
    """Blue/green: a part of the traffic, at most half, moves first, and after the wait all the rest."""

    size: CapacitySize = field(default_factory=lambda: CapacitySize.percent(10))
    wait_interval_seconds: int = 300

    def _own_faults(self) -> list[str]:
        waits = within("wait_interval_seconds", self.wait_interval_seconds, 0, 3600)
        return super()._own_faults() + waits + self.size.faults("the canary's size", 1, 50)

    def _waits_seconds(self) -> int:
        return self.wait_interval_seconds + self.termination_wait_seconds

    def _routing(self) -> sagemaker.CfnEndpoint.TrafficRoutingConfigProperty:
        return _Endpoint.TrafficRoutingConfigProperty(
            type="CANARY", canary_size=self.size.render(), wait_interval_in_seconds=self.wait_interval_seconds
        )


@dataclass(frozen=True, kw_only=True)
class LinearDeployment(AllAtOnceDeployment):
    """Blue/green: the traffic moves in equal steps of 10 to 50 percent, with a wait after each."""

    step: CapacitySize = field(default_factory=lambda: CapacitySize.percent(20))
    wait_interval_seconds: int = 300

    def _own_faults(self) -> list[str]:
        waits = within("wait_interval_seconds", self.wait_interval_seconds, 0, 3600)
        return super()._own_faults() + waits + self.step.faults("the linear step's size", 10, 50)

    def _waits_seconds(self) -> int:
        return self.wait_interval_seconds * (self.step.parts - 1) + self.termination_wait_seconds

    def _routing(self) -> sagemaker.CfnEndpoint.TrafficRoutingConfigProperty:
        return _Endpoint.TrafficRoutingConfigProperty(
            type="LINEAR", linear_step_size=self.step.render(), wait_interval_in_seconds=self.wait_interval_seconds
        )


@dataclass(frozen=True, kw_only=True)
class RollingDeployment(Deployment):
    """Replaces the fleet batch by batch, 5 to 50 percent at a time: for instances too scarce to have twice."""

    batch: CapacitySize = field(default_factory=lambda: CapacitySize.percent(20))
    wait_interval_seconds: int = 300
    rollback_batch: CapacitySize | None = None

    def _own_faults(self) -> list[str]:
        faults = within("wait_interval_seconds", self.wait_interval_seconds, 0, 3600)
        faults += self.batch.faults("the rolling batch's size", 5, 50)
        return faults + (
            self.rollback_batch.faults("the rollback batch's size", 5, 100) if self.rollback_batch else []
        )

    def _waits_seconds(self) -> int:
        return self.wait_interval_seconds * (self.batch.parts - 1)

    def _policy(self) -> dict[str, Any]:
        policy = _Endpoint.RollingUpdatePolicyProperty(
            maximum_batch_size=self.batch.render(),
            wait_interval_in_seconds=self.wait_interval_seconds,
            maximum_execution_timeout_in_seconds=self.maximum_execution_timeout_seconds,
            rollback_maximum_batch_size=self.rollback_batch.render() if self.rollback_batch else None,
        )
        return {"rolling_update_policy": policy}
