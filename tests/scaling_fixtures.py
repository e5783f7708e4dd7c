"""An endpoint to scale, alone in its AWS. A plugin, so that the tests need not import what they name."""

import pytest
from emptied import forget_endpoints_and_metrics
from scaling_bench import ROLE, TARGET, Api

from embedded_aws import EmbeddedAws


@pytest.fixture
def aws(embedded_aws: EmbeddedAws) -> EmbeddedAws:
    """An endpoint of two instances, of ml.c5.large, and a burstable and a serverless variant beside."""
    forget_endpoints_and_metrics()
    sagemaker = embedded_aws.client("sagemaker")
    sagemaker.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "image"})
    instances = {"ModelName": "model", "InstanceType": "ml.c5.large", "InitialInstanceCount": 2}
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 9, "ProvisionedConcurrency": 2}
    sagemaker.create_endpoint_config(
        EndpointConfigName="config",
        ProductionVariants=[
            {"VariantName": "main", **instances},
            {"VariantName": "burstable", **instances, "InstanceType": "ml.t2.medium"},
            {"VariantName": "serverless", "ModelName": "model", "ServerlessConfig": serverless},
        ],
    )
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    return embedded_aws


@pytest.fixture
def scaling(aws: EmbeddedAws) -> Api:
    return aws.client("application-autoscaling")


@pytest.fixture
def target(scaling: Api) -> Api:
    """The variant of two instances, registered from 1 to 4."""
    return scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
