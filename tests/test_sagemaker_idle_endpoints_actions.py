"""What is done to idle endpoints: after a notice and a time of grace, saved first, brought back by one command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from idle_bench import REGION, Api, Fault, IdleBench, injected, refusal
from idle_office import ACCOUNT, ACTING, Office
from stack_bench import StackBench, resource

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Criteria, restore_endpoint
from sagemaker_idle_endpoints._daily import DailyRun, NotAllDoneError

pytest_plugins = ["embedded_aws.fixture"]


@pytest.fixture
def office(embedded_aws: EmbeddedAws) -> Office:
    return Office(embedded_aws)


def test_a_tagged_endpoint_is_told_of_waits_and_goes_and_comes_back(office: Office) -> None:
    bench = office.bench
    bench.real_time("goes", count=3, tags={"idle-endpoints": "delete", "team": "fraud"})
    bench.real_time("stays")
    before = bench.sagemaker.describe_endpoint_config(EndpointConfigName="goes-config")
    office.run(switch=ACTING)
    assert office.steps() == {"goes": ("delete", "notice")}
    office.run(day=2, switch=ACTING)
    assert office.steps(day=2) == {"goes": ("delete", "wait")}
    assert office.names() == {"goes", "stays"}
    office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {"goes": ("delete", "done")}
    assert office.names() == {"stays"}
    told = office.report(day=3)["endpoints"][0]["decision"]
    assert f"restore goes --region {REGION} --bucket {office.bucket}" in told["reason"]
    bench.sagemaker.delete_endpoint_config(EndpointConfigName="goes-config")
    back = restore_endpoint(office.account.hands(), saved_at(office, told["saved"]))
    assert back == "goes is back, on configuration goes-config"
    after = bench.sagemaker.describe_endpoint_config(EndpointConfigName="goes-config")
    assert without_times(after) == without_times(before)
    endpoint = bench.sagemaker.describe_endpoint(EndpointName="goes")
    assert endpoint["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    tags = bench.sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"idle-endpoints": "delete", "team": "fraud"}


def saved_at(office: Office, address: str) -> dict[str, Any]:
    key = address.removeprefix(f"s3://{office.bucket}/")
    saved: dict[str, Any] = json.loads(office.s3.get_object(Bucket=office.bucket, Key=key)["Body"].read())
    return saved


def without_times(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in {"CreationTime", "ResponseMetadata"}}


def test_scaling_in_goes_to_the_minimum_of_scaling_and_back(office: Office) -> None:
    bench, scaling = office.bench, office.account.hands().scaling
    bench.real_time("scaled", "a", "b", count=4, tags={"idle-endpoints": "scale-in"})
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/scaled/variant/a",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=6)
    office.run(switch=ACTING)
    office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {"scaled": ("scale-in", "done")}
    assert counts(bench, "scaled") == {"a": 2, "b": 1}
    saved = saved_at(office, office.report(day=3)["endpoints"][0]["decision"]["saved"])
    assert restore_endpoint(office.account.hands(), saved).startswith("scaled is in its old size")
    assert counts(bench, "scaled") == {"a": 4, "b": 4}


def test_an_asynchronous_endpoint_and_one_with_a_former_variant_are_scaled_in(office: Office) -> None:
    """Their queue and former variant are in the report beside the one variant that has instances."""
    bench = office.bench
    bench.asynchronous("queued", count=2, tags={"idle-endpoints": "scale-in"})
    bench.real_time("renamed", count=2, tags={"idle-endpoints": "scale-in"})
    bench.called("renamed", 0, variant="former", days_ago=5)
    office.run(switch=ACTING)
    office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {"queued": ("scale-in", "done"), "renamed": ("scale-in", "done")}
    assert counts(bench, "queued") == counts(bench, "renamed") == {"main": 1}


def counts(bench: IdleBench, name: str) -> dict[str, int]:
    told = bench.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    return {each["VariantName"]: each["CurrentInstanceCount"] for each in told}


def test_a_second_report_of_a_day_tells_what_the_first_run_did(office: Office) -> None:
    office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
    office.run(switch=ACTING)
    office.run(day=3, switch=ACTING)
    office.messages()
    office.run(day=3, switch=ACTING, again=True)
    told = office.report(day=3)
    assert told["endpoints"] == []
    back = f"python -m sagemaker_idle_endpoints restore goes --region {REGION} --bucket {office.bucket}"
    assert told["earlier"] == [f"goes: delete (begun by an earlier run of this day): back with: {back}"]
    (message,) = office.messages()
    assert message["earlier"] == told["earlier"]
    office.run(day=4, switch=ACTING)
    assert office.report(day=4)["earlier"] == []


def test_a_dry_run_tells_what_it_would_do_and_does_nothing(office: Office) -> None:
    office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
    rehearsing = replace(ACTING, dry_run=True)
    for day, step in ((0, "notice"), (3, "rehearse"), (4, "rehearse")):
        office.run(day=day, switch=rehearsing)
        assert office.steps(day=day) == {"goes": ("delete", step)}
    assert office.names() == {"goes"}


def test_another_tag_begins_the_grace_period_anew(office: Office) -> None:
    bench = office.bench
    arn = endpoint_arn(bench, bench.real_time("called", tags={"idle-endpoints": "delete"}))
    office.run(switch=ACTING)
    tag(bench, arn, "scale-in")
    office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {}  # it has one instance: there is nothing to scale in
    tag(bench, arn, "delete")
    office.run(day=4, switch=ACTING)
    assert office.steps(day=4) == {"called": ("delete", "notice")}


def test_a_call_in_the_grace_period_ends_it_though_the_window_is_shorter(office: Office) -> None:
    """The window is a day here, and no day but the first and the last has a run."""
    office.settings = replace(office.settings, criteria=Criteria(lookback=timedelta(days=1)))
    office.bench.real_time("called", tags={"idle-endpoints": "delete"})
    office.run(switch=ACTING)
    office.bench.called("called", days_ago=-2)
    office.run(day=7, switch=ACTING)
    assert office.steps(day=7) == {"called": ("delete", "notice")}
    office.run(day=10, switch=ACTING)
    assert office.names() == set()


def test_an_endpoint_that_is_not_listed_for_a_day_keeps_its_notice(office: Office) -> None:
    for name in ("first", "goes"):
        office.bench.real_time(name, tags={"idle-endpoints": "delete"} if name == "goes" else {})
    office.run(switch=ACTING)
    with by_ones(office.bench.sagemaker), injected(office.bench.sagemaker, "ListEndpoints", denied_after(1)):
        office.run(day=1, switch=ACTING)
    assert [each["name"] for each in office.report(day=1)["endpoints"]] == ["first"]
    office.run(day=3, switch=ACTING)
    assert office.names() == {"first"}


def denied_after(calls: int) -> Fault:
    return lambda n: refusal("AccessDeniedException") if n > calls else None


@contextmanager
def by_ones(sagemaker: Api) -> Iterator[None]:
    """Let each page of endpoints hold one."""

    def one(params: dict[str, Any], **_: object) -> None:
        params["MaxResults"] = 1

    sagemaker.meta.events.register("provide-client-params.sagemaker.ListEndpoints", one)
    try:
        yield
    finally:
        sagemaker.meta.events.unregister("provide-client-params.sagemaker.ListEndpoints", one)


def test_a_late_run_shortens_no_grace_period(office: Office) -> None:
    """It is for the day before, and yet its message was sent today."""
    office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
    a_day = replace(ACTING, grace=timedelta(days=1))
    late = DailyRun(
        office.account,
        ACCOUNT,
        office.channels,
        replace(office.settings, switch=a_day),
        office.bench.now - timedelta(hours=23),
    )
    late.do()
    assert len(office.messages()) == 1
    office.run(day=0.9, switch=a_day)
    assert office.names() == {"goes"}
    office.run(day=2, switch=a_day)
    assert office.names() == set()


def test_a_tag_that_changed_since_it_was_read_is_obeyed(office: Office) -> None:
    arn = endpoint_arn(office.bench, office.bench.real_time("stays", tags={"idle-endpoints": "delete"}))
    office.run(switch=ACTING)
    stacks = office.account.hands().stacks
    with before_each(stacks, lambda: tag(office.bench, arn, "keep")):
        office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {"stays": ("delete", "refused")}
    assert office.names() == {"stays"}


def test_an_endpoint_deleted_before_it_is_acted_on_is_told_with_its_way_back(office: Office) -> None:
    office.bench.real_time("gone", tags={"idle-endpoints": "delete"})
    office.run(switch=ACTING)
    stacks = office.account.hands().stacks
    with before_each(stacks, lambda: office.bench.sagemaker.delete_endpoint(EndpointName="gone")):
        office.run(day=3, switch=ACTING)
    (gone,) = office.report(day=3)["endpoints"]
    assert gone["decision"]["step"] == "failed"
    assert gone["decision"]["reason"].startswith("gone by now; if another run deleted it, back with: python -m")


@contextmanager
def before_each(client: Api, do: Callable[[], object]) -> Iterator[None]:
    """Do something before each call of a client."""

    def first(**_: object) -> None:
        do()

    client.meta.events.register("before-send", first)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send", first)


def endpoint_arn(bench: IdleBench, name: str) -> str:
    arn: str = bench.sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"]
    return arn


def tag(bench: IdleBench, arn: str, value: str) -> None:
    bench.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "idle-endpoints", "Value": value}])


def test_without_a_sent_message_no_grace_period_begins(office: Office) -> None:
    office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
    topic = office.settings.topic_arn
    office.settings = replace(office.settings, topic_arn=f"{topic}-not-there")
    with pytest.raises(NotAllDoneError):
        office.run(switch=ACTING)
    office.settings = replace(office.settings, topic_arn=topic)
    office.run(day=3, switch=ACTING)
    assert office.steps(day=3) == {"goes": ("delete", "notice")}


def test_what_a_stack_owns_is_named_with_it_and_left(office: Office, embedded_aws: EmbeddedAws) -> None:
    stack = StackBench(embedded_aws, "models")
    variant = {"VariantName": "v", "ModelName": "model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    stack.deploy(
        {
            "Config": resource(
                "AWS::SageMaker::EndpointConfig", ProductionVariants=[{**variant, "InitialVariantWeight": 1}]
            ),
            "Endpoint": resource(
                "AWS::SageMaker::Endpoint",
                EndpointName="owned",
                EndpointConfigName={"Fn::GetAtt": ["Config", "EndpointConfigName"]},
                Tags=[{"Key": "idle-endpoints", "Value": "delete"}],
            ),
        }
    )
    embedded_aws.backdate_endpoint("owned", days=300, region=REGION)
    office.run(switch=ACTING)
    office.run(day=5, switch=ACTING)
    (owned,) = office.report(day=5)["endpoints"]
    assert owned["decision"]["step"] == "refused"
    assert owned["decision"]["reason"] == "owned by the stack models: change that stack"
    assert owned["idleness"]["stack_name"] == "models"
    assert "take it out of that stack's template" in owned["idleness"]["advice"][0]["what"]
    # Whoever hides the stack's tags from us does not get it deleted: CloudFormation is asked too.
    tags = embedded_aws.client("sagemaker", REGION)
    arn = endpoint_arn(office.bench, "owned")
    keys = [each["Key"] for each in tags.list_tags(ResourceArn=arn)["Tags"] if each["Key"].startswith("aws:")]
    assert "aws:cloudformation:stack-name" in keys
    tags.delete_tags(ResourceArn=arn, TagKeys=keys)
    office.run(day=6, switch=ACTING)
    office.run(day=9, switch=ACTING)
    assert office.steps(day=6) == {"owned": ("delete", "notice")}
    assert office.steps(day=9) == {"owned": ("delete", "refused")}
    assert "owned" in office.names()
    stack.cloudformation.delete_stack(StackName="models")


def test_a_refused_action_costs_no_other_and_is_due_again(office: Office) -> None:
    for name in ("a", "b"):
        office.bench.real_time(name, tags={"idle-endpoints": "delete"})
    office.run(switch=ACTING)
    with injected(
        office.bench.sagemaker, "DeleteEndpoint", lambda n: refusal("AccessDeniedException") if n == 1 else None
    ):
        office.run(day=3, switch=ACTING)
    steps = office.steps(day=3)
    assert sorted(step for _, step in steps.values()) == ["done", "failed"]
    office.run(day=4, switch=ACTING)
    assert office.names() == set()


@pytest.mark.parametrize(
    ("service", "operation", "told"),
    [
        ("s3", "PutObject", "PutObject: AccessDenied"),
        ("cloudformation", "DescribeStackResources", "DescribeStackResources: AccessDenied"),
        ("application-autoscaling", "DescribeScalableTargets", "DescribeScalableTargets: AccessDenied"),
    ],
)
def test_what_cannot_be_saved_or_told_to_be_unowned_is_left(
    office: Office, embedded_aws: EmbeddedAws, service: str, operation: str, told: str
) -> None:
    office.bench.real_time("stays", tags={"idle-endpoints": "delete"})
    office.run(switch=ACTING)
    client = embedded_aws.client(service, REGION)

    def deny(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if operation != "PutObject" or "/state/saved/" in request.url:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no luck"}}, operation)

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, deny)
    try:
        office.run(day=3, switch=ACTING)
    finally:
        client.meta.events.unregister(event, deny)
    (stays,) = office.report(day=3)["endpoints"]
    assert stays["decision"]["step"] == "failed"
    assert stays["decision"]["reason"].startswith(told)
    assert office.names() == {"stays"}
    office.run(day=4, switch=ACTING)
    assert office.names() == set()
