"""The rival: what app.py synthesises from plans/, written by hand with L1 constructs alone.

Each id is the logical id that app.py's template has, since CloudFormation calls a resource directly under the
stack by its id. tests/test_benchmarks.py holds the two templates equal.
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App, Aws, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

ROOT = Path(__file__).resolve().parent.parent

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
LINE = "#57606a"


class ScaledEndpoints(Stack):
    """The endpoint of plans/xgboost, scaled and watched, and the detector of endpoints that idle."""

    def __init__(self, app: App) -> None:
        """Define every resource."""
        super().__init__(
            app, "ScaledEndpoints", description="SageMaker endpoints that scale by their capacity plans."
        )
        folder = ROOT / "plans" / "xgboost"
        (variant,) = json.loads((folder / "endpoint.json").read_text(encoding="utf-8"))["variants"]
        plan = json.loads((folder / variant["plan"]).read_text(encoding="utf-8"))
        key, topic = notifications(self)
        endpoint = real_time_endpoint(self, variant, plan)
        scaling(self, variant, plan, endpoint)
        alarms(self, variant, plan, endpoint, topic)
        dashboard(self, variant, plan, endpoint)
        idle_detector(self, key, topic)
        CfnOutput(self, "xgboostEndpointNameB735432D", value=endpoint.attr_endpoint_name)


def notifications(stack: Stack) -> tuple[kms.CfnKey, sns.CfnTopic]:
    key = kms.CfnKey(
        stack,
        "NotificationsKeyADCFA950",
        description="Encrypts the notifications of SageMaker endpoints.",
        enable_key_rotation=True,
        key_policy=policy(
            allow("kms:*", "*", Principal={"AWS": f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:root"}),
            allow(["kms:Decrypt", "kms:GenerateDataKey*"], "*", **ALARMS_OF_THIS_ACCOUNT),
        ),
    )
    key.apply_removal_policy(RemovalPolicy.DESTROY)
    topic = sns.CfnTopic(stack, "NotificationsCE9D1424", kms_master_key_id=key.attr_arn)
    sns.CfnTopicPolicy(
        stack,
        "NotificationsPolicy6158A093",
        topics=[topic.ref],
        policy_document=policy(
            deny_without_tls("sns:Publish", topic.ref, Principal="*", Sid="AllowPublishThroughSSLOnly"),
            allow("sns:Publish", topic.ref, Sid="1", **ALARMS_OF_THIS_ACCOUNT),
        ),
    )
    return key, topic


def real_time_endpoint(stack: Stack, variant: dict[str, Any], plan: dict[str, Any]) -> sagemaker.CfnEndpoint:
    partition, region, account = Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID
    role = iam.CfnRole(
        stack,
        "xgboostEndpointExecutionRole79B29A99",
        assume_role_policy_document=assumed_by("sagemaker.amazonaws.com"),
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="Serve",
                policy_document=policy(
                    allow("ecr:GetAuthorizationToken", "*"),
                    allow(
                        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                        f"arn:{partition}:ecr:us-west-2:246618743249:repository/sagemaker-xgboost",
                    ),
                    allow(
                        "s3:GetObject",
                        f"arn:{partition}:s3:::{variant['model_data_url'].removeprefix('s3://')}",
                    ),
                    allow(
                        [
                            "logs:CreateLogGroup",
                            "logs:CreateLogStream",
                            "logs:DescribeLogStreams",
                            "logs:PutLogEvents",
                        ],
                        f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/*",
                    ),
                    allow(
                        "cloudwatch:PutMetricData",
                        "*",
                        Condition={"StringLike": {"cloudwatch:namespace": [INVOCATIONS, "/aws/sagemaker/*"]}},
                    ),
                ),
            )
        ],
    )
    model = sagemaker.CfnModel(
        stack,
        "xgboostEndpointAllTrafficModel812C3A4E",
        execution_role_arn=role.attr_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=variant["image_uri"], model_data_url=variant["model_data_url"]
        ),
    )
    config = sagemaker.CfnEndpointConfig(
        stack,
        "xgboostEndpointConfig2372E118",
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name=variant["name"],
                model_name=model.attr_model_name,
                instance_type=plan["instance"]["type"],
                initial_instance_count=plan["computed"]["min_capacity"],
                initial_variant_weight=variant["weight"],
            )
        ],
    )
    return sagemaker.CfnEndpoint(
        stack,
        "xgboostEndpoint2FA965D4",
        endpoint_config_name=config.attr_endpoint_config_name,
        retain_all_variant_properties=True,
        exclude_retained_variant_properties=[
            sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
        ],
    )


def scaling(stack: Stack, variant: dict[str, Any], plan: dict[str, Any], endpoint: sagemaker.CfnEndpoint) -> None:
    numbers = plan["computed"]
    invocations, cpu, step_out = numbers["invocations"], numbers["cpu_per_core"], numbers["step_out"]
    target = autoscaling.CfnScalableTarget(
        stack,
        "xgboostAllTrafficScaling48C69CD4",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/{variant['name']}",
        min_capacity=numbers["min_capacity"],
        max_capacity=numbers["max_capacity"],
        scheduled_actions=[
            autoscaling.CfnScalableTarget.ScheduledActionProperty(
                scheduled_action_name=action["name"],
                schedule=action["schedule"],
                timezone=action["timezone"],
                scalable_target_action=autoscaling.CfnScalableTarget.ScalableTargetActionProperty(
                    min_capacity=action["min_capacity"]
                ),
            )
            for action in numbers["scheduled"]
        ],
    )
    policies = autoscaling.CfnScalingPolicy
    policies(
        stack,
        "xgboostAllTrafficScalingInvocationsA0FCD46F",
        policy_name="ScaledEndpointsxgboostAllTrafficScalingInvocations737FB70D",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=policies.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=invocations["target_per_instance_per_minute"],
            scale_in_cooldown=invocations["scale_in_cooldown_seconds"],
            scale_out_cooldown=invocations["scale_out_cooldown_seconds"],
            predefined_metric_specification=policies.PredefinedMetricSpecificationProperty(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
        ),
    )
    policies(
        stack,
        "xgboostAllTrafficScalingCpuPerCoreE9237F9D",
        policy_name="ScaledEndpointsxgboostAllTrafficScalingCpuPerCoreE74A22D4",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=policies.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=cpu["target_percent_per_core"],
            scale_in_cooldown=cpu["scale_in_cooldown_seconds"],
            scale_out_cooldown=cpu["scale_out_cooldown_seconds"],
            customized_metric_specification=policies.CustomizedMetricSpecificationProperty(
                metrics=[
                    policies.TargetTrackingMetricDataQueryProperty(
                        id="cpu",
                        metric_stat=policies.TargetTrackingMetricStatProperty(
                            metric=policies.TargetTrackingMetricProperty(
                                namespace=INSTANCES,
                                metric_name="CPUUtilization",
                                dimensions=[
                                    policies.TargetTrackingMetricDimensionProperty(
                                        name="EndpointName", value=endpoint.attr_endpoint_name
                                    ),
                                    policies.TargetTrackingMetricDimensionProperty(
                                        name="VariantName", value=variant["name"]
                                    ),
                                ],
                            ),
                            stat="Average",
                        ),
                        return_data=False,
                    ),
                    policies.TargetTrackingMetricDataQueryProperty(
                        id="cpu_per_core",
                        expression=f"cpu / {cpu['vcpus']}",
                        label="CPU of each core, percent",
                        return_data=True,
                    ),
                ]
            ),
        ),
    )
    out = policies(
        stack,
        "xgboostAllTrafficScalingStepOutEEEFBC5C",
        policy_name="ScaledEndpointsxgboostAllTrafficScalingStepOutB670B195",
        policy_type="StepScaling",
        scaling_target_id=target.ref,
        step_scaling_policy_configuration=policies.StepScalingPolicyConfigurationProperty(
            adjustment_type="PercentChangeInCapacity",
            min_adjustment_magnitude=1,
            cooldown=step_out["cooldown_seconds"],
            metric_aggregation_type="Maximum",
            step_adjustments=[
                policies.StepAdjustmentProperty(
                    metric_interval_lower_bound=step["lower_bound"],
                    metric_interval_upper_bound=step["upper_bound"],
                    scaling_adjustment=step["change_percent"],
                )
                for step in step_out["steps"]
            ],
        ),
    )
    cloudwatch.CfnAlarm(
        stack,
        "xgboostAllTrafficScalingStepOutAlarm025FE87F",
        alarm_description=f"Variant {variant['name']} is given more than an instance carries: "
        "scales it out in steps.",
        namespace=INVOCATIONS,
        metric_name="InvocationsPerInstance",
        dimensions=dimensions(variant, endpoint),
        statistic="Sum",
        period=60,
        comparison_operator="GreaterThanThreshold",
        threshold=step_out["threshold_per_instance_per_minute"],
        evaluation_periods=step_out["evaluation_minutes"],
        datapoints_to_alarm=step_out["evaluation_minutes"],
        treat_missing_data="notBreaching",
        alarm_actions=[out.ref],
    )


def alarms(
    stack: Stack,
    variant: dict[str, Any],
    plan: dict[str, Any],
    endpoint: sagemaker.CfnEndpoint,
    topic: sns.CfnTopic,
) -> None:
    name, slo, most = variant["name"], plan["saturation"], plan["computed"]["max_capacity"]

    def sum_of(id: str, metric: str) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:  # noqa: A002
        return cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id=id,
            metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                metric=cloudwatch.CfnAlarm.MetricProperty(
                    namespace=INVOCATIONS, metric_name=metric, dimensions=dimensions(variant, endpoint)
                ),
                period=60,
                stat="Sum",
            ),
            return_data=False,
        )

    cloudwatch.CfnAlarm(
        stack,
        "xgboostAllTrafficAlarmsErrorsF6950240",
        alarm_description=f"More than {slo['slo_error_percent']} % of the requests to variant {name} fail.",
        comparison_operator="GreaterThanThreshold",
        threshold=slo["slo_error_percent"],
        evaluation_periods=5,
        datapoints_to_alarm=5,
        treat_missing_data="notBreaching",
        metrics=[
            sum_of("failed", "Invocation5XXErrors"),
            sum_of("requests", "Invocations"),
            cloudwatch.CfnAlarm.MetricDataQueryProperty(
                id="error_percent",
                expression="IF(requests > 0, 100 * FILL(failed, 0) / requests, 0)",
                label="Failed requests, percent",
                return_data=True,
            ),
        ],
        alarm_actions=[topic.ref],
        ok_actions=[topic.ref],
    )
    cloudwatch.CfnAlarm(
        stack,
        "xgboostAllTrafficAlarmsLatency3A1BCD3D",
        alarm_description=f"The {slo['slo_statistic']} model latency of variant {name} is above "
        f"{slo['slo_latency_ms']} ms.",
        namespace=INVOCATIONS,
        metric_name="ModelLatency",
        dimensions=dimensions(variant, endpoint),
        statistic="Average",
        period=60,
        comparison_operator="GreaterThanThreshold",
        threshold=slo["slo_latency_ms"] * 1000,
        evaluation_periods=3,
        datapoints_to_alarm=3,
        treat_missing_data="notBreaching",
        alarm_actions=[topic.ref],
        ok_actions=[topic.ref],
    )
    cloudwatch.CfnAlarm(
        stack,
        "xgboostAllTrafficAlarmsAtMaximum2D0F82DC",
        alarm_description=f"Variant {name} runs all of its {most} instances and can scale out no more.",
        namespace=INSTANCES,
        metric_name="CPUUtilization",
        dimensions=dimensions(variant, endpoint),
        statistic="SampleCount",
        period=60,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=most,
        evaluation_periods=15,
        datapoints_to_alarm=15,
        treat_missing_data="notBreaching",
        alarm_actions=[topic.ref],
        ok_actions=[topic.ref],
    )


def dashboard(stack: Stack, variant: dict[str, Any], plan: dict[str, Any], endpoint: sagemaker.CfnEndpoint) -> None:
    limits, numbers, slo = plan["limits"], plan["computed"], plan["saturation"]
    of_variant = ["EndpointName", endpoint.attr_endpoint_name, "VariantName", variant["name"]]

    def graph(x: int, y: int, title: str, metrics: list[Any], lines: list[Any] | None = None) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "title": f"{variant['name']}: {title}",
            "view": "timeSeries",
            "region": Aws.REGION,
            "period": 60,
            "metrics": metrics,
            "yAxis": {"left": {"min": 0}},
        }
        if lines:
            properties["annotations"] = {"horizontal": lines}
        return {"x": x, "y": y, "width": 12, "height": 6, "type": "metric", "properties": properties}

    def line(value: float, label: str) -> dict[str, Any]:
        return {"value": value, "label": label, "color": LINE}

    band = [
        {"value": limits["lower_invocations_per_minute"], "label": "lower limit", "color": "#f2cc60"},
        {"value": limits["upper_invocations_per_minute"], "label": "upper limit"},
    ]
    latency = [
        [INVOCATIONS, "ModelLatency", *of_variant, {"stat": stat, "label": f"model {stat}"}]
        for stat in ("p50", "p90", "p99")
    ]
    widgets = [
        graph(0, 0, "Invocations a minute", [[INVOCATIONS, "Invocations", *of_variant, {"stat": "Sum"}]]),
        graph(
            12,
            0,
            "Invocations per instance and minute",
            [[INVOCATIONS, "InvocationsPerInstance", *of_variant, {"stat": "Sum"}]],
            [
                band,
                line(numbers["invocations"]["target_per_instance_per_minute"], "target"),
                line(limits["max_invocations_per_minute"], "measured maximum"),
                line(slo["highest_invocations_per_minute"], "highest within the SLO"),
            ],
        ),
        graph(
            0,
            6,
            "Failed requests a minute",
            [
                [INVOCATIONS, name, *of_variant, {"stat": "Sum"}]
                for name in ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
            ],
        ),
        graph(
            12,
            6,
            "Latency, microseconds",
            [*latency, [INVOCATIONS, "OverheadLatency", *of_variant, {"stat": "p99", "label": "overhead p99"}]],
            [line(slo["slo_latency_ms"] * 1000, f"SLO on {slo['slo_statistic']}")],
        ),
        graph(
            0,
            12,
            "Utilisation, percent of each core",
            [
                [
                    {
                        "expression": f"cpu / {plan['instance']['vcpus']}",
                        "label": "CPU of each core",
                        "id": "cpu_per_core",
                    }
                ],
                [INSTANCES, "CPUUtilization", *of_variant, {"stat": "Average", "id": "cpu", "visible": False}],
                [INSTANCES, "MemoryUtilization", *of_variant, {"stat": "Average"}],
                [INSTANCES, "DiskUtilization", *of_variant, {"stat": "Average"}],
            ],
            [line(numbers["cpu_per_core"]["target_percent_per_core"], "CPU target")],
        ),
        graph(
            12,
            12,
            "Instances in service",
            [[INSTANCES, "CPUUtilization", *of_variant, {"stat": "SampleCount", "label": "instances"}]],
            [line(numbers["min_capacity"], "min capacity"), line(numbers["max_capacity"], "max capacity")],
        ),
    ]
    cloudwatch.CfnDashboard(
        stack, "xgboostDashboard01E1D033", dashboard_body=stack.to_json_string({"widgets": widgets})
    )


def idle_detector(stack: Stack, key: kms.CfnKey, topic: sns.CfnTopic) -> None:
    log_group = logs.CfnLogGroup(stack, "IdleEndpointsLogsB63BCA6E", retention_in_days=90)
    log_group.apply_removal_policy(RemovalPolicy.DESTROY)
    undelivered = sqs.CfnQueue(
        stack,
        "IdleEndpointsDeadLetters99DF2879",
        message_retention_period=1209600,
        sqs_managed_sse_enabled=True,
    )
    undelivered.apply_removal_policy(RemovalPolicy.DESTROY)
    role = iam.CfnRole(
        stack,
        "IdleEndpointsRole23FCDF7E",
        assume_role_policy_document=assumed_by("lambda.amazonaws.com"),
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="FindIdleEndpoints",
                policy_document=policy(
                    allow(
                        [
                            "cloudwatch:GetMetricData",
                            "sagemaker:ListEndpoints",
                            "sagemaker:ListInferenceComponents",
                        ],
                        "*",
                    ),
                    allow(
                        "sagemaker:DescribeEndpoint",
                        f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint/*",
                    ),
                    allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.attr_arn),
                    allow("sns:Publish", topic.ref),
                    allow("sqs:SendMessage", undelivered.attr_arn),
                    allow(["kms:Decrypt", "kms:GenerateDataKey"], key.attr_arn),
                ),
            )
        ],
    )
    with TemporaryDirectory() as folder:
        shutil.copytree(
            ROOT / "constructs" / "sagemaker_idle_endpoints",
            Path(folder) / "sagemaker_idle_endpoints",
            ignore=shutil.ignore_patterns("__pycache__", "__main__.py", "py.typed"),
        )
        code = s3_assets.Asset(stack, "IdleEndpointsCode", path=folder)
    function = lambda_.CfnFunction(
        stack,
        "IdleEndpointsD93985D6",
        description="Finds SageMaker endpoints that idle.",
        runtime="python3.14",
        architectures=["arm64"],
        handler="sagemaker_idle_endpoints.handler",
        code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key),
        environment=lambda_.CfnFunction.EnvironmentProperty(
            variables={"LOOKBACK_DAYS": "7", "TOPIC_ARN": topic.ref}
        ),
        timeout=900,
        memory_size=512,
        role=role.attr_arn,
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=log_group.ref),
        dead_letter_config=lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=undelivered.attr_arn),
    )
    rule = events.CfnRule(
        stack,
        "IdleEndpointsSchedule2C98C1AD",
        schedule_expression="rate(1 day)",
        state="ENABLED",
        targets=[
            events.CfnRule.TargetProperty(
                id="Target0",
                arn=function.attr_arn,
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=undelivered.attr_arn),
            )
        ],
    )
    lambda_.CfnPermission(
        stack,
        "IdleEndpointsScheduleAllowEventRuleScaledEndpointsIdleEndpointsDC1B35148E012261",
        action="lambda:InvokeFunction",
        function_name=function.attr_arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )
    sqs.CfnQueuePolicy(
        stack,
        "IdleEndpointsDeadLettersPolicy7BEB8EE1",
        queues=[undelivered.ref],
        policy_document=policy(
            deny_without_tls("sqs:*", undelivered.attr_arn, Principal={"AWS": "*"}),
            allow(
                "sqs:SendMessage",
                undelivered.attr_arn,
                Sid="AllowEventRuleScaledEndpointsIdleEndpointsScheduleE70C15B1",
                Principal={"Service": "events.amazonaws.com"},
                Condition={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            ),
        ),
    )


ALARMS_OF_THIS_ACCOUNT = {
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], resource: str, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny_without_tls(action: str, resource: str, **more: object) -> dict[str, Any]:
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Action": action, "Resource": resource, "Condition": without_tls, **more}


def assumed_by(service: str) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}})


def dimensions(
    variant: dict[str, Any], endpoint: sagemaker.CfnEndpoint
) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint.attr_endpoint_name),
        cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=variant["name"]),
    ]


def make_app(*, outdir: str | None = None) -> App:
    """The app with the flags of cdk.json, which only the CDK CLI would read otherwise."""
    flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context=flags, outdir=outdir)
    ScaledEndpoints(app)
    return app


if __name__ == "__main__":
    make_app().synth()
