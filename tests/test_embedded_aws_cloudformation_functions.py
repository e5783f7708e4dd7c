"""Intrinsic functions, conditions and parameters, by the examples of AWS's documentation."""

import json
from typing import Any

import pytest
from fake_kinds import ACCOUNT, REGION, World, engine_of, request, template, thing

from embedded_aws.cloudformation.engine import RefusedError
from embedded_aws.cloudformation.functions import Json, Later, Scope, TemplateError, resolve
from embedded_aws.cloudformation.references import Reference, references
from embedded_aws.cloudformation.template import Template
from embedded_aws.cloudformation.template_source import bucket_and_key


class _Resources:
    def ref(self, logical_id: str) -> Json:
        answers = {"MyBucket": "my-bucket-123", "MyQueue": "https://queue", "New": Later([("New", None)])}
        if logical_id not in answers:
            raise TemplateError(f"Unresolved resource dependencies [{logical_id}]")
        return answers[logical_id]

    def attribute(self, logical_id: str, name: str) -> Json:
        return Later([("New", name)]) if logical_id == "New" else f"{self.ref(logical_id)}/{name}"


def _imported(name: str) -> str:
    if name != "Network-SubnetID":
        raise TemplateError(f"No export named {name} found.")
    return "subnet-1"


SCOPE = Scope(
    values={
        "AWS::Region": "us-east-1",
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "DbSubnetIpBlocks": ["10.0.48.0/24", "10.0.112.0/24", "10.0.176.0/24"],
        "RootDomainName": "example.com",
        "Index": "1",
    },
    mappings={"RegionMap": {"us-east-1": {"HVM64": "ami-0ff8a", "Zones": ["a", "b"]}}},
    conditions={"CreateProd": True, "IsTest": False},
    resources=_Resources(),
    imported=_imported,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Base64": "AWS CloudFormation"}, "QVdTIENsb3VkRm9ybWF0aW9u"),
        ({"Fn::FindInMap": ["RegionMap", {"Ref": "AWS::Region"}, "HVM64"]}, "ami-0ff8a"),
        ({"Fn::FindInMap": ["RegionMap", "us-east-1", "Zones"]}, ["a", "b"]),
        ({"Fn::GetAtt": ["MyBucket", "Arn"]}, "my-bucket-123/Arn"),
        ({"Fn::GetAtt": "MyBucket.Endpoint.Address"}, "my-bucket-123/Endpoint.Address"),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::If": ["CreateProd", "c5.xlarge", "m1.small"]}, "c5.xlarge"),
        ({"Fn::If": ["IsTest", {"Ref": "Nowhere"}, {"Ref": "MyBucket"}]}, "my-bucket-123"),
        ({"Fn::ImportValue": {"Fn::Sub": "Network-SubnetID"}}, "subnet-1"),
        ({"Fn::Join": [":", ["a", "b", "c"]]}, "a:b:c"),
        (
            {
                "Fn::Join": [
                    "",
                    ["arn:", {"Ref": "AWS::Partition"}, ":s3:::elasticbeanstalk-*-", {"Ref": "AWS::AccountId"}],
                ]
            },
            f"arn:aws:s3:::elasticbeanstalk-*-{ACCOUNT}",
        ),
        ({"Fn::Join": ["-", [1, True, 2.5]]}, "1-true-2.5"),
        ({"Fn::Select": ["1", ["apples", "grapes", "oranges", "mangoes"]]}, "grapes"),
        ({"Fn::Select": [0, {"Ref": "DbSubnetIpBlocks"}]}, "10.0.48.0/24"),
        ({"Fn::Select": [{"Ref": "Index"}, {"Fn::GetAZs": ""}]}, "us-east-1b"),
        ({"Fn::Split": ["|", "a|b|c"]}, ["a", "b", "c"]),
        ({"Fn::Split": ["|", "a||c|"]}, ["a", "", "c", ""]),
        ({"Fn::Select": ["2", {"Fn::Split": [",", "x,y,z"]}]}, "z"),
        ({"Fn::Sub": ["www.${Domain}", {"Domain": {"Ref": "RootDomainName"}}]}, "www.example.com"),
        ({"Fn::Sub": "arn:aws:ec2:${AWS::Region}:${AWS::AccountId}:vpc"}, f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc"),
        ({"Fn::Sub": "${MyBucket} ${MyBucket.Arn} ${!Literal}"}, "my-bucket-123 my-bucket-123/Arn ${Literal}"),
        ({"Ref": "DbSubnetIpBlocks"}, ["10.0.48.0/24", "10.0.112.0/24", "10.0.176.0/24"]),
        ({"Ref": "beside", "Other": 1}, {"Ref": "beside", "Other": 1}),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ([1, None, {"a": [True]}], [1, None, {"a": [True]}]),
    ],
)
def test_a_function_gives_what_the_documentation_says(value: Json, expected: Json) -> None:
    assert resolve(value, SCOPE) == expected


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, "Fn::Cidr is not emulated"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "Fn::Transform is not emulated"),
        ({"Fn::ForEach::X": []}, "Fn::ForEach::X is not emulated"),
        ({"Fn::Length": [1]}, "Fn::Length is not emulated"),
        ({"Fn::Join": [",", "text"]}, "Fn::Join"),
        ({"Fn::Join": [",", [{"a": 1}]]}, "Fn::Join takes strings"),
        ({"Fn::Select": [4, ["a"]]}, "Fn::Select cannot select 4"),
        ({"Fn::Split": ["", "a"]}, "Fn::Split"),
        ({"Fn::Sub": ["${Nowhere}", {}]}, "Nowhere"),
        ({"Fn::GetAtt": ["OnlyOne"]}, "Fn::GetAtt"),
        ({"Fn::If": ["NoSuch", 1, 2]}, "NoSuch"),
        ({"Fn::FindInMap": ["RegionMap", "mars-1", "HVM64"]}, "RegionMap::mars-1::HVM64"),
        ({"Fn::ImportValue": "nobody"}, "No export named nobody"),
        ({"Fn::ImportValue": {"Ref": "New"}}, "must not depend on a resource"),
        ({"Fn::Join": [",", []], "Beside": 1}, "beside other keys"),
        ("{{resolve:ssm:/a/b:1}}", "{{resolve:ssm:/a/b:1}} is not emulated"),
        ({"Fn::Sub": "{{resolve:secretsmanager:${Index}}}"}, "is not emulated"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_by_name(value: Json, named: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        resolve({"Property": [value]}, SCOPE)
    assert named in str(refusal.value)


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "New"},
        {"Fn::GetAtt": ["New", "Arn"]},
        {"Fn::Sub": "x-${New.Arn}-${MyBucket}"},
        {"Fn::Join": ["/", ["a", {"Ref": "New"}]]},
        {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "New"}]}]},
        {"Fn::Base64": {"Fn::Sub": "${New}"}},
    ],
)
def test_what_is_known_only_later_stays_so_in_every_function(value: Json) -> None:
    found = resolve(value, SCOPE)
    assert isinstance(found, Later)
    assert {name for name, _ in found.causes} == {"New"}


def test_references_are_found_in_both_branches_and_inside_text() -> None:
    value = {
        "a": {"Fn::If": ["C", {"Ref": "One"}, {"Fn::GetAtt": ["Two", "Arn"]}]},
        "b": [{"Fn::Sub": ["${Three} ${Four.Arn} ${Own} ${!No}", {"Own": {"Ref": "Five"}}]}],
    }
    assert set(references(value)) == {
        Reference("One"),
        Reference("Two", "Arn"),
        Reference("Three"),
        Reference("Four", "Arn"),
        Reference("Five"),
    }


def _outcome(document: dict[str, Any], world: World | None = None, **parameters: str) -> dict[str, Any]:
    """The properties of the resource X that a template comes to."""
    world = world or World()
    engine = engine_of(world)
    stack = engine.create("s", request(document, **parameters))
    assert stack.status == "CREATE_COMPLETE", stack.reason
    return stack.resources["X"].properties


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Fn::Equals": [{"Ref": "Env"}, "prod"]}, True),
        ({"Fn::Equals": [{"Ref": "Env"}, "test"]}, False),
        ({"Fn::Equals": ["true", True]}, True),
        ({"Fn::Not": [{"Fn::Equals": [{"Ref": "Env"}, "test"]}]}, True),
        ({"Fn::And": [{"Condition": "IsProd"}, {"Fn::Equals": [1, "1"]}]}, True),
        ({"Fn::And": [{"Condition": "IsProd"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Condition": "IsProd"}]}, True),
        ({"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Not": [{"Condition": "IsProd"}]}]}, False),
        ({"Fn::Equals": [{"Fn::FindInMap": ["M", {"Ref": "Env"}, "k"]}, "v"]}, True),
    ],
)
def test_conditions(condition: Json, holds: bool) -> None:  # noqa: FBT001
    document = template(
        {"X": thing(Value={"Fn::If": ["Asked", "yes", {"Ref": "AWS::NoValue"}]}, Other=1)},
        Parameters={"Env": {"Type": "String", "Default": "prod"}},
        Mappings={"M": {"prod": {"k": "v"}}},
        Conditions={"Asked": condition, "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
    )
    assert _outcome(document) == ({"Value": "yes", "Other": 1} if holds else {"Other": 1})


def test_no_value_takes_out_properties_and_items() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    document = template({"X": thing(Value=nothing, Other={"a": nothing, "b": [1, nothing, {"c": nothing}]})})
    assert _outcome(document) == {"Other": {"b": [1, {}]}}


def test_pseudo_parameters() -> None:
    names = ["AccountId", "Partition", "Region", "StackName", "URLSuffix"]
    text = " ".join(f"${{AWS::{name}}}" for name in names)
    found = _outcome(template({"X": thing(Value={"Fn::Sub": text}, Other={"Ref": "AWS::StackId"})}))
    assert found["Value"] == f"{ACCOUNT} aws {REGION} s amazonaws.com"
    assert found["Other"].startswith(f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/")


@pytest.mark.parametrize(
    ("declaration", "given", "expected"),
    [
        ({"Type": "String"}, {"P": "a"}, "a"),
        ({"Type": "String", "Default": "d"}, {}, "d"),
        ({"Type": "String", "Default": "d"}, {"P": ""}, ""),
        ({"Type": "Number", "Default": 7}, {}, "7"),
        ({"Type": "CommaDelimitedList"}, {"P": "a, b,c"}, ["a", "b", "c"]),
        ({"Type": "List<Number>"}, {"P": "1,2"}, ["1", "2"]),
        ({"Type": "AWS::SSM::Parameter::Name"}, {"P": "/a/b"}, "/a/b"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, {"P": "/a/b"}, "one,two"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"}, {}, "one,two"),
        ({"Type": "AWS::SSM::Parameter::Value<List<String>>"}, {"P": "/a/b"}, ["one", "two"]),
        ({"Type": "String", "AllowedValues": ["a", "b"]}, {"P": "b"}, "b"),
        ({"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 3}, {"P": "abc"}, "abc"),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 10}, {"P": "10"}, "10"),
    ],
)
def test_parameters(declaration: dict[str, Any], given: dict[str, str], expected: Json) -> None:
    document = template({"X": thing(Value={"Ref": "P"})}, Parameters={"P": declaration})
    assert _outcome(document, World(ssm={"/a/b": "one,two"}), **given) == {"Value": expected}


@pytest.mark.parametrize(
    ("declaration", "given", "named"),
    [
        ({"Type": "String"}, {}, r"\[P\] must have values"),
        ({"Type": "String", "Default": ""}, {"Q": "1"}, r"\[Q\] do not exist in the template"),
        ({"Type": "Number"}, {"P": "many"}, "'P' must be a number"),
        ({"Type": "String", "AllowedValues": ["a"]}, {"P": "b"}, "'P' failed to satisfy constraint: AllowedValues"),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            {"P": "a1"},
            "'P' failed to satisfy constraint: AllowedPattern",
        ),
        ({"Type": "String", "MaxLength": 1, "ConstraintDescription": "too long"}, {"P": "ab"}, "'P'.*: too long"),
        ({"Type": "Number", "MinValue": 5}, {"P": "4"}, "'P' failed to satisfy constraint: MinValue"),
        ({"Type": "AWS::EC2::VPC::Id"}, {"P": "vpc"}, "AWS::EC2::VPC::Id of P is not emulated"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, {"P": "/no"}, r"\[/no\]"),
    ],
)
def test_a_parameter_that_does_not_hold_is_refused_by_name(
    declaration: dict[str, Any], given: dict[str, str], named: str
) -> None:
    document = template({"X": thing()}, Parameters={"P": declaration})
    with pytest.raises(RefusedError, match=named):
        engine_of(World()).create("s", request(document, **given))


@pytest.mark.parametrize(("version", "is_accepted"), [("6", True), ("5", False)])
def test_a_rule_is_asserted(version: str, is_accepted: bool) -> None:  # noqa: FBT001
    """CDK's CheckBootstrapVersion, word for word."""
    document = template(
        {"X": thing()},
        Parameters={"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/v"}},
        Rules={
            "CheckBootstrapVersion": {
                "Assertions": [
                    {
                        "Assert": {
                            "Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "BootstrapVersion"}]}]
                        },
                        "AssertDescription": "CDK bootstrap stack version 6 required.",
                    }
                ]
            }
        },
    )
    world = World(ssm={"/v": version})
    if is_accepted:
        assert _outcome(document, world) == {}
    else:
        with pytest.raises(RefusedError, match="version 6 required"):
            _outcome(document, world)
        assert world.log == []


@pytest.mark.parametrize(
    "rule", [{"Assertions": [{"Assert": {"Fn::EachMemberIn": []}}]}, {"RuleCondition": {"Fn::X": 1}}]
)
def test_a_rule_that_is_not_emulated_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="is not a condition that is emulated"):
        _outcome(template({"X": thing()}, Rules={"R": rule}))


def test_yaml_is_read_with_short_forms_and_dates_as_text() -> None:
    body = """
AWSTemplateFormatVersion: 2010-09-09
Parameters: {Env: {Type: String, Default: prod}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  Same: !And [!Condition IsProd, !Not [!Equals [a, b]]]
Resources:
  Bucket: {Type: 'Fake::A::Thing', Properties: {Version: 2012-10-17, On: true}}
  Policy:
    Type: Fake::A::Thing
    Condition: Same
    Properties:
      A: !GetAtt Bucket.Arn
      B: !Sub '${Bucket}/*'
      C: !Join ['', [a, !Ref Bucket]]
      D: !If [IsProd, !Ref Env, !Ref 'AWS::NoValue']
      E: !Sub ['${x}', {x: !Select [0, !Split [',', 'a,b']]}]
"""
    parsed = Template.parse(body)
    assert parsed.document["AWSTemplateFormatVersion"] == "2010-09-09"
    assert parsed.resources["Bucket"].properties == {"Version": "2012-10-17", "On": True}
    assert parsed.resources["Policy"].properties["E"] == {
        "Fn::Sub": ["${x}", {"x": {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}}]
    }
    assert parsed.section("Conditions")["Same"]["Fn::And"][0] == {"Condition": "IsProd"}
    assert parsed.resources["Policy"].properties["A"] == {"Fn::GetAtt": "Bucket.Arn"}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({}, "At least one Resources member"),
        ({"Resources": {"X": {}}}, "X.*needs a Type"),
        (
            template({"X": thing()}, Transform="AWS::Serverless-2016-10-31"),
            "AWS::Serverless-2016-10-31 is not emulated",
        ),
        (template({"X": thing()}, Hooks={}), r"\[Hooks\]"),
        (template({"X": thing(attributes={"UpdatePolicy": {}})}), "X.*UpdatePolicy is not emulated"),
        (template({"X": thing(attributes={"CreationPolicy": {}})}), "X.*CreationPolicy is not emulated"),
        (
            template({"X": thing(attributes={"DeletionPolicy": "Snapshot"})}),
            "DeletionPolicy 'Snapshot' is not emulated",
        ),
        (template({"X": thing(Value={"Ref": "Nowhere"})}), r"\[Nowhere\] in the Resources block"),
        (template({"X": thing(Value={"Fn::GetAtt": ["Nowhere", "Arn"]})}), r"\[Nowhere\] in the Resources block"),
        (template({"X": thing(Value={"Fn::Sub": "${Nowhere.Arn}"})}), r"\[Nowhere\] in the Resources block"),
        (template({"X": thing(after=("Nowhere",))}), r"\[Nowhere\] in the Resources block"),
        (
            template({"X": thing()}, Outputs={"O": {"Value": {"Ref": "Nowhere"}}}),
            r"\[Nowhere\] in the Outputs block",
        ),
    ],
)
def test_what_is_no_template_is_refused_by_name(document: dict[str, Any], named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        Template.parse(json.dumps(document))


@pytest.mark.parametrize("body", ["{", "- a", "a: [", "text"])
def test_text_that_is_no_template_is_refused(body: str) -> None:
    with pytest.raises(TemplateError, match="Template format error"):
        Template.parse(body)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:5000/bucket/a/b.json", ("bucket", "a/b.json")),
        ("http://localhost:5000/bucket/b%20c.json", ("bucket", "b c.json")),
        ("s3://bucket/a/b.json", ("bucket", "a/b.json")),
        ("https://s3.amazonaws.com/bucket/a/b.json", ("bucket", "a/b.json")),
        ("https://s3.us-east-1.amazonaws.com/bucket/a/b.json", ("bucket", "a/b.json")),
        ("https://s3-eu-west-1.amazonaws.com/bucket/a/b.json", ("bucket", "a/b.json")),
        ("https://bucket.s3.amazonaws.com/a/b.json", ("bucket", "a/b.json")),
        ("https://my.bucket.s3.eu-west-1.amazonaws.com/a/b.json", ("my.bucket", "a/b.json")),
    ],
)
def test_the_urls_of_templates(url: str, expected: tuple[str, str]) -> None:
    assert bucket_and_key(url) == expected


def test_a_url_of_no_object_is_refused() -> None:
    with pytest.raises(TemplateError, match="TemplateURL"):
        bucket_and_key("http://127.0.0.1/bucket")
