"""What a dashboard shows of endpoints of every kind, read back from one template as a person reads it."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from boards import DASHBOARD, HOST, LEFT_OUT, LINES, Board, boards_in, fill, lines_of, number, queried, read
from stack_bench import StackBench

from cdk_sagemaker_scaling import _metrics
from sagemaker_capacity_plan import CapacityPlan, Expression, Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack
    from conftest import Synthesised

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Made = tuple[dict[str, Board], "Synthesised"]


@pytest.fixture(scope="module")
def synthesised(synthesise: Callable[[Callable[[Stack], object]], Synthesised], shipped_plan: CapacityPlan) -> Made:
    boards: dict[str, Board] = {}

    def make(stack: Stack) -> None:
        boards.update(boards_in(stack, shipped_plan))
        fill(stack, boards)

    return boards, synthesise(make)


@pytest.fixture(scope="module")
def boards(synthesised: Made) -> dict[str, Board]:
    return read(*synthesised)


def test_every_metric_is_published_for_its_kind_under_these_dimensions(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for name, title, graph in board.graphs():
            for (namespace, metric, *words), options in queried(graph) if "Policy" not in title else ():
                dimensions = dict(zip(words[::2], words[1::2], strict=True))
                grey = options.get("color") == "#c7c7c7"
                found = [
                    (measured, published)
                    for section, measured in board.measured.items()
                    if (published := _metrics.published(measured.kind, namespace, metric))
                    and measured.dimensions(published) == dimensions
                    and (section == name or grey or "visible" in options)
                ]
                assert len({published for _, published in found}) == 1, (name, title, metric, dimensions)
                ((_, published), *_) = found
                counts = published in {_metrics.CPU_UTILIZATION, _metrics.COMPONENT_CPU_UTILIZATION}
                percentile = published.unit in {"Microseconds", "Milliseconds"}
                assert published.allows(options["stat"]) or (counts and options["stat"] == "SampleCount")
                assert not options["stat"].startswith("p") or percentile


def test_a_section_shows_all_that_its_kind_publishes_and_leaves_out_what_is_named(boards: dict[str, Board]) -> None:
    shown: dict[_metrics.Kind, set[str]] = {}
    for board in boards.values():
        for name, title, graph in board.graphs():
            if "Policy" not in title:
                kind = board.measured[name].kind
                shown.setdefault(kind, set()).update(row[1] for row, _ in queried(graph))
    for kind, left_out in LEFT_OUT.items():
        published = {metric.name for metric in kind.metrics}
        rest = {name for name in published - shown[kind] if not re.fullmatch(left_out, name)}
        assert not rest, kind.name


def test_every_line_is_a_number_of_the_plan_in_the_graph_that_it_belongs_to(boards: dict[str, Board]) -> None:
    drawn: Counter[str] = Counter()
    for board in boards.values():
        for name, title, graph in board.graphs():
            if title.startswith("Policy"):
                continue
            places = LINES[board.measured[name].kind].get(title, []) if name in board.plans else []
            numbers = [number(board.plans[name], place) for place in places]
            assert lines_of(graph) == [value for value in numbers if value is not None], (name, title)
            drawn.update(title for value in numbers if value is not None)
    assert set(drawn) == {title for of_kind in LINES.values() for title in of_kind}


def test_without_a_plan_nothing_is_drawn_and_no_core_is_counted(boards: dict[str, Board]) -> None:
    for name in ("BareRealTime0", "BareAsynchronous0", "BareServerless0", "BareComponents"):
        assert boards[name].widgets
        assert "annotations" not in json.dumps(boards[name].widgets)
        assert "cost" not in json.dumps(boards[name].widgets)
    graph = boards["BareRealTime0"].graph("Blue", "Utilisation, percent")
    assert graph["metrics"][0][-1]["label"] == "CPU, summed over cores"
    assert "max" not in graph["yAxis"]["left"]


def test_cpu_is_of_each_of_the_plans_cores(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for name, plan in board.plans.items():
            if hasattr(board.measured[name], "instance_type"):
                cpu, per_core = board.graph(name, "Utilisation, percent")["metrics"][:2]
                assert (cpu[1], cpu[-1]["visible"]) == ("CPUUtilization", False)
                assert per_core[0]["expression"] == f"{cpu[-1]['id']} / {plan.instance.vcpus}"


@pytest.mark.parametrize(
    ("board", "name", "title", "publish_seconds"),
    [
        ("RealTime0", "Blue", "Instances in service", 10),
        ("RealTime1", "Green", "Instances in service", 60),
        ("RealTime2", "Blue", "Instances in service", 300),
        ("Components", HOST, "Instances in service", 30),
        ("Components", "C0", "Copies in service", 30),
    ],
)
def test_three_instances_count_as_three_however_often_they_report(
    boards: dict[str, Board], board: str, name: str, title: str, publish_seconds: int
) -> None:
    rows = boards[board].graph(name, title)["metrics"]
    samples = rows[0][-1]
    assert samples["stat"] == "SampleCount"
    reports = 3 * samples.get("period", 60) // publish_seconds
    expression = rows[-1][0]["expression"] if len(rows) > 1 else samples.get("id", "samples0")
    assert eval(expression, {"samples0": reports}) == 3  # noqa: S307 - arithmetic


def test_utilisation_is_read_as_often_as_it_is_published_and_the_rest_by_the_minute(
    boards: dict[str, Board],
) -> None:
    for board in (boards[f"RealTime{n}"] for n in range(3)):
        for name, title, graph in board.graphs():
            seconds = max(60, board.measured[name].publish_seconds)
            assert graph["period"] == 60
            for row in graph["metrics"] if "Policy" not in title else ():
                reported = title.startswith(("Utilisation", "Instances", "GPUs", "Estimated"))
                assert row[-1].get("period", 60) == (seconds if reported else 60), (title, row)


def test_instances_cost_what_the_plan_says_and_nothing_where_it_does_not_know(boards: dict[str, Board]) -> None:
    priced = set()
    for board in boards.values():
        for name, plan in board.plans.items():
            price = number(plan, "instance.price_usd_per_hour")
            titles = [title for _, title, _ in board.graphs(name)]
            has_instances = hasattr(board.measured[name], "instance_type")
            given = board.options.get("prices_usd_per_hour", {}).get(name, price)
            assert ("Estimated cost, USD an hour" in titles) == (has_instances and given is not None)
            if has_instances and given is not None:
                cost = board.graph(name, "Estimated cost, USD an hour")["metrics"][-1][0]["expression"]
                assert float(cost.rpartition(" * ")[2]) == pytest.approx(given, rel=1e-9)
            priced.add(given is not None)
    assert priced == {True, False}


def test_expressions_use_queries_of_their_own_graph_and_no_curve_is_unseen(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for _, title, graph in board.graphs():
            rows = [row[-1] for row in graph["metrics"]]
            ids = [row["id"] for row in rows if "id" in row]
            assert len(set(ids)) == len(ids), title
            used = {
                word
                for row in rows
                if "expression" in row
                for word in Expression("x", row["expression"]).references
            }
            assert used == {row["id"] for row in rows if row.get("visible") is False}
            assert all("label" in row for row in rows if "visible" not in row)


def test_a_policy_on_a_metric_of_its_own_has_a_graph_with_its_target_or_threshold(boards: dict[str, Board]) -> None:
    seen: Counter[str] = Counter()
    for board in boards.values():
        for name, plan in board.plans.items():
            tracking = getattr(plan.scaling, "metric_tracking", ())
            steps = getattr(plan.scaling, "step_scaling", ())
            for policy in (*tracking, *steps):
                (graph,) = (g for _, title, g in board.graphs(name) if title.startswith(f"Policy {policy.name}: "))
                own = [row for row in graph["metrics"] if row[-1].get("color") is None]
                known = own if board.options else graph["metrics"]
                shown = [(row[0], row[1], row[-1]["stat"]) for row in known if len(row) > 1]
                asked = [(q.namespace, q.name, q.statistic) for q in policy.queries if isinstance(q, Metric)]
                assert shown[: len(asked)] == asked
                assert lines_of(graph) == [getattr(policy, "target_value", None) or policy.threshold]
                periods = {row[-1].get("period", 60) for row in own if len(row) > 1}
                assert not hasattr(policy, "period_seconds") or periods <= {policy.period_seconds}
                seen[type(policy).__name__] += 1
    assert set(seen) == {"MetricTarget", "StepScaling"}


def test_no_graph_changes_its_period_with_the_time_range_since_lines_are_drawn_for_it(
    boards: dict[str, Board],
) -> None:
    assert {board.body["periodOverride"] for board in boards.values()} == {"inherit"}


def test_widgets_fill_the_width_without_overlap(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for a, b in combinations(board.widgets, 2):
            beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
            assert beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
        assert all(widget["x"] >= 0 and widget["x"] + widget["width"] <= 24 for widget in board.widgets)
        tops = {widget["y"] for widget in board.widgets}
        assert min(tops) == 0
        assert tops == {0} | {widget["y"] + widget["height"] for widget in board.widgets} - {
            max(widget["y"] + widget["height"] for widget in board.widgets)
        }


def test_two_variants_beside_each_other_are_equal_but_for_the_variant(boards: dict[str, Board]) -> None:
    rows: dict[int, list[dict[str, Any]]] = {}
    for widget in boards["Pair"].widgets[1:-1]:
        rows.setdefault(widget["y"], []).append(widget)
    assert len(rows) == len([*boards["Shipped"].graphs()]) + (
        "Estimated cost" not in json.dumps(boards["Shipped"].widgets)
    )
    for left, right in rows.values():
        assert (left["x"], right["x"], left["width"], right["width"]) == (0, 12, 12, 12)
        swapped = re.sub("Blue|Green", lambda found: "Green" if found[0] == "Blue" else "Blue", json.dumps(left))
        assert json.loads(swapped) == {**right, "x": 0}
        of_left, of_both = (row[-1] for row in left["properties"]["metrics"]), left["properties"]["metrics"]
        grey = [options for options in of_left if options.get("color") == "#c7c7c7"]
        assert 2 * len(grey) == len([row for row in of_both if "visible" not in row[-1]])


def test_states_of_alarms_are_at_the_top_and_what_scaling_did_is_at_the_bottom(
    boards: dict[str, Board], synthesised: Made
) -> None:
    first, *_, last = boards["Pair"].widgets
    (alarm,) = synthesised[1].of_type("AWS::CloudWatch::Alarm")
    assert (first["type"], first["y"]) == ("alarm", 0)
    assert [arn.rpartition(":alarm:")[2] for arn in first["properties"]["alarms"]] == [alarm]
    (log,) = synthesised[1].of_type("AWS::Logs::LogGroup")
    assert last["type"] == "log"
    query = last["properties"]["query"]
    assert query.startswith(f"SOURCE '{log}' | fields @timestamp, ")
    assert 'detail.EndpointName = "the-Two"' in query
    assert '"endpoint/the-Two/variant/Blue", "endpoint/the-Two/variant/Green"' in query


def test_a_person_reads_the_shipped_plan_on_its_dashboard(
    boards: dict[str, Board], shipped_plan: CapacityPlan
) -> None:
    read = {
        title: ", ".join(row[-1]["label"] for row in graph["metrics"] if "visible" not in row[-1])
        for _, title, graph in boards["Shipped"].graphs()
    }
    statistics = dict.fromkeys(["p50", "p90", "p99", shipped_plan.saturation.slo_statistic])
    expected = {
        "Invocations a minute": "invocations",
        "Invocations per instance and minute": "invocations",
        "Concurrent requests per model, at most": "requests",
        "Failed requests, percent": "failed",
        "Failed requests a minute": "4xx, 5xx, model error",
        "Latency, ms": ", ".join([*(f"model {each}" for each in statistics), "overhead p99"]),
        "Utilisation, percent": "CPU of each core, memory, disk",
        "Instances in service": "instances",
    }
    assert {title: read[title] for title in expected} == expected
    others = set(read) - set(expected) - {"Estimated cost, USD an hour"}
    assert {title.split(":")[0] for title in others} == {
        f"Policy {p.name}" for p in (*shipped_plan.scaling.metric_tracking, *shipped_plan.scaling.step_scaling)
    }
    labels = [
        line["label"]
        for lines in boards["Shipped"].graph(HOST, "Invocations per instance and minute")["annotations"][
            "horizontal"
        ]
        for line in (lines if isinstance(lines, list) else [lines])
    ]
    assert labels == ["lower limit", "upper limit", "target", "measured maximum", "highest within the SLO"]


def test_cloudformation_makes_every_dashboard(synthesised: Made, embedded_aws: EmbeddedAws) -> None:
    resources = {
        logical_id: resource
        for logical_id, resource in synthesised[1].template["Resources"].items()
        if "SageMaker" not in resource["Type"] and "IAM" not in resource["Type"]
    }
    bench = StackBench(embedded_aws, "boards")
    assert bench.deploy(resources) == "CREATE_COMPLETE", bench.reasons
    names = [bench.physical_ids[logical_id] for logical_id in synthesised[1].of_type(DASHBOARD)]
    cloudwatch = embedded_aws.client("cloudwatch")
    for name in names:
        body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        assert {widget["properties"].get("region", "us-east-1") for widget in body["widgets"]} == {"us-east-1"}
