"""An endpoint to scale, alone in its AWS. A plugin, so that the tests need not import what they name."""

import pytest
from emptied import forget_endpoints_and_metrics
from scaling_bench import ROLE, TARGET, Api

from embedded_aws import EmbeddedAws


@pytest.fixture
def aws(embedded_aws: EmbeddedAws) -> EmbeddedAws:
    """Two instances of ml.c5.large with a burstable variant beside, a serverless endpoint, one for components."""
    forget_endpoints_and_metrics()
    sagemaker = embedded_aws.client("sagemaker")
    sagemaker.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "image"})
    instances = {"InstanceType": "ml.c5.large", "InitialInstanceCount": 2}
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 9, "ProvisionedConcurrency": 2}
    variants = {
        "endpoint": [
            {"VariantName": "main", "ModelName": "model", **instances},
            {"VariantName": "burstable", "ModelName": "model", **instances, "InstanceType": "ml.t2.medium"},
        ],
        "serverless": [{"VariantName": "serverless", "ModelName": "model", "ServerlessConfig": serverless}],
        "components": [{"VariantName": "main", **instances}],
    }
    for name, production in variants.items():
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=production, ExecutionRoleArn=ROLE
        )
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return embedded_aws


@pytest.fixture
def scaling(aws: EmbeddedAws) -> Api:
    return aws.client("application-autoscaling")


@pytest.fixture
def target(scaling: Api) -> Api:
    """The variant of two instances, registered from 1 to 4."""
    return scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
