from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ._errors import require
from ._json import decode, plain
from ._scaling import Scaling


@dataclass(frozen=True)
class Override:
    """A person's decision over a computed number; it survives renewal.

    `field` is the number's place in `Scaling`: ``max_capacity``, ``cpu_per_core.target_percent_per_core``.
    """

    field: str
    value: float
    reason: str

    def __post_init__(self) -> None:
        require(self.reason.strip(), f"the override of {self.field} needs a reason")


def overridden(computed: Scaling, overrides: Iterable[Override]) -> Scaling:
    """The computed numbers with a person's in their place, held to the same invariants.

    A scheduled action never takes the variant below the min capacity in force.

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
    scaling = decode(Scaling, document, "", faults)
    if scaling is None or faults:
        raise ValueError("overrides: " + "; ".join(faults))
    lowest = scaling.min_capacity
    raised = (replace(action, min_capacity=max(lowest, action.min_capacity)) for action in scaling.scheduled)
    return replace(scaling, scheduled=tuple(raised))


def _place(document: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The record that holds the number at a dotted path, or an empty one."""
    *parents, name = path.split(".")
    record: Any = document
    for parent in parents:
        record = record.get(parent) if isinstance(record, dict) else None
    known = isinstance(record, dict) and isinstance(record.get(name), int | float)
    return (record if known else {}), name


def _number_fields(document: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _number_fields(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            yield prefix + name
