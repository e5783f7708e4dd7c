"""What differs between two templates: which resource, which property, from what to what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from os.path import commonprefix
from typing import Any

_LONGEST = 80  # characters of one value in a line
_CONTEXT = 24  # characters before the first one that differs in a long text
_ABSENT = object()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Each resource, output or other entry that differs as a line, its properties in lines below it.

    Args:
        old: a CloudFormation template.
        new: the template to compare with it.
    """
    for section in sorted(old.keys() | new.keys()):
        if not isinstance(old.get(section, new.get(section)), Mapping):
            yield from _changes(section, old.get(section, _ABSENT), new.get(section, _ABSENT))
            continue
        was, is_ = old.get(section, {}), new.get(section, {})
        for entry in sorted(was.keys() | is_.keys()):
            yield from _of_entry(section, entry, was.get(entry, _ABSENT), is_.get(entry, _ABSENT))


def _of_entry(section: str, entry: str, old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    kind = (old if new is _ABSENT else new)["Type"] if section == "Resources" else section
    if old is _ABSENT or new is _ABSENT:
        yield f"{kind} {entry}: {'added' if old is _ABSENT else 'removed'}"
        return
    changes = [f"  {change}" for change in _changes("", old, new)]
    if changes:
        yield from [f"{kind} {entry}", *changes]


def _changes(path: str, old: object, new: object) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _changes(f"{path}.{key}" if path else key, old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _changes_of_items(path, old, new)
    elif old is _ABSENT:
        yield f"{path}: added {_short(_written(new))}"
    elif new is _ABSENT:
        yield f"{path}: removed {_short(_written(old))}"
    elif (was := _written(old)) != (is_ := _written(new)):  # as JSON, where 1 is not true
        same = len(commonprefix([was, is_]))  # noqa: RUF071 - texts, no paths
        begin = max(0, same - _CONTEXT) if max(len(was), len(is_)) > _LONGEST else 0
        yield f"{path}: {_short(was, begin)} -> {_short(is_, begin)}"


def _changes_of_items(path: str, old: Sequence[object], new: Sequence[object]) -> Iterator[str]:
    """Items that are in both are matched first, so that one put in front does not change all that follow it."""
    matched = SequenceMatcher(None, [*map(_written, old)], [*map(_written, new)], autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matched.get_opcodes():
        if kind == "equal":
            continue
        for n in range(max(old_to - old_from, new_to - new_from)):
            was = old[old_from + n] if old_from + n < old_to else _ABSENT
            is_ = new[new_from + n] if new_from + n < new_to else _ABSENT
            yield from _changes(f"{path}[{old_from + n if is_ is _ABSENT else new_from + n}]", was, is_)


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _short(text: str, begin: int = 0) -> str:
    end = begin + _LONGEST
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"
