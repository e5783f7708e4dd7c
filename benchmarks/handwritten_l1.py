"""The rival: what app.py synthesises from plans/, written by hand with L1 constructs alone.

Each id is the logical id that app.py's template has, since CloudFormation calls a resource directly under the
stack by its id. tests/test_benchmarks.py holds the two templates equal.
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App, Aws, CfnMapping, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from handwritten_l1_dashboard import dashboard
from handwritten_l1_scaling import alarms, scaling

ROOT = Path(__file__).resolve().parent.parent

ALARMS_OF_THIS_ACCOUNT = {
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
}


class ScaledEndpoints(Stack):
    """The endpoint of plans/xgboost, scaled and watched, and the detector of endpoints that idle."""

    def __init__(self, app: App) -> None:
        """Define every resource."""
        super().__init__(
            app, "ScaledEndpoints", description="SageMaker endpoints that scale by their capacity plans."
        )
        folder = ROOT / "plans" / "xgboost"
        (variant,) = json.loads((folder / "endpoint.json").read_text(encoding="utf-8"))["variants"]
        plan = json.loads((folder / variant["plan"]).read_text(encoding="utf-8"))
        key, topic = notifications(self)
        endpoint = real_time_endpoint(self, variant, plan)
        scaling(self, variant, plan, endpoint)
        alarms(self, variant, plan, endpoint, topic)
        dashboard(self, variant, plan, endpoint)
        idle_detector(self, key, topic)
        CfnOutput(self, "xgboostEndpointNameB735432D", value=endpoint.attr_endpoint_name)


def notifications(stack: Stack) -> tuple[kms.CfnKey, sns.CfnTopic]:
    key = kms.CfnKey(
        stack,
        "NotificationsKeyADCFA950",
        description="Encrypts the notifications of SageMaker endpoints.",
        enable_key_rotation=True,
        key_policy=policy(
            allow("kms:*", "*", Principal={"AWS": f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:root"}),
            allow(["kms:Decrypt", "kms:GenerateDataKey*"], "*", **ALARMS_OF_THIS_ACCOUNT),
        ),
    )
    key.apply_removal_policy(RemovalPolicy.DESTROY)
    topic = sns.CfnTopic(stack, "NotificationsCE9D1424", kms_master_key_id=key.attr_arn)
    sns.CfnTopicPolicy(
        stack,
        "NotificationsPolicy6158A093",
        topics=[topic.ref],
        policy_document=policy(
            deny_without_tls("sns:Publish", topic.ref, Principal="*", Sid="AllowPublishThroughSSLOnly"),
            allow("sns:Publish", topic.ref, Sid="1", **ALARMS_OF_THIS_ACCOUNT),
        ),
    )
    return key, topic


def real_time_endpoint(stack: Stack, variant: dict[str, Any], plan: dict[str, Any]) -> sagemaker.CfnEndpoint:
    partition, region, account = Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID
    image_uri, repository_arn = image(stack, **variant["image"])
    role = iam.CfnRole(
        stack,
        "xgboostEndpointExecutionRole79B29A99",
        assume_role_policy_document=assumed_by("sagemaker.amazonaws.com"),
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="Serve",
                policy_document=policy(
                    allow("ecr:GetAuthorizationToken", "*"),
                    allow(
                        [
                            "logs:CreateLogGroup",
                            "logs:CreateLogStream",
                            "logs:DescribeLogStreams",
                            "logs:PutLogEvents",
                        ],
                        f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/*",
                    ),
                    allow(
                        "cloudwatch:PutMetricData",
                        "*",
                        Condition={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
                    ),
                    allow(
                        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                        repository_arn,
                    ),
                    allow(
                        "s3:GetObject",
                        f"arn:{partition}:s3:::{variant['model_data_url'].removeprefix('s3://')}",
                    ),
                ),
            )
        ],
    )
    model = sagemaker.CfnModel(
        stack,
        "xgboostEndpointAllTrafficModel812C3A4E",
        execution_role_arn=role.attr_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=image_uri, model_data_url=variant["model_data_url"]
        ),
    )
    config = sagemaker.CfnEndpointConfig(
        stack,
        "xgboostEndpointConfig2372E118",
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name=variant["name"],
                model_name=model.attr_model_name,
                instance_type=plan["instance"]["type"],
                initial_instance_count=plan["computed"]["min_capacity"],
                initial_variant_weight=variant["weight"],
            )
        ],
        metrics_config=sagemaker.CfnEndpointConfig.MetricsConfigProperty(enable_detailed_observability=False),
    )
    return sagemaker.CfnEndpoint(
        stack,
        "xgboostEndpoint2FA965D4",
        endpoint_config_name=config.attr_endpoint_config_name,
        retain_all_variant_properties=True,
        exclude_retained_variant_properties=[
            sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
        ],
    )


def image(stack: Stack, framework: str, version: str) -> tuple[str, str]:
    """The address of AWS's own image, and the ARN of its repository, in whatever region the stack comes to be."""
    table = json.loads(
        (ROOT / "constructs" / "cdk_sagemaker_scaling" / "data" / "aws_images.json").read_text(encoding="utf-8")
    )
    tag, repository = next(
        (row[0], repository)
        for repository in table["frameworks"][framework]
        for row in repository["images"]
        if row[1] == version
    )
    accounts = table["accounts"][repository["accounts"]]
    mapping = CfnMapping(
        stack,
        "xgboostEndpointAllTrafficAccountOfImage5C85420F",
        mapping={
            region: {"account": account}
            for region, account in accounts.items()
            if region not in repository["not_in"]
        },
    )
    region, account, name = Aws.REGION, mapping.find_in_map(Aws.REGION, "account"), repository["repository"]
    return (
        f"{account}.dkr.ecr.{region}.{Aws.URL_SUFFIX}/{name}:{tag}",
        f"arn:{Aws.PARTITION}:ecr:{region}:{account}:repository/{name}",
    )


def idle_detector(stack: Stack, key: kms.CfnKey, topic: sns.CfnTopic) -> None:
    log_group = logs.CfnLogGroup(stack, "IdleEndpointsLogsB63BCA6E", retention_in_days=90)
    log_group.apply_removal_policy(RemovalPolicy.DESTROY)
    undelivered = sqs.CfnQueue(
        stack,
        "IdleEndpointsDeadLetters99DF2879",
        message_retention_period=1209600,
        sqs_managed_sse_enabled=True,
    )
    undelivered.apply_removal_policy(RemovalPolicy.DESTROY)
    reports = reports_bucket(stack)
    role = iam.CfnRole(
        stack,
        "IdleEndpointsRole23FCDF7E",
        assume_role_policy_document=assumed_by("lambda.amazonaws.com"),
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="FindIdleEndpoints",
                policy_document=policy(
                    allow(
                        [
                            "cloudwatch:GetMetricData",
                            "cloudwatch:ListMetrics",
                            "sagemaker:ListEndpoints",
                            "sagemaker:ListInferenceComponents",
                            "tag:GetResources",
                        ],
                        "*",
                    ),
                    allow(
                        ["sagemaker:DescribeEndpoint", "sagemaker:ListTags"],
                        f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint/*",
                    ),
                    allow(
                        "sagemaker:DescribeEndpointConfig",
                        f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint-config/*",
                    ),
                    allow(
                        ["s3:GetObject", "s3:PutObject"],
                        [f"{reports.attr_arn}/reports/*", f"{reports.attr_arn}/state/*"],
                    ),
                    allow(
                        "events:PutEvents",
                        f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default",
                    ),
                    allow(
                        "cloudwatch:PutMetricData",
                        "*",
                        Condition={"StringEquals": {"cloudwatch:namespace": "SageMakerIdleEndpoints"}},
                    ),
                    allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.attr_arn),
                    allow("sns:Publish", topic.ref),
                    allow("sqs:SendMessage", undelivered.attr_arn),
                    allow(["kms:Decrypt", "kms:GenerateDataKey"], key.attr_arn),
                ),
            )
        ],
    )
    keep_state_to(stack, role, reports)
    with TemporaryDirectory() as folder:
        shutil.copytree(
            ROOT / "constructs" / "sagemaker_idle_endpoints",
            Path(folder) / "sagemaker_idle_endpoints",
            ignore=shutil.ignore_patterns("__pycache__", "__main__.py", "command", "py.typed"),
        )
        code = s3_assets.Asset(stack, "IdleEndpointsCode", path=folder)
    function = lambda_.CfnFunction(
        stack,
        "IdleEndpointsD93985D6",
        description="Finds SageMaker endpoints that idle.",
        runtime="python3.14",
        architectures=["arm64"],
        handler="sagemaker_idle_endpoints.handler",
        code=lambda_.CfnFunction.CodeProperty(s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key),
        environment=lambda_.CfnFunction.EnvironmentProperty(
            variables={"BUCKET_NAME": reports.ref, "LOOKBACK_DAYS": "7", "TOPIC_ARN": topic.ref}
        ),
        timeout=900,
        memory_size=512,
        role=role.attr_arn,
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=log_group.ref),
        dead_letter_config=lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=undelivered.attr_arn),
    )
    rule = events.CfnRule(
        stack,
        "IdleEndpointsSchedule2C98C1AD",
        schedule_expression="rate(1 day)",
        state="ENABLED",
        targets=[
            events.CfnRule.TargetProperty(
                id="Target0",
                arn=function.attr_arn,
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=undelivered.attr_arn),
            )
        ],
    )
    lambda_.CfnPermission(
        stack,
        "IdleEndpointsScheduleAllowEventRuleScaledEndpointsIdleEndpointsDC1B35148E012261",
        action="lambda:InvokeFunction",
        function_name=function.attr_arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )
    sqs.CfnQueuePolicy(
        stack,
        "IdleEndpointsDeadLettersPolicy7BEB8EE1",
        queues=[undelivered.ref],
        policy_document=policy(
            deny_without_tls("sqs:*", undelivered.attr_arn, Principal={"AWS": "*"}),
            allow(
                "sqs:SendMessage",
                undelivered.attr_arn,
                Sid="AllowEventRuleScaledEndpointsIdleEndpointsScheduleE70C15B1",
                Principal={"Service": "events.amazonaws.com"},
                Condition={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            ),
        ),
    )


def reports_bucket(stack: Stack) -> s3.CfnBucket:
    bucket = s3.CfnBucket(
        stack,
        "IdleEndpointsReports8764B68F",
        bucket_encryption={
            "serverSideEncryptionConfiguration": [{"serverSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
        },
        lifecycle_configuration={
            "rules": [
                {"expirationInDays": 400, "prefix": "reports/", "status": "Enabled"},
                {"expirationInDays": 30, "prefix": "state/runs/", "status": "Enabled"},
                {"noncurrentVersionExpiration": {"noncurrentDays": 90}, "status": "Enabled"},
            ]
        },
        public_access_block_configuration={
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        versioning_configuration={"status": "Enabled"},
    )
    bucket.apply_removal_policy(RemovalPolicy.RETAIN)
    return bucket


def keep_state_to(stack: Stack, role: iam.CfnRole, bucket: s3.CfnBucket) -> None:
    s3.CfnBucketPolicy(
        stack,
        "IdleEndpointsReportsPolicyDC69094D",
        bucket=bucket.ref,
        policy_document=policy(
            deny_without_tls("s3:*", [bucket.attr_arn, f"{bucket.attr_arn}/*"], Principal={"AWS": "*"}),
            {
                "Effect": "Deny",
                "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"],
                "Resource": f"{bucket.attr_arn}/state/*",
                "Principal": {"AWS": "*"},
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role.attr_arn}},
            },
        ),
    )


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], resource: str | list[str], **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny_without_tls(action: str, resource: str | list[str], **more: object) -> dict[str, Any]:
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Action": action, "Resource": resource, "Condition": without_tls, **more}


def assumed_by(service: str) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}})


def make_app(*, outdir: str | None = None) -> App:
    """The app with the flags of cdk.json, which only the CDK CLI would read otherwise."""
    flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context=flags, outdir=outdir)
    ScaledEndpoints(app)
    return app


if __name__ == "__main__":
    make_app().synth()
