from __future__ import annotations

from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity, judge_endpoint, judge_series
from sagemaker_idle_endpoints._api_calls import counting_calls
from sagemaker_idle_endpoints._fleet import describe_endpoint, list_components, list_endpoints
from sagemaker_idle_endpoints._metrics import ComponentSeries, Reading, VariantSeries, read_invocations
from sagemaker_idle_endpoints._report import EndpointReport, FleetReport, SeriesReport
from sagemaker_idle_endpoints._window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

    from sagemaker_idle_endpoints._fleet import Component, Components, Description, Endpoint, Variant
    from sagemaker_idle_endpoints._metrics import Series

# Those that serve while they have it.
_SERVING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})


def find_idle_endpoints(
    sagemaker: SageMakerClient, cloudwatch: CloudWatchClient, *, now: datetime, lookback: timedelta
) -> FleetReport:
    """Judge every endpoint of the clients' account and region by its calls in [now - lookback, now].

    It starts from the endpoints, not from the metrics: ListMetrics leaves out what has been silent for two
    weeks, which is what is looked for here. A refusal that concerns a part of the fleet makes that part
    unknown, never idle.

    Args:
        sagemaker: Client of the account and region to look at.
        cloudwatch: Client of the same account and region.
        now: The window's end, with a time zone.
        lookback: The window's length, 1 to 63 days; its start moves back to midnight.

    Raises:
        ValueError: `now` is naive or `lookback` out of range.
        botocore.exceptions.ClientError: ListEndpoints was refused, so nothing is known.
    """
    window = Window.ending(now, lookback)
    with counting_calls(sagemaker, cloudwatch) as api_calls:
        endpoints = list_endpoints(sagemaker)
        verdicts = {endpoint.name: _judge_unseen(endpoint, window) for endpoint in endpoints}
        candidates = [endpoint for endpoint in endpoints if verdicts[endpoint.name] is None]
        if candidates:
            descriptions = {each.name: describe_endpoint(sagemaker, each.name) for each in candidates}
            components = list_components(sagemaker)
            series = _series_to_read(descriptions, components)
            readings = read_invocations(cloudwatch, series, window)
            for endpoint in candidates:
                verdicts[endpoint.name] = _judge(
                    endpoint, descriptions[endpoint.name], components, readings, window
                )
    return FleetReport(
        region=sagemaker.meta.region_name,
        window=window,
        endpoints=tuple(verdict for verdict in verdicts.values() if verdict is not None),
        api_calls=dict(sorted(api_calls.items())),
    )


def _judge_unseen(endpoint: Endpoint, window: Window) -> EndpointReport | None:
    """Judge what the listing alone settles; None where the calls must be counted."""
    if endpoint.status not in _SERVING:
        return _report(endpoint, Activity.UNKNOWN, f"endpoint is {endpoint.status}")
    if endpoint.created > window.start:
        return _report(endpoint, Activity.TOO_YOUNG, f"created {endpoint.created:%Y-%m-%d}, in the window")
    return None


def _series_to_read(descriptions: Mapping[str, Description], components: Components) -> list[Series]:
    series: list[Series] = []
    for endpoint_name, description in descriptions.items():
        if not description.fault:
            series += (VariantSeries(endpoint_name, variant.name) for variant in description.variants)
            hosted = components.by_endpoint.get(endpoint_name, ())
            series += (ComponentSeries(component.name) for component in hosted)
    return series


def _judge(
    endpoint: Endpoint,
    description: Description,
    components: Components,
    readings: Mapping[Series, Reading],
    window: Window,
) -> EndpointReport:
    if description.fault:
        unread = Reading(fault=description.fault)
        variants = tuple(_judge_variant(variant, unread) for variant in description.variants)
        return _report(endpoint, Activity.UNKNOWN, description.fault, variants)
    variants = tuple(
        _judge_variant(variant, readings[VariantSeries(endpoint.name, variant.name)])
        for variant in description.variants
    )
    hosted = tuple(
        _judge_component(component, readings[ComponentSeries(component.name)], window)
        for component in components.by_endpoint.get(endpoint.name, ())
    )
    activity = judge_endpoint(series.activity for series in variants + hosted)
    if activity.is_idle and components.fault:
        # A component that was not listed may have had all the calls.
        reason = f"its inference components are not known: {components.fault}"
        return _report(endpoint, Activity.UNKNOWN, reason, variants, hosted)
    reason = _reason_in_words(activity, variants + hosted)
    if activity.is_idle and all(variant.is_serverless for variant in description.variants):
        reason += "; serverless: it pays only for provisioned concurrency, if it has any"
    return _report(endpoint, activity, reason, variants, hosted)


def _judge_variant(variant: Variant, reading: Reading) -> SeriesReport:
    # No variant is too young: SageMaker does not tell when it was added, and its endpoint is old enough.
    activity = judge_series(reading.invocations, is_readable=not reading.fault, is_too_young=False)
    return SeriesReport(variant.name, activity, reading.invocations, variant.instance_count, reading.fault)


def _judge_component(component: Component, reading: Reading, window: Window) -> SeriesReport:
    is_too_young = component.created > window.start
    activity = judge_series(reading.invocations, is_readable=not reading.fault, is_too_young=is_too_young)
    return SeriesReport(component.name, activity, reading.invocations, reason=reading.fault)


def _reason_in_words(activity: Activity, series: tuple[SeriesReport, ...]) -> str:
    match activity:
        case Activity.BUSY:
            return f"called: {', '.join(each.name for each in series if each.activity is activity)}"
        case Activity.IDLE_ZEROS:
            return "no call: every data point is 0"
        case Activity.IDLE_NO_DATA:
            return "no call: CloudWatch holds no data point"
        case Activity.TOO_YOUNG:
            young = ", ".join(each.name for each in series if each.activity is activity)
            return f"inference component created in the window: {young}"
        case Activity.UNKNOWN:
            # One refusal often hits all the series: say it once.
            return "; ".join(dict.fromkeys(each.reason for each in series if each.reason))


def _report(
    endpoint: Endpoint,
    activity: Activity,
    reason: str,
    variants: tuple[SeriesReport, ...] = (),
    components: tuple[SeriesReport, ...] = (),
) -> EndpointReport:
    return EndpointReport(
        name=endpoint.name,
        arn=endpoint.arn,
        status=endpoint.status,
        created=endpoint.created,
        activity=activity,
        reason=reason,
        variants=variants,
        components=components,
    )
