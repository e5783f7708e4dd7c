"""What an inference component runs, and on which share of an instance: checked as AWS does, and told back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

_FEWEST_TYPES = 2


def specified(backend: SageMakerModelBackend, asked: dict[str, Any]) -> dict[str, Any]:
    """The Specification or the Specifications that a call gives, whichever it is.

    Raises:
        ValidationError: it gives none or both, or AWS would refuse what it gives, for the reasons told.
    """
    given = {name: asked[name] for name in ("Specification", "Specifications") if asked.get(name)}
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise ValidationError(f"An inference component has a Specification or Specifications, got {found}.")
    several: list[dict[str, Any]] = given.get("Specifications", [])
    single: list[dict[str, Any]] = [given["Specification"]] if "Specification" in given else []
    faults = [*_of_several(several)] if several else []
    for specification in (*single, *several):
        faults += _of_one(specification)
    if faults:
        raise ValidationError(" ".join(faults))
    for model in (each["ModelName"] for each in (*single, *several) if "ModelName" in each):
        backend.describe_model(model)
    return given


def told(given: dict[str, Any]) -> dict[str, Any]:
    """What `specified` returned, as DescribeInferenceComponent tells it: the image has been looked up."""
    if "Specifications" in given:
        return {"Specifications": [_with_deployed_image(each) for each in given["Specifications"]]}
    return {"Specification": _with_deployed_image(given["Specification"])}


def _with_deployed_image(specification: dict[str, Any]) -> dict[str, Any]:
    if "Image" not in specification.get("Container", {}):
        return specification
    container = dict(specification["Container"])
    image = container.pop("Image")
    return {**specification, "Container": {**container, "DeployedImage": {"SpecifiedImage": image}}}


def _of_several(specifications: list[dict[str, Any]]) -> Iterator[str]:
    if len(specifications) < _FEWEST_TYPES:
        yield f"Specifications has {_FEWEST_TYPES} entries at least, got {len(specifications)}: use Specification."
    types = [each.get("InstanceType") for each in specifications]
    if None in types or len(set(types)) < len(types):
        yield f"Each of Specifications has an InstanceType of its own, got {types}."
    if any("BaseInferenceComponentName" in each for each in specifications):
        yield "An adapter has one Specification, since it runs wherever its base does."


def _of_one(specification: dict[str, Any]) -> Iterator[str]:
    if "BaseInferenceComponentName" in specification:
        if "ComputeResourceRequirements" in specification:
            yield "An adapter uses its base's resources: it has no ComputeResourceRequirements."
        return
    if not {"ModelName", "Container"} & specification.keys():
        yield "A specification needs a ModelName or a Container."
    if "ComputeResourceRequirements" not in specification:
        yield "A specification needs ComputeResourceRequirements."
        return
    required = specification["ComputeResourceRequirements"]
    least, most = required["MinMemoryRequiredInMb"], required.get("MaxMemoryRequiredInMb")
    if most is not None and most < least:
        yield f"MaxMemoryRequiredInMb must be at least MinMemoryRequiredInMb, got {most} and {least}."
