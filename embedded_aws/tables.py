"""What is emulated, as tables for docs/embedded-aws.md: `python -m embedded_aws.tables` renews them there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embedded_aws import application_autoscaling, cloudformation
from embedded_aws.cloudformation.schema import schema_of
from embedded_aws.kinds import KINDS

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/embedded-aws.md"
BEGIN, END = "<!-- tables: python -m embedded_aws.tables -->", "<!-- end of tables -->"


def tables() -> str:
    """The tables, as Markdown."""
    return f"{_resource_types()}\n\n{_operations()}"


def renewed(document: str) -> str:
    """The document with its tables made anew.

    Raises:
        ValueError: the document has lost the marks between which they stand.
    """
    before, _, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{DOCUMENT.name} has no {BEGIN} … {END}: put the two lines back")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _resource_types() -> str:
    rows = ["| resource type | properties that are refused |", "|---|---|"]
    for type_, kind in sorted(KINDS.items()):
        schema = schema_of(type_)
        known = schema.properties - schema.read_only if schema else frozenset()
        refused = sorted(known - set(_carried(kind)))
        rows.append(f"| {type_} | {', '.join(refused) or 'none'} |")
    return "\n".join(rows)


def _carried(kind: Any) -> frozenset[str]:  # noqa: ANN401 - the table is each kind's own
    return frozenset(kind.carried)


def _operations() -> str:
    rows = ["| service that is our own | operations |", "|---|---|"]
    services = (application_autoscaling.service(), cloudformation.service(_no_clients))
    rows += [f"| {service.name} | {', '.join(sorted(service.operations))} |" for service in services]
    return "\n".join(rows)


def _no_clients(service: str, region: str) -> None:
    raise RuntimeError(f"a table asks nothing of {service} in {region}")


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
