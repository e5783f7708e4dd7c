"""Laws over a template that has an endpoint of every kind, scaled in every way."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every_kind import NAME
from templates import ALARM, COMPONENT, CONFIG, ENDPOINT, MODEL, POLICY, TARGET, ScaledTemplate

import cdk_sagemaker_scaling

if TYPE_CHECKING:
    from conftest import Synthesised

ROLE = "AWS::IAM::Role"


@pytest.fixture(scope="module")
def template(every_kind: Synthesised) -> ScaledTemplate:
    return ScaledTemplate(every_kind.template["Resources"])


def test_synthesis_finds_nothing_to_warn_of(every_kind: Synthesised) -> None:
    manifest = json.loads((every_kind.folder / "Stack.metadata.json").read_text(encoding="utf-8"))
    kinds = {entry["type"] for entries in manifest.values() for entry in entries}
    assert "aws:cdk:logicalId" in kinds
    assert not kinds & {"aws:cdk:warning", "aws:cdk:error"}


def test_cfn_lint_finds_nothing(every_kind: Synthesised) -> None:
    found = subprocess.run(  # noqa: S603
        [str(Path(sys.prefix) / "bin" / "cfn-lint"), str(every_kind.folder / "Stack.template.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_nothing_that_an_update_replaces_has_a_fixed_name(template: ScaledTemplate) -> None:
    fixed = {
        MODEL: "ModelName",
        CONFIG: "EndpointConfigName",
        COMPONENT: "InferenceComponentName",
        ALARM: "AlarmName",
        ROLE: "RoleName",
    }
    for kind, name in fixed.items():
        assert template.of_type(kind)
        assert not any(name in properties for properties in template.of_type(kind).values())
    names = [endpoint.get("EndpointName") for endpoint in template.of_type(ENDPOINT).values()]
    assert Counter(names) == {NAME: 1, None: 3}


def test_an_endpoint_keeps_what_scaling_reached_and_takes_the_weights(template: ScaledTemplate) -> None:
    assert len(template.of_type(ENDPOINT)) == 4
    for endpoint in template.of_type(ENDPOINT).values():
        assert endpoint["RetainAllVariantProperties"] is True
        assert endpoint["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]


def test_an_endpoint_waits_for_its_configuration_and_that_for_its_models_and_their_role(
    template: ScaledTemplate,
) -> None:
    for endpoint in template.of_type(ENDPOINT).values():
        config = template.of_type(CONFIG)[endpoint["EndpointConfigName"]["Fn::GetAtt"][0]]
        for variant in [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]:
            if "ModelName" in variant:
                model = template.of_type(MODEL)[variant["ModelName"]["Fn::GetAtt"][0]]
                assert model["ExecutionRoleArn"]["Fn::GetAtt"][0] in template.of_type(ROLE)
            else:
                assert config["ExecutionRoleArn"]["Fn::GetAtt"][0] in template.of_type(ROLE)


def test_a_component_waits_for_its_model_its_permissions_and_its_endpoint(template: ScaledTemplate) -> None:
    ((_, component),) = template.of_type(COMPONENT).items()
    assert component["EndpointName"]["Fn::GetAtt"][0] == template.at("Host", ENDPOINT)
    model_id = component["Specification"]["ModelName"]["Fn::GetAtt"][0]
    assert template.resources[model_id]["DependsOn"] == [template.at("Component/Policy", "AWS::IAM::Policy")]
    (host,) = template.of_type(CONFIG)[
        template.of_type(ENDPOINT)[template.at("Host", ENDPOINT)]["EndpointConfigName"]["Fn::GetAtt"][0]
    ]["ProductionVariants"]
    assert "ModelName" not in host
    assert component["VariantName"] == host["VariantName"]


def test_a_target_names_no_role_and_waits_for_what_it_scales(template: ScaledTemplate) -> None:
    targets = template.of_type(TARGET)
    assert len(targets) == 5
    for logical_id, target in targets.items():
        assert "RoleARN" not in target
        assert target["ServiceNamespace"] == "sagemaker"
        referred = json.dumps([target["ResourceId"], template.resources[logical_id].get("DependsOn", [])])
        scaled = {**template.of_type(ENDPOINT), **template.of_type(COMPONENT)}
        assert sum(f'"{id_}"' in referred for id_ in scaled) == 1


def test_each_kind_is_scaled_by_its_own_dimension(template: ScaledTemplate) -> None:
    dimensions = {
        template.path(id_): target["ScalableDimension"] for id_, target in template.of_type(TARGET).items()
    }
    assert dimensions == {
        "RealTimeScaling": "sagemaker:variant:DesiredInstanceCount",
        "ShadowScaling": "sagemaker:variant:DesiredInstanceCount",
        "AsynchronousScaling": "sagemaker:variant:DesiredInstanceCount",
        "ServerlessScaling": "sagemaker:variant:DesiredProvisionedConcurrency",
        "ComponentScaling": "sagemaker:inference-component:DesiredCopyCount",
    }


def test_a_policy_is_of_one_type_and_tracks_one_metric(template: ScaledTemplate) -> None:
    tracking, stepping = "TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration"
    for policy in template.of_type(POLICY).values():
        assert (tracking in policy) == (policy["PolicyType"] == "TargetTrackingScaling")
        assert (stepping in policy) == (policy["PolicyType"] == "StepScaling")
        if tracking in policy:
            specifications = {"PredefinedMetricSpecification", "CustomizedMetricSpecification"}
            assert len(specifications & policy[tracking].keys()) == 1


def test_policies_have_names_of_their_own(template: ScaledTemplate) -> None:
    names = [policy["PolicyName"] for policy in template.of_type(POLICY).values()]
    assert len(set(names)) == len(names) > 1


def test_every_public_class_and_method_says_what_it_is() -> None:
    assert cdk_sagemaker_scaling.__all__ == sorted(cdk_sagemaker_scaling.__all__)
    for name in cdk_sagemaker_scaling.__all__:
        public = getattr(cdk_sagemaker_scaling, name)
        assert public.__doc__, name
        if not public.__module__.startswith("cdk_sagemaker_scaling"):
            continue
        for method, function in inspect.getmembers(public, inspect.isfunction):
            if not method.startswith("_") and function.__module__.startswith("cdk_sagemaker_scaling"):
                assert function.__doc__, f"{name}.{method}"
