"""What only the deploy knows is let through: a parameter stands in the template where a number or a text would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import CfnParameter, Fn, Stack, Token
from aws_cdk import aws_iam as iam
from least import (
    asynchronous,
    bucket,
    component,
    fleet,
    host,
    real_time,
    scaled,
    scaled_copies,
    scaled_queue,
    scaled_warmth,
    serverless,
    variant,
)
from templates import TARGET

from cdk_sagemaker_scaling import (
    BacklogTrackingPolicy,
    CanaryDeployment,
    CapacitySize,
    ConcurrencyPerCopyTrackingPolicy,
    ConcurrencyTrackingPolicy,
    ContainerImage,
    CpuPerCoreTrackingPolicy,
    DataCapture,
    InferenceComponent,
    InvocationsPerCopyTrackingPolicy,
    InvocationsTrackingPolicy,
    LinearDeployment,
    ManagedInstanceScaling,
    MetricsConfig,
    MetricTrackingPolicy,
    ModelData,
    ProvisionedConcurrencyTrackingPolicy,
    RealTimeEndpoint,
    RollingDeployment,
    ScaleInStrategy,
    ScalingStep,
    ScheduledScaling,
    ServerlessEndpoint,
    StepScalingInPolicy,
    StepScalingOutPolicy,
    VariantScaling,
    WakeFromZeroPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised


class Parameters:
    """Parameters of a stack, made as they are asked for."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def number(self, name: str) -> Any:  # noqa: ANN401 - a token, as whatever number
        return CfnParameter(self._stack, name, type="Number").value_as_number

    def text(self, name: str) -> str:
        return CfnParameter(self._stack, name).value_as_string


def instances(p: Parameters, name: str) -> dict[str, Any]:
    """All that a fleet is told."""
    return {
        "instance_type": p.text(f"{name}Type"),
        "initial_instance_count": p.number(f"{name}Initial"),
        "volume_size_gb": p.number(f"{name}Volume"),
        "container_startup_timeout_seconds": p.number(f"{name}StartUp"),
        "model_data_download_timeout_seconds": p.number(f"{name}Download"),
        "inference_ami_version": p.text(f"{name}Ami"),
    }


def fill_real_time(stack: Stack) -> None:
    p = Parameters(stack)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    endpoint = real_time(
        stack,
        endpoint_name=p.text("EndpointName"),
        role=role,
        variants=[
            variant(
                image=ContainerImage.from_uri(p.text("Image")),
                model_data=ModelData.from_url(p.text("Archive")),
                weight=p.number("Weight"),
                environment={"MODE": p.text("Mode")},
                **instances(p, "Fleet"),
            )
        ],
        deployment=CanaryDeployment(
            size=CapacitySize.percent(p.number("Canary")),
            wait_interval_seconds=p.number("Wait"),
            termination_wait_seconds=p.number("Termination"),
            maximum_execution_timeout_seconds=p.number("Timeout"),
        ),
        data_capture=DataCapture(
            bucket=bucket(stack), prefix=p.text("Captured"), sampling_percent=p.number("Sampling")
        ),
    )
    scaling = scaled(
        stack,
        variant=endpoint.variants["V"],
        min_capacity=p.number("Min"),
        max_capacity=p.number("Max"),
        start_up_seconds=600,
    )
    cooldowns = {
        "scale_in_cooldown_seconds": p.number("CooldownIn"),
        "scale_out_cooldown_seconds": p.number("CooldownOut"),
    }
    InvocationsTrackingPolicy(
        scaling,
        "Invocations",
        scaling=scaling,
        target_per_instance_per_minute=p.number("Invocations"),
        **cooldowns,
    )
    ConcurrencyTrackingPolicy(scaling, "Concurrency", scaling=scaling, target_per_model=p.number("Concurrency"))
    CpuPerCoreTrackingPolicy(
        scaling,
        "CpuPerCore",
        scaling=scaling,
        target_percent_per_core=p.number("Percent"),
        vcpus=p.number("Vcpus"),
    )
    MetricTrackingPolicy(
        scaling,
        "Metric",
        scaling=scaling,
        metric=endpoint.variants["V"].metric_memory_utilization(),
        target_value=p.number("Memory"),
    )
    StepScalingOutPolicy(
        scaling,
        "StepOut",
        scaling=scaling,
        threshold=p.number("Threshold"),
        steps=[ScalingStep(0, None, p.number("Adjustment"))],
        min_adjustment_magnitude=p.number("Magnitude"),
        cooldown_seconds=p.number("CooldownStep"),
        period_seconds=p.number("Period"),
        evaluation_periods=p.number("Evaluations"),
        datapoints_to_alarm=p.number("Datapoints"),
    )
    StepScalingInPolicy(
        scaling,
        "StepIn",
        scaling=scaling,
        metric=endpoint.variants["V"].metric_cpu_utilization_per_core(p.number("MeasuredVcpus")),
        threshold=1,
        steps=[ScalingStep(None, 0, -1)],
        min_adjustment_magnitude=p.number("MagnitudeIn"),
    )
    ScheduledScaling(
        scaling,
        "Morning",
        scaling=scaling,
        schedule=p.text("Schedule"),
        timezone=p.text("Zone"),
        min_capacity=p.number("MorningMin"),
        max_capacity=p.number("MorningMax"),
    )


def fill_asynchronous(stack: Stack) -> None:
    p = Parameters(stack)
    endpoint = asynchronous(
        stack,
        variant=variant(**instances(p, "Queue")),
        max_concurrent_invocations_per_instance=p.number("Concurrent"),
        deployment=RollingDeployment(
            batch=CapacitySize.instances(p.number("Batch")),
            rollback_batch=CapacitySize.percent(p.number("RollbackBatch")),
            wait_interval_seconds=p.number("Wait"),
        ),
    )
    scaling = scaled_queue(
        stack, variant=endpoint.variant, min_capacity=p.number("Min"), max_capacity=p.number("Max")
    )
    BacklogTrackingPolicy(scaling, "Backlog", scaling=scaling, target_per_instance=p.number("Backlog"))
    WakeFromZeroPolicy(
        scaling,
        "WakeFromZero",
        scaling=scaling,
        adjustment=p.number("Adjustment"),
        evaluation_periods=p.number("Evaluations"),
        datapoints_to_alarm=p.number("Datapoints"),
        cooldown_seconds=p.number("Cooldown"),
    )


def fill_serverless(stack: Stack) -> None:
    p = Parameters(stack)
    endpoint = serverless(
        stack,
        memory_mb=p.number("Memory"),
        max_concurrency=p.number("Concurrency"),
        provisioned_concurrency=p.number("Provisioned"),
        variant_name=p.text("VariantName"),
        endpoint_name=p.text("EndpointName"),
    )
    scaling = scaled_warmth(
        stack, variant=endpoint.variant, min_capacity=p.number("Min"), max_capacity=p.number("Max")
    )
    ProvisionedConcurrencyTrackingPolicy(
        scaling, "Utilization", scaling=scaling, target_utilization=p.number("Utilization")
    )


def fill_components(stack: Stack) -> None:
    p = Parameters(stack)
    endpoint = host(
        stack,
        variant_name=p.text("VariantName"),
        fleet=fleet(
            managed_instance_scaling=ManagedInstanceScaling(
                min_instance_count=p.number("MinInstances"),
                max_instance_count=p.number("MaxInstances"),
                scale_in_strategy=ScaleInStrategy.IDLE_RELEASE,
                scale_in_maximum_step_size=p.number("StepSize"),
                scale_in_cooldown_minutes=p.number("CooldownMinutes"),
            ),
            **instances(p, "Fleet"),
        ),
        deployment=LinearDeployment(
            step=CapacitySize.percent(p.number("Step")),
            wait_interval_seconds=1,
            maximum_execution_timeout_seconds=p.number("Timeout"),
        ),
    )
    copies = component(
        stack,
        endpoint=endpoint,
        min_memory_mb=p.number("Memory"),
        cpu_cores=p.number("Cores"),
        accelerators=p.number("Accelerators"),
        initial_copy_count=p.number("Copies"),
        container_startup_timeout_seconds=p.number("StartUp"),
        model_data_download_timeout_seconds=p.number("Download"),
    ).copies
    scaling = scaled_copies(stack, component=copies, min_capacity=p.number("Min"), max_capacity=p.number("Max"))
    InvocationsPerCopyTrackingPolicy(
        scaling, "Invocations", scaling=scaling, target_per_copy_per_minute=p.number("Invocations")
    )
    ConcurrencyPerCopyTrackingPolicy(
        scaling, "Concurrency", scaling=scaling, target_per_copy=p.number("Concurrency")
    )


def fill_existing(stack: Stack) -> None:
    """What is only checked, and so stands nowhere, is no parameter."""
    p = Parameters(stack)
    existing = RealTimeEndpoint.from_endpoint_name(
        stack, "RealTime", p.text("Name"), instance_types={"V": Fn.import_value("Type")}
    )
    scaled(stack, variant=existing.variants["V"])
    warm = ServerlessEndpoint.from_endpoint_name(
        stack, "Serverless", p.text("ServerlessName"), max_concurrency=Token.as_number(Fn.import_value("Most"))
    ).variants["AllTraffic"]
    scaled_warmth(stack, variant=warm, max_capacity=p.number("Most"))
    copies = InferenceComponent.from_inference_component_name(p.text("Component"))
    scaled_copies(stack, component=copies)


@pytest.mark.parametrize(
    "fill", [fill_real_time, fill_asynchronous, fill_serverless, fill_components, fill_existing]
)
def test_what_only_the_deploy_knows_stands_in_the_template(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised], fill: Callable[[Stack], None]
) -> None:
    made = synthesise(fill)
    text = json.dumps(made.template["Resources"])
    assert made.of_type(TARGET)
    assert "e+28" not in text  # how a token's number reads in Python
    assert "Token[" not in text
    asked = set(made.template["Parameters"]) - {"BootstrapVersion"}
    assert {name for name in asked if f'{{"Ref": "{name}"}}' not in text} == set()


def test_periods_that_follow_from_a_number_need_it_at_synth(stack: Stack) -> None:
    often = MetricsConfig(publish_frequency_seconds=Parameters(stack).number("Frequency"))
    with pytest.raises(ValueError, match=r"publish_frequency_seconds of metrics_config says .* must be a number"):
        real_time(stack, metrics_config=often)


def test_a_number_known_only_at_deploy_hides_no_fault_beside_it(stack: Stack) -> None:
    number = Parameters(stack).number
    with pytest.raises(ValueError, match="max_capacity must be at least 1, got 0"):
        VariantScaling(
            stack,
            "Scaling",
            variant=real_time(stack).variants["V"],
            min_capacity=number("Min"),
            max_capacity=0,
        )
    with pytest.raises(ValueError, match=r"memory_mb must be one of .*, got 1500"):
        serverless(stack, memory_mb=1500, max_concurrency=number("Concurrency"))
