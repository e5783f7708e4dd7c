"""Several instance types compared: the cheapest per million requests within the SLO, and how sure that is."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity import instance_of, read_benchmark
from sagemaker_capacity._cli import cli
from sagemaker_capacity._sustained import Sustained
from sagemaker_capacity.comparison import Candidate, Offer, ServiceLevel
from sagemaker_capacity.comparison._comparing import offer_of, statistic_of_all
from sagemaker_capacity.fitting import Criteria
from sagemaker_capacity.prices import Price, shipped_prices

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "plans/xgboost/benchmark.csv"
SLO_MS = 50.0
BASE_MS = 10.0
LARGE, XLARGE = "ml.c5.large", "ml.c5.xlarge"  # the types whose prices are shipped
CARRIES = {LARGE: 6000.0, XLARGE: 11000.0}


def benchmark_of(folder: Path, capacity: float, *, seed: int = 1, upto: float = 1.2, turned: bool = False) -> Path:
    """A queue of one server, M/M/1: the mean time is base / (1 - load / capacity); with noise of 2 %."""
    rng = np.random.default_rng(seed)
    offered = np.linspace(0.05, upto, 40) * capacity
    served = np.minimum(offered * rng.normal(1, 0.02, 40), capacity)
    waiting_ms = BASE_MS / (1 - np.minimum(served / capacity, 0.99)) * rng.normal(1, 0.02, 40)
    frame = pd.DataFrame(
        {
            "time_utc": pd.date_range("2026-01-01T10:00Z", periods=40, freq="min").strftime("%Y-%m-%dT%H:%M:%SZ"),
            "invocations_per_minute": served.round(),
            "latency_mean_ms": waiting_ms,
            "cpu_per_core_percent": served / capacity * 100,
        }
    )
    file = folder / f"{capacity:g}-{seed}-{upto:g}-{turned}.csv"
    (frame[::-1] if turned else frame).to_csv(file, index=False)
    return file


def run(*words: str | Path, slo_ms: float = SLO_MS, peak_tps: float = 500) -> Result:
    options = ["--slo-latency-ms", str(slo_ms), "--peak-tps", str(peak_tps)]
    return CliRunner().invoke(cli, ["compare", *map(str, words), *options])


def document(*words: str | Path, **asked: float) -> dict[str, Any]:
    result = run(*words, "--json", **asked)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def two_types(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("benchmarks")
    return [f"{type_}={benchmark_of(folder, capacity)}" for type_, capacity in CARRIES.items()]


@pytest.fixture(scope="module")
def compared(two_types: list[str]) -> dict[str, Any]:
    return document(*two_types)


def test_the_cheapest_per_million_is_named_and_each_rate_is_the_queue_s_own(compared: dict[str, Any]) -> None:
    assert [offer["instance_type"] for offer in compared["offers"]] == [LARGE, XLARGE]
    assert compared["cheapest"] == LARGE
    for offer in compared["offers"]:
        truth = CARRIES[offer["instance_type"]] * (1 - BASE_MS / SLO_MS)
        low, high = offer["sustained_interval"]
        assert offer["sustained_per_minute"] == pytest.approx(truth, rel=0.05)
        assert offer["at_least_per_minute"] <= low <= offer["sustained_per_minute"] <= high
        assert offer["limited_by"] == "latency"


def test_a_cost_is_the_price_over_what_is_sure_to_be_carried(compared: dict[str, Any]) -> None:
    for offer in compared["offers"]:
        rate, price = Fraction(str(offer["at_least_per_minute"])), Fraction(offer["price_usd_per_hour"])
        assert offer["usd_per_million"] == pytest.approx(float(price / (rate * 60) * 1_000_000), rel=1e-5)
        needed = Fraction(500 * 60) / rate
        assert offer["instances_for_peak"] - 1 < needed <= offer["instances_for_peak"]
        assert offer["usd_per_month"] == pytest.approx(float(price * offer["instances_for_peak"] * 730), rel=1e-5)
        least, most = offer["usd_per_million_interval"]
        assert least < most == offer["usd_per_million"]


def test_what_is_used_is_what_was_measured_up_to_the_rate(compared: dict[str, Any]) -> None:
    for offer in compared["offers"]:
        share = offer["given_per_minute"] / CARRIES[offer["instance_type"]] * 100
        assert share - 4 < offer["used_percent"]["CPU"] <= share


def test_intervals_that_overlap_leave_the_cheapest_uncertain(
    two_types: list[str], compared: dict[str, Any]
) -> None:
    first, second = compared["offers"]
    assert (compared["certain"], compared["rivals"]) == (True, [])
    # a price at which the second's least is just below the first's most
    price = float(second["price_usd_per_hour"]) * first["usd_per_million"] / second["usd_per_million_interval"][0]
    found = document(*two_types, "--price", f"{XLARGE}={price * 0.999:.6f}")
    assert (found["cheapest"], found["certain"], found["rivals"]) == (LARGE, False, [XLARGE])


def test_a_type_that_never_saturated_is_at_least_so_good_and_may_be_better(
    tmp_path: Path, two_types: list[str]
) -> None:
    light = f"{XLARGE}={benchmark_of(tmp_path, CARRIES[XLARGE], upto=0.5)}"
    found = document(two_types[0], light)
    bound = found["offers"][1]
    assert bound["instance_type"] == XLARGE
    assert bound["sustained_per_minute"] is None
    assert bound["usd_per_million_interval"][0] is None
    assert bound["at_least_per_minute"] <= CARRIES[XLARGE] * 0.5 * 1.1  # no more than was measured
    assert found["rivals"] == [XLARGE]
    told = run(light).stdout
    assert f"{XLARGE} costs least" in told
    assert f" {bound['at_least_per_minute']:g} " in told


def test_the_order_of_rows_and_of_types_never_matters(tmp_path: Path, compared: dict[str, Any]) -> None:
    turned = [f"{type_}={benchmark_of(tmp_path, carries, turned=True)}" for type_, carries in CARRIES.items()]
    assert document(*reversed(turned)) == compared


def test_a_tighter_slo_never_costs_less(two_types: list[str]) -> None:
    costs = [
        document(two_types[0], slo_ms=slo_ms)["offers"][0]["usd_per_million"] for slo_ms in (15, 20, 60, 10_000)
    ]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


CANDIDATE = Candidate(instance_of(LARGE), read_benchmark(RECORDED))
LEVEL = ServiceLevel("mean", Criteria(20), peak_tps=500)
RATES = st.integers(1, 9_999).map(float)


def offered(price_usd: str, rate: float, *, peak_tps: float = 500, share: float = 100) -> Offer:
    price = Price(LARGE, "hour", shipped_prices().price_of(LARGE).usd.__class__(price_usd), "", "", "")
    sustained = Sustained(rate, rate * 1.1, (rate, rate * 1.2), "latency", ())
    found = offer_of(CANDIDATE, price, sustained, ServiceLevel("mean", Criteria(20), peak_tps, 1.2, share))
    assert found is not None
    return found


@given(rate=RATES, cents=st.integers(1, 10_000))
def test_twice_the_price_is_twice_the_cost(rate: float, cents: int) -> None:
    one, two = offered(f"{cents}e-2", rate), offered(f"{2 * cents}e-2", rate)
    assert two.usd_per_million == 2 * one.usd_per_million
    assert two.usd_per_month == 2 * one.usd_per_month
    assert one.least_usd_per_million is not None
    assert two.least_usd_per_million == 2 * one.least_usd_per_million


@given(rate=RATES, peaks=st.lists(st.integers(1, 100_000), min_size=2, max_size=2).map(sorted))
def test_more_traffic_never_takes_fewer_instances(rate: float, peaks: list[int]) -> None:
    less, more = (offered("0.1", rate, peak_tps=peak) for peak in peaks)
    assert less.instances <= more.instances
    assert less.usd_per_million == more.usd_per_million


@given(rate=RATES, share=st.sampled_from([40, 50, 70]))
def test_headroom_costs_its_share(rate: float, share: int) -> None:
    whole, part = offered("0.1", rate), offered("0.1", rate, share=share)
    assert part.usd_per_million == whole.usd_per_million * 100 / share
    needed = Fraction(500 * 60) * Fraction("1.2") / (Fraction(rate) * share / 100)
    assert part.instances - 1 < needed <= part.instances


def test_a_larger_type_may_cost_less_for_a_small_peak(two_types: list[str], compared: dict[str, Any]) -> None:
    rate = compared["offers"][0]["at_least_per_minute"]
    # just more than one small instance carries: two of them cost more than one large at this price
    words = (*two_types, "--price", f"{XLARGE}=0.2")
    told = run(*words, peak_tps=rate / 60 * 1.02).stdout
    assert f"{LARGE} costs least" in told
    assert f"For this peak {XLARGE} costs less all the same: 1 of it, 146.00 USD a month" in told


def test_a_plan_names_its_instance_its_evidence_and_its_price(tmp_path: Path, two_types: list[str]) -> None:
    file = two_types[1].partition("=")[2]
    plan = tmp_path / "plan.json"
    words = ["plan", file, "--instance-type", XLARGE, "--peak-tps", "500", "--min-tps", "1", "--no-picture"]
    made = CliRunner().invoke(cli, [*words, "--price-usd-per-hour", "0.5", "--out", str(plan)])
    assert made.exit_code == 0, made.output
    (offer,) = document(plan)["offers"]
    assert (offer["instance_type"], offer["price_usd_per_hour"]) == (XLARGE, "0.5")
    (given_again,) = document(plan, "--price", f"{XLARGE}=0.6")["offers"]
    assert given_again["price_usd_per_hour"] == "0.6"
    Path(file).write_text(Path(file).read_text() + "2026-01-01T12:00:00Z,1,10,1\n")
    changed = run(plan)
    assert changed.exit_code == 2
    assert "changed since: see `sagemaker-capacity plan --check" in changed.stderr


def test_types_that_do_not_hold_the_slo_are_told_and_none_is_no_answer(two_types: list[str]) -> None:
    result = run(*two_types, "--json", slo_ms=1)
    assert (result.exit_code, json.loads(result.stdout)["offers"]) == (3, [])
    for type_ in CARRIES:
        assert f"- {type_}: the latency is above 1 at the lightest load" in result.stderr


def test_a_missing_price_is_asked_for_and_every_fault_told_at_once(tmp_path: Path) -> None:
    result = run(
        f"ml.m5.xlarge={RECORDED}",
        f"{LARGE}={tmp_path / 'none.csv'}",
        f"ml.c5.lagre={RECORDED}",
        tmp_path / "plan.json",
        "--price",
        "ml.c5.large=-1",
        "--price",
        "c5=1",
    )
    assert (result.exit_code, result.stdout) == (2, "")
    for told in (
        "the price of ml.m5.xlarge (USD per hour) is missing.",
        "Or give it here: --price ml.m5.xlarge=USD.",
        "none.csv: No such file",
        "does not know 'ml.c5.lagre'",
        "cannot read the plan",
        "must be a number of USD above 0, got '-1'",
        "an instance type such as ml.c5.large has a price an hour",
    ):
        assert told in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([f"{LARGE}={RECORDED}", f"{LARGE}={RECORDED}"], f"{LARGE} is given more than once"),
        ([f"{LARGE}={RECORDED}", "--slo-statistic", "p99"], f"the benchmark of {LARGE} has no such latency"),
        ([f"ml.t2.medium={RECORDED}"], "ml.t2.medium"),
    ],
)
def test_what_cannot_be_compared_is_refused(words: list[str], told: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_only_the_same_latency_is_compared(tmp_path: Path) -> None:
    other = tmp_path / "p99.csv"
    other.write_text(RECORDED.read_text().replace("latency_mean_", "latency_p99_"))
    result = run(f"{LARGE}={RECORDED}", f"{XLARGE}={other}")
    assert result.exit_code == 2
    assert f"\n  - {LARGE}: mean\n  - {XLARGE}: p99" in result.stderr


def test_the_strictest_latency_that_all_have_is_compared(tmp_path: Path) -> None:
    header, *rows = RECORDED.read_text().splitlines()
    for name in ("p95", "p99"):
        with_tail = [f"{header},latency_{name}_ms", *(f"{row},50" for row in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(with_tail))
    both = [Candidate(instance_of(LARGE), read_benchmark(tmp_path / f"{name}.csv")) for name in ("p95", "p99")]
    assert statistic_of_all(both) == "mean"
    assert statistic_of_all(both[1:]) == "p99"


def test_a_comparison_fits_80_columns(two_types: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = [word.replace("ml.c5.xlarge", "ml.m5.24xlarge") for word in two_types]
    told = run(*long, "--price", "ml.m5.24xlarge=5.53").stdout
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= 80


def test_where_no_type_is_known_to_hold_the_slo_that_is_told_once(two_types: list[str]) -> None:
    result = run(*two_types, slo_ms=0.001)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no type is known to hold the SLO" in result.stderr
