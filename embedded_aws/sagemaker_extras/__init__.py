"""SageMaker's endpoints as AWS has them, where moto differs: each difference is one function with its reason.

What moto does right is left to it: listing and sorting, deleting models, describing configurations, other jobs.
An endpoint is in service at once. A configuration that an endpoint uses is not deleted: AWS only warns against
it, but whoever does it here has an order of deletion wrong.
"""

from datetime import timedelta

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sagemaker.models import sagemaker_backends

from embedded_aws import inference_components
from embedded_aws.sagemaker_extras import _configurations, _endpoints, _tags

__all__ = ["backdate", "install"]


def install() -> None:
    """Put the differences in place."""
    inference_components.install()
    _configurations.install()
    _endpoints.install()
    _tags.install()


def backdate(name: str, region: str, days: float, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """Make an endpoint older than it is. For tests; AWS has no such call.

    Raises:
        KeyError: there is no such endpoint.
    """
    sagemaker_backends[account][region].endpoints[name].creation_time -= timedelta(days=days)
