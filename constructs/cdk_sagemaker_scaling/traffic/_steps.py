"""In which steps traffic moves, in the words of SageMaker's deployment guardrails and of CodeDeploy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cdk_sagemaker_scaling._checks import within

# A step must leave an alarm the time to see it; a day's steps fill what Step Functions keeps of an execution.
_WAIT_SECONDS = (60, 86_400)
_HALF = 50
_ALL = 100


class TrafficSteps(Protocol):
    """How much of the source's traffic has moved after each step, and how long each is watched."""

    @property
    def wait_interval_seconds(self) -> int:
        """How long alarms are watched after each step, the last one too."""

    def percents(self) -> Sequence[int]:
        """What has moved after each step, in percent of what the source had at the start; the last is 100."""

    def faults(self) -> list[str]:
        """Why it cannot be."""


@dataclass(frozen=True, kw_only=True)
class CanarySteps:
    """A small part first, then all the rest.

    Attributes:
        percent: the part that moves first, 1 to 50 percent of the source's traffic.
        wait_interval_seconds: how long alarms are watched after each of the two steps, 60 to 86400.
    """

    percent: int = 10
    wait_interval_seconds: int = 600

    def percents(self) -> Sequence[int]:
        """The canary, then all."""
        return (self.percent, _ALL)

    def faults(self) -> list[str]:
        """Why it cannot be."""
        return _faults(self.percent, self.wait_interval_seconds)


@dataclass(frozen=True, kw_only=True)
class LinearSteps:
    """Parts of the same size, the last one smaller where they do not come to 100.

    Attributes:
        percent: the part that moves in each step, 1 to 50 percent of the source's traffic.
        wait_interval_seconds: how long alarms are watched after each step, 60 to 86400.
    """

    percent: int = 20
    wait_interval_seconds: int = 600

    def percents(self) -> Sequence[int]:
        """The multiples of the part, then all."""
        return (*range(self.percent, _ALL, self.percent), _ALL)

    def faults(self) -> list[str]:
        """Why it cannot be."""
        return _faults(self.percent, self.wait_interval_seconds)


def _faults(percent: int, wait_interval_seconds: int) -> list[str]:
    faults = within("percent of steps", percent, 1, _HALF)
    return faults + within("wait_interval_seconds of steps", wait_interval_seconds, *_WAIT_SECONDS)
