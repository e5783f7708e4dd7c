from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling._checks import of_part, refuse, within

from ._data_capture import DataCapture
from ._deployment import Deployment
from ._endpoint import Endpoint
from ._existing import ExistingEndpoint, name_of
from ._hosting import HostedEndpoint, Settings
from ._metrics_config import MetricsConfig
from ._model import BoundContainer
from ._permissions import Permission, prefix_faults, use_key, write
from ._variant import Variant
from ._variants import AsynchronousVariant

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_s3 as s3

_INVOKE = ("sagemaker:InvokeEndpointAsync",)
_Config = sagemaker.CfnEndpointConfig


@dataclass(frozen=True, kw_only=True)
class AsynchronousOutput:
    """Where answers go, who is told, and where requests are read from.

    Attributes:
        bucket: gets the answers.
        prefix: under which prefix.
        failure_prefix: under which prefix the reports of failed requests are put; by default none are.
        encryption_key: encrypts the answers; by default the bucket's own key, if it has one.
        success_topic: is told of each request that was processed.
        error_topic: is told of each request that failed.
        input_bucket: holds the requests; by default the same bucket.
        input_prefix: under which prefix the requests are.
    """

    bucket: s3.IBucket
    prefix: str = "async/output"
    failure_prefix: str | None = None
    encryption_key: kms.IKey | None = None
    success_topic: sns.ITopic | None = None
    error_topic: sns.ITopic | None = None
    input_bucket: s3.IBucket | None = None
    input_prefix: str = "async/input"

    def faults(self) -> list[str]:
        """Why its folders could not be permitted as they stand."""
        names = ("prefix", "failure_prefix", "input_prefix")
        return [fault for name in names for fault in prefix_faults(f"{name} of output", getattr(self, name))]

    def permissions(self) -> list[Permission]:
        """What the execution role needs for it."""
        source = self.input_bucket or self.bucket
        granted = [
            Permission(
                ("s3:GetObject",),
                (source.arn_for_objects(f"{self.input_prefix.rstrip('/')}/*"),),
                "A caller chooses the names of the requests under this prefix.",
            )
        ]
        why = "SageMaker chooses the names of the answers."
        prefixes = [prefix for prefix in (self.prefix, self.failure_prefix) if prefix]
        granted += [write(self.bucket.bucket_arn, prefix, why) for prefix in prefixes]
        topics = self._topics()
        if topics:
            granted.append(Permission(("sns:Publish",), tuple({topic.topic_arn for topic in topics})))
        written_with = [self.encryption_key or self.bucket.encryption_key, *(topic.master_key for topic in topics)]
        writing = {key.key_arn for key in written_with if key}
        reading = {key.key_arn for key in [source.encryption_key] if key}
        granted += [use_key(writing, "kms:Decrypt", "kms:GenerateDataKey")] if writing else []
        return granted + ([use_key(reading)] if reading else [])

    def render(self) -> sagemaker.CfnEndpointConfig.AsyncInferenceOutputConfigProperty:
        """The property of the endpoint configuration."""
        failures = self.failure_prefix
        return _Config.AsyncInferenceOutputConfigProperty(
            s3_output_path=self.bucket.s3_url_for_object(self.prefix),
            s3_failure_path=self.bucket.s3_url_for_object(failures) if failures else None,
            kms_key_id=self.encryption_key.key_arn if self.encryption_key else None,
            notification_config=_Config.AsyncInferenceNotificationConfigProperty(
                success_topic=self.success_topic.topic_arn if self.success_topic else None,
                error_topic=self.error_topic.topic_arn if self.error_topic else None,
            )
            if self._topics()
            else None,
        )

    def _topics(self) -> list[sns.ITopic]:
        return [topic for topic in (self.success_topic, self.error_topic) if topic]


class AsynchronousEndpoint(HostedEndpoint[AsynchronousVariant]):
    """A SageMaker asynchronous endpoint: requests queue, answers go to S3, and the fleet may scale to zero."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: Variant,
        output: AsynchronousOutput,
        max_concurrent_invocations_per_instance: int | None = None,
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
        deployment: Deployment | None = None,
        data_capture: DataCapture | None = None,
        encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        network_isolation: bool = False,
        metrics_config: MetricsConfig | None = None,
    ) -> None:
        """Define the model, the configuration and the endpoint.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: its one variant; its initial count is at least 1, from where scaling may go to zero.
            output: where answers go, who is told, and where requests are read from.
            max_concurrent_invocations_per_instance: how many requests an instance gets at once, 1 to 1000; by
                default SageMaker chooses.
            endpoint_name: a fixed name; by default CloudFormation makes one.
            role: what the container may do; by default what it needs and nothing else.
            deployment: how an update reaches the endpoint; by default SageMaker's, all at once.
            data_capture: keeps requests and answers in a bucket; by default nothing is kept.
            encryption_key: encrypts the instances' volumes; by default a key that AWS manages.
            vpc: where the containers run; by default in SageMaker's own network.
            vpc_subnets: which subnets; by default the private ones.
            security_groups: what they let in and out; by default a group that lets nothing in.
            network_isolation: whether the containers are cut off from every network.
            metrics_config: how often and in what detail metrics are published.

        Raises:
            ValueError: what is given breaks a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id, vpc=vpc)
        self._invoked_by = _INVOKE
        settings = Settings(
            endpoint_name=endpoint_name,
            role=role,
            deployment=deployment,
            data_capture=data_capture,
            encryption_key=encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            network_isolation=network_isolation,
            metrics_config=metrics_config,
        )
        most = max_concurrent_invocations_per_instance
        faults = of_part(f"variant {variant.name!r}", variant.faults()) + settings.faults([(variant.name, variant)])
        faults += within("max_concurrent_invocations_per_instance", most, 1, 1000) + output.faults()
        refuse(faults, "AsynchronousEndpoint")
        bound = BoundContainer.of(Construct(self, "Variant"), variant)
        model = self._host(settings, [bound], output.permissions()).make(bound)
        client = _Config.AsyncInferenceClientConfigProperty(max_concurrent_invocations_per_instance=most)
        name, after = self._go_live(
            settings,
            production_variants=[
                variant.render(
                    variant.name, model_name=model.attr_model_name, initial_variant_weight=variant.weight
                )
            ],
            async_inference_config=_Config.AsyncInferenceConfigProperty(
                output_config=output.render(), client_config=client if most else None
            ),
        )
        published = settings.metrics.publish_frequency_seconds
        self.variant = AsynchronousVariant(name, variant.name, variant.instance_type, published, after)
        self._take(name, self._live.ref, [self.variant])

    @staticmethod
    def from_endpoint_name(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint_name: str,
        *,
        variant_name: str,
        instance_type: str,
    ) -> Endpoint[AsynchronousVariant]:
        """An asynchronous endpoint that exists already, to be scaled, watched and measured."""
        return _existing(scope, id, endpoint_name, variant_name, instance_type)

    @staticmethod
    def from_endpoint(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint: sagemaker.IEndpoint,
        *,
        variant_name: str,
        instance_type: str,
    ) -> Endpoint[AsynchronousVariant]:
        """The same of an endpoint that another construct defines or imports."""
        return _existing(scope, id, endpoint, variant_name, instance_type)


def _existing(
    scope: Construct,
    id: str,  # noqa: A002
    endpoint: str | sagemaker.IEndpoint,
    variant_name: str,
    instance_type: str,
) -> Endpoint[AsynchronousVariant]:
    variant = AsynchronousVariant(name_of(endpoint), variant_name, instance_type)
    return ExistingEndpoint(scope, id, endpoint=endpoint, variants=[variant], invoked_by=_INVOKE)
