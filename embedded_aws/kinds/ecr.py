"""ECR: repositories."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("ecr", resource="resourceArn", tags="tags", listed="tags", keys="tagKeys")


class Repository(Resource):
    """A repository; with EmptyOnDelete its images go with it."""

    type = "AWS::ECR::Repository"
    carried = frozenset(
        {
            "EmptyOnDelete",
            "ImageScanningConfiguration",
            "ImageTagMutability",
            "LifecyclePolicy",
            "RepositoryName",
            "RepositoryPolicyText",
            "Tags",
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the repository."""
        repository = call(
            context.client("ecr"),
            "create_repository",
            repositoryName=properties.get("RepositoryName") or context.name(logical_id).lower(),
            imageTagMutability=properties.get("ImageTagMutability"),
            imageScanningConfiguration=_scanning(properties)
            if "ImageScanningConfiguration" in properties
            else None,
        )["repository"]
        attributes = {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}
        return Physical(repository["repositoryName"], attributes)

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the mutability of tags and the scanning."""
        ecr, repository = context.client("ecr"), {"repositoryName": physical.id}
        if changed(old, new, "ImageTagMutability"):
            mutability = new.get("ImageTagMutability", "MUTABLE")
            call(ecr, "put_image_tag_mutability", imageTagMutability=mutability, **repository)
        if changed(old, new, "ImageScanningConfiguration"):
            configuration = _scanning(new)
            call(ecr, "put_image_scanning_configuration", imageScanningConfiguration=configuration, **repository)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the policies and the tags."""
        ecr, repository = context.client("ecr"), {"repositoryName": physical.id}
        had, has = _lifecycle(old), _lifecycle(new)
        if has and has != had:
            call(ecr, "put_lifecycle_policy", lifecyclePolicyText=has, **repository)
        elif had and not has:
            with gone_is_fine():
                call(ecr, "delete_lifecycle_policy", **repository)
        if "RepositoryPolicyText" in new and changed(old, new, "RepositoryPolicyText"):
            call(ecr, "set_repository_policy", policyText=new["RepositoryPolicyText"], **repository)
        elif "RepositoryPolicyText" in old and "RepositoryPolicyText" not in new:
            with gone_is_fine():
                call(ecr, "delete_repository_policy", **repository)
        TAGS.apply(context, physical.attributes["Arn"], new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the repository."""
        del logical_id
        with gone_is_fine():
            force = properties.get("EmptyOnDelete", False)
            call(context.client("ecr"), "delete_repository", repositoryName=physical.id, force=force)


def _lifecycle(properties: dict[str, Any]) -> Any:  # noqa: ANN401 - a document or its text
    policy = properties.get("LifecyclePolicy", {})
    if policy.keys() - {"LifecyclePolicyText"}:
        raise Repository().refuse("LifecyclePolicy.RegistryId")
    return policy.get("LifecyclePolicyText")


def _scanning(properties: dict[str, Any]) -> dict[str, Any]:
    scanning = properties.get("ImageScanningConfiguration", {})
    if scanning.keys() - {"ScanOnPush"}:
        raise Repository().refuse("ImageScanningConfiguration")
    return {"scanOnPush": scanning.get("ScanOnPush", False)}
