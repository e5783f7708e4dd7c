"""The serverless toolkit's results: its own choice reproduced, and ours, which holds the laws that it breaks."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import serverless_folders as folders
from hypothesis import given
from hypothesis import strategies as st
from serverless_folders import CONCURRENCY, INVOCATIONS, METRICS, RAW, SAVINGS, STABILITY

from sagemaker_capacity import NoAnswerError
from sagemaker_capacity.prices import Price, PriceSheet, shipped_prices
from sagemaker_capacity.serverless import (
    InstanceOption,
    ServerlessAnswer,
    ServerlessRequest,
    plan_serverless,
    read_results,
    toolkit_choice,
)
from sagemaker_capacity.serverless._concurrency import in_flight, refused_share, slots_for
from sagemaker_capacity.serverless._cost import Payload, cents, rounded, usd_per_invocation
from sagemaker_capacity_plan import CapacityPlan, Demand, ServerlessScaling

SHARED = Path(__file__).parents[2] / "shared/data/serverless"
RAW_STABILITY = (*RAW, "invoke_arg_index", "memory_size")
DEMAND = Demand(40, 0, 1, ())


def answered(folder: Path, *, sheet: PriceSheet | None = None, **asked: object) -> ServerlessAnswer:
    sizes = {} if (folder / folders.COSTS).exists() else {"request_bytes": 1000}
    request = ServerlessRequest(**{"demand": DEMAND, **sizes, **asked})  # type: ignore[arg-type]  # as a test asks
    return plan_serverless(read_results(folder), request, sheet or shipped_prices(), source="results")


def chosen_mb(folder: Path, **asked: object) -> int:
    return answered(folder, **asked).chosen.memory_mb


def test_the_toolkit_s_own_choice_is_reproduced_to_the_cent(tmp_path: Path) -> None:
    held_to_the_recorded_run(folders.recorded_folder(tmp_path))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded files lie beside the repository, and are not there")
def test_the_recorded_files_give_the_same_as_the_figures_kept_here() -> None:
    held_to_the_recorded_run(SHARED)


def held_to_the_recorded_run(folder: Path) -> None:
    choice = toolkit_choice(read_results(folder), shipped_prices())
    assert (choice.memory_mb, choice.instance_type) == (2048, "ml.t2.medium")
    assert rounded(choice.break_even_per_month, 1) == Decimal("9079350.6")
    found = [
        (row.invocations_per_month, cents(row.serverless_usd), cents(row.instance_usd), row.savings_percent)
        for row in choice.rows
    ]
    assert found == [
        (count, cents(Fraction(serverless)), cents(Fraction(instance)), Decimal(saved))
        for count, serverless, instance, saved in SAVINGS
    ]
    scores = [float(round(score, 1)) for score in choice.discounted_scores.values()]
    assert scores == [448.0, 384.4, 510.8, 528.8, 513.9, 519.0]


def test_what_is_billed_is_the_model_s_time_so_the_recorded_run_costs_less_than_the_toolkit_says(
    tmp_path: Path,
) -> None:
    answer = answered(folders.recorded_folder(tmp_path))
    assert answer.payload.request_bytes == Fraction("39817.67")
    usd = answer.chosen.usd_per_invocation
    assert usd is not None
    assert (answer.chosen.memory_mb, cents(usd * 1_000_000)) == (2048, Decimal("1.95"))
    assert "choose the same, at 4.44 USD per million" in " ".join(answer.plan.reasons)


@pytest.mark.parametrize(
    ("asked", "memory_mb"),
    [
        ({"objective": "cost"}, 2048),
        ({"objective": "latency"}, 5120),
        ({"objective": "weighted"}, 2048),
        ({"objective": "weighted", "cost_weight_percent": 0}, 5120),
        ({"objective": "slo", "slo_ms": 94}, 4096),
        ({"objective": "slo", "slo_ms": 90}, 5120),
    ],
)
def test_each_objective_chooses_its_own_memory_of_the_recorded_run(
    tmp_path: Path, asked: dict[str, object], memory_mb: int
) -> None:
    assert chosen_mb(folders.recorded_folder(tmp_path), **asked) == memory_mb


def test_an_slo_that_no_memory_holds_has_no_answer_and_says_what_each_takes(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match=r"at most 80 ms:(\n  - \d{4} MB: \d+\.\d ms){6}"):
        answered(folders.recorded_folder(tmp_path), objective="slo", slo_ms=80)


def test_the_order_of_rows_never_matters_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path, throttled_share=0.2)
    asked = {"slo_ms": 300, "instances": (InstanceOption("ml.c5.large", 30),)}
    once, again = (answered(folder, **asked).plan for _ in range(2))
    assert once.to_json() == again.to_json()
    for file in sorted(folder.rglob("*.csv")):
        rows = folders.read(file)
        random.Random(3).shuffle(rows)  # noqa: S311
        folders.write(file, list(rows[0]), rows)
    shuffled = answered(folder, **asked).plan
    assert shuffled.evidence.sha256 != once.evidence.sha256  # other bytes, and yet
    assert shuffled.to_json().replace(shuffled.evidence.sha256, once.evidence.sha256) == once.to_json()


@pytest.mark.parametrize("flag", ["throttle_exception", "insufficient_memory_error", "other_model_error", ""])
def test_a_failure_never_changes_a_latency(tmp_path: Path, flag: str) -> None:
    folder = folders.made_folder(tmp_path)
    before = answered(folder).stability
    # Without a flag: an error that the toolkit takes for a success, with a latency and no answer.
    row = folders.failed(1000.5, flag) if flag else {**folders.succeeded(1000.5, 20), "response_size": 0}
    folders.rewrite(folder / STABILITY / INVOCATIONS, RAW_STABILITY, [row | {"memory_size": 3072}])
    after = answered(folder).stability
    assert before is not None
    assert after is not None
    latencies = [column for column in before if column.startswith(("latency", "cold"))]
    assert len(latencies) == 10
    assert after[latencies].equals(before[latencies])
    assert after["error_percent"].tolist() == [0, 0, 100 / 201]


def test_a_cold_start_is_a_class_of_its_own_and_normal_calls_stay(tmp_path: Path) -> None:
    summary = answered(folders.made_folder(tmp_path, invocations=1000, cold_ms=6000)).stability
    assert summary is not None
    assert summary["cold_starts"].tolist() == [1, 1, 1]
    assert summary["cold_start_median_ms"].tolist() == [6000, 6000, 6000]
    assert (summary["latency_max_ms"] < [153, 103, 101]).all()
    assert summary["latency_mean_ms"].round().tolist() == [150, 100, 98]


def test_a_percentile_is_the_least_latency_that_so_many_of_the_calls_do_not_exceed(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    rows = folders.read(folder / STABILITY / INVOCATIONS)
    ours = [float(row["invocation_latency"]) for row in rows if row["memory_size"] == "1024"]
    warm = sorted(ours)[:-1]  # but for the cold start
    summary = answered(folder).stability
    assert summary is not None
    found = [summary[f"latency_{name}_ms"][1024] for name in ("min", "p50", "p95", "p99", "max")]
    assert found == [warm[0], warm[99], warm[189], warm[197], warm[198]]  # ceil(0.95 x 199) is the 190th


def test_groups_that_failed_altogether_are_shown_and_memory_is_in_every_join(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    file = folder / CONCURRENCY / INVOCATIONS
    columns = list(folders.read(file)[0])
    group = {"max_concurrency": 2, "num_clients": 2, "memory_size": 4096}
    folders.rewrite(file, columns, [folders.failed(2000.0, "throttle_exception") | group])
    before = len(folders.read(file))
    summary = answered(folder).concurrency
    assert summary is not None
    assert summary["invocations"].sum() == before
    row = summary.loc[(4096, 2, 2)]
    assert (row["invocations"], row["successes"], row["throttled"]) == (1, 0, 1)
    assert row["latency_mean_ms"] != row["latency_mean_ms"]


def test_throughput_is_completions_over_time_not_over_the_seconds_that_had_one(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    rows = [folders.succeeded(start, 500) | {"memory_size": 1024} for start in (0.0, 0.4, 2.0, 3.0, 5.0, 6.5)]
    folders.write(folder / STABILITY / INVOCATIONS, RAW_STABILITY, rows)
    summary = answered(folder).stability
    assert summary is not None
    assert summary["tps"][1024] == pytest.approx(6 / 7)
    assert (summary["tps_p50"][1024], summary["tps_max"][1024]) == (
        1,
        2,
    )  # 2, 0, 1, 1, 0, 1, 0 and 1 at 7.0: the edge


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        (["insufficient_memory_error"], "1 of 201 invocations ran out of memory"),
        (["other_model_error"] * 3, "3 of 203 invocations failed, more than 1 %"),
    ],
)
def test_an_unstable_memory_is_never_chosen(tmp_path: Path, failures: list[str], said: str) -> None:
    folder = folders.made_folder(tmp_path)
    cheapest = chosen_mb(folder)
    rows = [folders.failed(1000.0 + i, flag) | {"memory_size": cheapest} for i, flag in enumerate(failures)]
    folders.rewrite(folder / STABILITY / INVOCATIONS, RAW_STABILITY, rows)
    answer = answered(folder)
    assert answer.chosen.memory_mb != cheapest
    assert f"{cheapest} MB was left out: {said}." in answer.plan.reasons


def test_a_benchmark_stopped_by_its_failures_is_left_out_even_below_their_limit(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path, invocations=300)
    rows = [row for i, row in enumerate(folders.read(folder / STABILITY / INVOCATIONS)) if i % 300 < 299]
    stopped = [row for row in rows if row["memory_size"] != "2048"] + [
        row for row in rows if row["memory_size"] == "2048"
    ][:200]
    stopped.append(folders.failed(1500.0, "other_model_error") | {"memory_size": 2048})  # type: ignore[arg-type]  # cells
    folders.write(folder / STABILITY / INVOCATIONS, RAW_STABILITY, stopped)
    assert "its benchmark was stopped by 1 failures after 201 of 299" in " ".join(answered(folder).plan.reasons)


def test_a_memory_without_model_latency_is_left_out_and_not_skipped_in_silence(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    file = folder / STABILITY / METRICS
    rows = [r for r in folders.read(file) if (r["metric_name"], r["memory_size"]) != ("ModelLatency", "2048")]
    folders.write(file, folders.METRIC, rows)
    assert "2048 MB was left out: no ModelLatency, which is what is billed." in answered(folder).plan.reasons


def test_the_toolkit_s_discount_goes_by_position_and_ours_is_not_there(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    metrics = [row for size in (3072, 6144) for row in folders.metric_rows(size, 38.0)]
    folders.write(folder / STABILITY / METRICS, folders.METRIC, metrics)
    scores = toolkit_choice(read_results(folder), shipped_prices(), Fraction(1000)).discounted_scores
    latency = 38 + 60
    usd = {3072: Fraction("6e-8"), 6144: Fraction("12e-8")}
    data = (1000 + 49 + 1000) * Fraction("0.016") / 1024**3
    assert scores == {
        3072: latency * (usd[3072] * latency + data) * 10**6,
        6144: latency * (usd[6144] * latency + data) * 10**6 * Fraction(9, 10),
    }


@given(
    st.sampled_from(range(1024, 6144, 1024)),
    st.floats(0.001, 60_000),
    st.integers(0, 10**7),
)
def test_more_memory_with_equal_latency_never_costs_less(memory_mb: int, model_ms: float, size: int) -> None:
    payload = Payload(Fraction(size), Fraction(size), "given")
    sheet = shipped_prices()
    less, more = (usd_per_invocation(sheet, m, model_ms, payload) for m in (memory_mb, memory_mb + 1024))
    assert less < more


def test_money_is_exact_until_it_is_rounded_once() -> None:
    payload = Payload(Fraction(1024**3), Fraction(0), "given")
    usd = usd_per_invocation(shipped_prices(), 2048, 33.3, payload)
    assert usd == Fraction("0.00004") * Fraction("0.0333") + Fraction("0.016")
    assert cents(Fraction("0.125")) == Decimal("0.12")
    assert str(cents(Fraction(22))) == "22.00"


def test_little_s_law_and_erlang_s_published_table_give_the_slots() -> None:
    assert in_flight(100, 101, 1.5) == Fraction("15.15")
    # Offered load at 1 % loss, from the published Erlang B tables: 5 slots 1.36, 10 slots 4.46, 50 slots 37.9.
    for slots, offered in ((5, "1.36"), (10, "4.46"), (50, "37.90")):
        assert float(refused_share(Fraction(offered), slots)) == pytest.approx(0.01, rel=0.01)
        assert slots_for(Fraction(offered) - Fraction("0.01"), 1) == slots
    assert slots_for(Fraction(300), 1) is None


@given(st.integers(1, 150), st.integers(1, 150))
def test_more_traffic_never_means_fewer_slots(one: int, other: int) -> None:
    fewer, more = (slots_for(Fraction(load), 1) for load in sorted((one, other)))
    assert fewer is not None
    assert more is not None
    assert fewer <= more


def test_throttles_beyond_the_formula_raise_the_max_concurrency(tmp_path: Path) -> None:
    calm = answered(folders.made_folder(tmp_path / "calm"))
    throttled = answered(folders.made_folder(tmp_path / "throttled", throttled_share=0.3))
    assert isinstance(calm.plan.computed, ServerlessScaling)
    assert isinstance(throttled.plan.computed, ServerlessScaling)
    assert throttled.plan.computed.max_concurrency > calm.plan.computed.max_concurrency
    assert "3 clients on a max concurrency of 2 were throttled 31.0 % of the time" in " ".join(
        throttled.plan.reasons
    )


def test_a_load_beyond_200_at_once_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match="more than the 200 that SageMaker"):
        answered(folders.made_folder(tmp_path), demand=Demand(4000, 0, 1, ()))


def test_provisioned_concurrency_is_planned_where_a_cold_start_breaks_the_slo_and_only_there(
    tmp_path: Path,
) -> None:
    folder = folders.made_folder(tmp_path, cold_ms=6000)
    assert computed(answered(folder)).provisioned is None
    assert computed(answered(folder, slo_ms=7000)).provisioned is None
    answer = answered(folder, slo_ms=300, demand=Demand(40, 25, 1, ()))
    provisioned = computed(answer).provisioned
    assert provisioned is not None
    service_ms, offered = answer.chosen.service_ms, answer.chosen.in_flight
    assert service_ms is not None
    assert offered is not None
    assert provisioned.min_capacity == provisioned.initial_concurrency == -(-25 * service_ms // 1000)
    assert provisioned.max_capacity == computed(answer).max_concurrency
    assert provisioned.utilization is not None
    assert provisioned.utilization.target_utilization == pytest.approx(
        float(offered) / provisioned.max_capacity, abs=0.01
    )
    assert "give the price of provisioned_2048_mb by --price" in " ".join(answer.plan.warnings)


def test_what_is_kept_warm_lowers_the_break_even_by_its_price(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    warm = Price("provisioned_2048_mb", "second", Decimal("0.00001"), "US", "2022", "a test")
    option = {"slo_ms": 300, "instances": (InstanceOption("ml.c5.large", 30),)}
    without = answered(folder, **option).alternatives[0].break_even_per_month
    answer = answered(folder, sheet=shipped_prices().under(PriceSheet({warm.item: warm})), **option)
    with_it, usd = answer.alternatives[0].break_even_per_month, answer.chosen.usd_per_invocation
    assert without is not None
    assert with_it is not None
    assert usd is not None
    assert without - with_it == Fraction("0.00001") * 730 * 3600 / usd


def computed(answer: ServerlessAnswer) -> ServerlessScaling:
    assert isinstance(answer.plan.computed, ServerlessScaling)
    return answer.plan.computed


def test_the_break_even_has_a_row_of_its_own_at_which_both_cost_the_same(tmp_path: Path) -> None:
    (found,) = answered(
        folders.recorded_folder(tmp_path), instances=(InstanceOption("ml.c5.large", 30),)
    ).alternatives
    assert found.instances == 2  # 40 TPS by 30
    assert [row.is_break_even for row in found.rows] == [False] * (len(found.rows) - 1) + [True]
    assert cents(found.rows[-1].serverless_usd) == cents(found.rows[-1].instance_usd) == Decimal("148.92")


def test_an_instance_that_cannot_carry_the_break_even_is_no_alternative(tmp_path: Path) -> None:
    folder = folders.recorded_folder(tmp_path)
    weak = InstanceOption("ml.t2.medium", 0.5)
    (found,) = answered(folder, demand=Demand(0.5, 0, 1, ()), instances=(weak,)).alternatives
    assert (found.break_even_per_month, found.rows) == (None, ())
    assert "carry at most 1,314,000" in found.said
    (unknown,) = answered(folder, instances=(InstanceOption("ml.t2.medium", None),)).alternatives
    assert unknown.break_even_per_month is None
    assert "no alternative until its capacity is known" in unknown.said


def test_a_missing_price_is_asked_for_and_never_assumed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"price of ml\.g5\.xlarge \(USD per hour\) is missing.*--price"):
        answered(folders.recorded_folder(tmp_path), instances=(InstanceOption("ml.g5.xlarge", 30),))


def test_the_size_of_a_request_is_asked_for_where_no_file_says_it(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    with pytest.raises(ValueError, match="give --request-bytes, the mean encoded length"):
        answered(folder, request_bytes=None)
    assert answered(folder).payload.response_bytes == 500  # as measured


def test_the_plan_is_one_that_a_file_can_hold_and_the_inputs_are_left_as_they_were(tmp_path: Path) -> None:
    results = read_results(folders.made_folder(tmp_path))
    before = results.metrics.copy()
    answer = plan_serverless(
        results, ServerlessRequest(DEMAND, request_bytes=1000, slo_ms=300), shipped_prices(), source="results"
    )
    assert CapacityPlan.from_json(answer.plan.to_json()) == answer.plan
    assert results.metrics.equals(before)
    assert answer.plan.evidence.start_utc == "2026-03-02T00:00:00Z"
