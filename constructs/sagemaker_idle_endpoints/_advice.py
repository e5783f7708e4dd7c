"""What to do about an idle endpoint, and the command that does it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._activity import EndpointKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sagemaker_idle_endpoints.reading._fleet import Description

# Serverless has no accelerators: instance families with a GPU, Inferentia or Trainium begin with these.
_ACCELERATED = ("ml.g", "ml.p", "ml.inf", "ml.trn")


@dataclass(frozen=True)
class Advice:
    """One thing to do, in words, with its command where one command does it."""

    what: str
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values, keys sorted."""
        return {"command": self.command or None, "what": self.what}


@dataclass(frozen=True)
class Case:
    """What advice depends on."""

    name: str
    region: str
    described: Description
    instance_types: dict[str, str]
    components: tuple[str, ...]
    stack_name: str
    was_called: bool
    """Whether CloudWatch remembers any call: then the model may be wanted again."""


def advise(case: Case) -> tuple[Advice, ...]:
    """What could be done, the likeliest first: an endpoint that was never called goes, another one shrinks."""
    if case.stack_name:
        return (
            Advice(
                f"owned by the stack {case.stack_name}: take it out of that stack's template, or scale it there",
                _aws("cloudformation", "describe-stack-resources", f"--stack-name {case.stack_name}", case),
            ),
        )
    smaller = list(_smaller(case))
    gone = _deletion(case)
    return tuple([*smaller, gone] if case.was_called else [gone, *smaller])


def _smaller(case: Case) -> Iterator[Advice]:
    match case.described.kind:
        case EndpointKind.SERVERLESS:
            yield from _without_provisioned_concurrency(case)
        case EndpointKind.ASYNCHRONOUS:
            yield from (
                Advice(
                    f"let {variant.name} scale to zero instances, with a policy that brings it back",
                    _register(case, f"endpoint/{case.name}/variant/{variant.name}", "variant:DesiredInstanceCount"),
                )
                for variant in case.described.variants
                if variant.instance_count
            )
        case EndpointKind.INFERENCE_COMPONENTS:
            yield from (
                Advice(
                    f"let {name} scale to zero copies, with a policy that brings it back",
                    _register(case, f"inference-component/{name}", "inference-component:DesiredCopyCount"),
                )
                for name in case.components
            )
        case _:
            yield from _of_real_time(case)


def _of_real_time(case: Case) -> Iterator[Advice]:
    variants = case.described.variants
    if larger := [variant.name for variant in variants if (variant.instance_count or 0) > 1]:
        wanted = " ".join(f"VariantName={name},DesiredInstanceCount=1" for name in larger)
        yield Advice(
            f"scale in {', '.join(larger)} to one instance",
            _aws(
                "sagemaker",
                "update-endpoint-weights-and-capacities",
                f"--endpoint-name {case.name} --desired-weights-and-capacities {wanted}",
                case,
            ),
        )
    if len(variants) == 1 and not any(map(_is_accelerated, case.instance_types.values())):
        yield Advice("make it serverless, which costs nothing while idle: a configuration with a ServerlessConfig")


def _without_provisioned_concurrency(case: Case) -> Iterator[Advice]:
    if any(v.serverless and v.serverless.provisioned_concurrency for v in case.described.variants):
        yield Advice("take its provisioned concurrency away: a configuration without it costs nothing while idle")
    else:
        yield Advice("nothing: serverless without provisioned concurrency costs nothing while idle")


def _deletion(case: Case) -> Advice:
    name, file = shlex.quote(case.name), shlex.quote(f"{case.name}.json")
    saving = f"python -m sagemaker_idle_endpoints save {name} --region {case.region} --out {file}"
    what = "save its configuration and delete it"
    if case.components:
        what += f", after its inference components {', '.join(case.components)}"
    return Advice(what, f"{saving} && {_aws('sagemaker', 'delete-endpoint', f'--endpoint-name {name}', case)}")


def _register(case: Case, resource_id: str, dimension: str) -> str:
    # Without a maximum: the one of a target that is there stays, and for a new one the command asks for it.
    wanted = f"--service-namespace sagemaker --resource-id {resource_id} --scalable-dimension sagemaker:{dimension}"
    return _aws("application-autoscaling", "register-scalable-target", f"{wanted} --min-capacity 0", case)


def _aws(service: str, operation: str, options: str, case: Case) -> str:
    return f"aws {service} {operation} {options} --region {case.region}"


def _is_accelerated(instance_type: str) -> bool:
    return instance_type.startswith(_ACCELERATED)
