from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ._errors import refuse
from ._json import decode, plain
from ._scaling import CapacityScaling, Scaling
from ._serverless import ProvisionedConcurrency, ServerlessScaling

_Bounded = TypeVar("_Bounded", bound=CapacityScaling | ProvisionedConcurrency)


@dataclass(frozen=True)
class Override:
    """A person's decision over a computed number; it survives renewal.

    `field` is the number's place in `Scaling`, what stands in a list by its name: ``max_capacity``,
    ``cpu_per_core.target_percent_per_core``, ``step_scaling.StepOut.threshold``.
    """

    field: str
    value: float
    reason: str

    def __post_init__(self) -> None:
        refuse([] if self.reason.strip() else [f"the override of {self.field} needs a reason, got {self.reason!r}"])


def overridden(computed: Scaling, overrides: Iterable[Override]) -> Scaling:
    """The computed numbers with a person's in their place, held to the same invariants.

    Where the min capacity is a person's, no scheduled action takes the capacity below it.

    Raises:
        ValueError: a field that is no number of this plan, or values that break an invariant; all at once.
    """
    document = plain(computed)
    faults: list[str] = []
    fields: set[str] = set()
    for override in overrides:
        if override.field in fields:
            faults.append(f"{override.field} is overridden twice: keep one")
        fields.add(override.field)
        record, name = _place(document, override.field)
        if name in record:
            record[name] = override.value
        else:
            known = ", ".join(_number_fields(document))
            faults.append(f"cannot override {override.field!r}: the numbers of this plan are {known}")
    scaling: Scaling | None = decode(Scaling, document, "", faults)
    if scaling is None or faults:
        raise ValueError("overrides: " + "; ".join(faults))
    try:
        return _raised(scaling, fields)
    except ValueError as error:
        raise ValueError(f"overrides: {error}") from error


def _raised(scaling: Scaling, fields: set[str]) -> Scaling:
    """The scaling with no scheduled minimum below a min capacity that was overridden."""
    if isinstance(scaling, ServerlessScaling):
        if scaling.provisioned is None or "provisioned.min_capacity" not in fields:
            return scaling
        return replace(scaling, provisioned=_with_least(scaling.provisioned))
    return _with_least(scaling) if "min_capacity" in fields else scaling


def _with_least(bounded: _Bounded) -> _Bounded:
    least = bounded.min_capacity
    raised = (
        action if action.min_capacity is None else replace(action, min_capacity=max(least, action.min_capacity))
        for action in bounded.scheduled
    )
    return replace(bounded, scheduled=tuple(raised))


def _place(document: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The record that holds the number at a dotted path, or an empty one."""
    *parents, name = path.split(".")
    record: Any = document
    for parent in parents:
        record = _by_name(record).get(parent)
    known = isinstance(record, dict) and _is_number(record.get(name))
    return (record if known else {}), name


def _number_fields(document: object, prefix: str = "") -> Iterator[str]:
    for name, value in _by_name(document).items():
        if _is_number(value):
            yield prefix + name
        else:
            yield from _number_fields(value, f"{prefix}{name}.")


def _by_name(value: object) -> dict[str, Any]:
    """What is within: a record's fields, or a list's records by their names; nothing within anything else."""
    if isinstance(value, list):
        return {item["name"]: item for item in value if isinstance(item, dict) and "name" in item}
    return value if isinstance(value, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
