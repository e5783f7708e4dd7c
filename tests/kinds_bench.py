"""A bench for kinds of resources: a stack operation without a stack, against a running embedded AWS."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "123456789012"
REGION = "us-east-1"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ],
}


@dataclasses.dataclass
class Made:
    """A resource on the bench, with the properties that it was last given."""

    bench: Bench
    type: str
    logical_id: str
    physical: Physical
    properties: dict[str, Any]

    @property
    def id(self) -> str:
        """The physical id."""
        return self.physical.id

    def __getitem__(self, attribute: str) -> Any:  # noqa: ANN401 - any JSON value
        """What Fn::GetAtt answers."""
        return self.physical.attributes[attribute]

    def update(self, **new: object) -> None:
        kind = KINDS[self.type]
        before = self.physical
        self.physical = kind.update(self.bench.context, self.logical_id, before, self.properties, new)
        assert self.physical.id == before.id, "an update keeps the physical id"
        self.properties = new

    def delete(self) -> None:
        """Twice, for gone already is fine."""
        for _ in range(2):
            KINDS[self.type].delete(self.bench.context, self.logical_id, self.physical, self.properties)


class Bench:
    """Makes resources by their kinds."""

    def __init__(self, clients: Callable[[str, str], Any], tags: dict[str, str] | None = None) -> None:
        self.context = Context(
            stack_name="Stack",
            stack_id=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Stack/1",
            account=ACCOUNT,
            region=REGION,
            clients=clients,
            tags=tags or {},
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        return self.context.client(service)

    def create(self, type_: str, logical_id: str = "Thing", **properties: object) -> Made:
        # A context has one name for a logical id: each resource of a test has an operation of its own.
        context = dataclasses.replace(self.context, _suffixes={})
        physical = KINDS[type_].create(context, logical_id, properties)
        return Made(self, type_, logical_id, physical, properties)
