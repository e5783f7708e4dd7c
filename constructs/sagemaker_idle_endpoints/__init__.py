"""Which SageMaker endpoints has nobody called? A library, a Lambda function and a command line."""

from sagemaker_idle_endpoints._activity import Activity, EndpointKind
from sagemaker_idle_endpoints._advice import Advice
from sagemaker_idle_endpoints._api_calls import counting_calls
from sagemaker_idle_endpoints._criteria import Criteria
from sagemaker_idle_endpoints._lambda import handler
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._window import MAX_LOOKBACK_DAYS, Window, parse_lookback_days
from sagemaker_idle_endpoints.actions._decision import Action, Decision, Notice, Step, Switch, decide
from sagemaker_idle_endpoints.actions._saved import restore_endpoint, save_endpoint
from sagemaker_idle_endpoints.prices import Cost, PriceTable, read_prices, shipped_prices
from sagemaker_idle_endpoints.reports._message import SNS_MESSAGE_LIMIT_BYTES, fit_message, subject_of
from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport, Idleness, SeriesReport
from sagemaker_idle_endpoints.reports._tables import render_csv, render_markdown
from sagemaker_idle_endpoints.reports._text import render_text

__all__ = [
    "MAX_LOOKBACK_DAYS",
    "SNS_MESSAGE_LIMIT_BYTES",
    "Action",
    "Activity",
    "Advice",
    "Cost",
    "Criteria",
    "Decision",
    "EndpointKind",
    "EndpointReport",
    "FleetReport",
    "Idleness",
    "Notice",
    "PriceTable",
    "SeriesReport",
    "Step",
    "Switch",
    "Window",
    "counting_calls",
    "decide",
    "find_idle_endpoints",
    "fit_message",
    "handler",
    "parse_lookback_days",
    "read_prices",
    "render_csv",
    "render_markdown",
    "render_text",
    "restore_endpoint",
    "save_endpoint",
    "shipped_prices",
    "subject_of",
]
