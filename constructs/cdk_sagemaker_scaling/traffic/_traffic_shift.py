from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Aws, RemovalPolicy, Stack, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_sagemaker_scaling._checks import above_zero, refuse, within
from cdk_sagemaker_scaling._state_machines import DELIVER_LOGS, TRACE
from cdk_sagemaker_scaling.endpoints._endpoint import WeightsOwner
from cdk_sagemaker_scaling.endpoints._real_time import RealTimeEndpoint
from sagemaker_capacity_plan import CapacityPlan

from ._capacity import plan_faults, target_per_instance_per_minute
from ._states import EVENTS_A_LOOK, LOOK_SECONDS, Shift, Side
from ._steps import TrafficSteps

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as sfn

_MOST_ALARMS = 50  # of which DescribeAlarms tells within the 256 KiB that a state may hold
# The quota of an execution's history, at which Step Functions ends it where it stands; a part is left for retries.
_MOST_EVENTS = 25_000 * 4 // 5
_SETTLING_SECONDS = (300, 14_400)
# RegisterScalableTarget tries whether its caller may read a configuration, one of a name that it makes up.
_CONFIGURATIONS = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint-config/*"
_TARGETS = f"arn:{Aws.PARTITION}:application-autoscaling:{Aws.REGION}:{Aws.ACCOUNT_ID}:scalable-target/*"


class TrafficShift(Construct):
    """A state machine that moves the traffic of one variant of a live endpoint to another, and back on an alarm.

    An execution, which takes no input, adds the destination's instances before each step, moves weight, and looks
    every minute at the endpoint and the alarms. An alarm that fires, a call that fails or an endpoint that does not
    settle brings back the weights that there were at the start. What the two variants weigh together stays the
    same, and with it the share of any other variant. While it runs, neither variant scales in.

    It ends as ``SUCCEEDED`` with all traffic on the destination, or as ``FAILED`` with the reason as its cause.

    Attributes:
        state_machine: to start it, to permit that, and to watch it.
        log_group: where its executions are logged.
        role: what it may do.
    """

    state_machine: sfn.StateMachine
    log_group: logs.LogGroup
    role: iam.Role

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: RealTimeEndpoint,
        source: str,
        destination: str,
        plans: Mapping[str, CapacityPlan],
        steps: TrafficSteps,
        alarms: Sequence[cloudwatch.IAlarm],
        peak_tps: float | None = None,
        settling_timeout_seconds: int = 1800,
        scale_in_source: bool = False,
        retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        """Define the state machine, its role and its log.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoint: whose traffic; its weights belong to the live endpoint.
            source: the variant that gives its traffic.
            destination: the variant that gets it.
            plans: the capacity plans by which both variants scale, by the variant's name.
            steps: `CanarySteps` or `LinearSteps`.
            alarms: any of which rolls the shift back, such as those of `VariantAlarms`; 1 to 50.
            peak_tps: the most requests per second that both variants get together, which the destination must be
                able to carry; by default the sum of what their plans are for, with growth.
            settling_timeout_seconds: how long instances may take to start, and an update to be in service, before
                the shift is rolled back; 300 to 14400.
            scale_in_source: whether the source is scaled in to its minimum at the end, at once; its policies do so
                anyway, in their time. A variant keeps at least one instance.
            retention: how long the log is kept.
            encryption_key: encrypts the log; its policy must permit that. By default CloudWatch's own key does.
            removal_policy: what becomes of the log when it leaves the stack.

        Raises:
            ValueError: a deploy would set the weights back, the destination's plan does not carry all the traffic,
                or a shift would be longer than Step Functions keeps its history; all faults at once.
        """
        from aws_cdk import aws_stepfunctions as sfn  # noqa: PLC0415 - other stacks have no need of it

        super().__init__(scope, id)
        faults = _faults(endpoint, source, destination, alarms)
        faults += above_zero("peak_tps", peak_tps) if peak_tps is not None else []
        faults += plan_faults(source, destination, plans, peak_tps)
        faults += steps.faults() + within("settling_timeout_seconds", settling_timeout_seconds, *_SETTLING_SECONDS)
        refuse(faults or _faults_of_history(steps, settling_timeout_seconds), self.node.path)

        def side(name: str) -> Side:
            target = target_per_instance_per_minute(plans[name])
            assert target is not None  # noqa: S101 - a plan without one has been refused
            return Side(
                name=name,
                resource_id=endpoint.variants[name].resource_id,
                target_per_instance_per_minute=target,
            )

        composite = any(isinstance(alarm, cloudwatch.CompositeAlarm) for alarm in alarms)
        shift = Shift(
            endpoint_name=endpoint.endpoint_name,
            source=side(source),
            destination=side(destination),
            percents=steps.percents(),
            wait_interval_seconds=steps.wait_interval_seconds,
            settling_timeout_seconds=settling_timeout_seconds,
            alarm_names=[alarm.alarm_name for alarm in alarms],
            composite_alarms=composite,
            scale_in_source=scale_in_source,
        )
        self.log_group = logs.LogGroup(
            self, "Logs", retention=retention, encryption_key=encryption_key, removal_policy=removal_policy
        )
        # CloudWatch tells of composite alarms to nobody who may not see every alarm.
        self.role = _role(self, endpoint, ["*"] if composite else [alarm.alarm_arn for alarm in alarms])
        self.state_machine = sfn.StateMachine(
            self,
            "Resource",
            comment=f"Moves the traffic of {source} to {destination}.",
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(shift.definition())),
            role=self.role.without_policy_updates(),  # it holds all that the machine needs
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            tracing_enabled=True,
        )
        # The machine names its role, and so already waits for it.
        cast("sfn.CfnStateMachine", self.state_machine.node.default_child).add_deletion_override("DependsOn")
        iam.Policy(
            self,
            "SeeItself",  # of its own, since the machine waits for its role
            roles=[self.role],
            statements=[_permit("states:ListExecutions", on=[self.state_machine.state_machine_arn])],
        )


def _faults(
    endpoint: RealTimeEndpoint, source: str, destination: str, alarms: Sequence[cloudwatch.IAlarm]
) -> list[str]:
    if not isinstance(endpoint, RealTimeEndpoint):
        return [
            (
                "a shift takes the RealTimeEndpoint itself, since of one by its name nobody knows who owns its "
                "weights: define the shift in the app that defines the endpoint"
            )
        ]
    faults = []
    if endpoint.weights_owner is not WeightsOwner.LIVE_ENDPOINT:
        faults.append(
            "each deploy sets the weights of the template, and would undo a shift: make the endpoint with "
            "weights_owner=WeightsOwner.LIVE_ENDPOINT"
        )
    there = ", ".join(map(repr, endpoint.production_variants))
    faults += [
        f"the endpoint has no production variant {name!r}, it has {there}"
        for name in (source, destination)
        if name not in endpoint.production_variants
    ]
    if source == destination:
        faults.append(f"source and destination must be two variants, got {source!r} twice")
    if not alarms:
        faults.append("a shift that nothing watches never rolls back: give alarms, such as those of VariantAlarms")
    if len(alarms) > _MOST_ALARMS:
        faults.append(f"there are at most {_MOST_ALARMS} alarms, got {len(alarms)}: give a composite alarm")
    return faults


def _faults_of_history(steps: TrafficSteps, settling_timeout_seconds: int) -> list[str]:
    """Why a shift of so many looks would be ended midway by Step Functions, without a roll-back."""
    number = len(steps.percents())
    seconds = number * (steps.wait_interval_seconds + 2 * settling_timeout_seconds) + settling_timeout_seconds
    events = seconds // LOOK_SECONDS * EVENTS_A_LOOK
    if events <= _MOST_EVENTS:
        return []
    return [
        (
            f"{number} steps of {steps.wait_interval_seconds} seconds may take {events} events, and an execution "
            f"of more than {_MOST_EVENTS} may be ended midway: take fewer steps or a shorter interval"
        )
    ]


def _role(scope: Construct, endpoint: RealTimeEndpoint, alarm_arns: Sequence[str]) -> iam.Role:
    targets = _permit("application-autoscaling:RegisterScalableTarget", on=[_TARGETS])
    targets.add_condition(
        "StringEquals",
        {
            "application-autoscaling:service-namespace": "sagemaker",
            "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
        },
    )
    statements = [
        _permit(
            "sagemaker:DescribeEndpoint",
            "sagemaker:UpdateEndpointWeightsAndCapacities",
            on=[endpoint.endpoint_arn],
        ),
        targets,
        _permit("sagemaker:DescribeEndpointConfig", on=[_CONFIGURATIONS]),
        _permit("application-autoscaling:DescribeScalableTargets", on=["*"]),
        _permit("cloudwatch:DescribeAlarms", on=alarm_arns),
        _permit(*DELIVER_LOGS, on=["*"]),
        _permit(*TRACE, on=["*"]),
    ]
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal(
            "states.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        ),
        inline_policies={"ShiftTraffic": iam.PolicyDocument(statements=statements)},
    )
    Validations.of(role).acknowledge(
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="DescribeScalableTargets, X-Ray and the delivery of logs know no resource, and CloudWatch tells "
            "of composite alarms to nobody who may not see every alarm.",
        ),
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:application-autoscaling:<AWS::Region>:"
            "<AWS::AccountId>:scalable-target/*]",
            reason="The id in a scalable target's ARN is Application Auto Scaling's own; conditions narrow it.",
        ),
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sagemaker:<AWS::Region>:"
            "<AWS::AccountId>:endpoint-config/*]",
            reason="RegisterScalableTarget tries whether its caller may read a configuration of a name of its own.",
        ),
    )
    return role


def _permit(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(on))
