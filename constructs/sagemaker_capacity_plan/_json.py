"""Frozen dataclasses to canonical JSON and back, strictly."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

_DECIMALS = 6


def canonical_json(document: object) -> str:
    """Sorted keys, rounded numbers, whole numbers without a point, a newline at the end."""
    return json.dumps(plain(document), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: object) -> Any:  # noqa: ANN401
    """Dataclasses as dicts, tuples as lists, floats rounded."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return rounded(value) if isinstance(value, float) else value


def rounded(value: float) -> float:
    """A number as a plan writes it: six decimals, an int where it is whole."""
    short = round(value, _DECIMALS)
    return int(short) if short == int(short) else short


def decode(cls: type[T], value: object, path: str, faults: list[str]) -> T | None:
    """Build a dataclass from parsed JSON; every fault is added to `faults`, and None returned if any."""
    if not isinstance(value, dict):
        faults.append(f"{path or 'the plan'} must be an object, got {_shown(value)}")
        return None
    hints = get_type_hints(cls)
    dot = f"{path}." if path else ""
    before = len(faults)
    faults += [f"unknown field {dot}{key}" for key in sorted(value.keys() - hints.keys())]
    faults += [f"missing field {dot}{key}" for key in sorted(hints.keys() - value.keys())]
    made = {key: _decode_field(hint, value[key], dot + key, faults) for key, hint in hints.items() if key in value}
    if len(faults) > before:
        return None
    try:
        return cls(**made)
    except ValueError as error:
        faults.append(f"{dot[:-1]}: {error}" if path else str(error))
        return None


def _decode_field(hint: Any, value: object, path: str, faults: list[str]) -> Any:  # noqa: ANN401
    if isinstance(hint, UnionType):
        if value is None:
            return None
        (hint,) = (arg for arg in get_args(hint) if arg is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            faults.append(f"{path} must be a list, got {_shown(value)}")
            return ()
        inner = get_args(hint)[0]
        return tuple(_decode_field(inner, v, f"{path}[{i}]", faults) for i, v in enumerate(value))
    if is_dataclass(hint):
        return decode(hint, value, path, faults)  # type: ignore[arg-type]
    accepted = (int, float) if hint is float else hint
    wrong = not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool)
    if wrong or (isinstance(value, float) and not isfinite(value)):
        faults.append(f"{path} must be {_NAMES[hint]}, got {_shown(value)}")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _shown(value: object) -> str:
    return json.dumps(value)[:80]
