"""Target tracking: what all of it has in common, and on customised metrics, a construct for each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from aws_cdk import Names
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import above_zero, at_least, in_words, refuse
from sagemaker_capacity_plan import STATISTICS, Expression, Metric, Query, query_faults

from ._queries import What, dimensions_of, period_seconds_of, queries_of, tracked
from ._target import ScalableTarget

COOLDOWN_SECONDS = 300  # Application Auto Scaling's default for SageMaker.
_CDK_DEFAULT_PERIOD_SECONDS = 300
_Policy = autoscaling.CfnScalingPolicy


class TargetTrackingPolicy(Construct):
    """Keeps a metric at a target by changing the capacity in proportion; make one of the subclasses."""

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
        """Check what all have in common: the named target, and the cooldowns in and out.

        Raises:
            ValueError: a target that is not above 0, a negative cooldown, or what the subclass found.
        """
        super().__init__(scope, id)
        (name, self._target_value) = target
        (self._scale_in_cooldown, self._scale_out_cooldown) = cooldowns_seconds
        found = [*faults, *above_zero(name, self._target_value)]
        found += at_least("scale_in_cooldown_seconds", self._scale_in_cooldown, 0)
        found += at_least("scale_out_cooldown_seconds", self._scale_out_cooldown, 0)
        refuse(found, f"{type(self).__name__} {id!r}")
        self._scaling = scaling
        self._disable_scale_in = disable_scale_in or None

    def _track(self, tracked_metric: Hashable, **specification: Any) -> None:  # noqa: ANN401
        self._scaling.take_tracking(self, tracked_metric, self._scale_out_cooldown)
        if not self._scaling.enabled:
            return
        _Policy(
            self,
            "Resource",
            policy_name=Names.unique_resource_name(self),
            policy_type="TargetTrackingScaling",
            scaling_target_id=self._scaling.scaling_target_id,
            target_tracking_scaling_policy_configuration=_Policy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=self._target_value,
                scale_in_cooldown=self._scale_in_cooldown,
                scale_out_cooldown=self._scale_out_cooldown,
                disable_scale_in=self._disable_scale_in,
                **specification,
            ),
        )

    def _track_predefined(self, metric_type: str) -> None:
        metric = self._scaling.resource.kind.predefined[metric_type]
        self._track(
            (metric.namespace, metric.name),
            predefined_metric_specification=_Policy.PredefinedMetricSpecificationProperty(
                predefined_metric_type=metric_type
            ),
        )

    def _track_queries(self, queries: Sequence[Query]) -> None:
        measured = self._scaling.resource
        last = queries[-1]
        which: Hashable = tuple(queries)
        if isinstance(last, Metric):
            own = last.dimensions is None or dimensions_of(last, measured) == _own_dimensions(last, self._scaling)
            which = (last.namespace, last.name, *(() if own else (last.dimensions,)))
        self._track(which, customized_metric_specification=tracked(queries, measured))


def _own_dimensions(query: Metric, scaling: ScalableTarget) -> dict[str, str] | None:
    known = metrics.published(scaling.resource.kind, query.namespace, query.name)
    return scaling.resource.dimensions(known) if known else None


class CpuPerCoreTrackingPolicy(TargetTrackingPolicy):
    """Keeps the CPU of each core at a target: CloudWatch's CPUUtilization, a sum over cores, by the vCPUs."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_percent_per_core: float,
        vcpus: int,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: a target that is not above 0, fewer than one vCPU, or a negative cooldown.
        """
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_percent_per_core", target_percent_per_core),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
            faults=at_least("vcpus", vcpus, 1),
        )
        cpu = metrics.CPU_UTILIZATION
        self._track_queries(
            (
                Metric("cpu", cpu.namespace, cpu.name, cpu.statistic),
                Expression("cpu_per_core", f"cpu / {in_words(vcpus)}", "CPU of each core, percent"),
            )
        )


class BacklogTrackingPolicy(TargetTrackingPolicy):
    """Keeps the backlog per instance of an asynchronous endpoint at a target; `WakeFromZeroPolicy` leaves zero."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        target_per_instance: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Raises:
            ValueError: no asynchronous variant, a target that is not above 0, or a negative cooldown.
        """
        backlog = metrics.BACKLOG_SIZE_PER_INSTANCE
        kind = scaling.resource.kind
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_per_instance", target_per_instance),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
            faults=[] if backlog in kind.metrics else [f"{kind.one} has no backlog: an asynchronous one has"],
        )
        self._track_queries((Metric("backlog", backlog.namespace, backlog.name, backlog.statistic),))


class MetricTrackingPolicy(TargetTrackingPolicy):
    """Keeps any CloudWatch metric, or an expression over several, at a target.

    The metric must fall as capacity grows: a utilisation, or a load per instance, but no total.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        metric: What,
        target_value: float,
        scale_in_cooldown_seconds: int = COOLDOWN_SECONDS,
        scale_out_cooldown_seconds: int = COOLDOWN_SECONDS,
        disable_scale_in: bool = False,
    ) -> None:
        """Attach the policy.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            scaling: the target.
            metric: a CDK metric or MathExpression, or a plan's queries. Application Auto Scaling reads it by the
                minute, whatever its period.
            target_value: in the metric's own unit.
            scale_in_cooldown_seconds: how long after a scale-in the next one waits.
            scale_out_cooldown_seconds: how long after a scale-out the next one adds the difference alone.
            disable_scale_in: whether the policy only ever adds capacity.

        Raises:
            ValueError: a statistic or period that Application Auto Scaling does not take, a metric that another
                policy of the target tracks, a target that is not above 0, or a negative cooldown.
        """
        queries = queries_of(metric)
        faults = query_faults(queries)
        faults += [
            f"target tracking takes a statistic of {', '.join(STATISTICS)}, got {query.statistic!r} of "
            f"{query.name}: step scaling takes percentiles"
            for query in queries
            if isinstance(query, Metric) and query.statistic not in STATISTICS
        ]
        period = period_seconds_of(metric)
        if period not in (metrics.PERIOD_SECONDS, _CDK_DEFAULT_PERIOD_SECONDS):
            faults.append(f"target tracking reads a metric by the minute and has no other period, got {period} s")
        super().__init__(
            scope,
            id,
            scaling=scaling,
            target=("target_value", target_value),
            cooldowns_seconds=(scale_in_cooldown_seconds, scale_out_cooldown_seconds),
            disable_scale_in=disable_scale_in,
            faults=faults,
        )
        self._track_queries(queries)
