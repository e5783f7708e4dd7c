"""EC2's networks: VPCs, subnets, their route tables, and endpoints of services. Ref of each is its id."""

from collections.abc import Iterable
from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import tags_of


class Ec2Resource(Resource):
    """What EC2 makes under an id of its own: created, described and deleted by operations of one noun.

    Attributes:
        noun: "vpc" of create_vpc, describe_vpcs, delete_vpc.
        key: the member that holds the id, and the parameter that names it.
        given: the properties that the creation takes.
        told: the members of its description that GetAtt answers.
    """

    noun = ""
    key = ""
    given: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates it."""
        del logical_id
        answer = call(context.client("ec2"), f"create_{self.noun}", **some(properties, *self.given))
        made = next(value for name, value in answer.items() if name != "ResponseMetadata")
        return Physical(made[self.key], {})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        set_tags(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that it is what was asked for."""
        described = self.described(context, physical)
        shape = context.client("ec2").meta.service_model.operation_model(self.creation).input_shape
        self.refuse_what_was_lost(shape, some(properties, *self.given), described)
        return Physical(physical.id, {self.key: physical.id, **some(described, *self.told)})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes it."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("ec2"), f"delete_{self.noun}", **{self.key: physical.id})

    @property
    def creation(self) -> str:
        """The API's name of the operation that creates it."""
        return "Create" + "".join(word.capitalize() for word in self.noun.split("_"))

    def described(self, context: Context, physical: Physical) -> dict[str, Any]:
        """What EC2 tells of it."""
        answer = call(context.client("ec2"), f"describe_{self.noun}s", **{f"{self.key}s": [physical.id]})
        (one,) = next(value for name, value in answer.items() if name not in {"ResponseMetadata", "NextToken"})
        found: dict[str, Any] = one
        return found


class Vpc(Ec2Resource):
    """A network."""

    type = "AWS::EC2::VPC"
    noun, key = "vpc", "VpcId"
    given = ("CidrBlock", "InstanceTenancy")
    told = ("CidrBlock",)
    switches = ("EnableDnsSupport", "EnableDnsHostnames")
    carried = frozenset({"Tags", *given, *switches})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the switches, which the API takes one a call, and the tags."""
        for name in (name for name in self.switches if changed(old, new, name)):
            # What a VPC has that nobody asked anything of.
            value = new.get(name, name == "EnableDnsSupport")
            call(context.client("ec2"), "modify_vpc_attribute", VpcId=physical.id, **{name: {"Value": value}})
        super().configure(context, physical, old, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Adds the switches to what is made sure of, and the default security group to what GetAtt answers."""
        ec2, made = context.client("ec2"), super().read(context, physical, properties)
        model = ec2.meta.service_model.operation_model("ModifyVpcAttribute")
        for name, value in some(properties, *self.switches).items():
            attribute = name[0].lower() + name[1:]
            read = call(ec2, "describe_vpc_attribute", VpcId=physical.id, Attribute=attribute)
            self.refuse_what_was_lost(model.input_shape, {name: {"Value": value}}, read)
        mine = [{"Name": "vpc-id", "Values": [physical.id]}, {"Name": "group-name", "Values": ["default"]}]
        (default,) = call(ec2, "describe_security_groups", Filters=mine)["SecurityGroups"]
        return Physical(physical.id, {**made.attributes, "DefaultSecurityGroup": default["GroupId"]})


class Subnet(Ec2Resource):
    """A part of a network, in one availability zone."""

    type = "AWS::EC2::Subnet"
    noun, key = "subnet", "SubnetId"
    given = ("AvailabilityZone", "CidrBlock", "VpcId")
    told = given
    carried = frozenset({"MapPublicIpOnLaunch", "Tags", *given})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets whether instances get public addresses, and the tags."""
        if changed(old, new, "MapPublicIpOnLaunch"):
            value = {"Value": new.get("MapPublicIpOnLaunch", False)}
            call(context.client("ec2"), "modify_subnet_attribute", SubnetId=physical.id, MapPublicIpOnLaunch=value)
        super().configure(context, physical, old, new)


class RouteTable(Ec2Resource):
    """A route table; it has the route within its network alone."""

    type = "AWS::EC2::RouteTable"
    noun, key = "route_table", "RouteTableId"
    given = ("VpcId",)
    carried = frozenset({"Tags", *given})


class SubnetRouteTableAssociation(Resource):
    """That a subnet uses a route table; Ref is the association's id."""

    type = "AWS::EC2::SubnetRouteTableAssociation"
    given = ("RouteTableId", "SubnetId")
    carried = frozenset(given)

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Associates the two."""
        del logical_id
        answer = call(context.client("ec2"), "associate_route_table", **some(properties, *self.given))
        return Physical(answer["AssociationId"], {"Id": answer["AssociationId"]})

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the route table has the subnet."""
        asked = {"RouteTableIds": [properties["RouteTableId"]]}
        (table,) = call(context.client("ec2"), "describe_route_tables", **asked)["RouteTables"]
        found = {each["RouteTableAssociationId"]: each for each in table["Associations"]}
        self.refuse_what_was_lost(None, some(properties, *self.given), found.get(physical.id))
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Ends the association."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("ec2"), "disassociate_route_table", AssociationId=physical.id)


class VpcEndpoint(Ec2Resource):
    """The way from a network to a service of AWS: of type Gateway by route tables, of type Interface by subnets."""

    type = "AWS::EC2::VPCEndpoint"
    noun, key = "vpc_endpoint", "VpcEndpointId"
    lists = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")
    given = ("PolicyDocument", "PrivateDnsEnabled", "ServiceName", "VpcEndpointType", "VpcId", *lists)
    carried = frozenset({"Tags", *given})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates it; EC2's own default type is Gateway, and moto forgets to have one."""
        return super().make(context, logical_id, {"VpcEndpointType": "Gateway", **properties})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Adds and removes route tables, groups and subnets, and sets the policy."""
        if changed(old, new, "PrivateDnsEnabled"):
            raise self.refuse("PrivateDnsEnabled", "does not change once the endpoint is there")
        changes: dict[str, Any] = {}
        for name in self.lists:
            had, has = set(old.get(name, [])), set(new.get(name, []))
            changes |= {f"Add{name}": sorted(has - had) or None, f"Remove{name}": sorted(had - has) or None}
        if changed(old, new, "PolicyDocument"):
            changes |= {"PolicyDocument": new.get("PolicyDocument"), "ResetPolicy": "PolicyDocument" not in new}
        if any(changes.values()):
            call(context.client("ec2"), "modify_vpc_endpoint", VpcEndpointId=physical.id, **changes)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the endpoint is what was asked for, in whatever order its lists come back."""
        read = self.described(context, physical)
        read["SecurityGroupIds"] = [group["GroupId"] for group in read.get("Groups", [])]
        shape = context.client("ec2").meta.service_model.operation_model(self.creation).input_shape
        self.refuse_what_was_lost(
            shape, _in_order(some(properties, *self.given), self.lists), _in_order(read, self.lists)
        )
        return Physical(
            physical.id, {"Id": physical.id, "CreationTimestamp": read["CreationTimestamp"].isoformat()}
        )

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes it."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("ec2"), "delete_vpc_endpoints", VpcEndpointIds=[physical.id])


def set_tags(context: Context, resource: str, properties: dict[str, Any]) -> None:
    """Makes a resource's tags those of its properties and its stack; EC2's tags are of ids, not of ARNs."""
    ec2, wanted = context.client("ec2"), tags_of(context, properties)
    mine = [{"Name": "resource-id", "Values": [resource]}]
    have = {tag["Key"]: tag["Value"] for tag in call(ec2, "describe_tags", Filters=mine)["Tags"]}
    stale = [{"Key": key} for key in sorted(have.keys() - wanted.keys())]
    if stale:
        call(ec2, "delete_tags", Resources=[resource], Tags=stale)
    lacking = [{"Key": key, "Value": value} for key, value in wanted.items() if have.get(key) != value]
    if lacking:
        call(ec2, "create_tags", Resources=[resource], Tags=lacking)


def _in_order(value: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {**value, **{name: sorted(value[name]) for name in names if name in value}}
