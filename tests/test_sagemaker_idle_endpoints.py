"""What is said of an endpoint, by its kind and by what CloudWatch holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from idle_bench import OLD_DAYS, TWO_WEEKS, IdleBench

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Activity, Criteria, EndpointKind, find_idle_endpoints

pytest_plugins = ["embedded_aws.fixture"]


@pytest.fixture
def bench(embedded_aws: EmbeddedAws) -> IdleBench:
    return IdleBench(embedded_aws)


def test_each_kind_without_calls_is_idle_and_known_for_its_kind(bench: IdleBench) -> None:
    kinds = {
        bench.real_time("real-time"): EndpointKind.REAL_TIME,
        bench.serverless("serverless"): EndpointKind.SERVERLESS,
        bench.asynchronous("asynchronous"): EndpointKind.ASYNCHRONOUS,
        bench.of_components("components"): EndpointKind.INFERENCE_COMPONENTS,
    }
    endpoints = bench.look().endpoints
    assert {each.name: each.kind for each in endpoints} == kinds
    assert {each.activity for each in endpoints} == {Activity.IDLE_NO_DATA}


def test_a_call_to_any_variant_makes_an_endpoint_busy_and_needs_no_description(bench: IdleBench) -> None:
    bench.real_time("pair", "a", "b")
    bench.called("pair", 0, variant="a")
    bench.called("pair", 3, variant="b")
    report = bench.look()
    (pair,) = report.endpoints
    assert (pair.activity, pair.reason) == (Activity.BUSY, "called: b")
    assert {each.name: each.invocations for each in pair.variants} == {"a": 0, "b": 3}
    assert "DescribeEndpoint" not in report.api_calls


def test_zeros_and_no_data_are_told_apart(bench: IdleBench) -> None:
    bench.real_time("silent")
    bench.real_time("zeros")
    bench.called("zeros", 0)
    silent, zeros = bench.look().endpoints
    assert (silent.activity, zeros.activity) == (Activity.IDLE_NO_DATA, Activity.IDLE_ZEROS)
    assert zeros.reason.startswith("no call: every data point is 0; no call since ")


def test_calls_outside_the_window_do_not_count_and_are_remembered(bench: IdleBench) -> None:
    bench.real_time("late")
    bench.called("late", 7, days_ago=40)
    late = bench.only()
    assert late.activity is Activity.IDLE_NO_DATA
    assert late.idleness is not None
    assert late.idleness.last_called == (bench.now - timedelta(days=40)).date()
    assert bench.only(replace(TWO_WEEKS, lookback=timedelta(days=63))).activity is Activity.BUSY


def test_memory_does_not_reach_back_before_an_endpoint_was_made(bench: IdleBench) -> None:
    bench.real_time("recent", days_old=30)
    bench.real_time("ancient")
    ancient, recent = bench.look().endpoints
    assert recent.idleness is not None
    assert ancient.idleness is not None
    assert recent.idleness.remembered_from == (bench.now - timedelta(days=30)).date()
    assert (bench.now - timedelta(days=OLD_DAYS)).date() < ancient.idleness.remembered_from


def test_the_window_moves_with_now(bench: IdleBench) -> None:
    bench.real_time("e")
    bench.called("e", days_ago=14.5)
    window = Criteria(lookback=timedelta(days=15))
    assert bench.look(window).endpoints[0].activity is Activity.BUSY
    two_days_on = replace(window, lookback=timedelta(days=13))
    assert bench.look(two_days_on).endpoints[0].activity is Activity.IDLE_NO_DATA


@pytest.mark.parametrize(("ignored", "activity"), [(287, Activity.BUSY), (288, Activity.IDLE_ZEROS)])
def test_health_checks_of_each_day_can_be_ignored(bench: IdleBench, ignored: int, activity: Activity) -> None:
    bench.real_time("checked")
    for day in range(1, 6):
        bench.called("checked", 288, days_ago=day)
    checked = bench.only(replace(TWO_WEEKS, ignored_calls_per_day=ignored))
    assert checked.activity is activity
    if checked.activity.is_idle:
        assert checked.reason.startswith("only 1440 calls, few enough to be ignored")


def test_what_is_ignored_is_an_endpoints_day_not_a_variants(bench: IdleBench) -> None:
    bench.real_time("pair", "a", "b")
    midnight = bench.now.replace(hour=0, minute=0, second=0)
    for variant in ("a", "b"):
        bench.called("pair", 60, variant=variant, at=midnight, days_ago=2)
    assert bench.only(replace(TWO_WEEKS, ignored_calls_per_day=100)).activity is Activity.BUSY
    assert bench.only(replace(TWO_WEEKS, ignored_calls_per_day=120)).activity is Activity.IDLE_ZEROS


def test_an_asynchronous_endpoint_is_judged_by_what_it_processed_and_what_waits(bench: IdleBench) -> None:
    for name in ("idle", "processes", "waits"):
        bench.asynchronous(name)
    bench.measured("InvocationsProcessed", 2, EndpointName="processes", VariantName="main")
    bench.measured("ApproximateBacklogSize", 1, EndpointName="waits")
    bench.measured("ApproximateBacklogSize", 0, EndpointName="idle")
    idle, processes, waits = bench.look().endpoints
    assert (processes.activity, processes.reason) == (Activity.BUSY, "called: main")
    assert (waits.activity, waits.reason) == (Activity.BUSY, "called: queue")
    assert idle.activity is Activity.IDLE_ZEROS


def test_a_host_is_idle_only_if_all_its_components_are(bench: IdleBench, monkeypatch: pytest.MonkeyPatch) -> None:
    from embedded_aws import inference_components  # noqa: PLC0415

    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=OLD_DAYS)
    monkeypatch.setattr(inference_components, "utcnow", lambda: long_ago)
    bench.of_components("idle-host", "c1", "c2")
    bench.of_components("busy-host", "c3", "c4")
    bench.measured("Invocations", 5, InferenceComponentName="c4")
    busy, idle = bench.look().endpoints
    assert (busy.activity, busy.reason) == (Activity.BUSY, "called: c4")
    assert [each.activity for each in busy.components] == [Activity.IDLE_NO_DATA, Activity.BUSY]
    assert idle.activity is Activity.IDLE_NO_DATA
    assert {each.name for each in idle.components} == {"c1", "c2"}


def test_a_component_created_in_the_window_keeps_its_host_from_being_idle(bench: IdleBench) -> None:
    bench.of_components("host", "new")
    host = bench.only()
    assert (host.activity, host.reason) == (
        Activity.TOO_YOUNG,
        "inference component created in the window: new",
    )


def test_enhanced_metrics_of_instances_count_nothing_twice(bench: IdleBench) -> None:
    bench.real_time("e")
    bench.called("e", 10)
    bench.measured("Invocations", 10, EndpointName="e", VariantName="main", InstanceId="i-1")
    assert [each.invocations for each in bench.only().variants] == [10]


def test_shadow_traffic_is_no_call_and_the_shadow_costs_as_much(bench: IdleBench) -> None:
    def variant(name: str) -> dict[str, object]:
        return {"VariantName": name, "ModelName": "model", "InstanceType": "ml.c5.large", "InitialInstanceCount": 1}

    bench.make("shadowed", [variant("main")], config={"ShadowProductionVariants": [variant("shadow")]})
    bench.real_time("alone")
    bench.called("shadowed", 60, at=bench.now.replace(hour=0), days_ago=2)
    bench.called("shadowed", 60, variant="shadow", at=bench.now.replace(hour=0), days_ago=2)
    alone, shadowed = bench.look(replace(TWO_WEEKS, ignored_calls_per_day=100)).endpoints
    assert alone.idleness is not None
    assert shadowed.idleness is not None
    assert alone.idleness.cost.usd_per_month is not None
    assert shadowed.idleness.cost.usd_per_month == 2 * alone.idleness.cost.usd_per_month


def test_what_is_young_is_not_looked_at(bench: IdleBench) -> None:
    bench.real_time("young", days_old=3)
    report = bench.look()
    assert report.endpoints[0].activity is Activity.TOO_YOUNG
    assert report.api_calls == {"ListEndpoints": 1}


@pytest.mark.parametrize(
    ("status", "activity"),
    [
        ("Creating", Activity.UPDATING),
        ("Updating", Activity.UPDATING),
        ("SystemUpdating", Activity.UPDATING),
        ("RollingBack", Activity.UPDATING),
        ("Deleting", Activity.UPDATING),
        ("Failed", Activity.FAILED),
        ("OutOfService", Activity.FAILED),
        ("UpdateRollbackFailed", Activity.FAILED),
    ],
)
def test_what_is_not_in_service_is_told_with_its_status(
    bench: IdleBench, monkeypatch: pytest.MonkeyPatch, status: str, activity: Activity
) -> None:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    bench.real_time("e")
    endpoint = sagemaker_backends["123456789012"]["us-east-1"].endpoints["e"]
    monkeypatch.setattr(endpoint, "endpoint_status", status)
    found = bench.only()
    assert (found.activity, found.reason, found.status) == (activity, f"endpoint is {status}", status)


def test_every_status_of_sagemaker_is_judged(bench: IdleBench) -> None:
    from sagemaker_idle_endpoints._activity import judge_status  # noqa: PLC0415

    shape = bench.sagemaker.meta.service_model.shape_for("EndpointStatus")
    served = {status for status in shape.enum if judge_status(status) is None}
    assert served == {"InService"}


def test_a_tag_exempts_an_endpoint_and_its_key_can_be_another(bench: IdleBench) -> None:
    bench.real_time("kept", tags={"idle-endpoints": "keep"})
    bench.real_time("ours", tags={"owner:idle": "keep"})
    kept, ours = bench.look().endpoints
    assert (kept.activity, ours.activity) == (Activity.EXEMPT, Activity.IDLE_NO_DATA)
    kept, ours = bench.look(replace(TWO_WEEKS, tag="owner:idle")).endpoints
    assert (kept.activity, ours.activity) == (Activity.IDLE_NO_DATA, Activity.EXEMPT)


def test_without_tags_nothing_is_asked_and_nothing_exempt(bench: IdleBench) -> None:
    bench.real_time("kept", tags={"idle-endpoints": "keep"})
    report = bench.look(replace(TWO_WEEKS, reads_tags=False))
    assert report.endpoints[0].activity is Activity.IDLE_NO_DATA
    assert "ListTags" not in report.api_calls


@pytest.mark.parametrize("days", [0, 64])
def test_a_window_out_of_range_is_refused(bench: IdleBench, days: int) -> None:
    with pytest.raises(ValueError, match="lookback must be 1 to 63 days"):
        bench.look(Criteria(lookback=timedelta(days=days)))


def test_a_time_without_a_zone_and_calls_below_zero_are_refused(bench: IdleBench) -> None:
    with pytest.raises(ValueError, match="must carry a time zone"):
        find_idle_endpoints(bench.sagemaker, bench.cloudwatch, now=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="ignored_calls_per_day must be at least 0 and finite, got -1"):
        Criteria(ignored_calls_per_day=-1)
