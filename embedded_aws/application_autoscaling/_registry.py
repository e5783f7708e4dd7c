"""What Application Auto Scaling remembers of one account in one region, and the words for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from moto.applicationautoscaling.models import applicationautoscaling_backends

from embedded_aws.paging import UnknownToken, page
from embedded_aws.wire import Caller, ServiceError

NAMESPACE = "sagemaker"
_SERVICE_ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


@dataclass(frozen=True, order=True)
class TargetKey:
    """What names a scalable target, beside the namespace."""

    resource_id: str
    dimension: str

    @classmethod
    def asked_for(cls, asked: dict[str, Any]) -> TargetKey:
        """The target that a call names.

        Raises:
            ServiceError: it is of another service.
        """
        refuse_other_services(asked)
        return cls(asked["ResourceId"], asked["ScalableDimension"])

    def told(self) -> dict[str, Any]:
        """The names, as each description repeats them."""
        return {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": self.resource_id,
            "ScalableDimension": self.dimension,
        }

    def __str__(self) -> str:
        return (
            f"service namespace: {NAMESPACE}, resource ID: {self.resource_id}, scalable dimension: {self.dimension}"
        )


@dataclass(frozen=True)
class Target:
    """A scalable target: what it is, between which bounds, and what of its scaling rests."""

    key: TargetKey
    arn: str
    min_capacity: int
    max_capacity: int
    suspended: dict[str, bool]
    created: datetime


@dataclass(frozen=True)
class Policy:
    """A scaling policy; its configuration as it was given, under the API's name of it."""

    target: TargetKey
    name: str
    arn: str
    type: str
    configuration: dict[str, Any]
    alarms: tuple[str, ...]
    created: datetime


@dataclass(frozen=True)
class Action:
    """A scheduled action; its details as they were given."""

    target: TargetKey
    name: str
    arn: str
    details: dict[str, Any]
    created: datetime


@dataclass
class Registry:
    """All of it. `lock` is held by whoever changes it."""

    targets: dict[TargetKey, Target] = field(default_factory=dict)
    policies: dict[tuple[TargetKey, str], Policy] = field(default_factory=dict)
    actions: dict[tuple[TargetKey, str], Action] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def target(self, key: TargetKey) -> Target:
        """A registered target.

        Raises:
            ServiceError: there is none.
        """
        if key not in self.targets:
            raise not_found(f"No scalable target registered for {key}")
        return self.targets[key]


def registry_of(account: str, region: str) -> Registry:
    """The registry. It hangs on moto's backend, so that its reset forgets it too."""
    backend = applicationautoscaling_backends[account][region]
    return cast("Registry", vars(backend).setdefault("registry", Registry()))


def reset() -> None:
    """Forget all targets, policies and actions of all accounts (their alarms are CloudWatch's to forget)."""
    for account in list(applicationautoscaling_backends.values()):
        account.reset()


def service_role(caller: Caller) -> str:
    """The role that scales SageMaker's variants, whatever role a target names."""
    return f"arn:aws:iam::{caller.account}:role/{_SERVICE_ROLE}"


def paged(rows: Sequence[dict[str, Any]], asked: dict[str, Any], most: int, name: str) -> dict[str, Any]:
    """Rows as an answer of at most `most` of them.

    Raises:
        ServiceError: MaxResults out of range, or a token of another question.
    """
    size = asked.get("MaxResults") or most
    if not 1 <= size <= most:
        raise invalid(f"MaxResults is from 1 to {most}, got {size}")
    question = {each: value for each, value in asked.items() if each not in {"NextToken", "MaxResults"}}
    try:
        shown, token = page(rows, size, asked.get("NextToken"), question)
    except UnknownToken as error:
        raise ServiceError("InvalidNextTokenException", str(error)) from error
    return {name: shown, "NextToken": token}


def refuse_other_services(asked: dict[str, Any]) -> None:
    """Refuse all namespaces but SageMaker's."""
    if asked["ServiceNamespace"] != NAMESPACE:
        raise not_emulated(f"Application Auto Scaling of the service namespace {asked['ServiceNamespace']}")


def invalid(message: str) -> ServiceError:
    """A parameter that is refused."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """Something that is not there."""
    return ServiceError("ObjectNotFoundException", message)


def not_emulated(what: str) -> ServiceError:
    """Something that AWS has and this does not."""
    return ServiceError("NotEmulated", f"{what} is not emulated", HTTPStatus.NOT_IMPLEMENTED)
