from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from . import _metrics as metrics
from ._checks import at_least, refuse, repeated
from ._execution_role import execution_role, image_faults, model_data_faults

_MAX_VARIANTS = 10  # CreateEndpointConfig's limit of production variants.
_NAME = re.compile(r"(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_OWN_IDS = ("Config", "ExecutionRole", "Resource")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One production variant: a model on a number of instances, with its weight in the traffic.

    `initial_instance_count` holds for the first deploy alone: from then on the count belongs to scaling.
    `weight` is a share: a variant gets weight / (sum of all weights).
    """

    name: str
    image_uri: str
    model_data_url: str
    instance_type: str
    initial_instance_count: int = 1
    weight: float = 1.0
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class EndpointVariant:
    """A variant of an endpoint, as something to scale, to watch and to measure."""

    endpoint_name: str
    name: str
    instance_type: str

    @property
    def dimensions(self) -> dict[str, str]:
        """What names this variant in CloudWatch."""
        return {"EndpointName": self.endpoint_name, "VariantName": self.name}

    def metric(
        self, metric: metrics.VariantMetric, *, statistic: str | None = None, label: str | None = None
    ) -> cloudwatch.Metric:
        """One of SageMaker's metrics of this variant, by the minute."""
        return cloudwatch.Metric(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions_map=self.dimensions,
            statistic=statistic or metric.statistic,
            period=Duration.seconds(metrics.PERIOD_SECONDS),
            label=label,
        )

    def metric_invocations(self) -> cloudwatch.Metric:
        """Requests, summed over the variant's instances."""
        return self.metric(metrics.INVOCATIONS)

    def metric_invocations_per_instance(self) -> cloudwatch.Metric:
        """Requests per instance; valid as a sum alone."""
        return self.metric(metrics.INVOCATIONS_PER_INSTANCE)

    def metric_model_latency(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Time in the container, in microseconds."""
        return self.metric(metrics.MODEL_LATENCY, statistic=statistic)

    def metric_overhead_latency(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.metric(metrics.OVERHEAD_LATENCY, statistic=statistic)

    def metric_cpu_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """CPU in percent, summed over cores: up to 100 x vCPUs."""
        return self.metric(metrics.CPU_UTILIZATION, statistic=statistic)

    def metric_errors_5xx(self) -> cloudwatch.Metric:
        """Requests that the endpoint failed."""
        return self.metric(metrics.ERRORS_5XX)


class RealTimeEndpoint(Construct):
    """A SageMaker real-time endpoint of one to ten variants.

    An update keeps the number of instances that scaling has reached (SageMaker's default is to fall back to
    the initial count), and takes the weights from the template.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variants: Sequence[Variant],
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """Define the models, the configuration and the endpoint.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variants: one to ten, their names unique.
            endpoint_name: a fixed name; by default CloudFormation makes one.
            role: what the containers may do; by default a role that reads exactly the given images and model
                archives, and writes its logs and metrics.

        Raises:
            ValueError: the variants break a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id)
        refuse(_faults(variants), "RealTimeEndpoint")
        self._given_role = role
        self.role: iam.IRole = role or execution_role(
            self,
            image_uris=(variant.image_uri for variant in variants),
            model_data_urls=(variant.model_data_url for variant in variants),
        )
        self._config = sagemaker.CfnEndpointConfig(
            self, "Config", production_variants=[self._production_variant(variant) for variant in variants]
        )
        self._endpoint = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_config_name=self._config.attr_endpoint_config_name,
            endpoint_name=endpoint_name,
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ],
        )
        self.endpoint_name: str = self._endpoint.attr_endpoint_name
        self.endpoint_arn: str = self._endpoint.ref
        self.variants: dict[str, EndpointVariant] = {
            variant.name: EndpointVariant(self.endpoint_name, variant.name, variant.instance_type)
            for variant in variants
        }

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Permit to invoke this endpoint."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.endpoint_arn],
        )

    def _production_variant(self, variant: Variant) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
        model = sagemaker.CfnModel(
            Construct(self, variant.name),
            "Model",
            execution_role_arn=self.role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=variant.image_uri,
                model_data_url=variant.model_data_url,
                environment=dict(variant.environment) if variant.environment else None,
            ),
        )
        if self._given_role is not None:  # its permissions may stand in a policy beside it
            model.node.add_dependency(self._given_role)
        return sagemaker.CfnEndpointConfig.ProductionVariantProperty(
            variant_name=variant.name,
            model_name=model.attr_model_name,
            instance_type=variant.instance_type,
            initial_instance_count=variant.initial_instance_count,
            initial_variant_weight=variant.weight,
        )


def _faults(variants: Sequence[Variant]) -> list[str]:
    faults: list[str] = []
    if not 1 <= len(variants) <= _MAX_VARIANTS:
        faults.append(f"an endpoint has 1 to {_MAX_VARIANTS} variants, got {len(variants)}")
    faults += repeated("variants", [variant.name for variant in variants])
    for variant in variants:
        found = image_faults(variant.image_uri) + model_data_faults(variant.model_data_url)
        found += at_least("initial_instance_count", variant.initial_instance_count, 1)
        found += at_least("weight", variant.weight, 0)
        if not _NAME.fullmatch(variant.name):
            found.append("a variant's name has 1 to 63 letters, digits and hyphens, no hyphen at either end")
        if variant.name in _OWN_IDS:
            found.append("the endpoint's own parts are called so: choose another name")
        if not (Token.is_unresolved(variant.instance_type) or variant.instance_type.startswith("ml.")):
            found.append(f"instance_type looks like ml.c5.large, got {variant.instance_type!r}")
        faults += [f"variant {variant.name!r}: {fault}" for fault in found]
    return faults
