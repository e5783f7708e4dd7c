"""An endpoint's configuration as JSON, and back: what CreateEndpointConfig, CreateEndpoint and scaling take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from sagemaker_idle_endpoints._clients import Client, Hands
from sagemaker_idle_endpoints.reading._refusals import says_it_is_gone

_SCHEMA = 1
_NAMESPACE = "sagemaker"
Saved = dict[str, Any]


def save_endpoint(hands: Hands, name: str) -> Saved:
    """Read all that brings an endpoint back: configuration, tags, sizes, weights and scaling.

    The alarms of step policies are not read, since deleting the endpoint does not delete them.

    Raises:
        botocore.exceptions.ClientError: something of it could not be read.
    """
    sagemaker: Client = hands.sagemaker
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    guardrail = endpoint.get("LastDeploymentConfig")
    return {
        "schema": _SCHEMA,
        "arn": endpoint["EndpointArn"],
        "endpoint": {
            "EndpointName": name,
            "EndpointConfigName": endpoint["EndpointConfigName"],
            "Tags": _tags(sagemaker, endpoint["EndpointArn"]),
            **({"DeploymentConfig": guardrail} if guardrail else {}),
        },
        "config": {
            **_as_asked(sagemaker, "CreateEndpointConfig", config),
            "Tags": _tags(sagemaker, config["EndpointConfigArn"]),
        },
        "sizes": _sizes(endpoint),
        "scaling": [
            _scaling(hands.scaling, f"endpoint/{name}/variant/{variant['VariantName']}")
            for variant in _variants(endpoint)
        ],
    }


def restore_endpoint(hands: Hands, saved: Mapping[str, Any], *, wait: bool = True) -> str:
    """Bring an endpoint back as it was saved: made anew if it is gone, in its old size if it was scaled in.

    Args:
        hands: The clients of the endpoint's own account and region.
        saved: What `save_endpoint` gave.
        wait: Whether to wait until it is in service, which scaling needs; without, scaling is not restored.

    Returns:
        What was done, in words.

    Raises:
        ValueError: another version saved it, or there is another configuration of that name by now, or the endpoint
            is on another one.
        botocore.exceptions.ClientError: AWS refused, such as for a model that is gone; what it refused of the
            scaling comes last, when all the rest is back.
        botocore.exceptions.WaiterError: it did not come into service.
    """
    if saved.get("schema") != _SCHEMA:
        raise ValueError(
            f"this was saved in form {saved.get('schema')!r} and form {_SCHEMA} is known: use that version"
        )
    sagemaker: Client = hands.sagemaker
    name, config_name = saved["endpoint"]["EndpointName"], saved["config"]["EndpointConfigName"]
    there = _found(lambda: sagemaker.describe_endpoint(EndpointName=name))
    if there is None:
        _restore_config(sagemaker, saved["config"])
        sagemaker.create_endpoint(**saved["endpoint"])
    elif there["EndpointConfigName"] != config_name:
        on = there["EndpointConfigName"]
        raise ValueError(f"{name} is on configuration {on} by now, and was saved on {config_name}: delete it first")
    if not wait:
        return f"{name} is being made; once it is in service, run this again for its sizes and scaling"
    in_service = sagemaker.get_waiter("endpoint_in_service")
    in_service.wait(EndpointName=name)
    sizes = _sizes(sagemaker.describe_endpoint(EndpointName=name))
    if changed := [size for size in saved["sizes"] if size not in sizes]:
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=changed)
        in_service.wait(EndpointName=name)
    _restore_scaling(hands, saved["scaling"])
    return f"{name} is {'in its old size' if there else 'back'}, on configuration {config_name}"


def _restore_config(sagemaker: Client, config: Mapping[str, Any]) -> None:
    name = config["EndpointConfigName"]
    there = _found(lambda: sagemaker.describe_endpoint_config(EndpointConfigName=name))
    if there is None:
        sagemaker.create_endpoint_config(**config)
    elif _as_asked(sagemaker, "CreateEndpointConfig", there) != {k: v for k, v in config.items() if k != "Tags"}:
        raise ValueError(f"there is another configuration named {name} by now: delete or rename one of the two")


def _restore_scaling(hands: Hands, saved: Iterable[Mapping[str, Any]]) -> None:
    """Restore all that AWS takes, whatever it refuses: a scheduled action for a time that has passed, say."""
    scaling = hands.scaling
    refused: list[ClientError] = []

    def put(asked: Mapping[str, Any], make: Callable[[Mapping[str, Any]], None]) -> None:
        try:
            make(asked)
        except ClientError as error:
            refused.append(error)

    def put_policy(policy: Mapping[str, Any]) -> None:
        arn = scaling.put_scaling_policy(**policy["asked"])["PolicyARN"]
        if arn != policy["arn"]:
            _point_alarms(hands.cloudwatch, old=policy["arn"], new=arn)

    for of_variant in saved:
        for target in of_variant["targets"]:
            put(target, lambda asked: scaling.register_scalable_target(**asked))
        for policy in of_variant["policies"]:
            put(policy, put_policy)
        for action in of_variant["scheduled_actions"]:
            put(action, lambda asked: scaling.put_scheduled_action(**asked))
    if refused:
        raise refused[0]


def _point_alarms(cloudwatch: Client, *, old: str, new: str) -> None:
    """Let the alarms that called a policy call the one that is in its place: without them it would never act."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(ActionPrefix=old)
    for alarm in [alarm for page in pages for alarm in page["MetricAlarms"]]:
        asked = _as_asked(cloudwatch, "PutMetricAlarm", alarm)
        for actions in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            if actions in asked:
                asked[actions] = [new if action == old else action for action in asked[actions]]
        cloudwatch.put_metric_alarm(**asked)


def _sizes(endpoint: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The instances and weights of its variants, as UpdateEndpointWeightsAndCapacities takes them."""
    return [size for each in _variants(endpoint) if len(size := _size(each)) > 1]


def _size(variant: Mapping[str, Any]) -> dict[str, Any]:
    taken = ("VariantName", "DesiredInstanceCount", "DesiredWeight")
    size = {key: variant[key] for key in taken if key in variant}
    if serverless := variant.get("DesiredServerlessConfig"):
        # All but its memory, which cannot be changed.
        of_update = {key: value for key, value in serverless.items() if key != "MemorySizeInMB"}
        size["ServerlessUpdateConfig"] = of_update
    return size


def _variants(endpoint: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*endpoint.get("ProductionVariants", []), *endpoint.get("ShadowProductionVariants", [])]


def _scaling(scaling: Client, resource_id: str) -> Saved:
    """The scalable targets of a variant, and what scales them."""
    found = scaling.describe_scalable_targets(ServiceNamespace=_NAMESPACE, ResourceIds=[resource_id])
    of_variant = {"ServiceNamespace": _NAMESPACE, "ResourceId": resource_id}
    policies = scaling.get_paginator("describe_scaling_policies").paginate(**of_variant)
    scheduled = scaling.get_paginator("describe_scheduled_actions").paginate(**of_variant)
    return {
        "targets": [_as_asked(scaling, "RegisterScalableTarget", each) for each in found["ScalableTargets"]],
        "policies": [
            {"arn": each["PolicyARN"], "asked": _as_asked(scaling, "PutScalingPolicy", each)}
            for page in policies
            for each in page["ScalingPolicies"]
        ],
        "scheduled_actions": [
            _as_asked(scaling, "PutScheduledAction", each)
            for page in scheduled
            for each in page["ScheduledActions"]
        ],
    }


def _as_asked(client: Client, operation: str, told: Mapping[str, Any]) -> Saved:
    """What was told of a resource, as the operation that makes it takes it."""
    taken = client.meta.service_model.operation_model(operation).input_shape.members
    return {key: _plain(value) for key, value in told.items() if key in taken and value not in (None, [], {})}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON, but for times
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list():
            return [_plain(part) for part in value]
    return value


def _tags(sagemaker: Client, arn: str) -> list[dict[str, str]]:
    """A resource's tags but for AWS's own, which nobody else may set."""
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return [tag for page in pages for tag in page["Tags"] if not tag["Key"].startswith("aws:")]


def _found(describe: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What SageMaker says of a resource; None if there is none."""
    try:
        return describe()
    except ClientError as error:
        if says_it_is_gone(error):
            return None
        raise
