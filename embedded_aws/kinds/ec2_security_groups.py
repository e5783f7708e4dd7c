"""EC2's security groups, and the rules that stand in a template beside their group."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.ec2_network import Ec2Resource
from embedded_aws.kinds.resource import Resource, changed, some

ALL_TRAFFIC = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
"""The egress rule that EC2 gives to a new group; a template that has rules of its own has it no more."""

# CloudFormation's names of the other side of a rule -> the API's list and its member.
PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
PORTS = ("FromPort", "IpProtocol", "ToPort")
RULES = {"SecurityGroupEgress": "egress", "SecurityGroupIngress": "ingress"}


class SecurityGroup(Ec2Resource):
    """A security group of a VPC; Ref is its id."""

    type = "AWS::EC2::SecurityGroup"
    noun, key = "security_group", "GroupId"
    given = ("VpcId",)
    told = given
    carried = frozenset({"GroupDescription", "GroupName", "Tags", *given, *RULES})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the group, with EC2's own egress rule."""
        id_ = call(
            context.client("ec2"),
            "create_security_group",
            GroupName=properties.get("GroupName") or context.name(logical_id, limit=255),
            Description=properties["GroupDescription"],
            **some(properties, *self.given),
        )["GroupId"]
        return Physical(id_, {})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Revokes and authorises what changed of the rules, and sets the tags."""
        ec2, group = context.client("ec2"), {"GroupId": physical.id}
        for name, way in RULES.items():
            # A group that was just made has the default rule, and keeps it if the template has none.
            had, has = _rules(old, name), _rules(new, name)
            for rule in (rule for rule in had if rule not in has):
                call(ec2, f"revoke_security_group_{way}", IpPermissions=[self._permission(rule)], **group)
            for rule in (rule for rule in has if rule not in had):
                call(ec2, f"authorize_security_group_{way}", IpPermissions=[self._permission(rule)], **group)
        super().configure(context, physical, old, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the group has every rule, and tells its id by both its names."""
        made, read = super().read(context, physical, properties), self.described(context, physical)
        if read["Description"] != properties["GroupDescription"]:
            raise self.refuse("GroupDescription")
        for name, way in RULES.items():
            permissions = read["IpPermissionsEgress" if way == "egress" else "IpPermissions"]
            has = [rule for permission in permissions for rule in _flat(permission)]
            missing = [rule for rule in _rules(properties, name) if _flat(self._permission(rule))[0] not in has]
            if missing:
                raise self.refuse(name, f"lacks {missing}")
        return Physical(physical.id, {**made.attributes, "Id": physical.id})

    def _permission(self, rule: dict[str, Any]) -> dict[str, Any]:
        return permission_of(self, rule)


class _Rule(Resource):
    """A rule of a group; Ref is its id."""

    way = ""

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Authorises it."""
        del logical_id
        permissions = [permission_of(self, properties)]
        answer = call(
            context.client("ec2"),
            f"authorize_security_group_{self.way}",
            GroupId=properties["GroupId"],
            IpPermissions=permissions,
        )
        (made,) = answer["SecurityGroupRules"]
        return Physical(made["SecurityGroupRuleId"], {"Id": made["SecurityGroupRuleId"]})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Describes it in other words; all else of it replaces it."""
        if changed(old, new, "Description"):
            described = {"SecurityGroupRuleId": physical.id, "Description": new.get("Description", "")}
            call(
                context.client("ec2"),
                f"update_security_group_rule_descriptions_{self.way}",
                GroupId=new["GroupId"],
                SecurityGroupRuleDescriptions=[described],
            )

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the group has it."""
        asked = {"SecurityGroupRuleIds": [physical.id]}
        (read,) = call(context.client("ec2"), "describe_security_group_rules", **asked)["SecurityGroupRules"]
        shape = context.client("ec2").meta.service_model.shape_for("SecurityGroupRule")
        sent = some(properties, "Description", "GroupId", *PORTS)
        self.refuse_what_was_lost(shape, sent, read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Revokes it."""
        del logical_id
        with gone_is_fine():
            call(
                context.client("ec2"),
                f"revoke_security_group_{self.way}",
                GroupId=properties["GroupId"],
                SecurityGroupRuleIds=[physical.id],
            )


class SecurityGroupIngress(_Rule):
    """What may come in."""

    type = "AWS::EC2::SecurityGroupIngress"
    way = "ingress"
    carried = frozenset(
        {"CidrIp", "CidrIpv6", "Description", "GroupId", "SourcePrefixListId", "SourceSecurityGroupId", *PORTS}
    )


class SecurityGroupEgress(_Rule):
    """What may go out."""

    type = "AWS::EC2::SecurityGroupEgress"
    way = "egress"
    carried = frozenset(
        {
            "CidrIp",
            "CidrIpv6",
            "Description",
            "DestinationPrefixListId",
            "DestinationSecurityGroupId",
            "GroupId",
            *PORTS,
        }
    )


def permission_of(kind: Resource, rule: dict[str, Any]) -> dict[str, Any]:
    """Returns a rule in the API's form."""
    peers = [name for name in PEERS if name in rule]
    if len(peers) != 1:
        raise ValueError(f"{kind.type}: a rule has exactly one of {', '.join(PEERS)}, got {peers}")
    unknown = sorted(rule.keys() - PEERS.keys() - {"Description", "GroupId", *PORTS})
    if unknown:
        raise kind.refuse(", ".join(unknown))
    list_, member = PEERS[peers[0]]
    return {**some(rule, *PORTS), list_: [{member: rule[peers[0]], **some(rule, "Description")}]}


def _rules(properties: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The rules of a group: of one without egress rules, EC2's own; of one that is not there yet, likewise."""
    rules: list[dict[str, Any]] = properties.get(name) or []
    return [ALL_TRAFFIC] if name == "SecurityGroupEgress" and not rules else rules


def _flat(permission: dict[str, Any]) -> list[tuple[str, ...]]:
    """The rules that a permission joins, as protocol, ports, list, and peer with description."""
    ports = tuple(str(permission.get(name)) for name in PORTS)
    return [
        (*ports, list_, str(each[member]), str(each.get("Description")))
        for list_, member in set(PEERS.values())
        for each in permission.get(list_, [])
    ]
