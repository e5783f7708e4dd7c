"""Traffic moves to the next model, back on an alarm, and then to the end: what was live, minute by minute."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from embedded_aws import EmbeddedAws
    from embedded_aws.state_machines import Waiting

STACK = "TrafficShift"
APP = "python examples/traffic_shift/app.py"
_RUNG_AT_PERCENT, _ALL = 60, 100


class ShiftScene:
    """The deployed example of a shift, whose executions take no time here."""

    def __init__(self, aws: EmbeddedAws, region: str, console: Console) -> None:
        self._clients: Callable[[str], Any] = lambda service: aws.client(service, region)
        self._aws, self._console = aws, console
        (machine,) = self._clients("stepfunctions").list_state_machines()["stateMachines"]
        self._machine = machine["stateMachineArn"]
        told = self._clients("stepfunctions").describe_state_machine(stateMachineArn=self._machine)
        states = json.loads(told["definition"])["States"]
        self._endpoint_name = states["ReadEndpoint"]["Arguments"]["EndpointName"]
        self._destination = states["Shift"]["Arguments"]["DesiredWeightsAndCapacities"][1]["VariantName"]
        self._alarm_name = states["LookAtAlarms"]["Arguments"]["AlarmNames"][0]

    def is_brought_back_by_an_alarm(self) -> bool:
        """Let an alarm go off midway; True if the weights are as they were."""
        self._console.print(f"\nan alarm goes off once {_RUNG_AT_PERCENT} % have moved:")
        before = self._percents()
        self._set_alarm("OK")
        status = self._run(ring_at_percent=_RUNG_AT_PERCENT)
        self._set_alarm("OK")
        return status == "FAILED" and self._percents() == before

    def comes_to_its_end(self) -> bool:
        """Let nothing happen; True if all traffic has moved."""
        self._console.print("\nno alarm goes off:")
        return self._run() == "SUCCEEDED" and self._percents()[self._destination] == _ALL

    def tear_down(self) -> None:
        """Delete the stack, so that its endpoint is gone."""
        self._clients("cloudformation").delete_stack(StackName=STACK)
        self._clients("cloudformation").get_waiter("stack_delete_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1}
        )

    def _run(self, ring_at_percent: int | None = None) -> str:
        """An execution, with a row for each minute in which the shares have changed; its status at the end."""
        shares: list[dict[str, int]] = []

        def look(_: Waiting) -> None:
            shares.append(self._percents())
            if shares[-1] not in shares[-2:-1]:
                self._tell(len(shares), shares[-1])
            if shares[-1][self._destination] == ring_at_percent:
                self._set_alarm("ALARM")

        self._aws.on_wait(look)
        machines = self._clients("stepfunctions")
        execution = machines.start_execution(stateMachineArn=self._machine)["executionArn"]
        while (told := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.1)
        self._aws.on_wait(lambda _: None)
        self._console.print(": ".join(part for part in (told["status"], told.get("cause")) if part), soft_wrap=True)
        return str(told["status"])

    def _tell(self, minute: int, percents: dict[str, int]) -> None:
        told = "".join(f"{name:>10} {percent:3} %" for name, percent in percents.items())
        self._console.print(f"  minute {minute:2}{told}")

    def _percents(self) -> dict[str, int]:
        endpoint = self._clients("sagemaker").describe_endpoint(EndpointName=self._endpoint_name)
        weights = {variant["VariantName"]: variant["CurrentWeight"] for variant in endpoint["ProductionVariants"]}
        return {name: round(100 * weight / sum(weights.values())) for name, weight in weights.items()}

    def _set_alarm(self, state: str) -> None:
        self._clients("cloudwatch").set_alarm_state(
            AlarmName=self._alarm_name, StateValue=state, StateReason="the tour"
        )
