"""The real CDK CLI on the embedded AWS: what a deploy, a diff, a failure and a destroy leave behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, CfnResource, Fn, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_sns as sns
from cdk_cli import REGION, CdkCli

from app import make_app
from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant, VariantScaling
from embedded_aws import EmbeddedAws
from sagemaker_capacity_plan import CapacityPlan
from tour.deployed import deployed_scaling, physical_ids
from tour.template import Template

STACK = "ScaledEndpoints"

Assembly = Callable[..., Path]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as running:
        yield running


@pytest.fixture(scope="module")
def client(aws: EmbeddedAws) -> Callable[[str], Any]:
    return lambda service: aws.client(service, REGION)


@pytest.fixture(scope="module")
def cdk(aws: EmbeddedAws) -> CdkCli:
    return CdkCli(aws)


@pytest.fixture(scope="module")
def shipped(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Synthesise the app over the shipped plan with changes to its files."""

    def synthesise(*, overrides: list[dict[str, Any]] | None = None, variant: dict[str, Any] | None = None) -> Path:
        folder = tmp_path_factory.mktemp("shipped")
        shutil.copytree(repository / "plans/xgboost", folder / "plans/xgboost")
        _edit(folder / "plans/xgboost/plan.json", lambda plan: plan["overrides"].extend(overrides or []))
        _edit(folder / "plans/xgboost/endpoint.json", lambda d: d["variants"][0].update(variant or {}))
        context = {"plans": str(folder / "plans"), "aws:cdk:enable-path-metadata": True}  # as the CLI has it
        make_app(context, outdir=str(folder / "out")).synth()
        return folder / "out"

    return synthesise


def _edit(file: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def deploy(cdk: CdkCli, assembly: Path, *stacks: str, **options: bool) -> str:
    return cdk("deploy", *(stacks or ("--all",)), "--require-approval", "never", "--app", str(assembly), **options)


def status_of(client: Callable[[str], Any], stack: str) -> str:
    (described,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return str(described["StackStatus"])


@pytest.fixture(scope="module")
def first(cdk: CdkCli, shipped: Assembly) -> Path:
    assembly = shipped()
    deploy(cdk, assembly)
    return assembly


def template_of(assembly: Path) -> Template:
    return Template.read(assembly / f"{STACK}.template.json")


def test_a_deploy_makes_the_plans_numbers_real(first: Path, client: Callable[[str], Any], repository: Path) -> None:
    plan = CapacityPlan.read(repository / "plans/xgboost/plan.json")
    deployed = deployed_scaling(client, STACK, template_of(first))
    assert deployed == {("xgboost/Endpoint", "AllTraffic"): plan.scaling}
    ids = physical_ids(client, STACK)
    alarms = {alarm["AlarmName"]: alarm for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    (at_maximum,) = (alarms[name] for logical, name in ids.items() if "AtMaximum" in logical)
    assert at_maximum["Threshold"] == plan.scaling.max_capacity
    (dashboard,) = (name for logical, name in ids.items() if logical.startswith("xgboostDashboard"))
    body = json.loads(client("cloudwatch").get_dashboard(DashboardName=dashboard)["DashboardBody"])
    assert str(plan.limits.upper_invocations_per_minute) in json.dumps(body)
    (function,) = client("lambda").list_functions()["Functions"]
    assert function["Handler"] == "sagemaker_idle_endpoints.handler"


def test_what_is_deployed_differs_in_nothing(first: Path, cdk: CdkCli) -> None:
    assert "There were no differences" in cdk("diff", "--fail", "--app", str(first))


def test_an_override_and_a_weight_change_just_that(
    first: Path, cdk: CdkCli, shipped: Assembly, client: Callable[[str], Any]
) -> None:
    before = physical_ids(client, STACK)
    changed = shipped(overrides=[{"field": "max_capacity", "value": 12, "reason": "launch"}], variant={"weight": 3})
    told = cdk("diff", "--app", str(changed))
    assert "MaxCapacity" in told
    assert "InitialVariantWeight" in told
    deploy(cdk, changed)
    after = physical_ids(client, STACK)
    replaced = {logical for logical in before if before[logical] != after[logical]}
    assert {logical.rstrip("0123456789ABCDEF") for logical in replaced} == {"xgboostEndpointConfig"}
    (scaling,) = deployed_scaling(client, STACK, template_of(first)).values()
    assert scaling.max_capacity == 12
    (endpoint_arn,) = (arn for logical, arn in after.items() if arn.rpartition("/")[0].endswith(":endpoint"))
    endpoint = client("sagemaker").describe_endpoint(EndpointName=endpoint_arn.rpartition("/")[2])
    configurations = client("sagemaker").list_endpoint_configs()["EndpointConfigs"]
    assert [c["EndpointConfigName"] for c in configurations] == [endpoint["EndpointConfigName"]]
    assert endpoint["ProductionVariants"][0]["DesiredWeight"] == 3
    deploy(cdk, first)


class Small(Stack):
    """An endpoint with its scaling, and what may fail beside it."""

    def __init__(
        self, app: App, name: str, *, endpoint_name: str, max_capacity: int = 2, fails: bool = False
    ) -> None:
        super().__init__(app, name)
        variant = Variant(
            name="V",
            image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/model:1"),
            model_data=ModelData.from_url("s3://bucket/model.tar.gz"),
            instance_type="ml.m5.large",
        )
        endpoint = RealTimeEndpoint(self, "Endpoint", variants=[variant], endpoint_name=endpoint_name)
        scaling = VariantScaling(
            self, "Scaling", variant=endpoint.variants["V"], min_capacity=1, max_capacity=max_capacity
        )
        if fails:
            broken = autoscaling.CfnScalableTarget(
                self,
                "Broken",
                service_namespace="sagemaker",
                scalable_dimension="sagemaker:variant:DesiredInstanceCount",
                resource_id="endpoint/nowhere/variant/V",
                min_capacity=1,
                max_capacity=2,
            )
            broken.node.add_dependency(scaling)


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    def synthesise(**props: Any) -> Path:  # noqa: ANN401
        folder = tmp_path_factory.mktemp("small")
        app = App(outdir=str(folder))
        Small(app, "Small", **props)
        app.synth()
        return folder

    return synthesise


def targets(client: Callable[[str], Any]) -> dict[str, int]:
    found = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    return {target["ResourceId"]: target["MaxCapacity"] for target in found["ScalableTargets"]}


def test_failures_are_rolled_back_and_a_renamed_endpoint_takes_its_target_along(
    cdk: CdkCli, small: Assembly, client: Callable[[str], Any]
) -> None:
    failed = deploy(cdk, small(endpoint_name="one", fails=True), fails=True)
    assert "nowhere" in failed
    assert status_of(client, "Small") == "ROLLBACK_COMPLETE"
    assert "endpoint/one/variant/V" not in targets(client)

    deploy(cdk, small(endpoint_name="one", max_capacity=3))
    assert status_of(client, "Small") == "CREATE_COMPLETE"
    assert targets(client)["endpoint/one/variant/V"] == 3

    deploy(cdk, small(endpoint_name="one", max_capacity=5, fails=True), fails=True)
    assert status_of(client, "Small") == "UPDATE_ROLLBACK_COMPLETE"
    assert targets(client)["endpoint/one/variant/V"] == 3

    deploy(cdk, small(endpoint_name="two", max_capacity=3))
    assert targets(client)["endpoint/two/variant/V"] == 3
    assert "endpoint/one/variant/V" not in targets(client)
    names = [endpoint["EndpointName"] for endpoint in client("sagemaker").list_endpoints()["Endpoints"]]
    assert "two" in names
    assert "one" not in names

    cdk("destroy", "--all", "--force", "--app", str(small(endpoint_name="two")))
    assert "endpoint/two/variant/V" not in targets(client)


def test_a_stack_reads_what_another_exports_and_holds_it(
    cdk: CdkCli, client: Callable[[str], Any], tmp_path: Path
) -> None:
    app = App(outdir=str(tmp_path))
    producer = Stack(app, "Producer")
    CfnOutput(producer, "Arn", value=sns.CfnTopic(producer, "Topic").ref, export_name="the-topic")
    consumer = Stack(app, "Consumer")
    sns.CfnTopic(consumer, "Copy", display_name=Fn.select(5, Fn.split(":", Fn.import_value("the-topic"))))
    consumer.add_dependency(producer)
    app.synth()
    deploy(cdk, tmp_path)
    (export,) = (e for e in client("cloudformation").list_exports()["Exports"] if e["Name"] == "the-topic")
    topics = client("sns")
    names = {
        topics.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"].get("DisplayName", "")
        for topic in topics.list_topics()["Topics"]
    }
    assert export["Value"].rpartition(":")[2] in names
    assert "the-topic" in cdk("destroy", "Producer", "--exclusively", "--force", "--app", str(tmp_path), fails=True)
    cdk("destroy", "--all", "--force", "--app", str(tmp_path))


@pytest.mark.parametrize(
    ("type_", "properties", "told"),
    [
        ("AWS::Kinesis::Stream", {}, "AWS::Kinesis::Stream"),
        ("AWS::SNS::Topic", {"DisplayNam": "x"}, "DisplayNam"),
    ],
)
def test_what_is_not_emulated_or_misspelt_is_refused_by_name(
    cdk: CdkCli, client: Callable[[str], Any], tmp_path: Path, type_: str, properties: dict[str, str], told: str
) -> None:
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Refused")
    CfnResource(stack, "Resource", type=type_, properties=properties)
    app.synth()
    assert told in deploy(cdk, tmp_path, fails=True)
    stacks = client("cloudformation").describe_stacks()["Stacks"]
    assert "CREATE_COMPLETE" not in [s["StackStatus"] for s in stacks if s["StackName"] == "Refused"]


def test_destroy_leaves_nothing_but_the_toolkit(first: Path, cdk: CdkCli, client: Callable[[str], Any]) -> None:
    cdk("destroy", "--all", "--force", "--app", str(first))
    live = [s["StackName"] for s in client("cloudformation").describe_stacks()["Stacks"]]
    assert [name for name in live if name != "Refused"] == ["CDKToolkit"]
    assert client("sagemaker").list_endpoints()["Endpoints"] == []
    assert client("sagemaker").list_models()["Models"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("cloudwatch").list_dashboards().get("DashboardEntries", []) == []
    assert client("lambda").list_functions()["Functions"] == []
    assert targets(client) == {}
    assert client("sns").list_topics()["Topics"] == []
