from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property

from ._demand import Demand, Objective, ServerlessObjective
from ._errors import PlanError, below, refuse
from ._evidence import Evidence, Instance, Limits, Saturation
from ._json import canonical_json, decode, plain
from ._override import Override, overridden
from ._scaling import Scaling
from ._serverless import ServerlessScaling

SCHEMA = 3
_MOST_CHARACTERS = 2**24


@dataclass(frozen=True)
class CapacityPlan:
    """How one variant or inference component is to scale, and why.

    `computed` is what analysis worked out; `scaling` is what holds: the computed numbers under a person's
    overrides. Constructs read `scaling` and carry its numbers untouched. `instance` is None for serverless, and
    for it alone; `start_up_seconds`, `objective`, `limits` and `saturation` are None where none is known.
    """

    evidence: Evidence
    instance: Instance | None
    start_up_seconds: int | None
    objective: Objective | ServerlessObjective | None
    demand: Demand
    limits: Limits | None
    saturation: Saturation | None
    computed: Scaling
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    overrides: tuple[Override, ...] = field(default=())

    def __post_init__(self) -> None:
        faults = [] if self.start_up_seconds is None else below("start_up_seconds", self.start_up_seconds, 1)
        serverless = isinstance(self.computed, ServerlessScaling)
        if self.instance is None and not serverless:
            faults.append(f"a plan of kind {self.computed.KIND} needs its instance, got null: give type and vcpus")
        if self.instance is not None and serverless:
            faults.append(
                f"serverless runs on no instance, got {self.instance.type}: leave the instance out (null)"
            )
        if self.objective is not None and serverless != isinstance(self.objective, ServerlessObjective):
            faults.append(
                f"a plan of kind {self.computed.KIND} has no objective of kind {self.objective.KIND}: leave it out "
                "(null), or renew the plan"
            )
        try:
            _ = self.scaling
        except ValueError as error:
            faults.append(str(error))
        refuse(faults)

    @cached_property
    def scaling(self) -> Scaling:
        """The numbers in force: computed, then overridden."""
        return overridden(self.computed, self.overrides) if self.overrides else self.computed

    def to_json(self) -> str:
        """Canonical JSON: the same plan is always the same bytes."""
        return canonical_json({"schema": SCHEMA, **plain(self)})

    @classmethod
    def from_json(cls, text: str, *, source: str = "the plan") -> CapacityPlan:
        """Read a plan.

        Raises:
            PlanError: not JSON, another schema, or fields missing, unknown or out of range: all at once.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise PlanError(f"{source} is not JSON: {error}. Renew it with `sagemaker-capacity plan`.") from error
        schema = document.pop("schema", None) if isinstance(document, dict) else None
        if type(schema) is int and schema > SCHEMA:
            raise PlanError(
                f"{source} has schema {schema}, newer than the {SCHEMA} that this version reads: "
                "upgrade cdk-sagemaker-scaling, or renew the plan with this version."
            )
        if type(schema) is int and 1 <= schema < SCHEMA:
            raise PlanError(
                f"{source} has schema {schema}, older than the {SCHEMA} that this version reads: renew it with "
                "`sagemaker-capacity plan` into a new file, and give its overrides again with --override."
            )
        if type(schema) is not int or schema != SCHEMA:
            raise PlanError(
                f"{source} is no capacity plan of schema {SCHEMA} (its schema is {schema!r}): "
                "make one with `sagemaker-capacity plan`."
            )
        faults: list[str] = []
        plan: CapacityPlan | None = decode(cls, document, "", faults)
        if plan is None:
            listed = "".join(f"\n  - {fault}" for fault in faults)
            raise PlanError(
                f"{source} cannot be used:{listed}\nMend these, or renew it with `sagemaker-capacity plan`."
            )
        return plan

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> CapacityPlan:
        """Read a plan's file.

        Raises:
            PlanError: there is no such file, or it holds no valid plan.
        """
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read(_MOST_CHARACTERS + 1)  # nobody waits for 10 GB of another file
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(
                f"cannot read the plan {os.fspath(path)}: {error}. Make one with `sagemaker-capacity plan`."
            ) from error
        if len(text) > _MOST_CHARACTERS:
            raise PlanError(f"{os.fspath(path)} has more than {_MOST_CHARACTERS:,} characters: it is no plan.")
        return cls.from_json(text, source=os.fspath(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the plan's file whole or not at all."""
        write_whole(path, self.to_json())


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write beside, then replace, so that a reader sees the old file or the new one and never a part."""
    folder, name = os.path.split(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
