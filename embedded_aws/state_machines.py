"""Step Functions' executions: moto keeps state machines, and runs none unless it is told to.

It then has an interpreter of Amazon States Language, which takes a second to import and so is left until somebody
makes a state machine. No time passes in it: whoever wants something to happen meanwhile is told of each Wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from moto.core.config import default_user_config
from moto.stepfunctions import responses

if TYPE_CHECKING:
    from moto.stepfunctions.models import StepFunctionBackend

ACCESS_KEY_ID = "executions"
"""What executions sign with, in the record of calls."""
_moto_backend = responses.get_backend


@dataclass(frozen=True)
class Waiting:
    """What an execution waits for, in a Wait state."""

    execution: str
    state: str
    seconds: float


Clients = Callable[[str, str], Any]  # of a service and a region
Waited = Callable[[Waiting], object]


def install(clients: Clients, port: int, waited: Waited) -> None:
    """Let executions run, on the services at this port; `waited` is called in place of each wait."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}

    def backend(account: str, region: str) -> StepFunctionBackend:
        import_module("embedded_aws.states_interpreter").install(clients, port, waited)
        return _moto_backend(account, region)

    setattr(responses, "get_backend", backend)  # noqa: B010 - mypy refuses the assignment
