"""From what a plan is asked for on the command line to a request, with all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_capacity._exits import collected
from sagemaker_capacity._instances import instance_of
from sagemaker_capacity._limits import objective_between, objective_named
from sagemaker_capacity_plan import Demand, Objective, ScheduledDemand

from ._daily_profile import read_daily_profile

if TYPE_CHECKING:
    from sagemaker_capacity_plan import Instance

    from ._plan import Request


def request_of(
    *,
    instance_type: str | None,
    vcpus: int | None,
    price_usd_per_hour: float | None,
    start_up_seconds: int | None,
    peak_tps: float | None,
    min_tps: float | None,
    growth: float,
    traffic_share: float,
    may_take_all_traffic: bool,
    min_instances: int,
    ramp_tps_per_minute: float | None,
    schedules: Sequence[tuple[str, str, str, float]],
    daily_profile: Path | None,
    timezone: str | None,
    objective: str | None,
    upper_percent: float | None,
    lower_percent: float | None,
    share_of: str,
    concurrency: bool,
    slo_latency_ms: float | None,
    slo_statistic: str | None,
    slo_error_percent: float,
    sustained_minutes: int,
    seed: int,
) -> Request:
    """The request that the options make.

    Raises:
        ValueError: all that is wrong with them.
    """
    faults: list[str] = []
    with collected(faults):
        instance = _instance(instance_type, vcpus, price_usd_per_hour)
    with collected(faults):
        chosen = _objective(objective, upper_percent, lower_percent, share_of)
    with collected(faults):
        profile = _profile(daily_profile, timezone, start_up_seconds)
        highest = max((demand.tps for demand in profile), default=None)
        lowest = min((demand.tps for demand in profile), default=None)
        demand = Demand(
            *_rates(highest if peak_tps is None else peak_tps, lowest if min_tps is None else min_tps),
            growth,
            (*(ScheduledDemand(*given) for given in schedules), *profile),
            traffic_share=traffic_share,
            may_take_all_traffic=may_take_all_traffic,
            min_instances=min_instances,
            ramp_tps_per_minute=ramp_tps_per_minute,
        )
    if faults:
        raise ValueError("\n".join(faults))
    from ._plan import Request  # noqa: PLC0415 - it brings pandas, and the options may be wrong

    return Request(
        instance,
        chosen,
        demand,
        slo_latency_ms,
        slo_statistic,
        slo_error_percent,
        start_up_seconds,
        sustained_minutes,
        concurrency,
        seed,
    )


def _instance(instance_type: str | None, vcpus: int | None, price_usd_per_hour: float | None) -> Instance:
    if instance_type is None:
        raise ValueError("--instance-type is missing: the type that the benchmark ran on, such as ml.c5.large")
    return instance_of(instance_type, vcpus, price_usd_per_hour)


def _objective(
    name: str | None, upper_percent: float | None, lower_percent: float | None, share_of: str
) -> Objective:
    if upper_percent is None and lower_percent is None:
        return objective_named(name or "balanced", share_of)
    if name is not None:
        raise ValueError("an objective brings its own limits: give --objective, or the two percents, not both")
    if upper_percent is None or lower_percent is None:
        raise ValueError("--upper-percent and --lower-percent go together: give both, or an --objective")
    return objective_between(lower_percent, upper_percent, share_of)


def _profile(file: Path | None, timezone: str | None, start_up_seconds: int | None) -> tuple[ScheduledDemand, ...]:
    if file is not None:
        return read_daily_profile(file, timezone or "Etc/UTC", start_up_seconds)
    if timezone is not None:
        raise ValueError(f"--timezone {timezone} is of a daily profile: give --daily-profile, or leave it out")
    return ()


def _rates(peak_tps: float | None, min_tps: float | None) -> tuple[float, float]:
    given = {"--peak-tps": peak_tps, "--min-tps": min_tps}
    missing = [option for option, value in given.items() if value is None]
    if peak_tps is None or min_tps is None:
        raise ValueError(f"{' and '.join(missing)} missing: what the variant must carry, per second")
    return peak_tps, min_tps
