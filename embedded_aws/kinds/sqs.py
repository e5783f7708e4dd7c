"""SQS: queues and their policies."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import as_text, call, gone_is_fine
from embedded_aws.kinds.holder_policy import HolderPolicy
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging(
    "sqs", resource="QueueUrl", tag="tag_queue", untag="untag_queue", listing="list_queue_tags", pair=None
)
DEFAULTS = {
    "DelaySeconds": "0",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit")


class Queue(Resource):
    """A queue; Ref is its URL."""

    type = "AWS::SQS::Queue"
    carried = frozenset({"QueueName", "Tags", *DEFAULTS, *FIFO})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the queue, unless there is one: CreateQueue would answer with that."""
        sqs = context.client("sqs")
        fifo = as_text(properties.get("FifoQueue")) == "true"
        name = properties.get("QueueName") or context.name(logical_id, limit=75) + (".fifo" if fifo else "")
        urls = call(sqs, "list_queues", QueueNamePrefix=name).get("QueueUrls", [])
        if any(url.endswith(f"/{name}") for url in urls):
            raise AlreadyExistsError(f"{self.type}: queue {name} already exists")
        url = call(sqs, "create_queue", QueueName=name, Attributes=some(properties, *DEFAULTS, *FIFO))["QueueUrl"]
        arn = call(sqs, "get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return Physical(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the attributes that changed; one that is no longer given takes its default."""
        names = (*DEFAULTS, "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
        attributes = {
            name: new.get(name, DEFAULTS.get(name, "")) for name in names if old.get(name) != new.get(name)
        }
        if attributes:
            call(context.client("sqs"), "set_queue_attributes", QueueUrl=physical.id, Attributes=attributes)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the queue has the attributes."""
        sqs = context.client("sqs")
        read = call(sqs, "get_queue_attributes", QueueUrl=physical.id, AttributeNames=["All"]).get("Attributes", {})
        # A redrive policy comes back as the same JSON in another order.
        names = {*DEFAULTS, *FIFO} - {"RedrivePolicy"}
        sent = {name: as_text(value) for name, value in some(properties, *sorted(names)).items()}
        self.refuse_what_was_lost(None, sent, read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the queue."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("sqs"), "delete_queue", QueueUrl=physical.id)


class QueuePolicy(HolderPolicy):
    """A policy of queues; without it they have none."""

    type = "AWS::SQS::QueuePolicy"
    carried = frozenset({"PolicyDocument", "Queues"})
    holders = "Queues"

    def give(self, context: Context, holder: str, policy: Any) -> None:  # noqa: ANN401 - a document or its text
        """Sets the queue's policy."""
        call(context.client("sqs"), "set_queue_attributes", QueueUrl=holder, Attributes={"Policy": policy})

    def without(self, context: Context, holder: str) -> Any:  # noqa: ANN401 - a text
        """No policy."""
        del context, holder
        return ""
