"""What SageMaker says of an endpoint: for whom CloudWatch has nothing, and which variants it has."""

from __future__ import annotations

from typing import Any, Protocol

from botocore.exceptions import ClientError


class SageMakerClient(Protocol):
    """What is used of boto3's client of SageMaker."""

    def describe_endpoint(self, **asked: Any) -> Any:  # noqa: ANN401 - boto3's own
        """Describe an endpoint."""


def variants_of(client: SageMakerClient, endpoint_name: str) -> tuple[str, ...] | None:
    """The variants of an endpoint, or None where there is no such endpoint (any more).

    Raises:
        botocore.exceptions.ClientError: SageMaker refused; the caller needs sagemaker:DescribeEndpoint.
    """
    try:
        told = client.describe_endpoint(EndpointName=endpoint_name)
    except ClientError as error:
        # SageMaker has no error of its own for this: its words tell it from a name that is none.
        if "Could not find" in error.response["Error"]["Message"]:
            return None
        raise
    return tuple(variant["VariantName"] for variant in told.get("ProductionVariants", ()))
