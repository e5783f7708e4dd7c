from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Aws, Duration, RemovalPolicy, Stack, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling._checks import refuse, repeated, unresolved, within
from cdk_sagemaker_scaling._state_machines import DELIVER_LOGS, TRACE

from ._access import ROLE_NAME
from ._accounts import MOST_INLINE, definition, is_inline
from ._actions import IdleActions
from ._function import Looker
from ._permissions import acknowledge, permit
from ._wanted import TAG_KEY, Wanted
from ._widgets import idle_widgets

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_stepfunctions as sfn


class AccountsIdleEndpointDetector(Construct):
    """Looks at every endpoint of many accounts on a schedule, through a role in each: `IdleEndpointAccess`.

    A state machine fans out over the accounts, by an inline map for up to 40 of them and by a distributed one for
    more. Each account is told of as `IdleEndpointDetector` does. One that could not be looked at is told of, and
    keeps no other waiting.

    Attributes:
        state_machine: one execution a look; it fails where some account could not be looked at.
        function: looks at the account that its event names.
        role: what the function may do; give its ARN to `IdleEndpointAccess`.
        bucket: the reports of all accounts, and what brings their endpoints back.
    """

    state_machine: sfn.StateMachine
    function: lambda_.Function
    role: iam.Role
    bucket: s3.Bucket

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        topic: sns.ITopic,
        accounts: Sequence[str],
        role_name: str = ROLE_NAME,
        accounts_at_once: int = MOST_INLINE,
        lookback_days: int = 7,
        schedule: events.Schedule | None = None,
        ignored_calls_per_day: float = 0,
        regions: Sequence[str] = (),
        all_regions: bool = False,
        actions: IdleActions | None = None,
        tag_key: str = TAG_KEY,
        prices: str | Path | None = None,
    ) -> None:
        """Define the state machine, its schedule, the function that looks, its bucket and logs.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            topic: who is told; messages carry the account as an attribute to filter by.
            accounts: whose endpoints, by their numbers, each with the role.
            role_name: the name of that role, the same in each account.
            accounts_at_once: how many accounts are looked at at a time, 1 to 1000, and inline at most 40.
            lookback_days: how long an endpoint must have had no invocations, 1 to 63 days.
            schedule: when to look; by default once a day.
            ignored_calls_per_day: a day with at most so many calls counts as one without: health checks.
            regions: where to look; by default in the stack's own region.
            all_regions: whether to look in every region that is enabled for an account.
            actions: what may be done to idle endpoints, if the account's role permits it too; by default nothing.
            tag_key: of the tag by which an endpoint's owner exempts it (``keep``) or permits an action.
            prices: a file as ``sagemaker-capacity prices --refresh`` writes it.

        Raises:
            ValueError: accounts that are none, and what `IdleEndpointDetector` refuses; all faults at once.
        """
        from aws_cdk import aws_events_targets as targets  # noqa: PLC0415 - other stacks have no need of these
        from aws_cdk import aws_stepfunctions as sfn  # noqa: PLC0415

        super().__init__(scope, id)
        wanted = Wanted(
            lookback_days=lookback_days,
            ignored_calls_per_day=ignored_calls_per_day,
            regions=regions,
            all_regions=all_regions,
            actions=actions,
            tag_key=tag_key,
            prices=Path(prices) if prices is not None else None,
        )
        faults = wanted.faults() + _faults_of(accounts) + within("accounts_at_once", accounts_at_once, 1, 1000)
        if is_inline(accounts):
            faults += within("accounts_at_once of an inline map", accounts_at_once, 1, MOST_INLINE)
        refuse(list(dict.fromkeys(faults)), self.node.path)
        assumed = f"arn:{Aws.PARTITION}:iam::*:role/{role_name}"
        looker = Looker(
            self,
            topic=topic,
            environment={**wanted.environment, "ROLE_NAME": role_name},
            statements=[permit("sts:AssumeRole", on=assumed)],
            reasons={
                "*": "PutMetricData knows no resource; its namespace narrows it down.",
                f"arn:<AWS::Partition>:iam::*:role/{role_name}": "The role of that name in each account trusts it.",
            },
            prices=wanted.prices,
        )
        self.function, self.role, self.bucket = looker.function, looker.role, looker.bucket
        machine_log = logs.LogGroup(
            self, "MachineLogs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
        )
        machine_role = _machine_role(self, self.function.function_arn, topic)
        body = definition(
            function_arn=self.function.function_arn,
            topic_arn=topic.topic_arn,
            accounts=accounts,
            accounts_at_once=accounts_at_once,
        )
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Looks for idle endpoints in many accounts.",
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(body)),
            role=machine_role.without_policy_updates(),  # it holds all that the machine needs
            logs=sfn.LogOptions(destination=machine_log, level=sfn.LogLevel.ALL, include_execution_data=True),
            tracing_enabled=True,
        )
        # The machine names its role, and so already waits for it.
        cast("sfn.CfnStateMachine", self.state_machine.node.default_child).add_deletion_override("DependsOn")
        if not is_inline(accounts):
            _let_it_run_children(self, machine_role, self.state_machine)
        events.Rule(
            self,
            "Schedule",
            schedule=schedule or events.Schedule.rate(Duration.days(1)),
            targets=[targets.SfnStateMachine(self.state_machine, dead_letter_queue=looker.undelivered)],
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """Two graphs for a dashboard: how many endpoints idle in each account and region, and what they cost."""
        return idle_widgets()


def _faults_of(accounts: Sequence[str]) -> list[str]:
    faults = repeated("accounts", list(accounts))
    if not accounts:
        faults.append("there is no account to look at: give accounts")
    wrong = [each for each in accounts if not unresolved(each) and not re.fullmatch(r"\d{12}", each)]
    return faults + [f"an account is twelve digits, got {each!r}" for each in wrong]


def _machine_role(scope: Construct, function_arn: str, topic: sns.ITopic) -> iam.Role:
    statements = [
        permit("lambda:InvokeFunction", on=function_arn),
        permit("sns:Publish", on=topic.topic_arn),
        permit(*DELIVER_LOGS, *TRACE, on="*"),
    ]
    if topic.master_key is not None:
        statements.append(permit("kms:Decrypt", "kms:GenerateDataKey", on=topic.master_key.key_arn))
    role = iam.Role(
        scope,
        "MachineRole",
        assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
        inline_policies={"LookAtAccounts": iam.PolicyDocument(statements=statements)},
    )
    Validations.of(role).acknowledge(
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]", reason="X-Ray and the delivery of logs know no resource."
        )
    )
    return role


def _let_it_run_children(scope: Construct, role: iam.Role, machine: sfn.StateMachine) -> None:
    """A distributed map runs each account as an execution of its own: "IAM policies for Distributed Map states"."""
    name = machine.state_machine_name
    execution = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{name}"
    policy = iam.Policy(
        scope,
        "RunChildren",  # of its own, since the machine waits for its role
        roles=[role],
        statements=[
            permit("states:StartExecution", on=machine.state_machine_arn),
            # That page has the machine's own executions; its children are named with the map's label between.
            permit("states:DescribeExecution", "states:StopExecution", on=[f"{execution}:*", f"{execution}/*"]),
        ],
    )
    machine_id = Stack.of(scope).resolve(name)["Fn::GetAtt"][0]
    told = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<{machine_id}.Name>"
    acknowledge(
        policy, dict.fromkeys([f"{told}:*", f"{told}/*"], "The children are executions of this one machine.")
    )
