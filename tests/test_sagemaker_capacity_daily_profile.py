"""A day from a CSV file becomes scheduled capacity, early enough for instances to start."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_capacity._cli import cli
from sagemaker_capacity.planning._daily_profile import read_daily_profile
from sagemaker_capacity_plan import CapacityPlan, ScheduledDemand

BENCHMARK = Path(__file__).parents[1] / "plans/xgboost/benchmark.csv"
ZONE = "Europe/Berlin"
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def read(folder: Path, text: str, start_up_seconds: int | None = None) -> tuple[ScheduledDemand, ...]:
    path = folder / "day.csv"
    path.write_text(text)
    return read_daily_profile(path, ZONE, start_up_seconds)


def test_a_rise_comes_before_its_time_and_a_fall_at_it(tmp_path: Path) -> None:
    found = read(tmp_path, "time,tps\n09:00,300\n19:00,70\n", 420)
    assert found == (
        ScheduledDemand("Daily0900", "cron(53 8 ? * * *)", ZONE, 300),
        ScheduledDemand("Daily1900", "cron(0 19 ? * * *)", ZONE, 70),
    )
    assert read(tmp_path, "time,tps\n09:00,300\n19:00,70\n")[0].schedule == "cron(55 8 ? * * *)"


def test_a_rise_just_after_midnight_begins_the_day_before(tmp_path: Path) -> None:
    found = read(tmp_path, "time,tps,days\n00:02,300,MON-FRI\n12:00,70,MON-FRI\n")
    assert found[0] == ScheduledDemand(
        "Daily0002MonTueWedThuFri", "cron(57 23 ? * SUN,MON,TUE,WED,THU *)", ZONE, 300
    )


def test_rows_that_change_nothing_are_left_out_and_days_alike_go_together(tmp_path: Path) -> None:
    found = read(tmp_path, "time,tps,days\n08:00,100,\n10:00,100,\n20:00,10,MON-FRI\n21:00,10,\n")
    assert [(each.name, each.schedule, each.tps) for each in found] == [
        ("Daily0800", "cron(55 7 ? * * *)", 100),
        ("Daily2000MonTueWedThuFri", "cron(0 20 ? * MON,TUE,WED,THU,FRI *)", 10),
        ("Daily2100SatSun", "cron(0 21 ? * SAT,SUN *)", 10),
    ]


def test_a_day_of_one_rate_is_one_schedule(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "time,tps\n06:00,50\n18:00,50\n")
    assert found.tps == 50


@given(
    st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 9), st.sets(st.sampled_from(DAYS), min_size=1)),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0],
    ),
    st.none() | st.integers(1, 7200),
)
@settings(deadline=None)
def test_each_rate_is_in_force_at_its_time(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, set[str]]], start_up_seconds: int | None
) -> None:
    lines = [f'{at // 60}:{at % 60:02},{tps},"{",".join(sorted(days))}"' for at, tps, days in rows]
    found = read(tmp_path_factory.getbasetemp(), "\n".join(["time,tps,days", *lines]), start_up_seconds)
    assert len({each.name for each in found}) == len(found)
    moments = sorted((DAYS.index(day) * 1440 + at, tps) for at, tps, days in rows for day in days)
    acts = []
    for each in found:
        minute, hour, _, _, on, _ = each.schedule[5:-1].split()
        days = DAYS if on == "*" else on.split(",")
        acts += [(DAYS.index(day) * 1440 + 60 * int(hour) + int(minute), each.tps) for day in days]
    before = moments[-1][1]
    changes = 0
    for _, tps in moments:
        changes += tps != before
        before = tps
    assert len(acts) == (changes or 1)
    lead = -(-(start_up_seconds or 300) // 60)
    for at, tps in moments:
        assert any(tps == rate and (at - begins) % 10080 in range(10080) for begins, rate in acts)
    rises = [
        (at, tps)
        for (at, tps), (_, earlier) in zip(moments, [moments[-1], *moments[:-1]], strict=True)
        if tps > earlier
    ]
    for at, tps in rises:
        assert ((at - lead) % 10080, tps) in acts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its columns are to be time, tps"),
        ("time,tps\n", "it has no rows"),
        ("hour,tps\n9,3\n", "got hour, tps"),
        ("time,tps\n9,3\n", "line 2: time is to be like 09:00, got '9'"),
        ("time,tps\n24:00,3\n", "got '24:00'"),
        ("time,tps\n09:00,-3\n", "line 2: tps is to be a number above 0, got '-3'"),
        ("time,tps\n09:00,nan\n", "got 'nan'"),
        (
            "time,tps,days\n09:00,3,Monday\n",
            "line 2: days are to be like MON-FRI or SAT,SUN (quoted), got 'Monday'",
        ),
        ("time,tps,days\n09:00,3,MON-FRI\n09:00,4,FRI\n", "09:00 stands there twice for a day"),
    ],
)
def test_what_is_no_profile_says_all_that_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"day\.csv is no daily profile") as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read the daily profile .*none\.csv"):
        read_daily_profile(tmp_path / "none.csv", ZONE, None)


def test_the_command_takes_peak_and_minimum_from_the_day_and_its_renewal_needs_no_file(tmp_path: Path) -> None:
    day, out = tmp_path / "day.csv", tmp_path / "plan.json"
    day.write_text("time,tps\n09:00,300\n19:00,70\n")
    words = ["plan", str(BENCHMARK), "--instance-type", "ml.c5.large", "--daily-profile", str(day)]
    result = CliRunner().invoke(cli, [*words, "--timezone", ZONE, "--out", str(out), "--no-picture"])
    assert result.exit_code == 0, result.output
    plan = CapacityPlan.read(out)
    assert (plan.demand.peak_tps, plan.demand.min_tps) == (300, 70)
    assert [action.min_capacity for action in plan.scaling.scheduled] == [4, 1]
    day.unlink()
    checked = CliRunner().invoke(cli, ["plan", "--check", str(out)])
    assert checked.exit_code == 0, checked.output


def test_a_time_zone_without_a_day_is_refused() -> None:
    words = ["plan", str(BENCHMARK), "--instance-type", "ml.c5.large", "--peak-tps", "9", "--min-tps", "1"]
    result = CliRunner().invoke(cli, [*words, "--timezone", ZONE])
    assert result.exit_code == 2
    assert "--timezone Europe/Berlin is of a daily profile" in result.stderr
