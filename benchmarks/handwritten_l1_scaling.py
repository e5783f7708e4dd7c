"""The rival's scaling and alarms: see handwritten_l1.py."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"


def scaling(stack: Stack, variant: dict[str, Any], plan: dict[str, Any], endpoint: sagemaker.CfnEndpoint) -> None:
    numbers = plan["computed"]
    invocations, cpu = numbers["invocations"], numbers["cpu_per_core"]
    (step_out,) = numbers["step_scaling"]
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
            metric_aggregation_type="Average",
            step_adjustments=[
                policies.StepAdjustmentProperty(
                    metric_interval_lower_bound=step["lower_bound"],
                    metric_interval_upper_bound=step["upper_bound"],
                    scaling_adjustment=step["adjustment"],
                )
                for step in step_out["steps"]
            ],
        ),
    )
    cloudwatch.CfnAlarm(
        stack,
        "xgboostAllTrafficScalingStepOutAlarm025FE87F",
        alarm_description=f"High load of {variant['name']}: scales it out in steps.",
        namespace=INVOCATIONS,
        metric_name="InvocationsPerInstance",
        dimensions=dimensions(variant, endpoint),
        statistic="Sum",
        period=60,
        comparison_operator="GreaterThanThreshold",
        threshold=step_out["threshold"],
        evaluation_periods=step_out["evaluation_periods"],
        datapoints_to_alarm=step_out["datapoints_to_alarm"],
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
                period=60,
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
        "xgboostAllTrafficAlarmsLoadF055A12D",
        alarm_description=f"An instance of variant {name} gets more than {slo['highest_invocations_per_minute']} "
        "invocations a minute.",
        namespace=INVOCATIONS,
        metric_name="InvocationsPerInstance",
        dimensions=dimensions(variant, endpoint),
        statistic="Sum",
        period=60,
        comparison_operator="GreaterThanThreshold",
        threshold=slo["highest_invocations_per_minute"],
        evaluation_periods=15,
        datapoints_to_alarm=15,
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


def dimensions(
    variant: dict[str, Any], endpoint: sagemaker.CfnEndpoint
) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint.attr_endpoint_name),
        cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=variant["name"]),
    ]
