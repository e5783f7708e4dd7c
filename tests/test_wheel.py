"""The distribution holds the four packages and nothing else of the repository."""

from __future__ import annotations

import re
from email.parser import Parser
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {
    "cdk_sagemaker_scaling": "constructs",
    "sagemaker_capacity": "analysis",
    "sagemaker_capacity_plan": "constructs",
    "sagemaker_idle_endpoints": "constructs",
}


@pytest.fixture(scope="module")
def wheel(wheel_file: Path) -> ZipFile:
    return ZipFile(wheel_file)


def text(wheel: ZipFile, ending: str) -> str:
    (name,) = (name for name in wheel.namelist() if name.endswith(f".dist-info/{ending}"))
    return wheel.read(name).decode()


def test_the_wheel_holds_the_four_packages_alone(wheel: ZipFile) -> None:
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == PACKAGES.keys()


def test_the_wheel_holds_every_file_of_each_package_and_its_types(wheel: ZipFile, repository: Path) -> None:
    for package, source_root in PACKAGES.items():
        folder = repository / source_root / package
        source = {
            f"{package}/{file.relative_to(folder).as_posix()}"
            for file in folder.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
        assert {name for name in wheel.namelist() if name.startswith(f"{package}/")} == source
        assert f"{package}/py.typed" in source
    assert "sagemaker_capacity/data/instance_vcpus.json" in wheel.namelist()


def test_the_command_is_always_there(wheel: ZipFile) -> None:
    assert "sagemaker-capacity = sagemaker_capacity.__main__:main" in text(wheel, "entry_points.txt")


def test_a_stack_needs_no_pandas(wheel: ZipFile) -> None:
    required = Parser().parsestr(text(wheel, "METADATA")).get_all("Requires-Dist", [])
    base = {line for line in required if "extra ==" not in line}
    assert {re.split("[<>=]", line)[0] for line in base} == {"aws-cdk-lib", "boto3", "constructs"}
    of_extra = {
        extra: {line for line in required if f"extra == '{extra}'" in line}
        for extra in ("analysis", "spark", "testing")
    }
    assert any(line.startswith("pandas") for line in of_extra["analysis"])
    assert {re.split("[<>=]", line)[0] for line in of_extra["spark"]} == {"pyspark"}
    assert {re.split("[<>=]", line)[0] for line in of_extra["testing"]} == {"pytest", "syrupy"}
    assert base.union(*of_extra.values()) == set(required)
