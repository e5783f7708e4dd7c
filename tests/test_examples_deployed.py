"""Every example, deployed by the real CDK CLI on the embedded AWS, and asked what has become of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk_cli import CdkCli
from deployed_stack import DeployedStack
from example_apps import ALL_TO_B, BARE, NEW_TYPE, PROD, SCALING_OFF, Assembly, Case, synthesise
from read_back import NOT_READ_BACK, READERS, SERVICES, differences

from embedded_aws import EmbeddedAws

DEPLOYED = [*BARE, PROD]
# What a docker daemon does; the image is put where it would be pushed to, and the deploy finds it there.
NOT_DEPLOYED = {"Docker image assets"}
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Deployed:
    """All examples on one AWS, each in its own assembly within one that the CLI deploys at once."""

    def __init__(self, aws: EmbeddedAws, folder: Path) -> None:
        self.folder = folder
        self.assemblies = {str(case): case.synthesise(folder / str(case)) for case in DEPLOYED}
        nested = {
            name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name, "displayName": name}}
            for name in self.assemblies
        }
        version = self.assemblies[str(DEPLOYED[0])].manifest["version"]
        (folder / "manifest.json").write_text(json.dumps({"version": version, "artifacts": nested}))
        self.cdk = CdkCli(aws, folder)
        for assembly in self.assemblies.values():
            self._push_images(assembly)
        self.cdk.deploy(folder, stacks="**")

    def stacks(self, assembly: Assembly) -> list[DeployedStack]:
        """The deployed stacks of an example."""
        return [DeployedStack(self.cdk.client, name, file) for name, file in assembly.template_files.items()]

    def _push_images(self, assembly: Assembly) -> None:
        ecr = self.cdk.client("ecr")
        (repository,) = ecr.describe_repositories()["repositories"]
        for tag in assembly.image_tags:
            manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": {"digest": f"sha256:{tag}"}}
            ecr.put_image(
                repositoryName=repository["repositoryName"], imageManifest=json.dumps(manifest), imageTag=tag
            )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with EmbeddedAws() as aws:
        yield Deployed(aws, tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("case", DEPLOYED, ids=str)
def test_what_is_deployed_is_what_the_template_says(case: Case, deployed: Deployed) -> None:
    for stack in deployed.stacks(deployed.assemblies[str(case)]):
        assert differences(stack) == []


@pytest.mark.parametrize("case", DEPLOYED, ids=str)
def test_every_number_that_is_another_is_told(case: Case, deployed: Deployed, tmp_path: Path) -> None:
    """Of a template that was never deployed: each of its numbers is one more."""
    for name, file in deployed.assemblies[str(case)].template_files.items():
        template = json.loads(file.read_text(encoding="utf-8"))
        read = {
            logical_id: _one_more(resource)
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] in READERS
        }
        template["Resources"] |= {logical_id: resource for logical_id, (resource, _) in read.items()}
        other = tmp_path / file.name
        other.write_text(json.dumps(template), encoding="utf-8")
        told = differences(DeployedStack(deployed.cdk.client, name, other))
        assert len(told) == sum(changed for _, changed in read.values())


def _one_more(value: Any) -> tuple[Any, int]:  # noqa: ANN401 - JSON
    """A value with each of its numbers one more, and how many these are; positions in lists are no numbers."""
    match value:
        case bool() | {"Fn::Select": _} | {"Fn::Join": _}:
            return value, 0
        case int() | float():
            return value + 1, 1
        case dict():
            parts = {key: _one_more(part) for key, part in value.items()}
            return {key: part for key, (part, _) in parts.items()}, sum(changed for _, changed in parts.values())
        case list():
            listed = [_one_more(part) for part in value]
            return [part for part, _ in listed], sum(changed for _, changed in listed)
    return value, 0


def test_every_type_of_these_services_is_read_back(deployed: Deployed) -> None:
    """And nothing is left out that no example has."""
    types = {
        type_
        for assembly in deployed.assemblies.values()
        for stack in deployed.stacks(assembly)
        for type_, _ in stack.of_services(*SERVICES).values()
    }
    assert types == READERS.keys()


def endpoint_of(deployed: Deployed, assembly: Assembly) -> dict[str, Any]:
    """The live endpoint of an example that has one."""
    (stack,) = deployed.stacks(assembly)
    (arn,) = (id_ for id_ in stack.physical_ids.values() if ":endpoint/" in id_)
    found: dict[str, Any] = deployed.cdk.client("sagemaker").describe_endpoint(EndpointName=arn.rpartition("/")[2])
    return found


def counts(endpoint: dict[str, Any]) -> dict[str, int]:
    return {variant["VariantName"]: variant["CurrentInstanceCount"] for variant in endpoint["ProductionVariants"]}


def scale(deployed: Deployed, endpoint: dict[str, Any], variant: str, instances: int) -> None:
    """What its scaling does under load."""
    deployed.cdk.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=endpoint["EndpointName"],
        DesiredWeightsAndCapacities=[{"VariantName": variant, "DesiredInstanceCount": instances}],
    )


def targets_of(deployed: Deployed, endpoint: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """The bounds of each scaled variant."""
    found = deployed.cdk.client("application-autoscaling").get_paginator("describe_scalable_targets")
    return {
        target["ResourceId"].rpartition("/")[2]: (target["MinCapacity"], target["MaxCapacity"])
        for page in found.paginate(ServiceNamespace="sagemaker")
        for target in page["ScalableTargets"]
        if target["ResourceId"].startswith(f"endpoint/{endpoint['EndpointName']}/")
    }


def test_an_a_b_test_ends_with_all_traffic_on_b_and_no_instance_lost(deployed: Deployed, tmp_path: Path) -> None:
    """The second deploy as a person types it."""
    bare = deployed.assemblies["a_b"]
    started = endpoint_of(deployed, bare)
    assert [variant["DesiredWeight"] for variant in started["ProductionVariants"]] == [50, 50]
    assert targets_of(deployed, started) == {"VariantB": (1, 2)}
    scale(deployed, started, "VariantB", 2)

    weights = ("--context", "weights=0/100", "--output", str(tmp_path))
    deployed.cdk.deploy(f"{sys.executable} examples/a_b/app.py", *weights)

    ended = endpoint_of(deployed, bare)
    assert ended["EndpointConfigName"] != started["EndpointConfigName"]
    assert [variant["CurrentWeight"] for variant in ended["ProductionVariants"]] == [0, 100]
    assert counts(ended) == {"VariantA": 1, "VariantB": 2}
    (stack,) = deployed.stacks(ALL_TO_B.synthesise(tmp_path / "ours"))
    assert differences(stack) == []


def test_weights_that_were_moved_at_the_live_endpoint_outlast_a_deploy(deployed: Deployed, tmp_path: Path) -> None:
    """Of a new model, which is a new configuration."""
    case, bare = Case("weights_live"), deployed.assemblies["weights_live"]
    started = endpoint_of(deployed, bare)
    moved = [{"VariantName": name, "DesiredWeight": weight} for name, weight in (("Current", 3), ("Next", 7))]
    deployed.cdk.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=started["EndpointName"], DesiredWeightsAndCapacities=moved
    )
    newer = tmp_path / "app.py"
    newer.write_text(
        case.app.read_text(encoding="utf-8").replace("/model.tar.gz", "/newer.tar.gz"), encoding="utf-8"
    )

    deployed.cdk.deploy(synthesise(newer, tmp_path / "out").folder)

    ended = endpoint_of(deployed, bare)
    assert ended["EndpointConfigName"] != started["EndpointConfigName"]
    assert [variant["CurrentWeight"] for variant in ended["ProductionVariants"]] == [3, 7]


def test_a_scaled_variant_changes_its_instance_type_in_two_deploys(deployed: Deployed, tmp_path: Path) -> None:
    bare = deployed.assemblies["change_instance_type"]
    scale(deployed, endpoint_of(deployed, bare), "AllTraffic", 3)
    off, new = (case.synthesise(tmp_path / str(case)) for case in (SCALING_OFF, NEW_TYPE))

    refused = deployed.cdk.deploy(new.folder, fails=True)
    assert "instance type" in refused
    kept = endpoint_of(deployed, bare)
    assert type_of(deployed, kept) == "ml.c5.large"
    assert targets_of(deployed, kept) == {"AllTraffic": (1, 4)}

    deployed.cdk.deploy(off.folder)
    assert targets_of(deployed, endpoint_of(deployed, off)) == {}

    deployed.cdk.deploy(new.folder)
    changed = endpoint_of(deployed, new)
    assert type_of(deployed, changed) == "ml.c6i.large"
    assert targets_of(deployed, changed) == {"AllTraffic": (1, 4)}
    assert counts(changed) == {"AllTraffic": 3}
    (stack,) = deployed.stacks(new)
    assert differences(stack) == []


def type_of(deployed: Deployed, endpoint: dict[str, Any]) -> str:
    """The instance type of its one variant."""
    config = deployed.cdk.client("sagemaker").describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )
    (variant,) = config["ProductionVariants"]
    return str(variant["InstanceType"])


def test_destroy_leaves_nothing_that_scales_serves_or_watches(deployed: Deployed) -> None:
    deployed.cdk("destroy", "**", "--force", app=deployed.folder)
    client = deployed.cdk.client
    sagemaker = client("sagemaker")
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_inference_components()["InferenceComponents"] == []
    assert sagemaker.list_models()["Models"] == []
    scaling = client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("sns").list_topics()["Topics"] == []


def test_what_is_not_read_back_is_told_with_its_reason(repository: Path) -> None:
    page = (repository / "docs/embedded-aws.md").read_text(encoding="utf-8")
    section = page.partition("## What a read-back cannot show")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| ([^|]+) \| [^|]{20,} \|$", section, re.MULTILINE)) == NOT_READ_BACK | NOT_DEPLOYED
