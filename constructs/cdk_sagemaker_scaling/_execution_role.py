from __future__ import annotations

import re
from collections.abc import Iterable

from aws_cdk import Acknowledgment, Aws, Token, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[a-z0-9._/-]+)[:@].+"
)
# In a permission * and ? stand for other objects too, and ${ begins a variable.
_MODEL_DATA = re.compile(r"s3://[a-z0-9.-]+/[^*?$]+")
_LOG_GROUPS = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/Endpoints/*"


def image_faults(image_uri: str) -> list[str]:
    """What is wrong with a container image's address in ECR."""
    if Token.is_unresolved(image_uri) or _IMAGE.fullmatch(image_uri):
        return []
    form = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG (or @DIGEST)"
    return [f"image_uri must be {form}, got {image_uri!r}"]


def model_data_faults(model_data_url: str) -> list[str]:
    """What is wrong with the address of a model archive in S3."""
    if Token.is_unresolved(model_data_url) or _MODEL_DATA.fullmatch(model_data_url):
        return []
    return [f"model_data_url must be s3://BUCKET/KEY, the key without *, ? and $, got {model_data_url!r}"]


def execution_role(scope: Construct, *, image_uris: Iterable[str], model_data_urls: Iterable[str]) -> iam.Role:
    """A role that pulls exactly these images, reads exactly these archives, and writes logs and metrics.

    Source: "How to use SageMaker AI execution roles", the permissions of CreateModel.

    Raises:
        ValueError: an address is a token, so that no exact permission can be written.
    """
    images, archives = sorted(set(image_uris)), sorted(set(model_data_urls))
    unknown = [address for address in (*images, *archives) if Token.is_unresolved(address)]
    if unknown:
        raise ValueError(
            "an image or model archive whose address is known only at deploy cannot be granted exactly: "
            "give the endpoint a role of your own with role="
        )
    role = iam.Role(
        scope,
        "ExecutionRole",
        assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
        inline_policies={"Serve": iam.PolicyDocument(statements=_statements(images, archives))},
    )
    Validations.of(role).acknowledge(
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resource; "
            "the metrics are held to SageMaker's namespaces by a condition.",
        ),
        Acknowledgment(
            id="AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:"
            "log-group:/aws/sagemaker/Endpoints/*]",
            reason="SageMaker names the log group after the endpoint, whose name is known only at deploy.",
        ),
    )
    return role


def _statements(image_uris: Iterable[str], model_data_urls: Iterable[str]) -> list[iam.PolicyStatement]:
    def arn_of_repository(image_uri: str) -> str:
        image = _IMAGE.fullmatch(image_uri)
        assert image is not None  # noqa: S101  # checked by image_faults
        return f"arn:{Aws.PARTITION}:ecr:{image['region']}:{image['account']}:repository/{image['repository']}"

    def arn_of_archive(model_data_url: str) -> str:
        return f"arn:{Aws.PARTITION}:s3:::{model_data_url.removeprefix('s3://')}"

    return [
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=sorted({arn_of_repository(uri) for uri in image_uris}),
        ),
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=sorted({arn_of_archive(url) for url in model_data_urls})
        ),
        iam.PolicyStatement(
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            resources=[_LOG_GROUPS],
        ),
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
        ),
    ]
