"""What a stack is to become: a template with its parameters, conditions decided, resources in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from embedded_aws.cloudformation.conditions import Conditions, broken_rules, holds
from embedded_aws.cloudformation.functions import NO_VALUE, Json, Resources, Scope, TemplateError, resolve
from embedded_aws.cloudformation.parameters import Parameter
from embedded_aws.cloudformation.references import pruned, references
from embedded_aws.cloudformation.template import Declaration, Template

Imported = Callable[[str], Json]


@dataclass(frozen=True)
class Identity:
    """The stack's own part of the pseudo parameters."""

    account: str
    region: str
    stack_name: str
    stack_id: str

    def values(self) -> dict[str, Json]:
        """The pseudo parameters."""
        is_china = self.region.startswith("cn-")
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws-cn" if is_china else "aws",
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com.cn" if is_china else "amazonaws.com",
        }


@dataclass(frozen=True)
class Output:
    """An output of a stack."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True)
class Target:
    """What a stack is to become.

    Attributes:
        template: the template.
        parameters: the parameters that it is deployed with.
        tags: the stack's tags.
        values: parameters and pseudo parameters.
        conditions: what the conditions came to.
        declarations: the resources whose condition holds, each after those that it depends on.
        depends: the logical ids that each resource depends on.
    """

    template: Template
    parameters: Mapping[str, Parameter]
    tags: Mapping[str, str]
    values: Mapping[str, Json]
    conditions: Mapping[str, bool]
    declarations: tuple[Declaration, ...]
    depends: Mapping[str, frozenset[str]]

    @classmethod
    def make(
        cls, template: Template, parameters: Mapping[str, Parameter], tags: Mapping[str, str], identity: Identity
    ) -> "Target":
        """Decides conditions and order.

        Raises:
            TemplateError: naming a broken rule, a reference to what is not there, or a cycle.
        """
        values = {**identity.values(), **{name: parameter.value for name, parameter in parameters.items()}}
        mappings = template.section("Mappings")
        conditions = Conditions(
            template.section("Conditions"),
            lambda known: Scope(values, mappings, known, _NoResources(), _no_imports),
        )
        decided = {name: conditions[name] for name in conditions}
        scope = Scope(values, mappings, decided, _NoResources(), _no_imports)
        faults = broken_rules(template.section("Rules"), scope)
        if faults:
            raise TemplateError(f"Template error: {'; '.join(faults)}")
        included = {
            name: declaration
            for name, declaration in template.resources.items()
            if declaration.condition is None or holds({"Condition": declaration.condition}, scope)
        }
        depends = {name: _dependencies(item, template, included, decided) for name, item in included.items()}
        try:
            order = tuple(
                TopologicalSorter({name: sorted(needed) for name, needed in depends.items()}).static_order()
            )
        except CycleError as fault:
            names = ", ".join(sorted(set(fault.args[1])))
            raise TemplateError(f"Circular dependency between resources: [{names}]") from fault
        return cls(template, parameters, tags, values, decided, tuple(included[name] for name in order), depends)

    def scope(self, resources: Resources, imported: Imported) -> Scope:
        """Where the values of this target's resources and outputs are worked out."""
        return Scope(self.values, self.template.section("Mappings"), self.conditions, resources, imported)

    def outputs(self, scope: Scope) -> tuple[Output, ...]:
        """The outputs whose condition holds."""
        return tuple(
            _output(key, item, scope)
            for key, item in self.template.section("Outputs").items()
            if "Condition" not in item or holds({"Condition": item["Condition"]}, scope)
        )


def _output(key: str, item: Mapping[str, Json], scope: Scope) -> Output:
    value = resolve(item.get("Value"), scope)
    if isinstance(value, bool | int | float):
        value = str(value).lower()
    if not isinstance(value, str):
        raise TemplateError(f"Template format error: the output {key} must be a string, not {value!r}")
    export = item.get("Export", {}).get("Name")
    return Output(key, value, item.get("Description"), None if export is None else str(resolve(export, scope)))


def _dependencies(
    declaration: Declaration,
    template: Template,
    included: Mapping[str, Declaration],
    conditions: Mapping[str, bool],
) -> frozenset[str]:
    named = {found.name for found in references(pruned(dict(declaration.properties), conditions))}
    needed = named & set(template.resources)
    absent = sorted(needed - set(included))
    if absent:
        raise TemplateError(
            f"Template format error: Unresolved resource dependencies [{', '.join(absent)}] in the Resources "
            f"block of the template (of {declaration.logical_id}; their condition does not hold)"
        )
    return frozenset(needed | (set(declaration.depends_on) & set(included)))


class _NoResources:
    """Where no resource can be referred to."""

    def ref(self, logical_id: str) -> Json:
        raise TemplateError(f"Template format error: unresolved dependencies [{logical_id}] in Conditions or Rules")

    def attribute(self, logical_id: str, name: str) -> Json:
        raise TemplateError(f"Template format error: Fn::GetAtt {logical_id}.{name} in Conditions or Rules")


def _no_imports(name: str) -> Json:
    raise TemplateError(f"Template error: Fn::ImportValue {name} in Conditions or Rules")
