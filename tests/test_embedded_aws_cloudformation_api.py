"""The operations of the CloudFormation API, as the CDK CLI uses them, on fake resources."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from fake_kinds import ACCOUNT, REGION, World, template, thing, types_of

from embedded_aws.cloudformation.api import OPERATIONS, CloudFormation
from embedded_aws.cloudformation.change_set import NOTHING_CHANGES
from embedded_aws.wire import Caller, ServiceError

MODEL = get_session().get_service_model("cloudformation")
BODY = json.dumps(
    template(
        {"A": thing(Value={"Ref": "P"}), "B": thing(Value={"Ref": "A"}, attributes={"Metadata": {"m": 1}})},
        Description="two things",
        Parameters={"P": {"Type": "String", "Default": "p", "Description": "one"}},
        Outputs={"O": {"Value": {"Ref": "A"}, "Export": {"Name": "shared"}}},
    )
)


def _without_none(value: Any) -> Any:  # noqa: ANN401 - any JSON, as the wire does it
    match value:
        case dict():
            return {key: _without_none(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_none(item) for item in value]
    return value


class _ClientError(Exception):
    def __init__(self) -> None:
        self.response = {"Error": {"Code": "NoSuchKey", "Message": "no such key"}}


class _S3:
    class exceptions:  # noqa: N801 - as boto3 has it
        ClientError = _ClientError

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        if (Bucket, Key) != ("assets", "t.json"):
            raise _ClientError

        class Body:
            @staticmethod
            def read() -> bytes:
                return BODY.encode()

        return {"Body": Body}


class Api:
    """Calls operations and holds every result to botocore's model."""

    def __init__(self) -> None:
        self.world = World()
        self.waiting: list[Callable[[], None]] = []
        self.cloudformation = CloudFormation(
            lambda *_: _S3(), types_of(self.world), self._later, patience_seconds=0
        )
        self.operations = self.cloudformation.service().operations

    def _later(self, work: Callable[[], None], name: str) -> None:
        del name
        self.waiting.append(work)

    def work(self) -> None:
        """Does what waits in the background."""
        while self.waiting:
            self.waiting.pop(0)()

    def __call__(self, operation: str, *, region: str = REGION, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        result = _without_none(self.operations[operation](Caller(ACCOUNT, region, "key"), parameters))
        shape = MODEL.operation_model(operation).output_shape
        if shape is not None:
            faults = ParamValidator().validate(result, shape)
            assert not faults.has_errors(), faults.generate_report()
        return result  # type: ignore[no-any-return]

    def refusal(self, operation: str, **parameters: Any) -> ServiceError:  # noqa: ANN401 - as __call__
        with pytest.raises(ServiceError) as refusal:
            self(operation, **parameters)
        return refusal.value


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def deployed(api: Api) -> Api:
    api(
        "CreateStack",
        StackName="s",
        TemplateBody=BODY,
        Tags=[{"Key": "team", "Value": "a"}],
        RoleARN="arn:aws:iam::123456789012:role/r",
    )
    api.work()
    return api


def test_a_deployment_as_the_cli_does_it(api: Api) -> None:
    assert api.refusal("DescribeStacks", StackName="s").message == "Stack with id s does not exist"
    made = api(
        "CreateChangeSet",
        StackName="s",
        ChangeSetName="cdk-deploy-change-set",
        ChangeSetType="CREATE",
        TemplateURL="http://127.0.0.1:1234/assets/t.json",
        Capabilities=["CAPABILITY_IAM"],
        IncludeNestedStacks=True,
        ClientToken="x",
        DeploymentConfig={"Mode": "STANDARD"},
    )
    named = {"StackName": made["StackId"], "ChangeSetName": made["Id"]}
    described = api("DescribeChangeSet", IncludePropertyValues=True, **named)
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert [change["ResourceChange"]["Action"] for change in described["Changes"]] == ["Add", "Add"]
    assert "LastUpdatedTime" not in api("DescribeStacks", StackName="s")["Stacks"][0]
    assert api("GetTemplate", StackName="s")["TemplateBody"] == "{}"
    assert api("GetTemplate", **named)["TemplateBody"] == BODY
    assert [item["ChangeSetId"] for item in api("ListChangeSets", StackName="s")["Summaries"]] == [made["Id"]]

    api("ExecuteChangeSet", **named)
    (stack,) = api("DescribeStacks", StackName="s")["Stacks"]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
    gone = api.refusal("DescribeChangeSet", **named)
    assert gone.code == "ChangeSetNotFound"
    api.work()
    (stack,) = api("DescribeStacks", StackName=made["StackId"])["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Description"] == "two things"
    assert stack["Outputs"] == [{"OutputKey": "O", "OutputValue": "A-0", "ExportName": "shared"}]
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "p"}]
    assert api("GetTemplate", StackName="s", TemplateStage="Processed")["TemplateBody"] == BODY


def test_an_empty_change_set(deployed: Api) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    deployed(
        "CreateChangeSet",
        StackName="s",
        ChangeSetName="c",
        UsePreviousTemplate=True,
        Tags=tags,
        Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}],
    )
    described = deployed("DescribeChangeSet", StackName="s", ChangeSetName="c")
    assert (described["Status"], described["StatusReason"]) == ("FAILED", NOTHING_CHANGES)
    deployed("DeleteChangeSet", StackName="s", ChangeSetName="c")
    deployed("DeleteChangeSet", StackName="s", ChangeSetName="c")
    assert deployed.refusal("DescribeChangeSet", StackName="s", ChangeSetName="c").code == "ChangeSetNotFound"


def test_the_faults_of_a_failed_change_set_are_told_one_by_one(api: Api) -> None:
    body = json.dumps(template({"X": thing(Valeu=1), "Y": thing(Otehr=1)}))
    made = api("CreateChangeSet", StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)
    named = {"StackName": made["StackId"], "ChangeSetName": made["Id"]}
    assert api("DescribeChangeSet", **named)["Status"] == "FAILED"
    events = api("DescribeEvents", Filters={"FailedEvents": True}, **named)["OperationEvents"]
    assert [(event["LogicalResourceId"], event["ValidationStatusReason"]) for event in events] == [
        ("X", "Fake::A::Thing: there is no property Valeu"),
        ("Y", "Fake::A::Thing: there is no property Otehr"),
    ]
    assert api("ListHookResults", TargetType="CHANGE_SET", TargetId=made["Id"])["HookResults"] == []


def test_events_come_newest_first_and_page_by_page(api: Api) -> None:
    body = json.dumps(template({f"X{number}": thing() for number in range(80)}))
    api("CreateStack", StackName="s", TemplateBody=body)
    api.work()
    page, told = api("DescribeStackEvents", StackName="s"), []
    told += page["StackEvents"]
    while "NextToken" in page:
        page = api("DescribeStackEvents", StackName="s", NextToken=page["NextToken"])
        told += page["StackEvents"]
    times: list[datetime] = [event["Timestamp"] for event in told]
    assert len(told) == 2 + 2 * 80
    assert times == sorted(set(times), reverse=True)
    assert told[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert told[0]["PhysicalResourceId"] == told[0]["StackId"]
    assert api.refusal("DescribeStackEvents", StackName="t").message == "Stack [t] does not exist"


def test_resources(deployed: Api) -> None:
    summaries = deployed("ListStackResources", StackName="s")["StackResourceSummaries"]
    assert [(it["LogicalResourceId"], it["PhysicalResourceId"], it["ResourceStatus"]) for it in summaries] == [
        ("A", "A-0", "CREATE_COMPLETE"),
        ("B", "B-1", "CREATE_COMPLETE"),
    ]
    (one,) = deployed("DescribeStackResources", StackName="s", LogicalResourceId="B")["StackResources"]
    assert one["PhysicalResourceId"] == "B-1"
    assert len(deployed("DescribeStackResources", PhysicalResourceId="A-0")["StackResources"]) == 2
    assert deployed.refusal("DescribeStackResources", PhysicalResourceId="Z").code == "ValidationError"
    detail = deployed("DescribeStackResource", StackName="s", LogicalResourceId="B")["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"m": 1}
    assert (
        "Z does not exist"
        in deployed.refusal("DescribeStackResource", StackName="s", LogicalResourceId="Z").message
    )


def test_exports_and_imports(deployed: Api) -> None:
    (export,) = deployed("ListExports")["Exports"]
    assert (export["Name"], export["Value"]) == ("shared", "A-0")
    assert "is not imported" in deployed.refusal("ListImports", ExportName="shared").message
    body = json.dumps(template({"C": thing(Value={"Fn::ImportValue": "shared"})}))
    deployed("CreateStack", StackName="t", TemplateBody=body)
    deployed.work()
    assert deployed("ListImports", ExportName="shared")["Imports"] == ["t"]


def test_updates_and_protection(deployed: Api) -> None:
    nothing = deployed.refusal("UpdateStack", StackName="s", UsePreviousTemplate=True)
    assert (nothing.code, nothing.message) == ("ValidationError", "No updates are to be performed.")
    deployed(
        "UpdateStack",
        StackName="s",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "P", "ParameterValue": "q"}],
    )
    deployed.work()
    (stack,) = deployed("DescribeStacks", StackName="s")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stack["Tags"] == [{"Key": "team", "Value": "a"}]
    assert deployed.world.live["A-0"] == {"Value": "q"}
    deployed("UpdateTerminationProtection", StackName="s", EnableTerminationProtection=True)
    assert "TerminationProtection" in deployed.refusal("DeleteStack", StackName="s").message


def test_a_deleted_stack_is_found_by_its_arn_alone(deployed: Api) -> None:
    arn = deployed("DescribeStacks", StackName="s")["Stacks"][0]["StackId"]
    deployed("DeleteStack", StackName="s")
    assert deployed("DescribeStacks", StackName="s")["Stacks"][0]["StackStatus"] == "DELETE_IN_PROGRESS"
    deployed.work()
    assert deployed.refusal("DescribeStacks", StackName="s").message == "Stack with id s does not exist"
    assert deployed("DescribeStacks", StackName=arn)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert deployed("DescribeStacks") == {"Stacks": []}
    assert len(deployed("ListStacks")["StackSummaries"]) == 1
    assert deployed("ListStacks", StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
    deployed("DeleteStack", StackName="s")


def test_templates_are_summarised_and_validated(deployed: Api) -> None:
    for given in ({"StackName": "s"}, {"TemplateBody": BODY}):
        summary = deployed("GetTemplateSummary", **given)
        assert summary["ResourceTypes"] == ["Fake::A::Thing"]
        assert summary["Parameters"] == [
            {
                "ParameterKey": "P",
                "DefaultValue": "p",
                "ParameterType": "String",
                "NoEcho": False,
                "Description": "one",
            }
        ]
    assert deployed("ValidateTemplate", TemplateBody=BODY)["Description"] == "two things"
    body = json.dumps(template({"X": thing(type_="AWS::EC2::VPC")}))
    assert "AWS::EC2::VPC" in deployed.refusal("ValidateTemplate", TemplateBody=body).message


def test_a_secret_is_not_shown(api: Api) -> None:
    body = json.dumps(
        template({"A": thing(Value={"Ref": "P"})}, Parameters={"P": {"Type": "String", "NoEcho": True}})
    )
    api("CreateStack", StackName="s", TemplateBody=body, Parameters=[{"ParameterKey": "P", "ParameterValue": "x"}])
    assert api("DescribeStacks")["Stacks"][0]["Parameters"][0]["ParameterValue"] == "****"


def test_a_call_waits_a_little_for_what_it_starts_and_no_longer() -> None:
    world, may_go_on = World(), threading.Event()
    step = world.step

    def slow(verb: str, logical_id: str) -> None:
        assert logical_id == "A" or may_go_on.wait(10)
        step(verb, logical_id)

    world.step = slow  # type: ignore[method-assign]
    cloudformation = CloudFormation(lambda *_: _S3(), types_of(world), patience_seconds=0.2)
    operations, caller = cloudformation.service().operations, Caller(ACCOUNT, REGION, "key")

    def status_after_creating(stack: str, resource: str) -> str:
        body = json.dumps(template({resource: thing()}))
        operations["CreateStack"](caller, {"StackName": stack, "TemplateBody": body})
        return str(operations["DescribeStacks"](caller, {"StackName": stack})["Stacks"][0]["StackStatus"])

    assert status_after_creating("quick", "A") == "CREATE_COMPLETE"
    assert status_after_creating("slow", "B") == "CREATE_IN_PROGRESS"
    may_go_on.set()
    assert cloudformation.engine(caller).stack("slow").is_idle.wait(10)


def test_regions_are_apart(deployed: Api) -> None:
    assert deployed("DescribeStacks", region="us-west-2") == {"Stacks": []}


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"DisableRollback": True}, "DisableRollback=True"),
        ({"OnFailure": "DELETE"}, "OnFailure='DELETE'"),
        ({"NotificationARNs": ["arn:x"]}, "NotificationARNs"),
        ({"RollbackConfiguration": {"RollbackTriggers": [{"Arn": "a", "Type": "t"}]}}, "RollbackConfiguration"),
        ({"DeploymentConfig": {"Mode": "EXPRESS"}}, "DeploymentConfig"),
        ({"StackPolicyBody": "{}"}, "StackPolicyBody"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(api: Api, parameters: dict[str, Any], named: str) -> None:
    refusal = api.refusal("CreateStack", StackName="s", TemplateBody=BODY, **parameters)
    assert refusal.code == "NotEmulated"
    assert named in refusal.message
    assert api("DescribeStacks") == {"Stacks": []}


def test_a_change_set_of_imports_is_refused(api: Api) -> None:
    given = {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "IMPORT", "TemplateBody": BODY}
    assert "IMPORT is not emulated" in api.refusal("CreateChangeSet", **given).message


def test_a_template_that_is_not_there_is_told(api: Api) -> None:
    missing = api.refusal("CreateStack", StackName="s", TemplateURL="https://assets.s3.amazonaws.com/other.json")
    assert missing.message == "S3 error: no such key (assets/other.json)"
    assert "Template URL or Template Body" in api.refusal("CreateStack", StackName="s").message


def test_every_operation_is_one_of_the_model() -> None:
    assert set(OPERATIONS) <= set(MODEL.operation_names)
