"""The tags of endpoints, a hundred in a call where the tagging API answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._parallel import in_parallel
from sagemaker_idle_endpoints.reading._fleet import GONE
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, explain, part_of, says_it_is_gone

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Tagging = Any  # a client of the Resource Groups Tagging API, of which there are no stubs here
_RESOURCES_PER_CALL = 100  # GetResources' own limit


@dataclass(frozen=True)
class Tags:
    """An endpoint's tags; with a `fault` they are not known."""

    values: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


def read_tags(sagemaker: SageMakerClient, tagging: Tagging | None, arns: Sequence[str]) -> dict[str, Tags]:
    """The tags of endpoints by ARN: a hundred at once where `tagging` answers, else one by one."""
    found: dict[str, Tags] = {}
    if tagging:
        size = _RESOURCES_PER_CALL
        batches = [arns[first : first + size] for first in range(0, len(arns), size)]
        for answered in in_parallel(lambda batch: _of_many(tagging, batch), batches):
            found |= answered
    rest = [arn for arn in arns if arn not in found]
    return found | dict(zip(rest, in_parallel(lambda arn: _of_one(sagemaker, arn), rest), strict=True))


def _of_many(tagging: Tagging, arns: Sequence[str]) -> dict[str, Tags]:
    """The tags of a hundred in one call; of none where that is refused."""
    found = {arn: Tags() for arn in arns}  # what has no tags is not answered for
    try:
        for page in tagging.get_paginator("get_resources").paginate(ResourceARNList=list(arns)):
            for told in part_of(page, "ResourceTagMappingList", of="GetResources"):
                found[told["ResourceARN"]] = Tags({tag["Key"]: tag["Value"] for tag in told["Tags"]})
    except REFUSALS:
        return {}
    return found


def _of_one(sagemaker: SageMakerClient, arn: str) -> Tags:
    """Ask for an endpoint's tags, all pages of them."""
    found: dict[str, str] = {}
    try:
        for page in sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn):
            found |= {tag["Key"]: tag["Value"] for tag in part_of(page, "Tags", of="ListTags")}
    except REFUSALS as error:
        return Tags(fault=GONE if says_it_is_gone(error) else explain(error))
    return Tags(found)
