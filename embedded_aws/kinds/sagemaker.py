"""SageMaker: models, configurations, endpoints, components. Ref of each is its ARN."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine, lost
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
    """A model, of one container or of several."""

    type = "AWS::SageMaker::Model"
    noun, operations = "Model", "model"
    given = (
        "Containers",
        "EnableNetworkIsolation",
        "ExecutionRoleArn",
        "InferenceExecutionConfig",
        "PrimaryContainer",
        "VpcConfig",
    )
    carried = frozenset({"ModelName", "Tags", *given})


class EndpointConfig(_Immutable):
    """An endpoint configuration, of any kind of endpoint."""

    type = "AWS::SageMaker::EndpointConfig"
    noun, operations = "EndpointConfig", "endpoint_config"
    given = (
        "AsyncInferenceConfig",
        "DataCaptureConfig",
        "EnableNetworkIsolation",
        "ExecutionRoleArn",
        "ExplainerConfig",
        "KmsKeyId",
        "MetricsConfig",
        "ProductionVariants",
        "ShadowProductionVariants",
        "VpcConfig",
    )
    carried = frozenset({"EndpointConfigName", "Tags", *given})


class Endpoint(Resource):
    """An endpoint; a new configuration reaches it by UpdateEndpoint, with what the variants are to retain."""

    type = "AWS::SageMaker::Endpoint"
    given = ("DeploymentConfig", "EndpointConfigName")
    on_update = ("ExcludeRetainedVariantProperties", "RetainAllVariantProperties", "RetainDeploymentConfig")
    carried = frozenset({"EndpointName", "Tags", *given, *on_update})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the endpoint."""
        name = properties.get("EndpointName") or context.name(logical_id)
        sagemaker, given = context.client("sagemaker"), _with_wait(some(properties, *self.given))
        arn = call(
            sagemaker, "create_endpoint", EndpointName=name, Tags=_tags_of_stack(context, logical_id), **given
        )["EndpointArn"]
        return Physical(arn, {"EndpointArn": arn, "EndpointName": name})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Moves the endpoint to another configuration, or deploys the same one in another way."""
        if changed(old, new, *self.given):
            call(
                context.client("sagemaker"),
                "update_endpoint",
                EndpointName=physical.attributes["EndpointName"],
                **_with_wait(some(new, *self.given, *self.on_update)),
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
        shape = context.client("sagemaker").meta.service_model.operation_model("CreateEndpoint").input_shape
        read["DeploymentConfig"] = read.get("LastDeploymentConfig")
        self.refuse_what_was_lost(shape, some(properties, *self.given), read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the endpoint."""
        del logical_id, properties
        with gone_is_fine():
            name = physical.attributes["EndpointName"]
            call(context.client("sagemaker"), "delete_endpoint", EndpointName=name)


def _tags_of_stack(context: Context, logical_id: str) -> list[dict[str, str]]:
    """What CloudFormation tags what it makes with, and nobody else can: by these one finds an endpoint's owner."""
    told = {"logical-id": logical_id, "stack-id": context.stack_id, "stack-name": context.stack_name}
    return [{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in told.items()]


class InferenceComponent(Resource):
    """A component; only what changed of it is sent, so that the copies that scaling has made stay.

    Its name is no attribute: Ref is its ARN, which ends with it.
    """

    type = "AWS::SageMaker::InferenceComponent"
    fixed = ("EndpointName", "InferenceComponentName", "VariantName")
    updated = ("RuntimeConfig", "Specification", "Specifications")
    carried = frozenset({"DeploymentConfig", "Tags", *fixed, *updated})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the component; how it is deployed matters from its first update on."""
        name = properties.get("InferenceComponentName") or context.name(logical_id)
        given = some(properties, "EndpointName", "VariantName", *self.updated)
        sagemaker = context.client("sagemaker")
        arn = call(sagemaker, "create_inference_component", InferenceComponentName=name, **given)[
            "InferenceComponentArn"
        ]
        return Physical(arn, {})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Updates what changed. The schema would have all of it updated in place, and the API can not."""
        sagemaker, named = context.client("sagemaker"), _name_of(physical)
        moved = lost(some(new, *self.fixed), call(sagemaker, "describe_inference_component", **named))
        if moved:
            raise self.refuse(", ".join(moved), "cannot be changed by UpdateInferenceComponent")
        changes = {name: new[name] for name in self.updated if name in new and changed(old, new, name)}
        if changes:
            call(sagemaker, "update_inference_component", **named, **changes, **some(new, "DeploymentConfig"))

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the component is what was asked for."""
        sagemaker = context.client("sagemaker")
        read = call(sagemaker, "describe_inference_component", **_name_of(physical))
        told = {**read, "Specification": _with_image(read.get("Specification", {}))}
        told["Specifications"] = [_with_image(each) for each in read.get("Specifications", [])]
        shape = sagemaker.meta.service_model.operation_model("CreateInferenceComponent").input_shape
        sent = some(properties, "EndpointName", "Specification", "Specifications", "VariantName")
        self.refuse_what_was_lost(shape, sent, told)
        attributes = {
            "InferenceComponentArn": physical.id,
            "CreationTime": read["CreationTime"].isoformat(),
            "InferenceComponentStatus": read["InferenceComponentStatus"],
            "LastModifiedTime": read["LastModifiedTime"].isoformat(),
            **{f"RuntimeConfig.{name}": count for name, count in read["RuntimeConfig"].items()},
        }
        return Physical(physical.id, attributes)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the component."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("sagemaker"), "delete_inference_component", **_name_of(physical))


def _name_of(physical: Physical) -> dict[str, Any]:
    return {"InferenceComponentName": physical.id.rpartition("/")[2]}


def _with_image(specification: dict[str, Any]) -> dict[str, Any]:
    """Returns a described specification with its container's image where it was when it was sent."""
    container = specification.get("Container", {})
    if "DeployedImage" not in container:
        return specification
    return {**specification, "Container": {**container, "Image": container["DeployedImage"]["SpecifiedImage"]}}


def _with_wait(given: dict[str, Any]) -> dict[str, Any]:
    """Returns an endpoint's properties with the wait that the API wants and CloudFormation's schema does not."""
    policy = given.get("DeploymentConfig", {}).get("BlueGreenUpdatePolicy")
    if not policy:
        return given
    routing = {"WaitIntervalInSeconds": 0, **policy["TrafficRoutingConfiguration"]}
    shaped = {**policy, "TrafficRoutingConfiguration": routing}
    return {**given, "DeploymentConfig": {**given["DeploymentConfig"], "BlueGreenUpdatePolicy": shaped}}
