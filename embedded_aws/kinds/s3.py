"""S3: buckets and their policies."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine, is_gone
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, changed
from embedded_aws.kinds.tagging import tags_of

RULE = {
    # CloudFormation's name of what a lifecycle rule says -> the API's path to it.
    "AbortIncompleteMultipartUpload": ("AbortIncompleteMultipartUpload",),
    "ExpirationInDays": ("Expiration", "Days"),
    "ExpiredObjectDeleteMarker": ("Expiration", "ExpiredObjectDeleteMarker"),
    "Id": ("ID",),
    "NoncurrentVersionExpiration": ("NoncurrentVersionExpiration",),
    "Prefix": ("Filter", "Prefix"),
    "Status": ("Status",),
    "Transitions": ("Transitions",),
}
TRANSITION = {"StorageClass": "StorageClass", "TransitionDate": "Date", "TransitionInDays": "Days"}
ENCRYPTION = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
CANNED_ACLS = {
    "AuthenticatedRead": "authenticated-read",
    "AwsExecRead": "aws-exec-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "BucketOwnerRead": "bucket-owner-read",
    "LogDeliveryWrite": "log-delivery-write",
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
}


class Bucket(Resource):
    """A bucket; it must be empty to be deleted, as in AWS."""

    type = "AWS::S3::Bucket"
    carried = frozenset(
        {
            "AccessControl",
            "BucketEncryption",
            "BucketName",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the bucket in the stack's region, unless there is one: in us-east-1 S3 would not say."""
        s3, name = context.client("s3"), properties.get("BucketName") or context.name(logical_id).lower()
        try:
            call(s3, "head_bucket", Bucket=name)
        except s3.exceptions.ClientError as error:
            if not is_gone(error):
                raise
        else:
            raise AlreadyExistsError(f"{self.type}: bucket {name} already exists")
        # us-east-1 is said by not saying it.
        region = None if context.region == "us-east-1" else {"LocationConstraint": context.region}
        call(s3, "create_bucket", Bucket=name, CreateBucketConfiguration=region)
        attributes = {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{context.region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{context.region}.amazonaws.com",
        }
        return Physical(name, attributes)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the configurations that changed; one that is no longer given is deleted."""
        s3, bucket = context.client("s3"), {"Bucket": physical.id}
        if changed(old, new, "AccessControl"):
            call(s3, "put_bucket_acl", ACL=CANNED_ACLS[new.get("AccessControl", "Private")], **bucket)
        if changed(old, new, "VersioningConfiguration"):
            versioning = new.get("VersioningConfiguration", {"Status": "Suspended"})
            call(s3, "put_bucket_versioning", VersioningConfiguration=versioning, **bucket)
        for name, operation, parameter in (
            ("BucketEncryption", "bucket_encryption", "ServerSideEncryptionConfiguration"),
            ("LifecycleConfiguration", "bucket_lifecycle_configuration", "LifecycleConfiguration"),
            ("OwnershipControls", "bucket_ownership_controls", "OwnershipControls"),
            ("PublicAccessBlockConfiguration", "public_access_block", "PublicAccessBlockConfiguration"),
        ):
            if name in new and changed(old, new, name):
                value = self._configuration(name, new[name])
                call(s3, f"put_{operation}", **{parameter: value}, **bucket)
            elif name in old and name not in new:
                # The operation that takes a lifecycle away has a name of its own.
                call(s3, f"delete_{operation.removesuffix('_configuration')}", **bucket)
        if changed(old, new, "LoggingConfiguration"):
            status = self._logging(physical, new.get("LoggingConfiguration"))
            call(s3, "put_bucket_logging", BucketLoggingStatus=status, **bucket)
        self._tag(context, physical, new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the bucket."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("s3"), "delete_bucket", Bucket=physical.id)

    def _configuration(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Returns a configuration as the API names it."""
        if name == "BucketEncryption":
            rules = value["ServerSideEncryptionConfiguration"]
            return {"Rules": [{ENCRYPTION.get(name, name): part for name, part in rule.items()} for rule in rules]}
        if name == "LifecycleConfiguration":
            return {"Rules": [self._rule(rule) for rule in value["Rules"]]}
        return value

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(rule.keys() - RULE.keys())
        if unknown:
            raise self.refuse(f"LifecycleConfiguration.Rules: {', '.join(unknown)}")
        shaped: dict[str, Any] = {"Filter": {"Prefix": ""}}
        for name, value in rule.items():
            *outer, last = RULE[name]
            inside = shaped
            for step in outer:
                inside = inside.setdefault(step, {})
            inside[last] = [self._transition(each) for each in value] if name == "Transitions" else value
        return shaped

    def _transition(self, transition: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(transition.keys() - TRANSITION.keys())
        if unknown:
            raise self.refuse(f"LifecycleConfiguration.Rules.Transitions: {', '.join(unknown)}")
        return {TRANSITION[name]: value for name, value in transition.items()}

    def _logging(self, physical: Physical, configuration: dict[str, Any] | None) -> dict[str, Any]:
        """Returns where access is logged: in the bucket itself if no other is named, nowhere if None."""
        if configuration is None:
            return {}
        unknown = sorted(configuration.keys() - {"DestinationBucketName", "LogFilePrefix"})
        if unknown:
            raise self.refuse(f"LoggingConfiguration: {', '.join(unknown)}")
        target = configuration.get("DestinationBucketName", physical.id)
        return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": configuration.get("LogFilePrefix", "")}}

    @staticmethod
    def _tag(context: Context, physical: Physical, properties: dict[str, Any]) -> None:
        """Puts the whole set of tags: S3 has no other way."""
        s3, tags = context.client("s3"), tags_of(context, properties)
        if tags:
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            call(s3, "put_bucket_tagging", Bucket=physical.id, Tagging={"TagSet": pairs})
        else:
            with gone_is_fine():
                call(s3, "delete_bucket_tagging", Bucket=physical.id)


class BucketPolicy(Resource):
    """A bucket's policy; Ref is the bucket's name."""

    type = "AWS::S3::BucketPolicy"
    carried = frozenset({"Bucket", "PolicyDocument"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the bucket: the policy has no being but in it."""
        del context, logical_id
        return Physical(properties["Bucket"], {})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the policy."""
        del old
        call(context.client("s3"), "put_bucket_policy", Bucket=physical.id, Policy=new["PolicyDocument"])

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the policy."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("s3"), "delete_bucket_policy", Bucket=physical.id)
