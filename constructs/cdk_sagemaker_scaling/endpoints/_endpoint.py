from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from cdk_sagemaker_scaling._checks import unresolved

from ._deployment import Deployment
from ._measured import Measured

NAME = re.compile(r"(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*")

INVOKE = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")

V = TypeVar("V", bound=Measured)


class WeightsOwner(StrEnum):
    """Who says how the traffic is shared between variants once the endpoint is live."""

    TEMPLATE = "TEMPLATE"
    """Each deploy sets the weights of the template."""
    LIVE_ENDPOINT = "LIVE_ENDPOINT"
    """The template's weights hold for the first deploy; from then on they are moved at the live endpoint."""


class Endpoint(Construct, Generic[V]):
    """What every kind of endpoint is: something with a name that is invoked, and variants that are measured.

    Attributes:
        endpoint_name: its name.
        endpoint_arn: its ARN.
        variants: what it has to scale, to watch and to measure, by name.
    """

    endpoint_name: str
    endpoint_arn: str
    variants: Mapping[str, V]

    _invoked_by: Sequence[str] = INVOKE

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Permit to invoke this endpoint."""
        return self.grant(grantee, *self._invoked_by)

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Permit actions on this endpoint, such as ``sagemaker:DescribeEndpoint``."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=[self.endpoint_arn])

    def _take(self, name: str, arn: str, variants: Iterable[V]) -> None:
        self.endpoint_name = name
        self.endpoint_arn = arn
        self.variants = {variant.name: variant for variant in variants}


def arn_of(scope: Construct, endpoint_name: str) -> str:
    """The ARN of an endpoint of the stack's account and region; SageMaker writes it in lower case."""
    name = endpoint_name if unresolved(endpoint_name) else endpoint_name.lower()
    return Stack.of(scope).format_arn(
        service="sagemaker",
        resource="endpoint",
        resource_name=name,
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )


def endpoint_name_faults(endpoint_name: str | None) -> list[str]:
    """What SageMaker would refuse of a given name."""
    if endpoint_name is None or unresolved(endpoint_name) or NAME.fullmatch(endpoint_name):
        return []
    return [f"endpoint_name has 1 to 63 letters, digits and inner hyphens, got {endpoint_name!r}"]


def live_endpoint(
    scope: Construct,
    config: sagemaker.CfnEndpointConfig,
    *,
    endpoint_name: str | None,
    weights_owner: WeightsOwner = WeightsOwner.TEMPLATE,
    deployment: Deployment | None = None,
) -> sagemaker.CfnEndpoint:
    """An endpoint whose updates keep the number of instances that scaling has reached.

    SageMaker's default is to fall back to the initial count at every update.
    """
    weights = sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
    return sagemaker.CfnEndpoint(
        scope,
        "Resource",
        endpoint_config_name=config.attr_endpoint_config_name,
        endpoint_name=endpoint_name,
        retain_all_variant_properties=True,
        exclude_retained_variant_properties=[weights] if weights_owner is WeightsOwner.TEMPLATE else None,
        deployment_config=deployment.render() if deployment else None,
    )


def named(endpoint: sagemaker.CfnEndpoint, endpoint_name: str | None) -> tuple[str, IDependable | None]:
    """The name to use in the template, and what to wait for where the name alone does not say so.

    A name that is known beforehand stands as such, so that an alarm on it can roll back the endpoint's update.
    """
    if endpoint_name is None:
        return endpoint.attr_endpoint_name, None
    return endpoint_name, endpoint
