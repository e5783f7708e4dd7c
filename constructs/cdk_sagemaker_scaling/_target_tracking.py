from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Names
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from . import _metrics as metrics
from ._checks import above_zero, at_least, in_words, refuse

if TYPE_CHECKING:
    from ._endpoint import EndpointVariant
    from ._scaling import VariantScaling

_Policy = autoscaling.CfnScalingPolicy
_COOLDOWN_SECONDS = 300  # Application Auto Scaling's default for SageMaker variants.


class InvocationsTrackingPolicy(Construct):
    """Keeps the invocations per instance and minute at a target."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: VariantScaling,
        target_per_instance_per_minute: float,
        scale_in_cooldown_seconds: int = _COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = _COOLDOWN_SECONDS,
    ) -> None:
        """Attach the policy; a target takes one policy on this metric.

        Raises:
            ValueError: a target that is not above 0, or a negative cooldown.
        """
        super().__init__(scope, id)
        faults = above_zero("target_per_instance_per_minute", target_per_instance_per_minute)
        refuse(faults + _cooldown_faults(scale_in_cooldown_seconds, scale_out_cooldown_seconds), self.node.path)
        _track(
            self,
            scaling,
            target_value=target_per_instance_per_minute,
            scale_in_cooldown=scale_in_cooldown_seconds,
            scale_out_cooldown=scale_out_cooldown_seconds,
            predefined_metric_specification=_Policy.PredefinedMetricSpecificationProperty(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
        )


class CpuPerCoreTrackingPolicy(Construct):
    """Keeps the CPU of each core at a target: CloudWatch's CPUUtilization, a sum over cores, by the vCPUs."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: VariantScaling,
        target_percent_per_core: float,
        vcpus: int,
        scale_in_cooldown_seconds: int = _COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = _COOLDOWN_SECONDS,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: a target that is not above 0, fewer than one vCPU, or a negative cooldown.
        """
        super().__init__(scope, id)
        faults = above_zero("target_percent_per_core", target_percent_per_core) + at_least("vcpus", vcpus, 1)
        refuse(faults + _cooldown_faults(scale_in_cooldown_seconds, scale_out_cooldown_seconds), self.node.path)
        _track(
            self,
            scaling,
            target_value=target_percent_per_core,
            scale_in_cooldown=scale_in_cooldown_seconds,
            scale_out_cooldown=scale_out_cooldown_seconds,
            customized_metric_specification=_Policy.CustomizedMetricSpecificationProperty(
                metrics=_cpu_per_core(scaling.variant, vcpus)
            ),
        )


def _track(policy: Construct, scaling: VariantScaling, **configuration: Any) -> None:  # noqa: ANN401
    _Policy(
        policy,
        "Resource",
        policy_name=Names.unique_resource_name(policy),
        policy_type="TargetTrackingScaling",
        scaling_target_id=scaling.scaling_target_id,
        target_tracking_scaling_policy_configuration=_Policy.TargetTrackingScalingPolicyConfigurationProperty(
            **configuration
        ),
    )


def _cpu_per_core(variant: EndpointVariant, vcpus: int) -> list[_Policy.TargetTrackingMetricDataQueryProperty]:
    return [
        _Policy.TargetTrackingMetricDataQueryProperty(
            id="cpu",
            metric_stat=_Policy.TargetTrackingMetricStatProperty(
                metric=_Policy.TargetTrackingMetricProperty(
                    namespace=metrics.CPU_UTILIZATION.namespace,
                    metric_name=metrics.CPU_UTILIZATION.name,
                    dimensions=[
                        _Policy.TargetTrackingMetricDimensionProperty(name=name, value=value)
                        for name, value in variant.dimensions.items()
                    ],
                ),
                stat=metrics.CPU_UTILIZATION.statistic,
            ),
            return_data=False,
        ),
        _Policy.TargetTrackingMetricDataQueryProperty(
            id="cpu_per_core",
            expression=f"cpu / {in_words(vcpus)}",
            label="CPU of each core, percent",
            return_data=True,
        ),
    ]


def _cooldown_faults(scale_in_seconds: float, scale_out_seconds: float) -> list[str]:
    return at_least("scale_in_cooldown_seconds", scale_in_seconds, 0) + at_least(
        "scale_out_cooldown_seconds", scale_out_seconds, 0
    )
