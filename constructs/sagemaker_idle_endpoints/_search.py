"""From the endpoints of a region to a verdict on each, in as few calls as that takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity, EndpointKind, judge_endpoint, judge_series, judge_status
from sagemaker_idle_endpoints._api_calls import counting_calls
from sagemaker_idle_endpoints._criteria import Criteria
from sagemaker_idle_endpoints._idleness import Facts, Since, complete
from sagemaker_idle_endpoints._parallel import in_parallel
from sagemaker_idle_endpoints._window import Window
from sagemaker_idle_endpoints.reading import _fleet as fleet
from sagemaker_idle_endpoints.reading import _metrics as metrics
from sagemaker_idle_endpoints.reading._series import calls_of_component, calls_of_variant, work_of_queue
from sagemaker_idle_endpoints.reading._tags import Tags, read_tags
from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport, SeriesReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

    from sagemaker_idle_endpoints.reading._metrics import Reading
    from sagemaker_idle_endpoints.reading._series import Series
    from sagemaker_idle_endpoints.reading._tags import Tagging

    Readings = dict[Series, Reading]

# A late retry of a scheduled event carries the time that it was scheduled for; Lambda gives up after six hours.
_MOST_LATE = timedelta(days=1)
# Nothing is scheduled for a time to come, and AWS takes no signature from a clock that is further ahead.
_MOST_EARLY = timedelta(minutes=15)


def find_idle_endpoints(
    sagemaker: SageMakerClient,
    cloudwatch: CloudWatchClient,
    tagging: Tagging | None = None,
    *,
    now: datetime,
    criteria: Criteria | None = None,
) -> FleetReport:
    """Judge every endpoint of the clients' account and region by its calls in [now - lookback, now].

    It starts from the endpoints, not from the metrics: ListMetrics leaves out what has been silent for two
    weeks, which is what is looked for here. A refusal that concerns a part of the fleet makes that part
    unknown, never idle, and says so.

    Args:
        sagemaker: Client of the account and region to look at; both are used by several threads.
        cloudwatch: Client of the same account and region.
        tagging: Client of the Resource Groups Tagging API there, which tells the tags of a hundred endpoints in one
            call. Without it, or where it is refused, those of each idle one are asked for.
        now: The window's end, with a time zone.
        criteria: What counts as idle; by default a week without any call.

    Raises:
        ValueError: `now` is naive, `lookback` out of range, or `now` more than a day behind AWS's own clock or a
            quarter of an hour ahead of it: every endpoint would look idle, or longer than it is.
    """
    criteria = criteria or Criteria()
    window = Window.ending(now, criteria.lookback)
    with counting_calls(sagemaker, cloudwatch, *([tagging] if tagging else [])) as api_calls:
        search = _Search(sagemaker, cloudwatch, tagging, window, criteria)
        listing = fleet.list_endpoints(sagemaker)
        _check_clock(window, listing)
        endpoints = tuple(search.judge(listing.endpoints))
    region = sagemaker.meta.region_name
    return FleetReport(
        regions=(region,),
        window=window,
        endpoints=endpoints,
        api_calls=dict(sorted(api_calls.items())),
        unread=(f"endpoints of {region}: {listing.fault}",) if listing.fault else (),
        account=endpoints[0].arn.split(":")[4] if endpoints else "",
    )


def _check_clock(window: Window, listing: fleet.Listing) -> None:
    if listing.asked_at and not -_MOST_LATE <= window.end - listing.asked_at <= _MOST_EARLY:
        raise ValueError(
            f"now is {window.end.isoformat()} and AWS's clock shows {listing.asked_at.isoformat()}: nothing can be "
            "said of a window that is not there; set this machine's clock"
        )


class _Search:
    """One look at one region."""

    def __init__(
        self,
        sagemaker: SageMakerClient,
        cloudwatch: CloudWatchClient,
        tagging: Tagging | None,
        window: Window,
        criteria: Criteria,
    ) -> None:
        self._sagemaker, self._cloudwatch, self._tagging = sagemaker, cloudwatch, tagging
        self._window, self._memory = window, window.reaching_back(metrics.LONGEST_IN_ONE_PAGE_DAYS)
        self._criteria = criteria
        self._components = fleet.Components()

    def judge(self, endpoints: Iterable[fleet.Endpoint]) -> list[EndpointReport]:
        """Judge them, in their order: by the listing alone, else by calls, else by kind and calls."""
        verdicts: dict[str, EndpointReport] = {}
        asked = []
        for endpoint in endpoints:
            settled = self._by_listing(endpoint)
            verdicts[endpoint.name] = settled or _report(endpoint, Activity.UNKNOWN, "not looked at")
            if settled is None:
                asked.append(endpoint)
        if asked:
            self._components = fleet.list_components(self._sagemaker)
            quiet = []
            known = self._read_known_series(asked)
            for endpoint in asked:
                busy = self._by_calls(endpoint, known[endpoint.name])
                if busy:
                    verdicts[endpoint.name] = busy
                else:
                    quiet.append(endpoint)
            described = self._describe(quiet)
            readings = self._read_all_series(described, known)
            for endpoint in quiet:
                verdicts[endpoint.name] = self._by_kind(endpoint, described[endpoint.name], readings[endpoint.name])
            self._look_into_idle(verdicts, described, readings)
        return list(verdicts.values())

    def _by_listing(self, endpoint: fleet.Endpoint) -> EndpointReport | None:
        if activity := judge_status(endpoint.status):
            return _report(endpoint, activity, f"endpoint is {endpoint.status}")
        if endpoint.created > self._window.start:
            return _report(endpoint, Activity.TOO_YOUNG, f"created {endpoint.created:%Y-%m-%d}, in the window")
        return None

    def _read_known_series(self, endpoints: Iterable[fleet.Endpoint]) -> dict[str, Readings]:
        """What the variants of the last two weeks and the components did: a busy endpoint needs no description."""
        called = metrics.list_called_variants(self._cloudwatch)
        wanted = {
            endpoint.name: [
                *(calls_of_variant(endpoint.name, variant) for variant in sorted(called.get(endpoint.name, ()))),
                *(calls_of_component(component.name) for component in self._hosted(endpoint.name)),
            ]
            for endpoint in endpoints
        }
        return self._read(wanted, self._window)

    def _read(self, wanted: Mapping[str, Iterable[Series]], window: Window) -> dict[str, Readings]:
        """The readings of the series of each endpoint, by its name."""
        every = [(name, each) for name, series in wanted.items() for each in series]
        read: dict[str, Readings] = {name: {} for name in wanted}
        answers = metrics.read_calls(self._cloudwatch, (each for _, each in every), window)
        for (name, series), reading in zip(every, answers, strict=True):
            read[name][series] = reading
        return read

    def _by_calls(self, endpoint: fleet.Endpoint, readings: Readings) -> EndpointReport | None:
        """Busy by one series alone, and so for sure: whose calls are to be added up, its description tells."""
        if not any(reading.is_busy(self._criteria.ignored_calls_per_day) for reading in readings.values()):
            return None
        return self._judged(endpoint, fleet.Description(), readings)

    def _describe(self, endpoints: list[fleet.Endpoint]) -> dict[str, fleet.Description]:
        def describe(endpoint: fleet.Endpoint) -> fleet.Description:
            return fleet.describe_endpoint(self._sagemaker, endpoint.name, self._components)

        names = [endpoint.name for endpoint in endpoints]
        return dict(zip(names, in_parallel(describe, endpoints), strict=True))

    def _read_all_series(
        self, described: Mapping[str, fleet.Description], known: Mapping[str, Readings]
    ) -> dict[str, Readings]:
        """What was not read yet, and once more what was, as far back as one call reaches: it tells since when.

        The shadows of an endpoint are left out, since their calls are copies of the others'.
        """
        wanted = {}
        for name, description in described.items():
            shadows = {variant.name for variant in description.shadows}
            every = dict.fromkeys([*self._series_of(name, description), *known[name]])
            wanted[name] = [series for series in every if series.owner not in shadows]
        return self._read(wanted, self._memory)

    def _series_of(self, name: str, description: fleet.Description) -> Iterable[Series]:
        variants = tuple(variant.name for variant in description.variants)
        if description.kind is EndpointKind.ASYNCHRONOUS:
            return work_of_queue(name, variants)
        components = (calls_of_component(component.name) for component in self._hosted(name))
        return [*(calls_of_variant(name, variant) for variant in variants), *components]

    def _by_kind(
        self, endpoint: fleet.Endpoint, description: fleet.Description, readings: Readings
    ) -> EndpointReport:
        first_day = self._memory.day_number(self._window.start)
        in_window = {series: reading.since(first_day) for series, reading in readings.items()}
        judged = self._judged(endpoint, description, in_window)
        if description.fault and judged.activity is not Activity.BUSY:
            return replace(judged, activity=Activity.UNKNOWN, reason=description.fault)
        if judged.activity.is_idle and self._components.fault:
            # A component that was not listed may have had all the calls.
            reason = f"its inference components are not known: {self._components.fault}"
            return replace(judged, activity=Activity.UNKNOWN, reason=reason)
        return judged

    def _judged(
        self, endpoint: fleet.Endpoint, description: fleet.Description, readings: Readings
    ) -> EndpointReport:
        young = {each.name for each in self._hosted(endpoint.name) if each.created > self._window.start}
        counts = {variant.name: variant.instance_count for variant in description.variants}
        hosted = {component.name for component in self._hosted(endpoint.name)}
        ignored = self._criteria.ignored_calls_per_day
        reports = []
        for owner, reading in metrics.by_owner(readings).items():
            activity = judge_series(
                reading.calls,
                is_busy=reading.is_busy(ignored),
                is_readable=not reading.fault,
                is_too_young=owner in young,
            )
            name = owner or "queue"
            reports.append(SeriesReport(name, activity, reading.calls, counts.get(owner), reading.fault))
        activity = judge_endpoint(report.activity for report in reports)
        if activity is not Activity.BUSY and metrics.together(readings.values()).is_busy(ignored):
            activity = Activity.BUSY  # no variant by itself, and yet all of them together
        return _report(
            endpoint,
            activity,
            _reason_in_words(activity, reports),
            variants=tuple(each for each in reports if each.name not in hosted),
            components=tuple(each for each in reports if each.name in hosted),
            kind=description.kind,
        )

    def _hosted(self, name: str) -> tuple[fleet.Component, ...]:
        return self._components.by_endpoint.get(name, ())

    def _look_into_idle(
        self,
        verdicts: dict[str, EndpointReport],
        described: Mapping[str, fleet.Description],
        readings: Mapping[str, Readings],
    ) -> None:
        """Since when, what it costs, who owns it and what to do: asked of the idle ones alone."""
        idle = [verdicts[name] for name in described if verdicts[name].activity.is_idle]
        arns = [report.arn for report in idle]
        if self._criteria.reads_tags:
            tags = read_tags(self._sagemaker, self._tagging, arns)
        else:
            tags = dict.fromkeys(arns, Tags(fault="not asked for"))
        types = fleet.read_types(self._sagemaker, [described[report.name] for report in idle])
        for report in idle:
            description = described[report.name]
            past = metrics.together(readings[report.name].values())
            facts = Facts(
                description,
                tuple(component.name for component in self._hosted(report.name)),
                Since.of(report, past, self._memory, self._criteria),
                tags[report.arn],
                types.get(description.config_name, ({}, "")),
            )
            verdicts[report.name] = complete(report, facts, self._criteria)


def _reason_in_words(activity: Activity, series: list[SeriesReport]) -> str:
    match activity:
        case Activity.BUSY:
            called = [each.name for each in series if each.activity is activity]
            return f"called: {', '.join(called or [each.name for each in series if each.invocations])}"
        case Activity.IDLE_ZEROS:
            calls = sum(each.invocations or 0 for each in series)
            return (
                f"only {calls:g} call{'' if calls == 1 else 's'}, few enough to be ignored"
                if calls
                else "no call: every data point is 0"
            )
        case Activity.IDLE_NO_DATA:
            return "no call: CloudWatch holds no data point"
        case Activity.TOO_YOUNG:
            young = ", ".join(each.name for each in series if each.activity is activity)
            return f"inference component created in the window: {young}"
    # One refusal often hits all the series: say it once.
    return "; ".join(dict.fromkeys(each.reason for each in series if each.reason))


def _report(
    endpoint: fleet.Endpoint,
    activity: Activity,
    reason: str,
    *,
    variants: tuple[SeriesReport, ...] = (),
    components: tuple[SeriesReport, ...] = (),
    kind: EndpointKind | None = None,
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
        kind=kind,
    )
