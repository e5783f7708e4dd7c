"""Conditions and Rules: what a template asks of its parameters before anything is made."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from embedded_aws.cloudformation.functions import Json, Scope, TemplateError, resolve


@dataclass
class Conditions(Mapping[str, bool]):
    """What each condition of a template comes to; worked out when it is asked for.

    Args:
        expressions: the template's Conditions.
        scope: makes the scope that expressions are worked out in, from the conditions themselves.
    """

    expressions: Mapping[str, Json]
    scope: Callable[["Conditions"], Scope]
    _known: dict[str, bool] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> bool:
        if name in self._known:
            return self._known[name]
        if name in self._asked:
            raise TemplateError(
                f"Template error: circular condition dependency: {' -> '.join([*self._asked, name])}"
            )
        self._asked.append(name)
        self._known[name] = holds(self.expressions[name], self.scope(self))
        self._asked.pop()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.expressions)

    def __len__(self) -> int:
        return len(self.expressions)

    def __contains__(self, name: object) -> bool:
        return name in self.expressions


def holds(expression: Json, scope: Scope) -> bool:
    """Whether a condition holds.

    Raises:
        TemplateError: if it is no condition, or one that is not emulated.
    """
    match expression:
        case {"Condition": str() as name}:
            if name not in scope.conditions:
                raise TemplateError(f"Template error: unresolved condition dependency {name}")
            return scope.conditions[name]
        case {"Fn::Equals": [left, right]}:
            return bool(_comparable(resolve(left, scope)) == _comparable(resolve(right, scope)))
        case {"Fn::And": [_, *_] as parts}:
            return all(holds(part, scope) for part in parts)
        case {"Fn::Or": [_, *_] as parts}:
            return any(holds(part, scope) for part in parts)
        case {"Fn::Not": [part]}:
            return not holds(part, scope)
        case {"Fn::Contains": [items, value]}:
            return _comparable(resolve(value, scope)) in [_comparable(item) for item in resolve(items, scope)]
    raise TemplateError(f"Template error: {expression!r} is not a condition that is emulated")


def _comparable(value: Json) -> Json:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list():
            return [_comparable(item) for item in value]
    return value


def broken_rules(rules: Mapping[str, Json], scope: Scope) -> list[str]:
    """The assertions of a template's Rules that do not hold, in words."""
    faults = []
    for name, rule in rules.items():
        if "RuleCondition" in rule and not holds(rule["RuleCondition"], scope):
            continue
        for assertion in rule.get("Assertions", []):
            if not holds(assertion["Assert"], scope):
                told = assertion.get("AssertDescription", "Assertion does not hold")
                faults.append(f"{told} (rule {name})")
    return faults
