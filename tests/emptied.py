"""An AWS emptied between tests of the services that scale and measure endpoints."""

from moto.backends import get_backend

_SERVICES = ("applicationautoscaling", "cloudwatch", "sagemaker")


def forget_endpoints_and_metrics() -> None:
    """Reset these services alone: IAM's managed policies take a second to come back."""
    for service in _SERVICES:
        for account in list(get_backend(service).values()):
            account.reset()
