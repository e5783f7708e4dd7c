"""One stack with an endpoint of every kind, each with all that it can have, and every policy that scales them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from least import IMAGE

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    AsynchronousOutput,
    BacklogTrackingPolicy,
    CanaryDeployment,
    ConcurrencyPerCopyTrackingPolicy,
    ConcurrencyTrackingPolicy,
    ContainerImage,
    CpuPerCoreTrackingPolicy,
    DataCapture,
    Fleet,
    InferenceComponent,
    InferenceComponentEndpoint,
    InferenceComponentScaling,
    InvocationsPerCopyTrackingPolicy,
    InvocationsTrackingPolicy,
    ManagedInstanceScaling,
    MetricsConfig,
    MetricTrackingPolicy,
    ModelData,
    ProvisionedConcurrencyScaling,
    ProvisionedConcurrencyTrackingPolicy,
    RealTimeEndpoint,
    RollingDeployment,
    RoutingStrategy,
    ScaleInStrategy,
    ScalingStep,
    ScheduledScaling,
    ServerlessEndpoint,
    StepScalingInPolicy,
    StepScalingOutPolicy,
    Suspended,
    Variant,
    VariantScaling,
    WakeFromZeroPolicy,
)

if TYPE_CHECKING:
    from aws_cdk import Stack

NAME = "shop"  # of the real-time endpoint, which has rollback alarms and so must have a literal one


@dataclass(frozen=True)
class Given:
    """What a stack has beside the endpoints."""

    bucket: s3.IBucket
    bucket_key: kms.IKey
    volume_key: kms.IKey
    topic: sns.ITopic
    vpc: ec2.IVpc

    @classmethod
    def in_stack(cls, stack: Stack) -> Given:
        key = kms.Key(stack, "BucketKey", enable_key_rotation=True)
        return cls(
            bucket=s3.Bucket(
                stack, "Bucket", encryption_key=key, enforce_ssl=True, server_access_logs_prefix="access"
            ),
            bucket_key=key,
            volume_key=kms.Key(stack, "VolumeKey", enable_key_rotation=True),
            topic=sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-west-1:123456789012:told"),
            vpc=ec2.Vpc.from_vpc_attributes(
                stack,
                "Vpc",
                vpc_id="vpc-0123456789abcdef0",
                availability_zones=["eu-west-1a", "eu-west-1b"],
                private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
            ),
        )


@dataclass(frozen=True)
class Endpoints:
    """An endpoint of every kind."""

    real_time: RealTimeEndpoint
    asynchronous: AsynchronousEndpoint
    serverless: ServerlessEndpoint
    host: InferenceComponentEndpoint
    component: InferenceComponent


def fill(stack: Stack, archive: Path) -> Endpoints:
    """Every endpoint, scaled in every way that its kind can be."""
    given = Given.in_stack(stack)
    endpoints = Endpoints(
        _real_time(stack, given, archive),
        _asynchronous(stack, given),
        ServerlessEndpoint(
            stack,
            "Serverless",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/serverless/model.tar.gz"),
            memory_mb=2048,
            max_concurrency=20,
            provisioned_concurrency=2,
        ),
        host := _host(stack, given),
        InferenceComponent(
            stack,
            "Component",
            endpoint=host,
            image=IMAGE,
            model_data=ModelData.from_bucket(given.bucket, "component/model.tar.gz"),
            min_memory_mb=1024,
            cpu_cores=0.5,
            accelerators=1,
            environment={"WORKERS": "2"},
            container_startup_timeout_seconds=600,
        ),
    )
    _scale_variants(stack, endpoints)
    _scale_others(stack, endpoints)
    return endpoints


def _real_time(stack: Stack, given: Given, archive: Path) -> RealTimeEndpoint:
    failing = cloudwatch.Alarm(
        stack,
        "Failing",
        metric=RealTimeEndpoint.from_endpoint_name(stack, "Named", NAME, instance_types={"A": "ml.c5.large"})
        .variants["A"]
        .metric_errors_5xx(),
        threshold=1,
        evaluation_periods=1,
    )
    return RealTimeEndpoint(
        stack,
        "RealTime",
        endpoint_name=NAME,
        variants=[
            Variant(
                name="A",
                image=IMAGE,
                model_data=ModelData.from_asset(archive),
                instance_type="ml.c5.large",
                initial_instance_count=2,
                volume_size_gb=30,
                weight=0.75,
                environment={"MODE": "fast"},
                container_startup_timeout_seconds=600,
                model_data_download_timeout_seconds=900,
                routing_strategy=RoutingStrategy.LEAST_OUTSTANDING_REQUESTS,
            )
        ],
        shadow_variant=Variant(
            name="B",
            image=ContainerImage.from_uri("210987654321.dkr.ecr.us-east-1.amazonaws.com/next@sha256:" + "0" * 64),
            instance_type="ml.g4dn.xlarge",
            weight=0.25,
        ),
        deployment=CanaryDeployment(rollback_alarms=[failing]),
        data_capture=DataCapture(bucket=given.bucket, sampling_percent=10),
        vpc=given.vpc,
        metrics_config=MetricsConfig(publish_frequency_seconds=10, enhanced=True),
    )


def _asynchronous(stack: Stack, given: Given) -> AsynchronousEndpoint:
    return AsynchronousEndpoint(
        stack,
        "Asynchronous",
        variant=Variant(
            name="A", image=ContainerImage.from_aws("pytorch", "2.6", processor="gpu"), instance_type="ml.m5.large"
        ),
        output=AsynchronousOutput(
            bucket=given.bucket,
            failure_prefix="async/failures",
            success_topic=given.topic,
            error_topic=given.topic,
            encryption_key=given.bucket_key,
        ),
        max_concurrent_invocations_per_instance=4,
        deployment=RollingDeployment(),
        encryption_key=given.volume_key,
    )


def _host(stack: Stack, given: Given) -> InferenceComponentEndpoint:
    return InferenceComponentEndpoint(
        stack,
        "Host",
        fleet=Fleet(
            instance_type="ml.g5.xlarge",
            managed_instance_scaling=ManagedInstanceScaling(
                min_instance_count=0,
                max_instance_count=4,
                scale_in_strategy=ScaleInStrategy.CONSOLIDATION,
                scale_in_maximum_step_size=2,
                scale_in_cooldown_minutes=15,
            ),
        ),
        vpc=given.vpc,
        network_isolation=True,
    )


def _scale_variants(stack: Stack, endpoints: Endpoints) -> None:
    """The instances of real-time variants and of an asynchronous one."""
    variant = endpoints.real_time.variants["A"]
    scaling = VariantScaling(
        stack,
        "RealTimeScaling",
        variant=variant,
        min_capacity=2,
        max_capacity=8,
        suspended=Suspended(scale_in=True),
    )
    InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4987)
    ConcurrencyTrackingPolicy(scaling, "Concurrency", scaling=scaling, target_per_model=5)
    CpuPerCoreTrackingPolicy(scaling, "CpuPerCore", scaling=scaling, target_percent_per_core=50, vcpus=2)
    MetricTrackingPolicy(
        scaling, "Memory", scaling=scaling, metric=variant.metric_memory_utilization(), target_value=70
    )
    steps = [ScalingStep(0, 1000, 25), ScalingStep(1000, None, 50)]
    StepScalingOutPolicy(scaling, "StepOut", scaling=scaling, threshold=9068, steps=steps)
    ScheduledScaling(scaling, "Morning", scaling=scaling, schedule="cron(30 8 ? * MON-FRI *)", min_capacity=4)
    shadow = VariantScaling(
        stack, "ShadowScaling", variant=endpoints.real_time.variants["B"], min_capacity=1, max_capacity=4
    )
    steps_in = [ScalingStep(None, 0, -1)]
    StepScalingInPolicy(
        shadow, "StepIn", scaling=shadow, threshold=10, steps=steps_in, adjustment_type="ChangeInCapacity"
    )
    queue = VariantScaling(
        stack,
        "AsynchronousScaling",
        variant=endpoints.asynchronous.variant,
        min_capacity=0,
        max_capacity=3,
    )
    BacklogTrackingPolicy(queue, "Backlog", scaling=queue, target_per_instance=5)
    WakeFromZeroPolicy(queue, "WakeFromZero", scaling=queue)


def _scale_others(stack: Stack, endpoints: Endpoints) -> None:
    """The provisioned concurrency of a serverless variant, and the copies of a component."""
    warm = ProvisionedConcurrencyScaling(
        stack, "ServerlessScaling", variant=endpoints.serverless.variant, min_capacity=1, max_capacity=10
    )
    ProvisionedConcurrencyTrackingPolicy(warm, "Utilization", scaling=warm, target_utilization=0.7)
    copies = InferenceComponentScaling(
        stack, "ComponentScaling", component=endpoints.component.copies, min_capacity=0, max_capacity=4
    )
    InvocationsPerCopyTrackingPolicy(copies, "Invocations", scaling=copies, target_per_copy_per_minute=60)
    ConcurrencyPerCopyTrackingPolicy(copies, "Concurrency", scaling=copies, target_per_copy=5)
    WakeFromZeroPolicy(copies, "WakeFromZero", scaling=copies)
