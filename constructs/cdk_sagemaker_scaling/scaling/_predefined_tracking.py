"""Target tracking on the metrics that Application Auto Scaling predefines for SageMaker, a construct for each."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from cdk_sagemaker_scaling._checks import ordered

from ._target import ScalableTarget
from ._target_tracking import COOLDOWN_SECONDS, TargetTrackingPolicy


def _predefined_faults(scaling: ScalableTarget, metric_type: str) -> list[str]:
    """A predefined metric that Application Auto Scaling does not take for what is scaled."""
    kind = scaling.resource.kind
    if metric_type in kind.predefined:
        return []
    there = ", ".join(sorted(kind.predefined)) or "none: track a metric of its own"
    return [f"{metric_type} is not there for {kind.one}; predefined metrics for it: {there}"]


class _PredefinedTrackingPolicy(TargetTrackingPolicy):
    _METRIC_TYPE: str

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target: tuple[str, float],
        cooldowns_seconds: tuple[int, int],
        disable_scale_in: bool,
        faults: Sequence[str] = (),
    ) -> None:
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=target,
            cooldowns_seconds=cooldowns_seconds,
            disable_scale_in=disable_scale_in,
            faults=[*_predefined_faults(scaling, self._METRIC_TYPE), *faults],
        )
        self._track_predefined(self._METRIC_TYPE)


class InvocationsTrackingPolicy(_PredefinedTrackingPolicy):
    """Keeps the invocations per instance and minute of a real-time variant at a target."""

    _METRIC_TYPE = "SageMakerVariantInvocationsPerInstance"

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_per_instance_per_minute: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: no real-time variant, a target that is not above 0, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_per_instance_per_minute", target_per_instance_per_minute),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
        )


class ConcurrencyTrackingPolicy(_PredefinedTrackingPolicy):
    """Keeps the requests in flight or queued per model of a real-time variant at a target, every 10 seconds."""

    _METRIC_TYPE = "SageMakerVariantConcurrentRequestsPerModelHighResolution"

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_per_model: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: no real-time variant, a target that is not above 0, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_per_model", target_per_model),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
        )


class InvocationsPerCopyTrackingPolicy(_PredefinedTrackingPolicy):
    """Keeps the invocations per copy and minute of an inference component at a target."""

    _METRIC_TYPE = "SageMakerInferenceComponentInvocationsPerCopy"

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_per_copy_per_minute: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: no inference component, a target that is not above 0, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_per_copy_per_minute", target_per_copy_per_minute),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
        )


class ConcurrencyPerCopyTrackingPolicy(_PredefinedTrackingPolicy):
    """Keeps the requests in flight or queued per copy of an inference component at a target, every 10 seconds."""

    _METRIC_TYPE = "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_per_copy: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: no inference component, a target that is not above 0, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_per_copy", target_per_copy),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
        )


class ProvisionedConcurrencyTrackingPolicy(_PredefinedTrackingPolicy):
    """Keeps the part of a serverless variant's provisioned concurrency that is in use at a target."""

    _METRIC_TYPE = "SageMakerVariantProvisionedConcurrencyUtilization"

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_utilization: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy; `target_utilization` is a fraction, 0.7 for 70 %.

        Raises:
            ValueError: no serverless variant, a target out of range, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_utilization", target_utilization),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
            faults=ordered("target_utilization", target_utilization, "the whole, 1", 1),
        )
