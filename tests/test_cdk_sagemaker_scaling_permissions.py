"""Who may do what: the execution role of each kind of endpoint, and who is granted to invoke it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from every_kind import fill
from least import Elsewhere, asynchronous, bucket, component, host, real_time, serverless, variant
from roles import Roles, listed

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    AsynchronousOutput,
    ContainerImage,
    DataCapture,
    InferenceComponentEndpoint,
    ModelData,
    RealTimeEndpoint,
    ServerlessEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
LOG = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
# Actions that know no resource, by the service authorization reference; those of EC2 make what has no name yet.
ON_ALL = {"cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"}
JOIN_NETWORK = {
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}
ARN, HERE = "arn:<AWS::Partition>", "<AWS::Region>:<AWS::AccountId>"


@pytest.fixture(scope="module")
def roles(every_kind: Synthesised) -> Roles:
    return Roles(every_kind.template["Resources"])


EVERY = ("RealTime", "Asynchronous", "Serverless", "Host")


def serving(*, in_vpc: bool = False, folders: tuple[str, ...] = ("Endpoints",)) -> dict[str, set[str]]:
    """What every execution role may do."""
    on_all = ON_ALL | (JOIN_NETWORK if in_vpc else set())
    logs = (f"{ARN}:logs:{HERE}:log-group:/aws/sagemaker/{folder}/*" for folder in folders)
    return on(tuple(on_all), "*") | on(LOG, *logs)


def on(actions: tuple[str, ...], *resources: str) -> dict[str, set[str]]:
    return {action: set(resources) for action in actions}


@pytest.mark.parametrize("endpoint", EVERY)
def test_sagemaker_alone_holds_an_execution_role_and_it_has_no_managed_policy(roles: Roles, endpoint: str) -> None:
    role = roles.properties(f"{endpoint}/ExecutionRole")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Action"] == "sts:AssumeRole"
    assert trusted["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert "ManagedPolicyArns" not in role


@pytest.mark.parametrize("endpoint", EVERY)
def test_metrics_are_put_into_sagemakers_namespaces_alone(roles: Roles, endpoint: str) -> None:
    (put,) = (
        statement
        for statement in roles.statements(f"{endpoint}/ExecutionRole")
        if "cloudwatch:PutMetricData" in listed(statement["Action"])
    )
    assert put["Condition"] == {"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}}


def test_a_real_time_role_pulls_reads_captures_and_looks_at_its_alarms(roles: Roles) -> None:
    bucket, key = roles.named("Bucket", "AWS::S3::Bucket"), roles.named("BucketKey", "AWS::KMS::Key")
    alarm = roles.named("Failing", "AWS::CloudWatch::Alarm")
    model = roles.resources[roles.named("RealTime/A/Model", "AWS::SageMaker::Model")]["Properties"]
    archive = model["PrimaryContainer"]["ModelDataUrl"]["Fn::Sub"].removeprefix("s3://")
    assets, _, key_of_asset = archive.partition("/")
    assert roles.may("RealTime/ExecutionRole") == {
        **serving(in_vpc=True),
        **on(
            PULL,
            f"{ARN}:ecr:eu-west-1:123456789012:repository/team/model",
            f"{ARN}:ecr:us-east-1:210987654321:repository/next",
        ),
        **on(("s3:GetObject",), f"{ARN}:s3:::<{assets}>/{key_of_asset}"),
        **on(("s3:PutObject",), f"<{bucket}.Arn>/data-capture/*"),
        **on(USE_KEY, f"<{key}.Arn>"),
        **on(("cloudwatch:DescribeAlarms",), f"<{alarm}.Arn>"),
    }


def mapping_of(roles: Roles, model: str) -> str:
    """The mapping that a model finds the account of its image in."""
    found = roles.resources[roles.named(model, "AWS::SageMaker::Model")]["Properties"]["PrimaryContainer"]["Image"]
    mapping: str = found["Fn::Join"][1][0]["Fn::FindInMap"][0]
    return mapping


def test_an_asynchronous_role_reads_requests_writes_answers_and_tells_its_topics(roles: Roles) -> None:
    bucket, key = roles.named("Bucket", "AWS::S3::Bucket"), roles.named("BucketKey", "AWS::KMS::Key")
    accounts = mapping_of(roles, "Asynchronous/Variant/Model")
    assert roles.may("Asynchronous/ExecutionRole") == {
        **serving(),
        **on(PULL, f"{ARN}:ecr:<AWS::Region>:<{accounts}.<AWS::Region>.account>:repository/pytorch-inference"),
        **on(("s3:GetObject",), f"<{bucket}.Arn>/async/input/*"),
        **on(("s3:PutObject",), f"<{bucket}.Arn>/async/output/*", f"<{bucket}.Arn>/async/failures/*"),
        **on(("sns:Publish",), "arn:aws:sns:eu-west-1:123456789012:told"),
        **on(USE_KEY, f"<{key}.Arn>"),
    }


def test_a_serverless_role_pulls_and_reads(roles: Roles) -> None:
    accounts = mapping_of(roles, "Serverless/Variant/Model")
    assert roles.may("Serverless/ExecutionRole") == {
        **serving(),
        **on(PULL, f"{ARN}:ecr:<AWS::Region>:<{accounts}.<AWS::Region>.account>:repository/sagemaker-xgboost"),
        **on(("s3:GetObject",), f"{ARN}:s3:::amzn-s3-demo-bucket/serverless/model.tar.gz"),
    }


def test_a_hosts_role_may_do_what_its_components_need(roles: Roles) -> None:
    bucket, key = roles.named("Bucket", "AWS::S3::Bucket"), roles.named("BucketKey", "AWS::KMS::Key")
    assert roles.may("Host/ExecutionRole") == {
        **serving(in_vpc=True, folders=("Endpoints", "InferenceComponents")),
        **on(PULL, f"{ARN}:ecr:eu-west-1:123456789012:repository/team/model"),
        **on(("s3:GetObject",), f"<{bucket}.Arn>/component/model.tar.gz"),
        **on(("kms:Decrypt",), f"<{key}.Arn>"),
    }


def findings(folder: Path) -> list[str]:
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return [found["ruleName"] for plugin in report["pluginReports"] for found in plugin["violations"]]


def test_cdk_nag_finds_nothing_but_what_is_added(flags: dict[str, Any], tmp_path: Path, archive: Path) -> None:
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - half a second

    app = App(context=flags, outdir=str(tmp_path))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    endpoints = fill(Stack(app, "Stack"), archive)
    app.synth()
    assert findings(tmp_path) == []
    endpoints.serverless.role.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::amzn-s3-demo-bucket/all/*"])
    )
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth(force=True)
    assert findings(tmp_path) == ["AwsSolutions-IAM5[Resource::arn:aws:s3:::amzn-s3-demo-bucket/all/*]"]


def test_each_wildcard_and_nothing_else_is_acknowledged_with_its_reason(
    every_kind: Synthesised, roles: Roles
) -> None:
    metadata = json.loads((every_kind.folder / "Stack.metadata.json").read_text(encoding="utf-8"))
    acknowledged: dict[str, dict[str, str]] = defaultdict(dict)
    for path, entries in metadata.items():
        for entry in entries:
            if entry["type"] == "aws:cdk:acknowledged-rules":
                acknowledged[path.removeprefix("/Stack/")] |= entry["data"]
    # A component's policy is attached to its host's role.
    acknowledged["Host/ExecutionRole"] |= acknowledged.pop("Component/Policy")
    owners = {f"{endpoint}/ExecutionRole" for endpoint in EVERY}
    assert acknowledged.keys() == owners
    for owner in owners:
        wildcards = {resource for of in roles.may(owner).values() for resource in of if "*" in resource}
        ids = {f"Annotation::AwsSolutions-IAM5[Resource::{resource}]" for resource in wildcards}
        assert acknowledged[owner].keys() == ids
        assert all(len(reason.split()) >= 5 for reason in acknowledged[owner].values())


def test_without_a_key_there_is_no_permission_on_one(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        plain = bucket(stack)
        asynchronous(
            stack,
            variant=variant(
                model_data=ModelData.from_bucket(plain, "model.tar.gz"),
                image=ContainerImage.from_ecr_repository(ecr.Repository(stack, "Images"), "sha256:" + "0" * 64),
            ),
            output=AsynchronousOutput(bucket=plain, input_prefix="in/"),
            data_capture=DataCapture(bucket=plain, prefix="kept"),
        )

    roles = Roles(synthesise(fill).template["Resources"])
    plain = f"{ARN}:s3:::amzn-s3-demo-bucket"
    images = roles.named("Images", "AWS::ECR::Repository")
    assert roles.may("Asynchronous/ExecutionRole") == {
        **serving(),
        **on(PULL, f"<{images}.Arn>"),
        **on(("s3:GetObject",), f"{plain}/model.tar.gz", f"{plain}/in/*"),
        **on(("s3:PutObject",), f"{plain}/async/output/*", f"{plain}/kept/*"),
    }


def test_two_containers_of_one_image_are_permitted_once(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: real_time(stack, variants=[variant(), variant(name="W")]))
    roles = Roles(made.template["Resources"])
    pulls = [s for s in roles.statements("RealTime/ExecutionRole") if PULL[0] in listed(s["Action"])]
    assert len(pulls) == 1
    assert len(listed(pulls[0]["Resource"])) == 1


def test_a_given_role_is_left_as_it_is_and_models_wait_for_its_permissions(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        for kind in (real_time, asynchronous, serverless):
            kind(stack, role=role)
        component(stack, endpoint=host(stack, role=role))
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/model"]))

    made = synthesise(fill)
    roles = Roles(made.template["Resources"])
    assert roles.may("Role") == {"s3:GetObject": {"arn:aws:s3:::bucket/model"}}
    (policy,) = made.of_type("AWS::IAM::Policy")
    models = [found for found in made.template["Resources"].values() if found["Type"] == "AWS::SageMaker::Model"]
    assert len(models) == 4
    assert all(policy in model["DependsOn"] for model in models)


def test_who_is_granted_an_endpoint_may_invoke_that_one_alone(synthesise: Synthesise) -> None:
    invoke = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")
    invoke_async = ("sagemaker:InvokeEndpointAsync",)
    types = {"V": "ml.c5.large"}
    of_queue = {"variant_name": "V", "instance_type": "ml.c5.large"}
    of_host = {"instance_type": "ml.g5.xlarge"}
    made_by_name = f"{ARN}:sagemaker:{HERE}:endpoint/old"
    granted = {
        "ByName": (lambda s, i: RealTimeEndpoint.from_endpoint_name(s, i, "Old", instance_types=types), invoke),
        "ByEndpoint": (
            lambda s, i: RealTimeEndpoint.from_endpoint(s, i, Elsewhere(), instance_types=types),
            invoke,
        ),
        "QueueByName": (
            lambda s, i: AsynchronousEndpoint.from_endpoint_name(s, i, "Old", **of_queue),
            invoke_async,
        ),
        "QueueByEndpoint": (
            lambda s, i: AsynchronousEndpoint.from_endpoint(s, i, Elsewhere(), **of_queue),
            invoke_async,
        ),
        "ServerlessByName": (lambda s, i: ServerlessEndpoint.from_endpoint_name(s, i, "Old"), invoke),
        "ServerlessByEndpoint": (lambda s, i: ServerlessEndpoint.from_endpoint(s, i, Elsewhere()), invoke),
        "HostByName": (lambda s, i: InferenceComponentEndpoint.from_endpoint_name(s, i, "Old", **of_host), invoke),
        "HostByEndpoint": (
            lambda s, i: InferenceComponentEndpoint.from_endpoint(s, i, Elsewhere(), **of_host),
            invoke,
        ),
    }

    def fill(stack: Stack) -> None:
        for name, (existing, _) in granted.items():
            caller = iam.Role(stack, f"{name}Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
            existing(stack, name).grant_invoke(caller)

    roles = Roles(synthesise(fill).template["Resources"])
    for name, (_, actions) in granted.items():
        arn = made_by_name if name.endswith("Name") else Elsewhere().endpoint_arn
        assert roles.may(f"{name}Caller") == on(actions, arn)


def test_who_is_granted_an_endpoint_of_the_stack_may_invoke_it_by_its_reference(
    synthesise: Synthesise, archive: Path
) -> None:
    def fill_and_grant(stack: Stack) -> None:
        endpoints = fill(stack, archive)
        for name, granted in vars(endpoints).items():
            caller = iam.Role(stack, f"Caller-{name}", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
            granted.grant_invoke(caller)
        endpoints.host.grant(caller, "sagemaker:DescribeEndpoint")

    roles = Roles(synthesise(fill_and_grant).template["Resources"])
    invoke = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")

    def of(path: str, kind: str = "Endpoint") -> str:
        return f"<{roles.named(path, f'AWS::SageMaker::{kind}')}>"

    assert roles.may("Caller-real_time") == on(invoke, of("RealTime"))
    assert roles.may("Caller-asynchronous") == on(("sagemaker:InvokeEndpointAsync",), of("Asynchronous"))
    assert roles.may("Caller-serverless") == on(invoke, of("Serverless"))
    assert roles.may("Caller-host") == on(invoke, of("Host"))
    assert roles.may("Caller-component") == {
        **on(invoke, of("Component", "InferenceComponent")),
        **on(("sagemaker:DescribeEndpoint",), of("Host")),
    }
