"""The toolkit's own choice, reproduced with its faults, so that a reader sees what ours differs from.

Its rules (version 0.2.3): overhead is billed as compute at the mean of all sizes; the score is latency x cost x a
discount that falls from 1 to 0.5 by the row's position; a fixed instance type stands beside each memory size, one
of it carries everything, and a month has 720 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sagemaker_capacity._limits import exact
from sagemaker_capacity.prices import PriceSheet

from ._cost import data_usd_of_the_toolkit, serverless_item, usd_per_byte
from ._groups import MEMORY_SIZES_MB
from ._results import Results
from ._savings import SavingsRow, toolkit_rows

_HOURS_PER_MONTH = 720
_RESPONSE_BYTES = 1000  # whatever the answers were
_OBJECT_BYTES = 49  # what sys.getsizeof adds to a text of ASCII in the Pythons that the toolkit ran on
_LEAST_METRICS = 2
_METRICS = ("model_ms", "overhead_ms", "model_setup_ms", "memory_percent")
_INSTANCES = dict(
    zip(
        MEMORY_SIZES_MB,
        ("ml.t2.medium", "ml.t2.medium", "ml.c5.large", "ml.c5.large", "ml.c5.large", "ml.c5.xlarge"),
        strict=True,
    )
)


@dataclass(frozen=True)
class ToolkitChoice:
    """What the toolkit would report; `discounted_scores` are by memory size, the lowest is chosen."""

    memory_mb: int
    instance_type: str
    usd_per_invocation: Fraction
    usd_per_instance_month: Fraction
    break_even_per_month: Fraction
    discounted_scores: dict[int, Fraction]
    rows: tuple[SavingsRow, ...]


def toolkit_choice(results: Results, sheet: PriceSheet, request_bytes: Fraction | None = None) -> ToolkitChoice:
    """Choose as the toolkit does, at the prices that it was written with.

    Args:
        results: what it measured.
        sheet: its prices, which are the shipped ones.
        request_bytes: the mean length of a request's body, where its cost column is not in the results.

    Raises:
        ValueError: it would fail on these results, or the payload is not known.
    """
    data_usd = data_usd_of_the_toolkit(results, sheet)
    if data_usd is None:
        if request_bytes is None:
            raise ValueError("how large a request is, is not known: give --request-bytes")
        data_usd = (request_bytes + _OBJECT_BYTES + _RESPONSE_BYTES) * usd_per_byte(sheet, "data_in")
    metrics = results.metrics.dropna(thresh=_LEAST_METRICS, subset=list(_METRICS))
    overheads = [exact(overhead) for overhead in metrics["overhead_ms"].dropna()]
    if not overheads or not metrics["model_ms"].notna().any():
        raise ValueError("it ends with a KeyError where no size has a ModelLatency, or none an OverheadLatency")
    overhead = sum(overheads, Fraction(0)) / len(overheads)
    costs, scores = {}, {}
    for position, (memory, model_ms) in enumerate(metrics["model_ms"].items()):
        if model_ms != model_ms:  # noqa: PLR0124 - NaN: it skips the row and says nothing
            continue
        memory_mb = int(str(memory))
        latency = exact(model_ms) + overhead
        costs[memory_mb] = sheet.price_of(serverless_item(memory_mb)).exact_usd * latency / 1000 + data_usd
        discount = 1 - Fraction(position, 2 * (len(MEMORY_SIZES_MB) - 1))
        scores[memory_mb] = latency * costs[memory_mb] * 1_000_000 * discount
    chosen = min(scores, key=lambda memory_mb: scores[memory_mb])
    instance_type, usd = _INSTANCES[chosen], costs[chosen]
    instance_usd = sheet.price_of(instance_type).exact_usd * _HOURS_PER_MONTH
    return ToolkitChoice(
        memory_mb=chosen,
        instance_type=instance_type,
        usd_per_invocation=usd,
        usd_per_instance_month=instance_usd,
        break_even_per_month=instance_usd / usd,
        discounted_scores=scores,
        rows=tuple(toolkit_rows(usd, instance_usd)),
    )
