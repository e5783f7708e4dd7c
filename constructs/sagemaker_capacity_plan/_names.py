"""The names of a plan's policies and scheduled actions, which become ids of constructs."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z0-9_-]+")
# The ids that the constructs give to the policies that a plan names by a field, and to what is within them.
_RESERVED = (
    "Invocations",
    "Concurrency",
    "CpuPerCore",
    "Backlog",
    "Utilization",
    "WakeFromZero",
    "Resource",
    "Alarm",
)
_RESERVED_LOWER = frozenset(name.lower() for name in _RESERVED)


def name_faults(names: Sequence[str]) -> list[str]:
    """Why names could not all be ids of constructs side by side.

    A name is made of letters, digits, - and _, is none of the ids that constructs give themselves (in whatever
    case), and stands for one metric target, step policy or scheduled action of a plan.
    """
    faults = []
    for name in dict.fromkeys(names):
        if not _NAME.fullmatch(name):
            faults.append(
                f"a name becomes the id of a construct and is made of letters, digits, - and _, got {name!r}"
            )
        if name.lower() in _RESERVED_LOWER:
            faults.append(f"the name {name!r} is taken by a construct (of {', '.join(_RESERVED)}): choose another")
        if names.count(name) > 1:
            faults.append(
                f"{names.count(name)} policies or scheduled actions are named {name!r}: rename all but one"
            )
    return faults
