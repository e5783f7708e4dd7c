"""IAM: roles, and the policies that are attached to them."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import as_text, call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("iam", resource="RoleName", tag="tag_role", untag="untag_role", listing="list_role_tags")


class Role(Resource):
    """A role with its inline policies, its managed policies and its boundary."""

    type = "AWS::IAM::Role"
    carried = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the role."""
        role = call(
            context.client("iam"),
            "create_role",
            RoleName=properties.get("RoleName") or context.name(logical_id, limit=64),
            **some(
                properties,
                "AssumeRolePolicyDocument",
                "Description",
                "MaxSessionDuration",
                "Path",
                "PermissionsBoundary",
            ),
        )["Role"]
        return Physical(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Changes who may assume the role, and its boundary."""
        iam, role = context.client("iam"), {"RoleName": physical.id}
        if changed(old, new, "AssumeRolePolicyDocument"):
            call(iam, "update_assume_role_policy", PolicyDocument=new["AssumeRolePolicyDocument"], **role)
        if changed(old, new, "Description", "MaxSessionDuration"):
            call(
                iam,
                "update_role",
                Description=new.get("Description", ""),
                MaxSessionDuration=new.get("MaxSessionDuration", 3600),
                **role,
            )
        if new.get("PermissionsBoundary") and changed(old, new, "PermissionsBoundary"):
            call(iam, "put_role_permissions_boundary", PermissionsBoundary=new["PermissionsBoundary"], **role)
        elif old.get("PermissionsBoundary") and not new.get("PermissionsBoundary"):
            call(iam, "delete_role_permissions_boundary", **role)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets what the role is allowed."""
        iam, role = context.client("iam"), {"RoleName": physical.id}
        had, has = _inline(old), _inline(new)
        for name in had.keys() - has.keys():
            with gone_is_fine():
                call(iam, "delete_role_policy", PolicyName=name, **role)
        for name in (name for name in has if has[name] != had.get(name)):
            call(iam, "put_role_policy", PolicyName=name, PolicyDocument=has[name], **role)
        attached, wanted = (set(p.get("ManagedPolicyArns", [])) for p in (old, new))
        for arn in sorted(attached - wanted):
            with gone_is_fine():
                call(iam, "detach_role_policy", PolicyArn=arn, **role)
        for arn in sorted(wanted - attached):
            call(iam, "attach_role_policy", PolicyArn=arn, **role)
        TAGS.apply(context, physical.id, new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Detaches all policies, deletes the inline ones, then the role."""
        del logical_id, properties
        iam, role = context.client("iam"), {"RoleName": physical.id}
        with gone_is_fine():
            for policy in call(iam, "list_attached_role_policies", **role)["AttachedPolicies"]:
                call(iam, "detach_role_policy", PolicyArn=policy["PolicyArn"], **role)
            for name in call(iam, "list_role_policies", **role)["PolicyNames"]:
                call(iam, "delete_role_policy", PolicyName=name, **role)
            call(iam, "delete_role", **role)


class Policy(Resource):
    """An inline policy, put into each of its roles."""

    type = "AWS::IAM::Policy"
    carried = frozenset({"PolicyDocument", "PolicyName", "Roles"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the policy: it has no being but in its roles."""
        if not properties.get("Roles"):
            raise ValueError(f"{self.type}: a policy needs at least one role in Roles")
        name = context.name(logical_id, limit=128)
        return Physical(name, {"Id": name})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the policy into the new roles, and takes it out of those that it left."""
        del physical
        name = new["PolicyName"]
        for role in new["Roles"]:
            call(
                context.client("iam"),
                "put_role_policy",
                RoleName=role,
                PolicyName=name,
                PolicyDocument=new["PolicyDocument"],
            )
        left = old.get("Roles", []) if old.get("PolicyName") != name else set(old["Roles"]) - set(new["Roles"])
        self._take_out(context, old.get("PolicyName", name), left)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Takes the policy out of its roles."""
        del logical_id, physical
        self._take_out(context, properties["PolicyName"], properties["Roles"])

    @staticmethod
    def _take_out(context: Context, name: str, roles: Any) -> None:  # noqa: ANN401 - any collection of names
        for role in sorted(roles):
            with gone_is_fine():
                call(context.client("iam"), "delete_role_policy", RoleName=role, PolicyName=name)


class ManagedPolicy(Resource):
    """A managed policy; an update makes a new version the default and drops the old one."""

    type = "AWS::IAM::ManagedPolicy"
    carried = frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the policy."""
        policy = call(
            context.client("iam"),
            "create_policy",
            PolicyName=properties.get("ManagedPolicyName") or context.name(logical_id, limit=128),
            **some(properties, "Description", "Path", "PolicyDocument"),
        )["Policy"]
        return Physical(policy["Arn"], {})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Makes the changed document the one version."""
        iam, policy = context.client("iam"), {"PolicyArn": physical.id}
        if changed(old, new, "PolicyDocument"):
            versions = call(iam, "list_policy_versions", **policy)["Versions"]
            document = new["PolicyDocument"]
            call(iam, "create_policy_version", PolicyDocument=document, SetAsDefault=True, **policy)
            for version in versions:
                call(iam, "delete_policy_version", VersionId=version["VersionId"], **policy)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Attaches the policy to its roles."""
        iam, policy = context.client("iam"), {"PolicyArn": physical.id}
        had, has = (set(p.get("Roles", [])) for p in (old, new))
        for role in sorted(had - has):
            with gone_is_fine():
                call(iam, "detach_role_policy", RoleName=role, **policy)
        for role in sorted(has - had):
            call(iam, "attach_role_policy", RoleName=role, **policy)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Describes the policy."""
        del properties
        policy = call(context.client("iam"), "get_policy", PolicyArn=physical.id)["Policy"]
        names = ("PolicyId", "DefaultVersionId", "AttachmentCount", "IsAttachable")
        return Physical(physical.id, {"PolicyArn": physical.id, **{name: policy[name] for name in names}})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Detaches the policy from its roles, drops its versions, deletes it."""
        del logical_id, properties
        iam, policy = context.client("iam"), {"PolicyArn": physical.id}
        with gone_is_fine():
            for role in call(iam, "list_entities_for_policy", **policy)["PolicyRoles"]:
                call(iam, "detach_role_policy", RoleName=role["RoleName"], **policy)
            for version in call(iam, "list_policy_versions", **policy)["Versions"]:
                if not version["IsDefaultVersion"]:
                    call(iam, "delete_policy_version", VersionId=version["VersionId"], **policy)
            call(iam, "delete_policy", **policy)


def _inline(properties: dict[str, Any]) -> dict[str, str]:
    return {policy["PolicyName"]: as_text(policy["PolicyDocument"]) for policy in properties.get("Policies", [])}
