"""What a plan can be asked for, in words of the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import click

from sagemaker_capacity._limits import OBJECTIVES_PERCENT
from sagemaker_capacity_plan import SHARES_OF

Command = TypeVar("Command", bound=Callable[..., Any])

_OBJECTIVES = ", ".join(f"{name} {percent} %" for name, percent in OBJECTIVES_PERCENT.items())


class Number(click.types.FloatParamType):
    """A finite number, as a plan writes it: six decimals, an int where it is whole."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Convert, refuse or round what was given."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        short: float = round(number, 6)
        return int(short) if short.is_integer() else short


class NumberWithin(click.FloatRange):
    """Such a number of a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Convert, refuse or round what was given."""
        number = Number().convert(value, param, ctx)
        super().convert(number, param, ctx)
        return number


_NUMBER, _ABOVE_ZERO = Number(), NumberWithin(min=0, min_open=True)

_INSTANCE = (
    click.option(
        "--instance-type", metavar="TYPE", help="The type that the benchmark ran on, such as ml.c5.large."
    ),
    click.option("--vcpus", type=click.IntRange(min=1), help="Its vCPUs, where the shipped table lacks the type."),
    click.option("--price-usd-per-hour", type=_ABOVE_ZERO, help="What such an instance costs, to be noted."),
    click.option(
        "--start-up-seconds",
        type=click.IntRange(min=1),
        help="How long a new instance takes until it serves: no cooldown is shorter.",
    ),
)
_DEMAND = (
    click.option("--peak-tps", type=_NUMBER, help="The highest rate of the endpoint, per second."),
    click.option("--min-tps", type=_NUMBER, help="The lowest rate, which must be carried at once, per second."),
    click.option(
        "--growth", type=_NUMBER, default=1.0, show_default=True, help="Factor on the peak: 1.2 is 20 % more."
    ),
    click.option(
        "--traffic-share",
        type=_NUMBER,
        default=1.0,
        show_default=True,
        help="Which part of these rates the variant takes: 0.1 is 10 %.",
    ),
    click.option(
        "--may-take-all-traffic",
        is_flag=True,
        help="Plan the variant for all of it all the same: it may win, or the others may fail.",
    ),
    click.option(
        "--min-instances",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Never fewer: 2 survive the failure of one.",
    ),
    click.option(
        "--ramp-tps-per-minute",
        type=_ABOVE_ZERO,
        help="How much the rate grows in a minute at its steepest: no step out is smaller than that takes.",
    ),
    click.option(
        "--schedule",
        "schedules",
        type=(str, str, str, _NUMBER),
        multiple=True,
        metavar="NAME CRON ZONE TPS",
        help="From then on carry TPS at once: Morning 'cron(30 8 ? * MON-FRI *)' Europe/Berlin 300.",
    ),
    click.option(
        "--daily-profile",
        type=click.Path(path_type=Path, dir_okay=False),
        help="CSV of time, tps and where they differ days (09:00,300,MON-FRI): a schedule a row, and the peak and "
        "the minimum where none are given.",
    ),
    click.option(
        "--timezone", metavar="ZONE", help="Of the daily profile, such as Europe/Berlin.  [default: Etc/UTC]"
    ),
)
_OBJECTIVE = (
    click.option(
        "--objective",
        type=click.Choice(list(OBJECTIVES_PERCENT)),
        help=f"Share of what one instance carries to aim at: {_OBJECTIVES}.  [default: balanced]",
    ),
    click.option(
        "--upper-percent", type=_NUMBER, help="Instead of an objective: the upper limit, which is the target."
    ),
    click.option("--lower-percent", type=_NUMBER, help="Instead of an objective: the lower limit of the band."),
    click.option(
        "--share-of",
        type=click.Choice(SHARES_OF),
        default=SHARES_OF[0],
        show_default=True,
        help="Of the measured maximum, or of what is surely sustained within the SLO.",
    ),
    click.option(
        "--concurrency", is_flag=True, help="Also track the requests in flight, every ten seconds (Little's law)."
    ),
)
_SLO = (
    click.option(
        "--slo-latency-ms",
        type=_ABOVE_ZERO,
        help="Latency not to be exceeded.  [default: twice the median under light load]",
    ),
    click.option(
        "--slo-statistic", help="Which latency the SLO is on: mean, p95, …  [default: the strictest there is]"
    ),
    click.option(
        "--slo-error-percent",
        type=NumberWithin(0, 100),
        default=1.0,
        show_default=True,
        help="Share of failed invocations not to be exceeded.",
    ),
    click.option(
        "--sustained-minutes",
        type=click.IntRange(min=1),
        default=3,
        show_default=True,
        help="How many minutes must have had a load for it to be sustained.",
    ),
    click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the confidence intervals."
    ),
)


def asked_for_options(command: Command) -> Command:
    """All of these, in the order in which `--help` shows them."""
    options = (*_INSTANCE, *_DEMAND, *_OBJECTIVE, *_SLO)
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)
