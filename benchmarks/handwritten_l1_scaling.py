"""The rival's scaling, alarms and dashboard: see handwritten_l1.py."""

from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
LINE = "#57606a"


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
        [INVOCATIONS, "ModelLatency", *of_variant, {"stat": stat, "label": f"model {label}"}]
        for stat, label in (("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("Average", "mean"))
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


def dimensions(
    variant: dict[str, Any], endpoint: sagemaker.CfnEndpoint
) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint.attr_endpoint_name),
        cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=variant["name"]),
    ]
