from pathlib import Path

import pytest
from cdk_sagemaker_scaling.testing import app_with_flags

from app import churn_of

CDK_JSON = Path(__file__).parents[1] / "cdk.json"


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_churn(environment, template_snapshot):
    template_snapshot(churn_of(app_with_flags(CDK_JSON, {"environment": environment})))
