from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_sagemaker_scaling._checks import refuse
from cdk_sagemaker_scaling.endpoints._endpoint import Endpoint
from cdk_sagemaker_scaling.endpoints._inference_component import InferenceComponentCopies
from sagemaker_capacity_plan import CapacityPlan

from ._activity import ScalingActivityLog
from ._graph import Graph
from ._graphs import Shown
from ._layout import Layout, Widget
from ._sections import Sections, rows_of

_HALF = 12
_MOST_ALARMS = 100  # of an alarm status widget


class EndpointDashboard(Construct):
    """What an endpoint of any kind does, minute by minute, with its plans' numbers drawn over it.

    At the top stand the states of alarms, then a section for each variant and each inference component, or two
    variants side by side, and at the bottom what scaling did. Without a plan nothing is drawn over what is
    measured.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: Endpoint[Any],
        plans: Mapping[str, CapacityPlan] | None = None,
        components: Mapping[str, InferenceComponentCopies] | None = None,
        side_by_side: tuple[str, str] | None = None,
        prices_usd_per_hour: Mapping[str, float] | None = None,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        activity: ScalingActivityLog | None = None,
    ) -> None:
        """Define the dashboard.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoint: what to watch, defined here or imported.
            plans: the capacity plan of each variant and component that has one, by its name here.
            components: the copies of the inference components on the endpoint, by what to call them.
            side_by_side: the names of two variants to compare: each measure is a row, the first variant's at the
                left and the second one's at the right. Each has the other's curves in grey, so that both have the
                same axis.
            prices_usd_per_hour: what one instance of a variant costs, by the variant's name; by default what its
                plan says. What instances cost is shown where a price is known, and is never assumed.
            alarms: whose states are shown, such as the `alarms` of `VariantAlarms`.
            activity: the log that shows what scaling did.

        Raises:
            ValueError: names that the endpoint has not, plans that are for something else, or more than
                CloudWatch shows on one dashboard; all faults at once.
        """
        super().__init__(scope, id)
        subject = f"EndpointDashboard {id!r}"
        sections = Sections(endpoint, components or {}, plans or {}, prices_usd_per_hour or {})
        pair = side_by_side or ()
        faults = sections.faults(pair)
        if len(alarms) > _MOST_ALARMS:
            faults.append(f"a dashboard shows the states of at most {_MOST_ALARMS} alarms, got {len(alarms)}")
        refuse(faults, subject)
        layout = Layout()
        if alarms:
            layout.add_row([_states_of(alarms)], height=3)
        if side_by_side:
            _add_pair(layout, *(sections.shown[name] for name in side_by_side))
        for of in (of for of in sections.shown.values() if of.name not in pair):
            for row in rows_of(of):
                layout.add_row([graph.widget(of.name, of.measured) for graph in row], widest=_HALF)
        if activity is not None:
            layout.add_row([activity.widget(endpoint, list(sections.components.values()))], height=8)
        refuse(layout.faults(), subject)
        # Lines are drawn for a minute, so no graph's period may follow the time range that somebody looks at.
        body = {"periodOverride": "inherit", "widgets": layout.widgets}
        cloudwatch.CfnDashboard(self, "Resource", dashboard_body=Stack.of(self).to_json_string(body))


def _states_of(alarms: Sequence[cloudwatch.IAlarm]) -> Widget:
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": [alarm.alarm_arn for alarm in alarms]}}


def _add_pair(layout: Layout, left: Shown, right: Shown) -> None:
    """A row for each measure; where one of the two lacks it (a price, a policy), its place is free."""
    at_left, at_right = ({graph.title: graph for row in rows_of(of) for graph in row} for of in (left, right))
    for title in dict.fromkeys([*at_left, *at_right]):
        one, other = at_left.get(title), at_right.get(title)
        layout.add_row([_beside(left, one, right, other), _beside(right, other, left, one)])


def _beside(of: Shown, graph: Graph | None, other: Shown, beside: Graph | None) -> Widget | None:
    if graph is None:
        return None
    return graph.widget(of.name, of.measured, (other.name, beside, other.measured) if beside else None)
