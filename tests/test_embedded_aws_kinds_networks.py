"""The network that an endpoint without internet lives in: made, read back, changed, and gone with its stack."""

from __future__ import annotations

from typing import Any

import pytest
from stack_bench import StackBench, attribute, resource

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
VPC = {"Ref": "Vpc"}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
ANYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "Allow all outbound traffic by default"}


def network(**more: dict[str, Any]) -> dict[str, Any]:
    """What a VPC of isolated subnets is, with a way to S3 and one to CloudWatch Logs."""
    zones = {
        f"Subnet{number}": resource(
            "AWS::EC2::Subnet",
            VpcId=VPC,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone={"Fn::Select": [number, {"Fn::GetAZs": ""}]},
            MapPublicIpOnLaunch=False,
            Tags=[{"Key": "aws-cdk:subnet-type", "Value": "Isolated"}],
        )
        for number in (0, 1)
    }
    return {
        "Vpc": resource(
            "AWS::EC2::VPC",
            CidrBlock="10.0.0.0/16",
            EnableDnsHostnames=True,
            EnableDnsSupport=True,
            InstanceTenancy="default",
            Tags=[{"Key": "Name", "Value": "models"}],
        ),
        **zones,
        "Routes": resource("AWS::EC2::RouteTable", VpcId=VPC),
        "Association": resource(
            "AWS::EC2::SubnetRouteTableAssociation", RouteTableId={"Ref": "Routes"}, SubnetId={"Ref": "Subnet0"}
        ),
        "S3": resource(
            "AWS::EC2::VPCEndpoint",
            VpcId=VPC,
            ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
            VpcEndpointType="Gateway",
            RouteTableIds=[{"Ref": "Routes"}],
        ),
        "Logs": resource(
            "AWS::EC2::VPCEndpoint",
            VpcId=VPC,
            ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"},
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            SecurityGroupIds=[attribute("Ways", "GroupId")],
            SubnetIds=[{"Ref": "Subnet0"}, {"Ref": "Subnet1"}],
        ),
        "Ways": resource(
            "AWS::EC2::SecurityGroup",
            GroupDescription="ways to services",
            VpcId=VPC,
            SecurityGroupIngress=[
                {**HTTPS, "CidrIp": attribute("Vpc", "CidrBlock"), "Description": "from the network"}
            ],
            SecurityGroupEgress=[ANYWHERE],
        ),
        **more,
    }


@pytest.fixture
def stack(embedded_aws: EmbeddedAws) -> StackBench:
    return StackBench(embedded_aws)


@pytest.fixture
def ec2(embedded_aws: EmbeddedAws) -> Api:
    return embedded_aws.client("ec2")


def test_a_network_is_read_back_changed_and_gone(stack: StackBench, ec2: Api) -> None:
    before = {"vpcs": len(ec2.describe_vpcs()["Vpcs"]), "subnets": len(ec2.describe_subnets()["Subnets"])}
    assert stack.deploy(network()) == "CREATE_COMPLETE", stack.reasons
    ids = stack.physical_ids
    (vpc,) = ec2.describe_vpcs(VpcIds=[ids["Vpc"]])["Vpcs"]
    assert (vpc["CidrBlock"], vpc["Tags"]) == ("10.0.0.0/16", [{"Key": "Name", "Value": "models"}])
    names = ec2.describe_vpc_attribute(VpcId=ids["Vpc"], Attribute="enableDnsHostnames")
    assert names["EnableDnsHostnames"] == {"Value": True}
    subnets = ec2.describe_subnets(SubnetIds=[ids["Subnet0"], ids["Subnet1"]])["Subnets"]
    assert [each["AvailabilityZone"] for each in subnets] == ["us-east-1a", "us-east-1b"]
    (routes,) = ec2.describe_route_tables(RouteTableIds=[ids["Routes"]])["RouteTables"]
    assert [each["SubnetId"] for each in routes["Associations"]] == [ids["Subnet0"]]
    gateway, interface = ec2.describe_vpc_endpoints(VpcEndpointIds=[ids["S3"], ids["Logs"]])["VpcEndpoints"]
    assert (gateway["VpcEndpointType"], gateway["RouteTableIds"]) == ("Gateway", [ids["Routes"]])
    assert (interface["ServiceName"], interface["SubnetIds"]) == (
        "com.amazonaws.us-east-1.logs",
        [ids["Subnet0"], ids["Subnet1"]],
    )
    assert [group["GroupId"] for group in interface["Groups"]] == [ids["Ways"]]

    changed = network()
    changed["Vpc"]["Properties"] |= {"EnableDnsHostnames": False, "Tags": [{"Key": "Name", "Value": "other"}]}
    changed["Logs"]["Properties"]["SubnetIds"] = [{"Ref": "Subnet1"}]
    assert stack.deploy(changed) == "UPDATE_COMPLETE", stack.reasons
    assert stack.physical_ids == ids
    (vpc,) = ec2.describe_vpcs(VpcIds=[ids["Vpc"]])["Vpcs"]
    assert vpc["Tags"] == [{"Key": "Name", "Value": "other"}]
    (interface,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[ids["Logs"]])["VpcEndpoints"]
    assert interface["SubnetIds"] == [ids["Subnet1"]]

    moved = network()
    moved["Subnet1"]["Properties"]["CidrBlock"] = "10.0.9.0/24"
    assert stack.deploy(moved) == "UPDATE_COMPLETE", stack.reasons
    assert {name for name, id_ in stack.physical_ids.items() if id_ != ids[name]} == {"Subnet1"}
    stack.delete()
    after = {"vpcs": len(ec2.describe_vpcs()["Vpcs"]), "subnets": len(ec2.describe_subnets()["Subnets"])}
    assert after == before
    assert {each["State"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]} == {"deleted"}


def rules_of(ec2: Api, group_id: str) -> set[tuple[Any, ...]]:
    """The rules of a group: out or in, protocol, first port, the other side, description."""
    mine = [{"Name": "group-id", "Values": [group_id]}]
    return {
        (
            "out" if rule["IsEgress"] else "in",
            rule["IpProtocol"],
            rule.get("FromPort"),
            rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"],
            rule.get("Description"),
        )
        for rule in ec2.describe_security_group_rules(Filters=mine)["SecurityGroupRules"]
    }


def test_rules_of_security_groups(stack: StackBench, ec2: Api) -> None:
    """A group's own rules, those that stand beside it, and EC2's own where it has none that let out."""
    between = {"GroupId": attribute("Model", "GroupId"), **HTTPS}

    def groups(description: str, *egress: dict[str, Any]) -> dict[str, Any]:
        return network(
            Model=resource(
                "AWS::EC2::SecurityGroup",
                GroupDescription="the model",
                VpcId=VPC,
                **({"SecurityGroupEgress": list(egress)} if egress else {}),
            ),
            In=resource(
                "AWS::EC2::SecurityGroupIngress",
                **between,
                SourceSecurityGroupId=attribute("Ways", "GroupId"),
                Description=description,
            ),
            Out=resource(
                "AWS::EC2::SecurityGroupEgress",
                **between,
                DestinationSecurityGroupId=attribute("Ways", "GroupId"),
                Description=description,
            ),
        )

    assert stack.deploy(groups("first")) == "CREATE_COMPLETE", stack.reasons
    ids = stack.physical_ids
    assert rules_of(ec2, ids["Ways"]) == {
        ("in", "tcp", 443, "10.0.0.0/16", "from the network"),
        ("out", "-1", -1, "0.0.0.0/0", ANYWHERE["Description"]),
    }
    assert rules_of(ec2, ids["Model"]) == {
        ("in", "tcp", 443, ids["Ways"], "first"),
        ("out", "tcp", 443, ids["Ways"], "first"),
        ("out", "-1", -1, "0.0.0.0/0", None),
    }
    to_storage = {**HTTPS, "CidrIp": "10.1.0.0/16", "Description": "storage"}
    assert stack.deploy(groups("second", to_storage)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.physical_ids == ids
    assert rules_of(ec2, ids["Model"]) == {
        ("in", "tcp", 443, ids["Ways"], "second"),
        ("out", "tcp", 443, ids["Ways"], "second"),
        ("out", "tcp", 443, "10.1.0.0/16", "storage"),
    }
    stack.deploy(network())
    assert ids["Model"] not in [each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]]
    stack.delete()


def test_a_rule_has_one_other_side(embedded_aws: EmbeddedAws) -> None:
    stack = StackBench(embedded_aws, "refused")
    two = {**HTTPS, "CidrIp": "10.1.0.0/16", "CidrIpv6": "::/0"}
    group = resource("AWS::EC2::SecurityGroup", GroupDescription="g", SecurityGroupIngress=[two])
    assert stack.deploy({"Group": group}) == "ROLLBACK_COMPLETE"
    assert "a rule has exactly one of" in stack.reasons
