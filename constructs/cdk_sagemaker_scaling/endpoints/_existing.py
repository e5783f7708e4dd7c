from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_scaling._checks import refuse

from ._endpoint import INVOKE, Endpoint, arn_of, endpoint_name_faults
from ._measured import Measured

V = TypeVar("V", bound=Measured)


class ExistingEndpoint(Endpoint[V]):
    """An endpoint that another stack, another construct or a person has made."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: str | sagemaker.IEndpoint,
        variants: Iterable[V],
        invoked_by: Sequence[str] = INVOKE,
    ) -> None:
        """Name the endpoint, by its name in the stack's account and region, or as another construct knows it.

        Raises:
            ValueError: no endpoint can be called so.
        """
        super().__init__(scope, id)
        self._invoked_by = invoked_by
        if isinstance(endpoint, str):
            refuse(endpoint_name_faults(endpoint), "endpoint")
            self._take(endpoint, arn_of(self, endpoint), variants)
        else:
            self._take(endpoint.endpoint_name, endpoint.endpoint_arn, variants)


def name_of(endpoint: str | sagemaker.IEndpoint) -> str:
    """The name of an endpoint, however it is given."""
    return endpoint if isinstance(endpoint, str) else endpoint.endpoint_name
