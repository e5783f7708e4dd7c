"""Which SageMaker endpoints has nobody called? A library, a Lambda function and a command line."""

from sagemaker_idle_endpoints._activity import Activity
from sagemaker_idle_endpoints._api_calls import counting_calls
from sagemaker_idle_endpoints._lambda import handler
from sagemaker_idle_endpoints._message import SNS_MESSAGE_LIMIT_BYTES, fit_message, subject_of
from sagemaker_idle_endpoints._report import EndpointReport, FleetReport, SeriesReport
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._text import render_text
from sagemaker_idle_endpoints._window import MAX_LOOKBACK_DAYS, Window, parse_lookback_days

__all__ = [
    "MAX_LOOKBACK_DAYS",
    "SNS_MESSAGE_LIMIT_BYTES",
    "Activity",
    "EndpointReport",
    "FleetReport",
    "SeriesReport",
    "Window",
    "counting_calls",
    "find_idle_endpoints",
    "fit_message",
    "handler",
    "parse_lookback_days",
    "render_text",
    "subject_of",
]
