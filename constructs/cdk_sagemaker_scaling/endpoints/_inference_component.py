from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import at_least, refuse, unresolved, within
from sagemaker_capacity_plan import CapacityPlan, ComponentScaling

from ._container_image import ContainerImage
from ._inference_component_endpoint import InferenceComponentEndpoint
from ._measured import Scalable
from ._measurements import MeasuresRequests
from ._model import BoundContainer, Container, grant, model
from ._model_data import ModelData
from ._permissions import Permissions, acknowledge_wildcards, log_to

_Component = sagemaker.CfnInferenceComponent


@dataclass(frozen=True)
class InferenceComponentCopies(MeasuresRequests, Scalable):
    """The copies of an inference component, as something to scale, to watch and to measure."""

    kind: ClassVar[metrics.Kind] = metrics.INFERENCE_COMPONENT
    scalable_dimension: ClassVar[str] = "sagemaker:inference-component:DesiredCopyCount"
    lowest_capacity: ClassVar[int] = 0
    wakes_on: ClassVar[metrics.SageMakerMetric | None] = metrics.NO_CAPACITY_INVOCATION_FAILURES

    name: str
    registered_after: IDependable | None = None
    publish_seconds: int = metrics.PERIOD_SECONDS

    @property
    def identity(self) -> Mapping[str, str]:
        """Its name alone."""
        return {"InferenceComponentName": self.name}

    @property
    def resource_id(self) -> str:
        """How Application Auto Scaling names it."""
        return f"inference-component/{self.name}"

    def metric_invocations_per_copy(self) -> cloudwatch.Metric:
        """Requests per copy; valid as a sum alone."""
        return self.measure(metrics.INVOCATIONS_PER_COPY)

    def metric_concurrent_requests_per_copy(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Requests in flight or queued, every 10 seconds."""
        return self.measure(metrics.CONCURRENT_REQUESTS_PER_COPY, statistic=statistic)

    def metric_no_capacity_invocation_failures(self) -> cloudwatch.Metric:
        """Requests that found no copy."""
        return self.measure(metrics.NO_CAPACITY_INVOCATION_FAILURES)

    def metric_cpu_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """CPU in percent of what a copy reserves."""
        return self.measure(metrics.COMPONENT_CPU_UTILIZATION, statistic=statistic)

    def metric_memory_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """Memory in percent of what a copy reserves."""
        return self.measure(metrics.COMPONENT_MEMORY_UTILIZATION, statistic=statistic)

    def metric_gpu_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """GPU in percent of what a copy reserves."""
        return self.measure(metrics.COMPONENT_GPU_UTILIZATION, statistic=statistic)

    def metric_gpu_memory_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """GPU memory in percent of what a copy reserves."""
        return self.measure(metrics.COMPONENT_GPU_MEMORY_UTILIZATION, statistic=statistic)


class InferenceComponent(Construct):
    """Copies of one model on the fleet of an `InferenceComponentEndpoint`, each with its part of an instance.

    Attributes:
        copies: what there is to scale, to watch and to measure.
        inference_component_name: its name.
        inference_component_arn: its ARN.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: InferenceComponentEndpoint,
        image: ContainerImage,
        min_memory_mb: int,
        cpu_cores: float | None = None,
        accelerators: float | None = None,
        model_data: ModelData | None = None,
        environment: Mapping[str, str] | None = None,
        initial_copy_count: int = 1,
        container_startup_timeout_seconds: int | None = None,
        model_data_download_timeout_seconds: int | None = None,
    ) -> None:
        """Define the model and the component.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoint: whose fleet carries the copies; its role is permitted what the container needs.
            image: the container's image.
            min_memory_mb: the memory that each copy reserves, at least 128.
            cpu_cores: the cores that each copy reserves, at least 0.25; by default none in particular.
            accelerators: the accelerators that each copy reserves, at least 1; by default none.
            model_data: the model's archive, where the image does not hold the model.
            environment: the container's environment variables.
            initial_copy_count: for the first deploy, at least 1; from then on the count belongs to scaling.
            container_startup_timeout_seconds: how long a container may take to answer its health check, 60 to 3600.
            model_data_download_timeout_seconds: how long the model archive may take to arrive, 60 to 3600.

        Raises:
            ValueError: what is given breaks a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id)
        container = Container(image=image, model_data=model_data, environment=environment)
        faults = container.faults() + at_least("min_memory_mb", min_memory_mb, 128)
        faults += at_least("cpu_cores", cpu_cores, 0.25) if cpu_cores is not None else []
        faults += at_least("accelerators", accelerators, 1) if accelerators is not None else []
        faults += at_least("initial_copy_count", initial_copy_count, 1)
        timeouts = (container_startup_timeout_seconds, model_data_download_timeout_seconds)
        for name, timeout in zip(("container_startup", "model_data_download"), timeouts, strict=True):
            faults += within(f"{name}_timeout_seconds", timeout, 60, 3600)
        refuse(faults, f"InferenceComponent {id!r}")
        made = self._model(endpoint, BoundContainer.of(self, container))
        component = _Component(
            self,
            "Resource",
            endpoint_name=endpoint.endpoint_name,
            variant_name=endpoint.variant.name,
            specification=_Component.InferenceComponentSpecificationProperty(
                model_name=made.attr_model_name,
                compute_resource_requirements=_Component.InferenceComponentComputeResourceRequirementsProperty(
                    min_memory_required_in_mb=min_memory_mb,
                    number_of_cpu_cores_required=cpu_cores,
                    number_of_accelerator_devices_required=accelerators,
                ),
                startup_parameters=_Component.InferenceComponentStartupParametersProperty(
                    container_startup_health_check_timeout_in_seconds=container_startup_timeout_seconds,
                    model_data_download_timeout_in_seconds=model_data_download_timeout_seconds,
                )
                if any(timeouts)
                else None,
            ),
            runtime_config=_Component.InferenceComponentRuntimeConfigProperty(copy_count=initial_copy_count),
        )
        if endpoint.variant.registered_after is not None:  # a literal name does not say that it must be there
            component.node.add_dependency(endpoint.variant.registered_after)
        self.inference_component_arn: str = component.ref
        # Its name is no attribute in CloudFormation; the ARN ends with it.
        self.inference_component_name: str = Fn.select(1, Fn.split("/", component.ref))
        self.copies = InferenceComponentCopies(
            self.inference_component_name, publish_seconds=endpoint.variant.publish_seconds
        )

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: InferenceComponentEndpoint,
        plan: CapacityPlan,
        image: ContainerImage,
        model_data: ModelData | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> InferenceComponent:
        """The component with what a plan says that a copy needs; see `InferenceComponentScaling.from_plan`, too.

        Raises:
            ValueError: the plan is for another kind of endpoint, or for another instance type.
        """
        numbers = plan.scaling
        if not isinstance(numbers, ComponentScaling):
            raise ValueError(  # noqa: TRY004 - its type is right, its kind is not
                f"an inference component takes a plan of kind {ComponentScaling.KIND}, got one of kind "
                f"{numbers.KIND}"
            )
        runs_on = endpoint.variant.instance_type
        if plan.instance is not None and not unresolved(runs_on) and plan.instance.type != runs_on:
            raise ValueError(
                f"the plan is for {plan.instance.type}, the endpoint's fleet is of {runs_on}: "
                "a plan holds for the type that was measured"
            )
        return cls(
            scope,
            id,
            endpoint=endpoint,
            image=image,
            min_memory_mb=numbers.copy.min_memory_mb,
            cpu_cores=numbers.copy.cpu_cores,
            accelerators=numbers.copy.accelerators,
            model_data=model_data,
            environment=environment,
            initial_copy_count=max(1, numbers.min_capacity),
        )

    @staticmethod
    def from_inference_component_name(inference_component_name: str) -> InferenceComponentCopies:
        """The copies of a component that exists already, to be scaled, watched and measured."""
        return InferenceComponentCopies(inference_component_name)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Permit to invoke this component; its endpoint must be permitted, too."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.inference_component_arn],
        )

    def _model(self, endpoint: InferenceComponentEndpoint, container: BoundContainer) -> sagemaker.CfnModel:
        """The model, and what its container needs in the endpoint's role before SageMaker makes the first copy."""
        permissions = Permissions(others=[log_to("InferenceComponents")])
        grant(permissions, container, given_role=endpoint.given_role)
        if endpoint.given_role is not None:
            return model(
                container, role_arn=endpoint.role.role_arn, network=endpoint.network, after=endpoint.given_role
            )
        granted = permissions.all()
        policy = iam.Policy(
            self, "Policy", roles=[endpoint.role], statements=[permission.statement() for permission in granted]
        )
        acknowledge_wildcards(policy, granted)
        return model(container, role_arn=endpoint.role.role_arn, network=endpoint.network, after=policy)
