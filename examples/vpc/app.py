"""Containers in a VPC of one's own, in subnets without a way out, that may reach the feature store."""

from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk import aws_ec2 as ec2

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "InVpc")

vpc = ec2.Vpc(
    stack,
    "Vpc",
    subnet_configuration=[ec2.SubnetConfiguration(name="Models", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
    restrict_default_security_group=False,
)
without_logs = Acknowledgment(id="AwsSolutions-VPC7", reason="No traffic leaves the subnets but to S3.")
Validations.of(vpc).acknowledge(without_logs)
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.large",
        )
    ],
    vpc=vpc,
    vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
)
features = ec2.SecurityGroup(stack, "FeatureStore", vpc=vpc, description="A cache of features.")
features.connections.allow_from(endpoint, ec2.Port.tcp(6379), "The containers read features.")
app.synth()
