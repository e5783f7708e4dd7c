"""What an invocation costs, exact: decimals as written, fractions to the end, rounded where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from sagemaker_capacity._limits import exact
from sagemaker_capacity.prices import PriceSheet

from ._results import Results

GIGABYTE_BYTES = 1024**3
_MS_PER_SECOND = 1000
_WORKED_BACK_DECIMALS = 2


@dataclass(frozen=True)
class Payload:
    """The encoded bytes that an invocation takes in and gives out, and who says so."""

    request_bytes: Fraction
    response_bytes: Fraction
    source: str
    is_worked_back: bool = False


def serverless_item(memory_mb: int) -> str:
    """The item of a price sheet for a second of on-demand inference at a memory size."""
    return f"serverless_{memory_mb}_mb"


def usd_per_invocation(sheet: PriceSheet, memory_mb: int, model_ms: float, payload: Payload) -> Fraction:
    """A second's price x ModelLatency, and the payload's; overhead, which is the network's, is not billed.

    Args:
        sheet: the prices.
        memory_mb: the memory size.
        model_ms: CloudWatch's average ModelLatency.
        payload: what goes in and out.

    Raises:
        ValueError: a price is missing.
    """
    compute = sheet.price_of(serverless_item(memory_mb)).exact_usd * exact(model_ms) / _MS_PER_SECOND
    return compute + _data_usd(sheet, payload)


def payload_of(
    results: Results, sheet: PriceSheet, request_bytes: float | None, response_bytes: float | None
) -> Payload:
    """The payload as given; a response not given is the mean measured, and both the toolkit's where all it kept
    is its cost column.

    Raises:
        ValueError: nothing says how large the payload is.
    """  # noqa: D205
    if request_bytes is None and response_bytes is None and results.costs is not None:
        return _worked_back(results, sheet)
    missing = ["--request-bytes"] if request_bytes is None else []
    measured = None if response_bytes is not None else _mean_response_bytes(results)
    if response_bytes is None and measured is None:
        missing.append("--response-bytes")
    if request_bytes is None or missing:
        raise ValueError(
            f"how large the payload is, which is billed, is in no file: give {' and '.join(missing)}, "
            "the mean encoded length of a body in bytes"
        )
    answered = exact(response_bytes) if response_bytes is not None else measured
    assert answered is not None  # noqa: S101 - asked for above
    return Payload(exact(request_bytes), answered, "given" if measured is None else "given, response measured")


def data_usd_of_the_toolkit(results: Results, sheet: PriceSheet) -> Fraction | None:
    """What the toolkit charged for the payload: its cost less what it charged for the time, of its first row."""
    if results.costs is None:
        return None
    known = results.costs.dropna(subset=["toolkit_cost_per_invocation_usd", "toolkit_average_latency_ms"])
    if known.empty:
        return None
    memory_mb, row = int(known.index[0]), known.iloc[0]
    price = sheet.price_of(serverless_item(memory_mb)).exact_usd
    compute = price * exact(row["toolkit_average_latency_ms"]) / _MS_PER_SECOND
    return exact(row["toolkit_cost_per_invocation_usd"]) - compute


def usd_per_byte(sheet: PriceSheet, item: str) -> Fraction:
    """The price of a byte of payload, in or out."""
    return sheet.price_of(item).exact_usd / GIGABYTE_BYTES


def cents(usd: Fraction) -> Decimal:
    """Money as it is shown: to the cent, half to even."""
    return rounded(usd, 2)


def rounded(number: Fraction, decimals: int) -> Decimal:
    """A fraction as a decimal, rounded once, half to even."""
    return (
        Decimal(round(number * 10**decimals))
        .scaleb(-decimals)
        .quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    )


def _data_usd(sheet: PriceSheet, payload: Payload) -> Fraction:
    taken = payload.request_bytes * usd_per_byte(sheet, "data_in")
    return taken + payload.response_bytes * usd_per_byte(sheet, "data_out")


def _worked_back(results: Results, sheet: PriceSheet) -> Payload:
    from sagemaker_capacity.prices import shipped_prices  # noqa: PLC0415 - the toolkit's own, whatever is paid today

    its_own = shipped_prices()
    usd = data_usd_of_the_toolkit(results, its_own)
    if usd is None or usd < 0:
        raise ValueError(
            "the toolkit's cost column says nothing of the payload: give --request-bytes and --response-bytes"
        )
    if sheet.price_of("data_in").usd != sheet.price_of("data_out").usd:
        raise ValueError(
            "payload in and out are priced apart, and the toolkit's cost column tells only both together: "
            "give --request-bytes and --response-bytes"
        )
    total = Fraction(rounded(usd / usd_per_byte(its_own, "data_in"), _WORKED_BACK_DECIMALS))
    return Payload(total, Fraction(0), "worked back from the toolkit's cost column", is_worked_back=True)


def _mean_response_bytes(results: Results) -> Fraction | None:
    for groups in (results.stability or (), results.concurrency or ()):
        weighed = [(g.response_bytes, g.successes) for g in groups if g.response_bytes is not None]
        if successes := sum(number for _, number in weighed):
            return sum((size for size, _ in weighed), Fraction(0)) / successes
    return None
