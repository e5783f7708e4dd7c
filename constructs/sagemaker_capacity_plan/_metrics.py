"""What a policy looks at: CloudWatch metrics, and expressions over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from ._errors import refuse

STATISTICS = ("Average", "Minimum", "Maximum", "SampleCount", "Sum")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"(?<![a-zA-Z0-9_])[a-z][a-zA-Z0-9_]*")  # functions are written in capitals
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_MAX_DIMENSIONS = 30  # CloudWatch's limit for one metric.


@dataclass(frozen=True)
class Dimension:
    """One name and value by which CloudWatch tells metrics of the same name apart."""

    name: str
    value: str

    def __post_init__(self) -> None:
        refuse(f"a dimension has a {part}, got ''" for part in ("name", "value") if not getattr(self, part))


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric under a statistic, one of ``STATISTICS`` or a percentile such as ``p99``.

    Without `dimensions` it has those of what the plan scales.
    """

    KIND: ClassVar[str] = "metric"

    id: str
    namespace: str
    name: str
    statistic: str
    dimensions: tuple[Dimension, ...] | None = None

    def __post_init__(self) -> None:
        faults = _id_faults(self.id)
        faults += [
            f"{part} of metric {self.id!r} is empty" for part in ("namespace", "name") if not getattr(self, part)
        ]
        if self.statistic not in STATISTICS and not _PERCENTILE.fullmatch(self.statistic):
            faults.append(
                f"statistic of metric {self.id!r} must be one of {', '.join(STATISTICS)} or a percentile "
                f"such as p99, got {self.statistic!r}"
            )
        if self.dimensions is not None:
            names = [dimension.name for dimension in self.dimensions]
            if len(names) > _MAX_DIMENSIONS:
                faults.append(f"a metric has at most {_MAX_DIMENSIONS} dimensions, got {len(names)}")
            faults += [
                f"metric {self.id!r} has dimension {name!r} twice: keep one"
                for name in dict.fromkeys(names)
                if names.count(name) > 1
            ]
        refuse(faults)


@dataclass(frozen=True)
class Expression:
    """CloudWatch metric math over the queries before it, by their ids: ``100 * failed / requests``."""

    KIND: ClassVar[str] = "expression"

    id: str
    expression: str
    label: str | None = None

    def __post_init__(self) -> None:
        faults = _id_faults(self.id)
        if not self.expression.strip():
            faults.append(f"expression {self.id!r} is empty: write metric math over the queries before it")
        refuse(faults)

    @property
    def references(self) -> frozenset[str]:
        """The ids that the expression uses: its words that start with a lower-case letter."""
        return frozenset(_REFERENCE.findall(_QUOTED.sub("", self.expression)))


Query: TypeAlias = Metric | Expression


def query_faults(queries: Sequence[Query]) -> list[str]:
    """Why queries do not lead to their last one: ids that repeat, come too late, or serve nothing."""
    if not queries:
        return ["queries are empty: give at least one metric"]
    ids = [query.id for query in queries]
    faults = [f"two queries have the id {id_!r}: rename one" for id_ in dict.fromkeys(ids) if ids.count(id_) > 1]
    used: set[str] = set()
    for position, query in enumerate(queries):
        if isinstance(query, Expression):
            unknown = sorted(query.references - set(ids[:position]))
            faults += [f"expression {query.id!r} uses {word!r}, which is no query before it" for word in unknown]
            used |= query.references
    faults += [
        f"query {id_!r} serves nothing: use it in an expression after it, or leave it out (the last query counts)"
        for id_ in dict.fromkeys(ids[:-1])
        if id_ not in used
    ]
    return faults


def _id_faults(id_: str) -> list[str]:
    if _ID.fullmatch(id_):
        return []
    return [
        f"the id of a query starts with a lower-case letter and goes on with letters, digits and _, got {id_!r}"
    ]
