"""SageMaker: models, endpoint configurations, endpoints. Ref of each is its ARN; its name is an attribute."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("sagemaker", tag="add_tags", untag="delete_tags", listing="list_tags")


class _Immutable(Resource):
    """What is made whole and never changed but for its tags."""

    noun: str = ""
    operations: str = ""
    given: tuple[str, ...] = ()

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the resource."""
        sagemaker, name = context.client("sagemaker"), f"{self.noun}Name"
        named = {name: properties.get(name) or context.name(logical_id)}
        answer = call(sagemaker, f"create_{self.operations}", **named, **some(properties, *self.given))
        arn = answer[f"{self.noun}Arn"]
        return Physical(arn, {f"{self.noun}Arn": arn, **named})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the resource is what was asked for."""
        sagemaker = context.client("sagemaker")
        read = call(sagemaker, f"describe_{self.operations}", **self._named(physical))
        shape = sagemaker.meta.service_model.operation_model(f"Create{self.noun}").input_shape
        self.refuse_what_was_lost(shape, some(properties, *self.given), read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the resource."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("sagemaker"), f"delete_{self.operations}", **self._named(physical))

    def _named(self, physical: Physical) -> dict[str, Any]:
        return {f"{self.noun}Name": physical.attributes[f"{self.noun}Name"]}


class Model(_Immutable):
    """A model; how the containers of an inference pipeline are called is not emulated."""

    type = "AWS::SageMaker::Model"
    noun, operations = "Model", "model"
    given = ("Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "PrimaryContainer", "VpcConfig")
    carried = frozenset({"ModelName", "Tags", *given})


class EndpointConfig(_Immutable):
    """An endpoint configuration; shadow variants and explainers are not emulated."""

    type = "AWS::SageMaker::EndpointConfig"
    noun, operations = "EndpointConfig", "endpoint_config"
    given = (
        "AsyncInferenceConfig",
        "DataCaptureConfig",
        "EnableNetworkIsolation",
        "ExecutionRoleArn",
        "KmsKeyId",
        "ProductionVariants",
        "VpcConfig",
    )
    carried = frozenset({"EndpointConfigName", "Tags", *given})


class Endpoint(Resource):
    """An endpoint; a new configuration reaches it by UpdateEndpoint, with what the variants are to retain."""

    type = "AWS::SageMaker::Endpoint"
    on_update = ("ExcludeRetainedVariantProperties", "RetainAllVariantProperties")
    carried = frozenset({"EndpointConfigName", "EndpointName", "Tags", *on_update})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the endpoint."""
        name = properties.get("EndpointName") or context.name(logical_id)
        config = properties["EndpointConfigName"]
        sagemaker = context.client("sagemaker")
        arn = call(sagemaker, "create_endpoint", EndpointName=name, EndpointConfigName=config)["EndpointArn"]
        return Physical(arn, {"EndpointArn": arn, "EndpointName": name})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Moves the endpoint to another configuration."""
        if changed(old, new, "EndpointConfigName"):
            call(
                context.client("sagemaker"),
                "update_endpoint",
                EndpointName=physical.attributes["EndpointName"],
                **some(new, "EndpointConfigName", *self.on_update),
            )

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the endpoint is in service with the configuration asked for."""
        name = physical.attributes["EndpointName"]
        read = call(context.client("sagemaker"), "describe_endpoint", EndpointName=name)
        if read["EndpointStatus"] != "InService":
            raise ValueError(f"{self.type}: {name} is {read['EndpointStatus']}: {read.get('FailureReason')}")
        self.refuse_what_was_lost(None, some(properties, "EndpointConfigName"), read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the endpoint."""
        del logical_id, properties
        with gone_is_fine():
            name = physical.attributes["EndpointName"]
            call(context.client("sagemaker"), "delete_endpoint", EndpointName=name)
