"""A plan's maximum against the quotas of an account, as Service Quotas tells them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner, Result

from sagemaker_capacity._cli import cli
from sagemaker_capacity.planning._account import AccountAnswer, compare_with_quotas
from sagemaker_capacity_plan import CapacityPlan, Override, ProvisionedConcurrency, ScheduledCapacity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sagemaker_capacity_plan import Scaling

Api = Any  # a client, which boto3 makes at run time
ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "plans/xgboost/plan.json"
PLAN: CapacityPlan = CapacityPlan.read(SHIPPED)  # 8 x ml.c5.large at most
SERVERLESS: CapacityPlan = CapacityPlan.read(ROOT / "examples/serverless_from_plan/plan.json")
COMPONENT: CapacityPlan = CapacityPlan.read(ROOT / "examples/inference_components_from_plan/plan.json")
ASYNCHRONOUS: CapacityPlan = CapacityPlan.read(ROOT / "examples/asynchronous_from_plan/plan.json")
OF_A_TYPE = "ml.c5.large for endpoint usage"
ALL_TYPES = "Number of instances across active endpoints"
CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
PROVISIONED = "Maximum provisioned concurrency that can be allocated across all serverless endpoints"
NOISE = {
    "ml.c5.large for training job usage": 1,
    "ml.c5.xlarge for endpoint usage": 1,
    "ml2c5.large for endpoint usage": 1,
}


def told(name: str, value: float, *, adjustable: bool = True) -> dict[str, Any]:
    """A quota as the service lists it; its code is made of the name, as far as a code goes."""
    return {
        "ServiceCode": "sagemaker",
        "QuotaName": name,
        "QuotaCode": f"L-{sum(map(ord, name)):08X}",
        "Value": value,
        "Adjustable": adjustable,
    }


def client_of() -> Api:
    return boto3.client("service-quotas", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106


def answer(
    plan: CapacityPlan,
    applied: Sequence[dict[str, float]],
    defaults: Sequence[dict[str, float]] = (),
    *,
    blue_green: bool = True,
    adjustable: bool = True,
) -> AccountAnswer:
    """What is said where Service Quotas answers with these pages, each of which must be asked for."""
    client = client_of()
    with Stubber(client) as stub:
        for call, pages in (("list_service_quotas", applied), ("list_aws_default_service_quotas", defaults)):
            for number, page in enumerate(pages):
                asked = {"ServiceCode": "sagemaker"} | ({"NextToken": f"page {number}"} if number else {})
                more = {"NextToken": f"page {number + 1}"} if number + 1 < len(pages) else {}
                quotas = [told(name, value, adjustable=adjustable) for name, value in page.items()]
                stub.add_response(call, {"Quotas": quotas} | more, asked)
        found = compare_with_quotas(plan, client, blue_green=blue_green)
        stub.assert_no_pending_responses()
    return found


def most_of(plan: CapacityPlan) -> int:
    return plan.scaling.max_capacity


def test_a_quota_for_two_fleets_is_enough() -> None:
    enough = 2 * most_of(PLAN)
    found = answer(PLAN, [{OF_A_TYPE: enough, ALL_TYPES: enough}])
    assert found.faults == ()
    assert f"{OF_A_TYPE} (L-" in found.notes[0]
    assert "shared with every other endpoint" in found.notes[0]


def test_a_quota_below_the_maximum_is_a_fault_with_the_command_that_raises_it() -> None:
    most = most_of(PLAN)
    (fault,) = answer(PLAN, [NOISE | {OF_A_TYPE: most - 1, ALL_TYPES: 2 * most}]).faults
    said, command = fault.split(":\n  ")
    assert f"the plan may ask for {most} x ml.c5.large" in said
    assert f"is {most - 1} in eu-west-1, as applied to the account" in said
    words = shlex.split(command)
    assert words[:3] == ["aws", "service-quotas", "request-service-quota-increase"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options == {
        "--service-code": "sagemaker",
        "--quota-code": told(OF_A_TYPE, 0)["QuotaCode"],
        "--desired-value": str(2 * most),
        "--region": "eu-west-1",
    }
    request = client_of().meta.service_model.operation_model("RequestServiceQuotaIncrease")
    assert set(request.input_shape.required_members) == {"ServiceCode", "QuotaCode", "DesiredValue"}


def test_an_update_by_blue_green_needs_twice_the_maximum_and_a_rolling_one_does_not() -> None:
    most = most_of(PLAN)
    quotas = [{OF_A_TYPE: 2 * most - 1, ALL_TYPES: 2 * most}]
    (fault,) = answer(PLAN, quotas).faults
    assert f"an update by blue/green at {most} x ml.c5.large runs two fleets, {2 * most} together" in fault
    assert answer(PLAN, quotas, blue_green=False).faults == ()


def test_the_quota_of_all_types_counts_too() -> None:
    most = most_of(PLAN)
    (fault,) = answer(PLAN, [{OF_A_TYPE: 2 * most, ALL_TYPES: 4}]).faults
    assert f"{ALL_TYPES} (L-" in fault


def test_pages_are_followed_to_the_last_quota_that_counts() -> None:
    assert answer(PLAN, [{OF_A_TYPE: 99}, NOISE, {ALL_TYPES: 99}]).faults == ()


def test_no_page_is_asked_for_once_all_is_known() -> None:
    client = client_of()
    with Stubber(client) as stub:
        page = {"Quotas": [told(OF_A_TYPE, 99), told(ALL_TYPES, 99)], "NextToken": "more"}
        stub.add_response("list_service_quotas", page, {"ServiceCode": "sagemaker"})
        assert compare_with_quotas(PLAN, client).faults == ()


def test_a_default_stands_where_no_quota_is_applied_and_an_applied_one_goes_before_it() -> None:
    found = answer(PLAN, [{OF_A_TYPE: 99}], [{OF_A_TYPE: 0, ALL_TYPES: 4}])
    (fault,) = found.faults
    assert f"{ALL_TYPES} (L-" in fault
    assert "AWS's default" in fault


def test_a_quota_that_is_not_listed_is_told_and_no_fault() -> None:
    found = answer(PLAN, [{ALL_TYPES: 99}], [NOISE])
    assert found.faults == ()
    assert f"lists no quota {OF_A_TYPE!r} in eu-west-1" in found.notes[0]


def test_a_quota_that_aws_does_not_raise_leaves_the_plan_to_be_lowered() -> None:
    (fault, _) = answer(PLAN, [{OF_A_TYPE: 1, ALL_TYPES: 1}], adjustable=False).faults
    assert "AWS does not raise this quota: lower the plan's maximum by an override." in fault
    assert "request-service-quota-increase" not in fault


def test_what_a_person_overrode_and_what_the_clock_raises_counts() -> None:
    raised = replace(PLAN, overrides=(Override("max_capacity", 20, "launch"),))
    quotas = [{OF_A_TYPE: 2 * most_of(PLAN), ALL_TYPES: 99}]
    assert "may ask for 20 x ml.c5.large" in answer(raised, quotas).faults[0]
    sale = ScheduledCapacity("Sale", "at(2026-11-27T00:00:00)", "Etc/UTC", max_capacity=30)
    scaling: Scaling = replace(PLAN.computed, scheduled=(sale,))
    assert "may ask for 30 x ml.c5.large" in answer(replace(PLAN, computed=scaling), quotas).faults[0]


def test_an_asynchronous_plan_runs_on_instances_too() -> None:
    assert ASYNCHRONOUS.instance is not None
    name = f"{ASYNCHRONOUS.instance.type} for endpoint usage"
    (fault,) = answer(ASYNCHRONOUS, [{name: 0, ALL_TYPES: 999}]).faults
    assert f"{most_of(ASYNCHRONOUS)} x {ASYNCHRONOUS.instance.type}" in fault


def test_serverless_concurrency_counts_against_that_of_all_serverless_endpoints() -> None:
    scaling = SERVERLESS.scaling
    concurrency = scaling.max_concurrency
    bare: Scaling = replace(scaling, provisioned=None)
    plan = replace(SERVERLESS, computed=bare, overrides=())
    assert answer(plan, [{CONCURRENCY: concurrency}]).faults == ()
    (fault,) = answer(plan, [{CONCURRENCY: concurrency - 1}]).faults
    assert f"a concurrency of {concurrency}" in fault
    warm = ProvisionedConcurrency(initial_concurrency=1, min_capacity=1, max_capacity=concurrency)
    kept: Scaling = replace(scaling, provisioned=warm)
    plan = replace(SERVERLESS, computed=kept, overrides=())
    (fault,) = answer(plan, [{CONCURRENCY: concurrency, PROVISIONED: 0}]).faults
    assert f"a provisioned concurrency of {concurrency}" in fault


def test_copies_ask_nothing_of_service_quotas() -> None:
    found = answer(COMPONENT, ())
    assert found.faults == ()
    assert "check its quotas" in found.notes[0]


def test_a_denied_call_is_no_answer() -> None:
    client = client_of()
    with Stubber(client) as stub:
        stub.add_client_error("list_service_quotas", "AccessDeniedException")
        with pytest.raises(client.exceptions.AccessDeniedException):
            compare_with_quotas(PLAN, client)


def checked(monkeypatch: pytest.MonkeyPatch, quota: float) -> Result:
    """`plan --check --account` over the shipped plan, where this much is applied to its type and to all types."""
    client, region = client_of(), "eu-west-1"
    monkeypatch.setattr(
        "sagemaker_capacity._aws.client_of",
        lambda service, where: {("service-quotas", region): client}[service, where],
    )
    quotas = [told(OF_A_TYPE, quota), told(ALL_TYPES, quota)]
    with Stubber(client) as stub:
        stub.add_response("list_service_quotas", {"Quotas": quotas}, {"ServiceCode": "sagemaker"})
        words = ["plan", "--check", str(SHIPPED), "--account", "--region", region]
        result = CliRunner().invoke(cli, words)
        stub.assert_no_pending_responses()
    return result


def test_the_check_of_a_plan_asks_the_account_too(monkeypatch: pytest.MonkeyPatch) -> None:
    result = checked(monkeypatch, 16)
    assert result.exit_code == 0, result.output
    assert "the plan is what benchmark.csv gives today" in result.stdout
    assert "The account's quotas allow the plan" in result.stdout


def test_a_quota_below_two_fleets_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    result = checked(monkeypatch, 15)
    assert result.exit_code == 2
    assert "--desired-value 16 --region eu-west-1" in result.stderr
    assert "quotas allow the plan" not in result.stdout


@pytest.mark.parametrize("words", [("--account",), ("--region", "eu-west-1")])
def test_the_account_is_asked_about_a_plan_alone(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, ["plan", str(SHIPPED.with_name("benchmark.csv")), *words])
    assert result.exit_code == 2
    assert "--account and --region belong to a plan's check" in result.stderr
