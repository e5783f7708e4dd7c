"""Does an account allow what a plan may ask of it? A plan's maximum against Service Quotas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sagemaker_capacity_plan import (
    AsynchronousScaling,
    CapacityPlan,
    ComponentScaling,
    ProvisionedConcurrency,
    RealTimeScaling,
    ScheduledCapacity,
    ServerlessScaling,
)

_SERVICE = "sagemaker"
# Service Quotas' own names, for there is a code for each instance type and no list of them. The wording between the
# words that count is left open; that of provisioned concurrency was not seen in an account.
_OF_A_TYPE = "{} for endpoint usage"
_ALL_INSTANCES = "Number of instances across active endpoints"
_CONCURRENCY = "Maximum total concurrency … across all serverless endpoints"
_PROVISIONED = "… provisioned concurrency … serverless endpoints"
_FLEETS = 2  # An update by blue/green runs the old fleet until the new one serves.


class ServiceQuotasClient(Protocol):
    """What is used of ``boto3.client("service-quotas")``."""

    @property
    def meta(self) -> Any:  # noqa: ANN401 - boto3's own
        """Of which Region it is."""

    def list_service_quotas(self, **asked: Any) -> Any:  # noqa: ANN401
        """A page of the quotas that are applied to the account."""

    def list_aws_default_service_quotas(self, **asked: Any) -> Any:  # noqa: ANN401
        """A page of AWS's own defaults."""


@dataclass(frozen=True)
class AccountAnswer:
    """What speaks against a plan in an account, each with its remedy, and what else is to be known."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Need:
    """A quota that a plan draws on: `most` at any time, and `updating` while an update doubles the fleet."""

    quota: str
    what: str
    most: int
    updating: int

    def is_on(self, name: str) -> bool:
        """Whether a quota of that name is the one."""
        words = ".*".join(re.escape(part) for part in self.quota.split("…"))
        return re.fullmatch(words, name, re.IGNORECASE) is not None


@dataclass(frozen=True)
class _Quota:
    name: str
    code: str
    value: float
    adjustable: bool
    whose: str


def compare_with_quotas(
    plan: CapacityPlan, client: ServiceQuotasClient, *, blue_green: bool = True
) -> AccountAnswer:
    """Compare the most that a plan may ask for, overrides and scheduled actions included, with Service Quotas.

    Instances count against the quota of their type for endpoints and against that of all types; with
    `blue_green` twice, since an endpoint's update runs the old fleet and the new one side by side. Serverless
    concurrency counts against that of all serverless endpoints. A quota is the one applied to the account, or
    AWS's default where none is. What other endpoints use is not subtracted: the plan cannot know of it.

    Args:
        plan: of one variant.
        client: of Service Quotas, in the Region to deploy to; it may list quotas and their defaults.
        blue_green: whether the endpoint is updated so, which is how SageMaker does it unless told otherwise.

    Raises:
        botocore.exceptions.ClientError: Service Quotas refused; the caller needs servicequotas:ListServiceQuotas
            and servicequotas:ListAWSDefaultServiceQuotas.
    """
    needs = list(_needs(plan, _FLEETS if blue_green else 1))
    if not needs:
        return AccountAnswer((), ("copies run on instances that another scaling provides: check its quotas.",))
    found = _found(client, needs)
    region = client.meta.region_name
    faults = [fault for need in needs if (quota := found.get(need.quota)) for fault in _faults(need, quota, region)]
    notes = [
        f"Service Quotas lists no quota {need.quota!r} in {region}: look there for what allows {need.what}."
        for need in needs
        if need.quota not in found
    ]
    notes += [
        f"{quota.name} ({quota.code}) is {quota.value:g} in {region}, {quota.whose}, "
        "and shared with every other endpoint there."
        for quota in found.values()
    ]
    return AccountAnswer(tuple(faults), tuple(notes))


def _needs(plan: CapacityPlan, fleets: int) -> Iterator[_Need]:
    scaling = plan.scaling
    match scaling:
        case ComponentScaling():
            return
        case ServerlessScaling():
            most = scaling.max_concurrency
            yield _Need(_CONCURRENCY, f"a concurrency of {most}", most, most)
            if scaling.provisioned:
                warm = max(scaling.provisioned.initial_concurrency, _highest(scaling.provisioned))
                yield _Need(_PROVISIONED, f"a provisioned concurrency of {warm}", warm, warm)
        case _ if plan.instance:
            most, type_ = _highest(scaling), plan.instance.type
            for quota in (_OF_A_TYPE.format(type_), _ALL_INSTANCES):
                yield _Need(quota, f"{most} x {type_}", most, most * fleets)


def _highest(scaling: RealTimeScaling | AsynchronousScaling | ProvisionedConcurrency) -> int:
    scheduled: Sequence[ScheduledCapacity] = scaling.scheduled
    bounds = [bound for action in scheduled for bound in (action.min_capacity, action.max_capacity) if bound]
    return max(scaling.max_capacity, *bounds) if bounds else scaling.max_capacity


def _found(client: ServiceQuotasClient, needs: Sequence[_Need]) -> dict[str, _Quota]:
    """The quotas by their needs: those applied, then AWS's defaults for what is not among them."""
    found: dict[str, _Quota] = {}
    for call, whose in (
        (client.list_service_quotas, "as applied to the account"),
        (client.list_aws_default_service_quotas, "AWS's default"),
    ):
        asked: dict[str, Any] = {"ServiceCode": _SERVICE}
        while len(found) < len(needs):
            page = call(**asked)
            for told in page["Quotas"]:
                for need in needs:
                    if need.quota not in found and need.is_on(told["QuotaName"]) and "Value" in told:
                        found[need.quota] = _quota(told, whose)
            if not (token := page.get("NextToken")):
                break
            asked["NextToken"] = token
    return found


def _quota(told: Mapping[str, Any], whose: str) -> _Quota:
    return _Quota(told["QuotaName"], told["QuotaCode"], told["Value"], told.get("Adjustable", False), whose)


def _faults(need: _Need, quota: _Quota, region: str) -> Iterator[str]:
    allowed = f"{quota.name} ({quota.code}) is {quota.value:g} in {region}, {quota.whose}"
    if need.most > quota.value:
        happens = f"the plan may ask for {need.what}, and {allowed}: what is above is refused"
    elif need.updating > quota.value:
        happens = (
            f"an update by blue/green at {need.what} runs two fleets, {need.updating} together, and {allowed}: "
            "it would fail. Update in a rolling deployment, or ask for more"
        )
    else:
        return
    if not quota.adjustable:
        yield f"{happens}. AWS does not raise this quota: lower the plan's maximum by an override."
        return
    yield (
        f"{happens}. Ask for {need.updating}:\n"
        f"  aws service-quotas request-service-quota-increase --service-code {_SERVICE} "
        f"--quota-code {quota.code} --desired-value {need.updating} --region {region}"
    )
