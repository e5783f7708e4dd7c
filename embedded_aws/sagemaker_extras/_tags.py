"""Tags: a key has one value, and what has no tags because it does not exist is told so."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from embedded_aws.inference_components import find_component

_moto_resource = SageMakerModelBackend._get_resource_from_arn  # noqa: SLF001 - all three tag calls go through it


def install() -> None:
    """Put these functions in place of moto's."""
    setattr(SageMakerModelBackend, "add_tags", add_tags)  # noqa: B010 - mypy refuses the assignment
    setattr(SageMakerModelBackend, "_get_resource_from_arn", resource_of)  # noqa: B010


def add_tags(self: SageMakerModelBackend, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """AddTags: moto appends, so that a key given anew has two values."""
    resource = resource_of(self, arn)
    given = {tag["Key"] for tag in tags}
    resource.tags[:] = [tag for tag in resource.tags if tag["Key"] not in given] + tags
    found: list[dict[str, str]] = resource.tags
    return found


def resource_of(self: SageMakerModelBackend, arn: str) -> Any:  # noqa: ANN401 - as many classes as moto has
    """What an ARN names: moto knows no inference components, and answers 500 for what is not there."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "inference-component":
        return find_component(self, name)
    try:
        found = _moto_resource(self, arn)
    except (AttributeError, ValueError) as error:
        raise ValidationError(f"Tags of {arn} are not emulated") from error
    if found is None:
        raise ValidationError(f"Could not find {kind} with name {name}")
    return found
