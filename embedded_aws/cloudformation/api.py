"""The CloudFormation API, as a service for the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from embedded_aws.cloudformation import change_set_operations, stack_operations, template_operations
from embedded_aws.cloudformation.call import Call
from embedded_aws.cloudformation.engine import Engine, RefusedError, Start, start_thread
from embedded_aws.cloudformation.functions import TemplateError
from embedded_aws.cloudformation.kind import Clients
from embedded_aws.cloudformation.refusals import refuse_what_is_not_emulated
from embedded_aws.cloudformation.resource_types import ResourceTypes
from embedded_aws.cloudformation.shapes import Shape
from embedded_aws.wire import Caller, Operation, Service, ServiceError

OPERATIONS: Mapping[str, Callable[[Call], Shape]] = {
    **change_set_operations.OPERATIONS,
    **stack_operations.OPERATIONS,
    **template_operations.OPERATIONS,
}


@dataclass
class CloudFormation:
    """The API: an engine an account and region, made when it is first asked for.

    Args:
        clients: how services are reached.
        types: the resource types that can be deployed.
        start: starts operations in the background.
        patience_seconds: how long a call that starts one waits for its end.
    """

    clients: Clients
    types: ResourceTypes
    start: Start = start_thread
    patience_seconds: float = 2.0
    _engines: dict[tuple[str, str], Engine] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def engine(self, caller: Caller) -> Engine:
        """The engine of a caller's account and region."""
        with self._lock:
            place = (caller.account, caller.region)
            if place not in self._engines:
                region = caller.region
                self._engines[place] = Engine(
                    caller.account,
                    region,
                    self.types,
                    self.clients,
                    lambda name: self._read_ssm(region, name),
                    self.start,
                )
            return self._engines[place]

    def service(self) -> Service:
        """The service, for the wire."""
        return Service("cloudformation", {name: self._operation(name, do) for name, do in OPERATIONS.items()})

    def _operation(self, name: str, do: Callable[["Call"], Shape]) -> Operation:
        def operation(caller: Caller, parameters: dict[str, Any]) -> Shape:
            try:
                refuse_what_is_not_emulated(name, parameters)
                return do(Call(self.engine(caller), parameters, self.patience_seconds))
            except RefusedError as refusal:
                raise ServiceError(refusal.code, refusal.message) from refusal
            except TemplateError as fault:
                raise ServiceError("ValidationError", str(fault)) from fault

        return operation

    def _read_ssm(self, region: str, name: str) -> str:
        client = self.clients("ssm", region)
        try:
            return str(client.get_parameter(Name=name)["Parameter"]["Value"])
        except client.exceptions.ClientError as fault:
            raise TemplateError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from fault
