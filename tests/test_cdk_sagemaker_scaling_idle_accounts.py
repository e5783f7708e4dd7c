"""Many accounts: the state machine that fans out over them, run; what each side may do; what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Aws, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from refusals import refused
from roles import Roles
from test_cdk_sagemaker_scaling_idle import ACTING, READING, TELLING

import sagemaker_idle_endpoints
from cdk_sagemaker_scaling import AccountsIdleEndpointDetector, IdleActions, IdleEndpointAccess
from cdk_sagemaker_scaling.idle._accounts import MOST_INLINE, definition
from embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

pytest_plugins = ["embedded_aws.fixture"]

TOLD = "arn:aws:sns:eu-west-1:111111111111:told"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:idle"
ACTING_BOTH = IdleActions(scale_in=True, delete=True, dry_run=False)


def numbers(count: int) -> list[str]:
    return [f"{number:012}" for number in range(1, count + 1)]


def detector(stack: Stack, accounts: list[str], **props: Any) -> AccountsIdleEndpointDetector:  # noqa: ANN401
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    return AccountsIdleEndpointDetector(stack, "Idle", topic=topic, accounts=accounts, **props)


def machine(made: Synthesised) -> dict[str, Any]:
    """The definition, with names where something is known at deploy alone."""
    (parts,) = (made.only("AWS::StepFunctions::StateMachine")["DefinitionString"]["Fn::Join"][1],)
    found: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "NAME" for part in parts))
    return found


def mode(made: Synthesised) -> str:
    each_account = machine(made)["States"]["EachAccount"]
    found: str = each_account["ItemProcessor"]["ProcessorConfig"]["Mode"]
    return found


def test_up_to_forty_accounts_are_mapped_inline_and_more_distributed(synthesise: Synthesise) -> None:
    inline = synthesise(lambda stack: detector(stack, numbers(MOST_INLINE)))
    distributed = synthesise(lambda stack: detector(stack, numbers(MOST_INLINE + 1), accounts_at_once=200))
    assert (mode(inline), mode(distributed)) == ("INLINE", "DISTRIBUTED")
    assert machine(distributed)["States"]["EachAccount"]["MaxConcurrency"] == 200
    children = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution"}
    may = [set(Roles(made.template["Resources"]).may("Idle/MachineRole")) for made in (inline, distributed)]
    assert not may[0] & children
    assert may[1] - may[0] == children


def test_a_thousand_accounts_fit_the_definition(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: detector(stack, numbers(1000)))
    assert len(json.dumps(machine(made))) < 1024 * 1024


def test_the_function_may_assume_the_role_and_tell_and_no_more(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: detector(stack, numbers(2), role_name="Looks", actions=ACTING_BOTH))
    may = Roles(made.template["Resources"]).may("Idle/Role")
    assert may["sts:AssumeRole"] == {"arn:<AWS::Partition>:iam::*:role/Looks"}
    assert not may.keys() & (READING | ACTING)
    assert may.keys() >= TELLING
    variables = made.only("AWS::Lambda::Function")["Environment"]["Variables"]
    assert (variables["ROLE_NAME"], variables["ACTIONS"]) == ("Looks", "scale-in,delete")


def test_the_schedule_starts_the_machine_and_not_the_function(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: detector(stack, numbers(2)))
    (target,) = made.only("AWS::Events::Rule")["Targets"]
    (state_machine,) = made.of_type("AWS::StepFunctions::StateMachine")
    assert target["Arn"] == {"Ref": state_machine}


@pytest.mark.parametrize(
    ("actions", "permitted"),
    [(None, set()), (IdleActions(delete=True), set()), (ACTING_BOTH, ACTING)],
    ids=["read only", "dry run", "acting"],
)
def test_the_role_in_an_account_reads_and_acts_where_it_says_so(
    synthesise: Synthesise, actions: IdleActions | None, permitted: set[str]
) -> None:
    arn = "arn:aws:iam::123456789012:role/Detector"
    made = synthesise(
        lambda stack: IdleEndpointAccess(stack, "Access", detector_role_arn=arn, actions=actions, role_name="Looks")
    )
    roles = Roles(made.template["Resources"])
    may = roles.may("Access/Resource")
    assert may.keys() >= READING | {"ec2:DescribeRegions"}
    assert may.keys() & ACTING == permitted
    assert not may.keys() & TELLING
    (trusted,) = roles.properties("Access/Resource")["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"AWS": arn}
    assert roles.properties("Access/Resource")["RoleName"] == "Looks"


@pytest.mark.parametrize(
    ("accounts", "props", "told"),
    [
        ([], {}, "there is no account to look at: give accounts"),
        (["12"], {}, "an account is twelve digits, got '12'"),
        (numbers(1) * 2, {}, "two accounts are named '000000000001'"),
        (numbers(2), {"accounts_at_once": 41}, "accounts_at_once of an inline map must be 1 to 40, got 41"),
        (numbers(50), {"accounts_at_once": 0}, "accounts_at_once must be 1 to 1000, got 0"),
        (numbers(2), {"lookback_days": 64}, "lookback_days must not be above the longest window"),
    ],
)
def test_accounts_that_are_none_are_refused(
    stack: Stack, accounts: list[str], props: dict[str, Any], told: str
) -> None:
    topic = sns.Topic.from_topic_arn(stack, "Topic", TOLD)
    with refused(stack, "Idle: ", told):
        AccountsIdleEndpointDetector(stack, "Idle", topic=topic, accounts=accounts, **props)


# --- the machine, run ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(embedded_aws: EmbeddedAws) -> Callable[..., dict[str, Any]]:
    """Run the machine over accounts, with the function that is deployed."""
    topic = embedded_aws.client("sns").create_topic(Name="told")["TopicArn"]
    embedded_aws.client("s3").create_bucket(Bucket="reports")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = embedded_aws.client("iam").create_role(
        RoleName="looks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    environment = {"LOOKBACK_DAYS": "7", "BUCKET_NAME": "reports", "TOPIC_ARN": topic, "ROLE_NAME": "Looks"}
    function = embedded_aws.client("lambda").create_function(
        FunctionName="idle",
        Runtime="python3.14",
        Handler="sagemaker_idle_endpoints.handler",
        Role=role["Role"]["Arn"],
        Timeout=60,
        Code={"ZipFile": zipped(Path(sagemaker_idle_endpoints.__file__).parent)},
        Environment={"Variables": environment},
    )["FunctionArn"]
    machines: Any = embedded_aws.client("stepfunctions")

    def execute(*accounts: str) -> dict[str, Any]:
        body = definition(function_arn=function, topic_arn=topic, accounts=accounts, accounts_at_once=2)
        written = json.dumps(body).replace(Aws.PARTITION, "aws")
        made = machines.create_state_machine(
            name=f"idle-{len(accounts)}", definition=written, roleArn="arn:aws:iam::123456789012:role/m"
        )
        execution = machines.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"]
        while (told := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
            pass
        found: dict[str, Any] = told
        return found

    return execute


def zipped(package: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in package.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, Path(package.name) / file.relative_to(package))
    return packed.getvalue()


def reports(embedded_aws: EmbeddedAws) -> set[str]:
    listed = embedded_aws.client("s3").list_objects_v2(Bucket="reports", Prefix="reports/")
    return {each["Key"].rpartition("/")[2] for each in listed.get("Contents", ())}


def test_each_account_is_looked_at(run: Callable[..., dict[str, Any]], embedded_aws: EmbeddedAws) -> None:
    done = run(*numbers(2))
    assert done["status"] == "SUCCEEDED", done
    assert reports(embedded_aws) >= {f"{account}.{form}" for account in numbers(2) for form in ("json", "csv")}


def test_one_that_cannot_be_looked_at_is_told_and_keeps_no_other(
    run: Callable[..., dict[str, Any]], embedded_aws: EmbeddedAws
) -> None:
    sqs: Any = embedded_aws.client("sqs")
    queue = sqs.create_queue(QueueName="reads")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = embedded_aws.client("sns").create_topic(Name="told")["TopicArn"]
    embedded_aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    done = run("no account", "000000000003", "000000000004")
    assert (done["status"], done["error"]) == ("FAILED", "AccountsMissed")
    assert done["cause"] == "accounts that could not be looked at: 1; the topic was told which"
    assert reports(embedded_aws) >= {"000000000003.json", "000000000004.json"}
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = [json.loads(each["Body"])["Message"] for each in messages]
    assert any("Account no account could not be looked at: " in each and "twelve digits" in each for each in told)
