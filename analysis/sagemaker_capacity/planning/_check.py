"""Is a plan in git what its evidence gives today?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from sagemaker_capacity_plan import CapacityPlan, ServerlessObjective

from ._plan import NoAnswerError
from ._renewal import Renewal, renewal_of

_SHOWN = 12


class CheckError(ValueError):
    """A plan that its evidence does not give: the message says what differs and how to renew it."""


def check_plan(path: Path) -> CapacityPlan:
    """The plan, once it is found to be what its evidence gives; overrides are a person's and never a fault.

    Raises:
        PlanError: no plan there, or none that this version reads.
        CheckError: the evidence is gone, changed, or gives other numbers; or no benchmark gives such a plan.
    """
    plan = CapacityPlan.read(path)
    evidence = path.parent / plan.evidence.source
    renewal = _renewal(plan, path)
    remedy = f"Renew it:\n  {renewal.command}"
    if renewal.sha256 != plan.evidence.sha256:
        raise CheckError(
            f"the evidence of {path} changed: {evidence} has sha256 {renewal.sha256}, "
            f"the plan was made from {plan.evidence.sha256}. {remedy}"
        )
    try:
        renewed = renewal.make()
    except (ValueError, NoAnswerError) as error:
        raise CheckError(f"{path} is no longer what {evidence} gives: {error}") from error
    found = list(_differences(json.loads(plan.to_json()), json.loads(renewed.to_json())))
    if found:
        shown = [*found[:_SHOWN], *([f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])]
        listed = "".join(f"\n  - {difference}" for difference in shown)
        raise CheckError(f"{path} is not what {evidence} gives today:{listed}\n{remedy}")
    return plan


def _renewal(plan: CapacityPlan, path: Path) -> Renewal:
    try:
        if isinstance(plan.objective, ServerlessObjective):
            from sagemaker_capacity.serverless import serverless_renewal_of  # noqa: PLC0415 - the toolkit's readers are for it alone

            return serverless_renewal_of(plan, plan.objective, path)
        return renewal_of(plan, path)
    except ValueError as error:
        raise CheckError(f"{path} cannot be checked: {error}") from error


def _differences(there: object, here: object, path: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            yield from _differences(there.get(key), here.get(key), f"{path}.{key}" if path else key)
    elif isinstance(there, list) and isinstance(here, list) and len(there) != len(here):
        yield from (
            f"{path} has {json.dumps(item)}, the evidence gives none such" for item in there if item not in here
        )
        yield from (f"{path} lacks {json.dumps(item)}, the evidence gives it" for item in here if item not in there)
    elif isinstance(there, list) and isinstance(here, list):
        for number, (old, new) in enumerate(zip(there, here, strict=True), start=1):
            yield from _differences(old, new, f"{path}.{number}")
    elif there != here:
        yield f"{path} is {json.dumps(there)}, the evidence gives {json.dumps(here)}"
