from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import unresolved

_FREQUENCIES_SECONDS = (10, 30, 60, 120, 180, 240, 300)


@dataclass(frozen=True, kw_only=True)
class MetricsConfig:
    """How often and in what detail an endpoint publishes its metrics.

    Attributes:
        publish_frequency_seconds: of the utilisation, and with `enhanced` of invocations too; 10, 30, 60, 120, 180,
            240 or 300.
        enhanced: whether metrics are published by instance and by container, too.
        detailed_observability: whether SageMaker publishes its further metrics, which are charged. SageMaker's
            own default for a new configuration is to publish them.
    """

    publish_frequency_seconds: int = metrics.PERIOD_SECONDS
    enhanced: bool = False
    detailed_observability: bool = False

    def faults(self) -> list[str]:
        """What SageMaker would refuse."""
        got = self.publish_frequency_seconds
        if got in _FREQUENCIES_SECONDS:
            return []
        if unresolved(got):
            why = "says in which periods metrics are read, so it must be a number, got what only the deploy knows"
            return [f"publish_frequency_seconds of metrics_config {why}"]
        known = ", ".join(map(str, _FREQUENCIES_SECONDS))
        return [f"publish_frequency_seconds of metrics_config must be one of {known}, got {got}"]

    def render(self) -> sagemaker.CfnEndpointConfig.MetricsConfigProperty:
        """The property of the endpoint configuration; the frequency only where it is not SageMaker's own."""
        own = metrics.PERIOD_SECONDS
        return sagemaker.CfnEndpointConfig.MetricsConfigProperty(
            enable_detailed_observability=self.detailed_observability,
            enable_enhanced_metrics=self.enhanced or None,
            metric_publish_frequency_in_seconds=(
                self.publish_frequency_seconds if self.publish_frequency_seconds != own else None
            ),
        )
