"""The rival of variants.py: the same template in L1 constructs, `python benchmarks/variants_by_hand.py COUNT`."""

from __future__ import annotations

from typing import Any

import variants_wanted as wanted
from aws_cdk import App, Aws, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

COOLDOWNS = {
    "scale_in_cooldown": wanted.SCALE_IN_COOLDOWN_SECONDS,
    "scale_out_cooldown": wanted.SCALE_OUT_COOLDOWN_SECONDS,
}


def define(stack: Stack, variants: int) -> None:
    for n, count in enumerate(wanted.fleets(variants)):
        model_data = {name: wanted.model_data(n, name) for name in (f"variant{m}" for m in range(count))}
        endpoint_name = serve(stack, f"Fleet{n}", model_data).attr_endpoint_name
        for name in model_data:
            scale(stack, f"Fleet{n}{name}", name, endpoint_name)


def serve(stack: Stack, id: str, model_data: dict[str, str]) -> sagemaker.CfnEndpoint:  # noqa: A002
    role = iam.CfnRole(
        stack,
        f"{id}Role",
        assume_role_policy_document=policy(
            allow("sts:AssumeRole", Principal={"Service": "sagemaker.amazonaws.com"}),
        ),
        policies=[iam.CfnRole.PolicyProperty(policy_name="Serve", policy_document=what_serving_needs(model_data))],
    )
    role_arn = role.attr_arn
    models = {
        name: sagemaker.CfnModel(
            stack,
            f"{id}{name}Model",
            execution_role_arn=role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=wanted.IMAGE, model_data_url=url
            ),
        )
        for name, url in model_data.items()
    }
    config = sagemaker.CfnEndpointConfig(
        stack,
        f"{id}Config",
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name=name,
                model_name=model.attr_model_name,
                instance_type=wanted.INSTANCE_TYPE,
                initial_instance_count=wanted.MIN_CAPACITY,
                initial_variant_weight=1,
            )
            for name, model in models.items()
        ],
        metrics_config=sagemaker.CfnEndpointConfig.MetricsConfigProperty(enable_detailed_observability=False),
    )
    return sagemaker.CfnEndpoint(
        stack,
        f"{id}Endpoint",
        endpoint_config_name=config.attr_endpoint_config_name,
        retain_all_variant_properties=True,
        exclude_retained_variant_properties=[
            sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
        ],
    )


def what_serving_needs(model_data: dict[str, str]) -> dict[str, Any]:
    account, _, _, region, *_ = wanted.IMAGE.split(".")
    repository = wanted.IMAGE.partition("/")[2].partition(":")[0]
    partition = Aws.PARTITION
    archives = [f"arn:{partition}:s3:::{url.removeprefix('s3://')}" for url in model_data.values()]
    return policy(
        allow("ecr:GetAuthorizationToken", Resource="*"),
        allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            Resource=f"arn:{partition}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/Endpoints/*",
        ),
        allow(
            "cloudwatch:PutMetricData",
            Resource="*",
            Condition={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
        ),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource=f"arn:{partition}:ecr:{region}:{account}:repository/{repository}",
        ),
        allow("s3:GetObject", Resource=archives if len(archives) > 1 else archives[0]),
    )


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **more}


def scale(stack: Stack, id: str, name: str, endpoint_name: str) -> None:  # noqa: A002
    target = autoscaling.CfnScalableTarget(
        stack,
        f"{id}Scaling",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=f"endpoint/{endpoint_name}/variant/{name}",
        min_capacity=wanted.MIN_CAPACITY,
        max_capacity=wanted.MAX_CAPACITY,
        scheduled_actions=[
            autoscaling.CfnScalableTarget.ScheduledActionProperty(
                scheduled_action_name="Morning",
                schedule=wanted.SCHEDULE,
                timezone=wanted.TIMEZONE,
                scalable_target_action=autoscaling.CfnScalableTarget.ScalableTargetActionProperty(
                    min_capacity=wanted.SCHEDULED_MIN_CAPACITY
                ),
            )
        ],
    )
    target_id = target.ref
    track_invocations(stack, id, target_id)
    track_cpu_per_core(stack, id, target_id, name, endpoint_name)
    step_out(stack, id, target_id, name, endpoint_name)


def track_invocations(stack: Stack, id: str, target_id: str) -> None:  # noqa: A002
    policies = autoscaling.CfnScalingPolicy
    policies(
        stack,
        f"{id}Invocations",
        policy_name=f"{id}Invocations",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target_id,
        target_tracking_scaling_policy_configuration=policies.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=wanted.INVOCATIONS_PER_INSTANCE_PER_MINUTE,
            predefined_metric_specification=policies.PredefinedMetricSpecificationProperty(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
            **COOLDOWNS,
        ),
    )


def track_cpu_per_core(stack: Stack, id: str, target_id: str, name: str, endpoint_name: str) -> None:  # noqa: A002
    policies = autoscaling.CfnScalingPolicy
    policies(
        stack,
        f"{id}CpuPerCore",
        policy_name=f"{id}CpuPerCore",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target_id,
        target_tracking_scaling_policy_configuration=policies.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=wanted.PERCENT_PER_CORE,
            customized_metric_specification=policies.CustomizedMetricSpecificationProperty(
                metrics=[
                    policies.TargetTrackingMetricDataQueryProperty(
                        id="cpu",
                        metric_stat=policies.TargetTrackingMetricStatProperty(
                            metric=policies.TargetTrackingMetricProperty(
                                namespace="/aws/sagemaker/Endpoints",
                                metric_name="CPUUtilization",
                                dimensions=[
                                    policies.TargetTrackingMetricDimensionProperty(
                                        name="EndpointName", value=endpoint_name
                                    ),
                                    policies.TargetTrackingMetricDimensionProperty(name="VariantName", value=name),
                                ],
                            ),
                            stat="Average",
                        ),
                        return_data=False,
                    ),
                    policies.TargetTrackingMetricDataQueryProperty(
                        id="cpu_per_core",
                        expression=f"cpu / {wanted.VCPUS}",
                        label="CPU of each core, percent",
                        return_data=True,
                    ),
                ]
            ),
            **COOLDOWNS,
        ),
    )


def step_out(stack: Stack, id: str, target_id: str, name: str, endpoint_name: str) -> None:  # noqa: A002
    policies = autoscaling.CfnScalingPolicy
    out = policies(
        stack,
        f"{id}StepOut",
        policy_name=f"{id}StepOut",
        policy_type="StepScaling",
        scaling_target_id=target_id,
        step_scaling_policy_configuration=policies.StepScalingPolicyConfigurationProperty(
            adjustment_type="PercentChangeInCapacity",
            cooldown=wanted.SCALE_OUT_COOLDOWN_SECONDS,
            metric_aggregation_type="Average",
            step_adjustments=[
                policies.StepAdjustmentProperty(
                    metric_interval_lower_bound=above,
                    metric_interval_upper_bound=below,
                    scaling_adjustment=percent,
                )
                for above, below, percent in wanted.STEPS
            ],
        ),
    )
    cloudwatch.CfnAlarm(
        stack,
        f"{id}StepOutAlarm",
        alarm_description=f"High load of {name}: scales it out in steps.",
        namespace="AWS/SageMaker",
        metric_name="InvocationsPerInstance",
        dimensions=[
            cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint_name),
            cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=name),
        ],
        statistic="Sum",
        period=60,
        comparison_operator="GreaterThanThreshold",
        threshold=wanted.STEP_THRESHOLD,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        alarm_actions=[out.ref],
    )


def make_app(variants: int, *, outdir: str | None = None) -> App:
    app = App(context=wanted.flags(), outdir=outdir)
    define(Stack(app, wanted.STACK), variants)
    return app


if __name__ == "__main__":
    make_app(wanted.asked()).synth()
