"""What is asked of an idle endpoint alone: since when, what it costs, who owns it, what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity
from sagemaker_idle_endpoints._advice import Case, advise
from sagemaker_idle_endpoints._criteria import EXEMPTING
from sagemaker_idle_endpoints.prices._cost import Cost, cost_of
from sagemaker_idle_endpoints.reading._fleet import GONE
from sagemaker_idle_endpoints.reports._report import Idleness

if TYPE_CHECKING:
    from datetime import date

    from sagemaker_idle_endpoints._criteria import Criteria
    from sagemaker_idle_endpoints._window import Window
    from sagemaker_idle_endpoints.reading._fleet import Description, Types
    from sagemaker_idle_endpoints.reading._metrics import Reading
    from sagemaker_idle_endpoints.reading._tags import Tags
    from sagemaker_idle_endpoints.reports._report import EndpointReport

STACK_TAG = "aws:cloudformation:stack-name"


@dataclass(frozen=True)
class Since:
    """The last day with calls, None if there was none from `remembered_from` on."""

    remembered_from: date
    last_called: date | None

    @classmethod
    def of(cls, report: EndpointReport, past: Reading, memory: Window, criteria: Criteria) -> Since:
        """What CloudWatch remembers."""
        day = past.last_day(criteria.ignored_calls_per_day)
        return cls(max(memory.start, report.created).date(), None if day is None else memory.day(day))


@dataclass(frozen=True)
class Facts:
    """What was found out about an idle endpoint."""

    description: Description
    components: tuple[str, ...]
    since: Since
    tags: Tags
    types: Types


def complete(report: EndpointReport, facts: Facts, criteria: Criteria) -> EndpointReport:
    """The report of an idle endpoint with all that is known; its tag may exempt it, and it may be gone by now."""
    description, since, tags = facts.description, facts.since, facts.tags
    if tags.fault == GONE:
        return replace(report, activity=Activity.UNKNOWN, reason=GONE)
    types, fault = facts.types
    every = (*description.variants, *description.shadows)
    stack_name = tags.values.get(STACK_TAG, "")
    case = Case(
        report.name, report.region, description, types, facts.components, stack_name, bool(since.last_called)
    )
    idleness = Idleness(
        remembered_from=since.remembered_from,
        last_called=since.last_called,
        cost=Cost(None, (fault,)) if fault else cost_of(every, types, region=report.region, prices=criteria.prices),
        stack_name=stack_name,
        tags=tags.values,
        tags_fault=tags.fault,
        advice=advise(case),
    )
    if tags.values.get(criteria.tag) == EXEMPTING:
        reason = f"tagged {criteria.tag}={EXEMPTING}; {report.reason}"
        return replace(report, activity=Activity.EXEMPT, reason=reason, idleness=idleness)
    return replace(report, reason=f"{report.reason}; {idleness.since}", idleness=idleness)
