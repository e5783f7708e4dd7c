"""Frozen dataclasses to canonical JSON and back, strictly; those of a union are told apart by a field "kind"."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

_DECIMALS = 6
_KIND = "kind"


def canonical_json(document: object) -> str:
    """Sorted keys, rounded numbers, whole numbers without a point, a newline at the end."""
    return json.dumps(plain(document), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: object) -> Any:  # noqa: ANN401
    """Dataclasses as dicts, tuples as lists, floats rounded."""
    if is_dataclass(value) and not isinstance(value, type):
        kind = {_KIND: value.KIND} if hasattr(value, "KIND") else {}
        return kind | {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return rounded(value) if isinstance(value, float) else value


def rounded(value: float) -> float:
    """A number as a plan writes it: six decimals, an int where it is whole."""
    short = round(value, _DECIMALS)
    return int(short) if short == int(short) else short


def decode(hint: Any, value: object, path: str, faults: list[str]) -> Any:  # noqa: ANN401
    """What parsed JSON says of a type, a dataclass or another; every fault is added to `faults`.

    A record is None if it has any.
    """
    if isinstance(hint, UnionType):
        arms = [arm for arm in get_args(hint) if arm is not NoneType]
        if value is None and len(arms) < len(get_args(hint)):
            return None
        return _decode_one_of(arms, value, path, faults)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            faults.append(f"{path} must be a list, got {_shown(value)}")
            return ()
        inner = get_args(hint)[0]
        return tuple(decode(inner, v, f"{path}[{i}]", faults) for i, v in enumerate(value))
    if is_dataclass(hint):
        return _decode_record(hint, value, path, faults)
    if get_origin(hint) is Literal:
        hint = str  # which texts are allowed is the record's own invariant
    accepted = (int, float) if hint is float else hint
    wrong = not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool)
    if wrong or (isinstance(value, float) and not isfinite(value)):
        faults.append(f"{path} must be {_NAMES[hint]}, got {_shown(value)}")
    return value


def _decode_one_of(arms: list[Any], value: object, path: str, faults: list[str]) -> Any:  # noqa: ANN401
    if len(arms) == 1 or not isinstance(value, dict):
        return decode(arms[0], value, path, faults)
    kinds = {arm.KIND: arm for arm in arms}
    kind = value.get(_KIND)
    if isinstance(kind, str) and kind in kinds:
        return decode(kinds[kind], value, path, faults)
    faults.append(f"{_below(path, _KIND)} must be one of {', '.join(kinds)}, got {_shown(kind)}")
    return None


def _decode_record(cls: Any, value: object, path: str, faults: list[str]) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        faults.append(f"{path or 'the plan'} must be an object, got {_shown(value)}")
        return None
    hints = get_type_hints(cls)
    names = {field.name for field in fields(cls)}
    kind = {_KIND} if hasattr(cls, "KIND") else set()
    before = len(faults)
    faults += [f"unknown field {_below(path, key)}" for key in sorted(value.keys() - names - kind)]
    faults += [f"missing field {_below(path, key)}" for key in sorted(names - value.keys())]
    made = {
        key: decode(hints[key], value[key], _below(path, key), faults)
        for key in hints
        if key in names & value.keys()
    }
    if len(faults) > before:
        return None
    try:
        return cls(**made)
    except ValueError as error:
        faults.append(f"{path}: {error}" if path else str(error))
        return None


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    return json.dumps(value)[:80]
