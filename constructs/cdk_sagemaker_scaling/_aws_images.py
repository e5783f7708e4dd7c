"""AWS's own inference images, found in a table that this package ships: no network, no AWS call.

The table is made from the SageMaker Python SDK's by `tools/aws_images.py`, and read when the first image is wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple


@dataclass(frozen=True)
class AwsImage:
    """What to pull, and whose it is.

    Attributes:
        repository: The ECR repository's name, the same in every region.
        tag: The image's tag.
        accounts: Region to the AWS account that owns the repository there; where the image is not, no region.
    """

    repository: str
    tag: str
    accounts: Mapping[str, str]

    def uri(self, region: str) -> str:
        """The image's address in a region, as a model's `Image` wants it.

        The region must be known at synth; of a stack that learns it at deploy, map `accounts` instead.

        Raises:
            ValueError: the image is not in that region.
        """
        account = self.accounts.get(region)
        if account is None:
            raise ValueError(
                f"{self.repository}:{self.tag} is not in region {region!r}: "
                f"deploy to one of {_listed(region, self.accounts)}, or copy the image to a repository of your own"
            )
        suffix = _table()["domain_suffixes"].get(region, "amazonaws.com")
        return f"{account}.dkr.ecr.{region}.{suffix}/{self.repository}:{self.tag}"


class _Row(NamedTuple):
    """An image as the table holds it; None where the SDK does not tell."""

    tag: str
    version: str
    processor: str
    python_version: str | None = None
    base_framework_version: str | None = None


def aws_image(
    framework: str,
    version: str,
    *,
    processor: str = "cpu",
    python_version: str | None = None,
    base_framework_version: str | None = None,
) -> AwsImage:
    """Find the image of a framework or built-in algorithm that serves its models.

    Names are those of the SageMaker Python SDK. A minor version means its newest patch in the table: "2.0" of
    PyTorch is 2.0.1 and "1.7" of XGBoost 1.7-1, and the tag says so.

    Args:
        framework: One of `frameworks()`, such as "xgboost", "pytorch" or "huggingface-llm".
        version: The framework's version, full or minor; "1" for the built-in algorithms.
        processor: What the instances compute with: "cpu", "gpu", "graviton" (64-bit Arm) or "inf" (AWS Inferentia).
        python_version: Such as "py310"; needed where a version has images for several, and of no effect where the
            SDK does not tell it.
        base_framework_version: What "huggingface" stands on, such as "pytorch2.1"; needed likewise.

    Raises:
        ValueError: the table has no such image, or several; the message names those that there are.
    """
    groups = _table()["frameworks"].get(framework)
    if groups is None:
        known = _listed(framework, frameworks())
        raise ValueError(f"no AWS image for framework {framework!r}: there are {known} ({_source()})")
    wanted = {
        "version": version,
        "processor": processor,
        "python_version": python_version,
        "base_framework_version": base_framework_version,
    }
    rows = {_Row(*row): group for group in groups for row in group["images"]}
    fitting = [row for row in rows if all(_fits(name, value, row) for name, value in wanted.items())]
    if not fitting:
        raise ValueError(
            f"{framework} has {_lack(wanted, list(rows))} ({_source()}; for a newer image give its URI)"
        )
    newest = max(fitting, key=lambda row: (row.version == version, _numbers(row.version)))
    of_newest = [row for row in fitting if row.version == newest.version]
    if len(of_newest) > 1:
        raise ValueError(f"{framework} {newest.version} has several images for {processor}: {_choice(of_newest)}")
    group = rows[newest]
    return AwsImage(group["repository"], newest.tag, _accounts(group["accounts"], tuple(group["not_in"])))


def frameworks() -> tuple[str, ...]:
    """The frameworks and built-in algorithms that `aws_image` knows, sorted."""
    return tuple(sorted(_table()["frameworks"]))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        files(__package__).joinpath("data/aws_images.json").read_text(encoding="utf-8")
    )
    return table


@cache
def _accounts(name: str, not_in: tuple[str, ...]) -> Mapping[str, str]:
    everywhere: dict[str, str] = _table()["accounts"][name]
    return MappingProxyType({region: account for region, account in everywhere.items() if region not in not_in})


def _fits(name: str, wanted: str | None, row: _Row) -> bool:
    offered: str | None = getattr(row, name)
    if wanted is None or offered is None or offered == wanted:
        return True
    return "." in wanted and offered.startswith((f"{wanted}.", f"{wanted}-"))


def _lack(wanted: Mapping[str, str | None], rows: list[_Row]) -> str:
    """All that no image has; or, if each alone is had by some, which images there are of that version."""
    lacking = [
        f"no {name} {value!r}: there are {_listed(value, {getattr(row, name) for row in rows} - {None})}"
        for name, value in wanted.items()
        if value is not None and not any(_fits(name, value, row) for row in rows)
    ]
    if lacking:
        return "; ".join(lacking)
    asked = ", ".join(f"{name} {value!r}" for name, value in wanted.items() if value is not None)
    of_version = [row[1:] for row in rows if _fits("version", wanted["version"], row)]
    return (
        f"no image for {asked} together: there are {', '.join(' '.join(filter(None, row)) for row in of_version)}"
    )


def _choice(rows: list[_Row]) -> str:
    """What to give beside version and processor, and the values that there are."""
    offered = {name: {getattr(row, name) for row in rows} for name in ("python_version", "base_framework_version")}
    return "; ".join(f"give {name}, one of {_listed('', of)}" for name, of in offered.items() if len(of) > 1)


def _listed(got: str, known: Iterable[str]) -> str:
    """Names in words, those like the one got first."""
    return ", ".join(
        sorted(known, key=lambda name: (-SequenceMatcher(None, got, name).ratio(), _numbers(name), name))
    )


def _numbers(version: str) -> list[int]:
    """A version as what it is ordered by; "1.7-1" and "b9522" are versions too."""
    return [int(number) for number in re.findall(r"\d+", version)]


def _source() -> str:
    return f"{_table()['source']}, {_table()['recorded']}"
