"""SNS: topics, their policies, their subscriptions."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import as_text, call, gone_is_fine
from embedded_aws.kinds.holder_policy import HolderPolicy
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("sns")
FIXED_ATTRIBUTES = ("ContentBasedDeduplication", "FifoTopic")
ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")
OWNER_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
SUBSCRIPTION_ATTRIBUTES = (
    # FilterPolicyScope goes first: a filter policy is checked by it.
    "FilterPolicyScope",
    "FilterPolicy",
    "DeliveryPolicy",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)


class Topic(Resource):
    """A topic; Ref is its ARN."""

    type = "AWS::SNS::Topic"
    carried = frozenset({"TopicName", "Tags", *FIXED_ATTRIBUTES, *ATTRIBUTES})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the topic, unless there is one: CreateTopic would answer with that."""
        sns = context.client("sns")
        fifo = as_text(properties.get("FifoTopic")) == "true"
        name = properties.get("TopicName") or context.name(logical_id, limit=251) + (".fifo" if fifo else "")
        pages = sns.get_paginator("list_topics").paginate()
        if any(topic["TopicArn"].endswith(f":{name}") for page in pages for topic in page["Topics"]):
            raise AlreadyExistsError(f"{self.type}: topic {name} already exists")
        given = some(properties, *FIXED_ATTRIBUTES, *ATTRIBUTES)
        arn = call(sns, "create_topic", Name=name, Attributes=given)["TopicArn"]
        return Physical(arn, {"TopicArn": arn, "TopicName": name})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the attributes that changed."""
        names = ("ContentBasedDeduplication", *ATTRIBUTES)
        _set_what_changed(context, "set_topic_attributes", {"TopicArn": physical.id}, names, old=old, new=new)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the topic has the attributes."""
        attributes = call(context.client("sns"), "get_topic_attributes", TopicArn=physical.id)["Attributes"]
        sent = {name: as_text(value) for name, value in some(properties, *FIXED_ATTRIBUTES, *ATTRIBUTES).items()}
        self.refuse_what_was_lost(None, sent, attributes)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the topic."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("sns"), "delete_topic", TopicArn=physical.id)


class TopicPolicy(HolderPolicy):
    """A policy of topics; without it they have the default one: the owner may do everything."""

    type = "AWS::SNS::TopicPolicy"
    carried = frozenset({"PolicyDocument", "Topics"})
    holders = "Topics"

    def give(self, context: Context, holder: str, policy: Any) -> None:  # noqa: ANN401 - a document or its text
        """Sets the topic's policy."""
        sns = context.client("sns")
        call(sns, "set_topic_attributes", TopicArn=holder, AttributeName="Policy", AttributeValue=policy)

    def without(self, context: Context, holder: str) -> Any:  # noqa: ANN401 - a document
        """The default policy."""
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in OWNER_ACTIONS],
            "Resource": holder,
            "Condition": {"StringEquals": {"AWS:SourceOwner": context.account}},
        }
        return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


class Subscription(Resource):
    """A subscription; Ref is its ARN."""

    type = "AWS::SNS::Subscription"
    carried = frozenset({"Endpoint", "Protocol", "TopicArn", *SUBSCRIPTION_ATTRIBUTES})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Subscribes."""
        del logical_id
        arn = call(
            context.client("sns"),
            "subscribe",
            ReturnSubscriptionArn=True,
            Attributes=some(properties, *SUBSCRIPTION_ATTRIBUTES),
            **some(properties, "Endpoint", "Protocol", "TopicArn"),
        )["SubscriptionArn"]
        return Physical(arn, {"Arn": arn})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the attributes that changed."""
        named = {"SubscriptionArn": physical.id}
        _set_what_changed(context, "set_subscription_attributes", named, SUBSCRIPTION_ATTRIBUTES, old=old, new=new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Unsubscribes."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("sns"), "unsubscribe", SubscriptionArn=physical.id)


def _set_what_changed(
    context: Context,
    operation: str,
    named: dict[str, str],
    attributes: tuple[str, ...],
    *,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    """Sets attributes, one a call; an empty value takes one back."""
    for name in (name for name in attributes if old.get(name) != new.get(name)):
        value = as_text(new.get(name, ""))
        call(context.client("sns"), operation, AttributeName=name, AttributeValue=value, **named)
