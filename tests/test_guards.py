"""The house stays as it is: where imports may go, what an import costs, and what no file may hold."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import constructs
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "sagemaker_capacity_plan": ROOT / "constructs/sagemaker_capacity_plan",
    "cdk_sagemaker_scaling": ROOT / "constructs/cdk_sagemaker_scaling",
    "sagemaker_idle_endpoints": ROOT / "constructs/sagemaker_idle_endpoints",
    "sagemaker_capacity": ROOT / "analysis/sagemaker_capacity",
}
ALLOWED = {
    "sagemaker_capacity_plan": set(),
    "sagemaker_capacity": {
        "sagemaker_capacity_plan",
        "boto3",
        "botocore",
        "click",
        "duckdb",
        "ibis",
        "jinja2",
        "markupsafe",
        "matplotlib",
        "numpy",
        "pandas",
        "pyarrow",
        "pyspark",
        "rich",
        "scipy",
    },
    "cdk_sagemaker_scaling": {"sagemaker_capacity_plan", "aws_cdk", "constructs", "jsii"},
    "sagemaker_idle_endpoints": {"boto3", "botocore"},
}
ALLOWED_IN = {"constructs/cdk_sagemaker_scaling/testing.py": {"pytest", "syrupy"}}
ALLOWED_FOR_TYPES = dict.fromkeys(("sagemaker_capacity", "sagemaker_idle_endpoints"), re.compile("mypy_boto3_.+"))
HEAVY = {
    "aws_cdk",
    "boto3",
    "click",
    "constructs",
    "jinja2",
    "jsii",
    "matplotlib",
    "numpy",
    "pandas",
    "rich",
    "scipy",
}


def imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Every top-level package that a file imports, wherever in it, and whether for types only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0], node in for_types


def strangers(package: str) -> Iterator[str]:
    """What a package imports that it may not."""
    for file in sorted(PACKAGES[package].rglob("*.py")):
        allowed = sys.stdlib_module_names | ALLOWED[package] | {package}
        allowed |= ALLOWED_IN.get(file.relative_to(ROOT).as_posix(), set())
        for name, for_types in imports(file):
            pattern = ALLOWED_FOR_TYPES.get(package)
            typed = for_types and pattern is not None and pattern.fullmatch(name)
            if name not in allowed and not typed:
                yield f"{file.relative_to(ROOT)} imports {name}"


def files_of_the_repository() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def modules_after(statement: str) -> set[str]:
    """The modules that a new Python has loaded after a statement and did not have before it."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return set(run.stdout.split())


@pytest.mark.parametrize("source_root", ["constructs", "analysis"])
def test_a_source_root_is_no_package(source_root: str) -> None:
    assert (ROOT / source_root).is_dir()
    assert not (ROOT / source_root / "__init__.py").exists()


def test_the_package_constructs_is_the_one_installed_not_the_folder() -> None:
    assert constructs.__file__ is not None
    assert "site-packages" in constructs.__file__


def test_the_source_roots_hold_the_four_packages_of_the_wheel_each_typed() -> None:
    found = {file.parent for root in ("constructs", "analysis") for file in ROOT.glob(f"{root}/*/__init__.py")}
    assert found == set(PACKAGES.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {ROOT / path for path in shipped} == found
    for package in found:
        assert (package / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_along_the_road_only(package: str) -> None:
    assert list(strangers(package)) == []


def test_imports_are_seen_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        "import os.path, a.b\nfrom c.d import e\nfrom . import f\nfrom .g import h\n"
        "if TYPE_CHECKING:\n    import i\ndef j():\n    from k import l\n"
    )
    assert sorted(imports(file)) == [("a", False), ("c", False), ("i", True), ("k", False), ("os", False)]
    seen = {name for package in PACKAGES.values() for path in package.rglob("*.py") for name, _ in imports(path)}
    assert {"pandas", "aws_cdk", "boto3", "click", "sagemaker_capacity_plan"} <= seen


def test_the_contract_loads_nothing_heavy_and_little_at_all() -> None:
    loaded = modules_after("import sagemaker_capacity_plan")
    assert "sagemaker_capacity_plan" in loaded
    assert {name.partition(".")[0] for name in loaded} <= sys.stdlib_module_names | {"sagemaker_capacity_plan"}
    assert len(loaded) <= 70


def test_reading_a_plan_loads_nothing_more_than_the_contract() -> None:
    read = "from sagemaker_capacity_plan import CapacityPlan; CapacityPlan.read('plans/xgboost/plan.json').scaling"
    code = f"import os; os.chdir({str(ROOT)!r}); {read}"
    assert modules_after(code) - modules_after("import sagemaker_capacity_plan") <= {"encodings.utf_8"}


@pytest.mark.parametrize("package", ["sagemaker_capacity", "sagemaker_idle_endpoints"])
def test_a_package_alone_loads_nothing_of_the_others(package: str) -> None:
    loaded = {name.partition(".")[0] for name in modules_after(f"import {package}")}
    assert package in loaded
    allowed = {"boto3"} if package == "sagemaker_idle_endpoints" else set()
    assert not loaded & (HEAVY - allowed)
    assert not loaded & (PACKAGES.keys() - {package})


def test_the_heavy_part_of_the_analysis_comes_with_its_first_use() -> None:
    assert "pandas" in modules_after("import sagemaker_capacity; sagemaker_capacity.make_plan")


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files_of_the_repository()
        if path.suffix == ".py"
    }
    assert "tests/test_guards.py" in lengths
    assert {name: length for name, length in lengths.items() if length > 400} == {}


HOSTS = [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com")]
FORBIDDEN = re.compile(
    "|".join([*(rf"\b{re.escape('.'.join(host))}\b" for host in HOSTS), r"(?<![\w.~-])/(?:work|root|home|Users)/"])
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://" + ".".join(HOSTS[0]) + "/simple", True),
        ("see files." + ".".join(HOSTS[1]), True),
        ("open('/" + "root/x')", True),
        ("/" + "work/main", True),
        ("https://example.com/work/1", False),
        ("src/root/file", False),
    ],
)
def test_hosts_of_registries_and_paths_of_a_machine_are_recognised(text: str, *, found: bool) -> None:
    assert bool(FORBIDDEN.search(text)) is found


def test_no_file_names_a_registry_s_host_or_a_path_of_one_machine() -> None:
    files = files_of_the_repository()
    assert ROOT / "pyproject.toml" in files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_the_npm_lock_pins_by_hash_and_names_no_address_to_download_from() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert "node_modules/aws-cdk" in locked
    for package in locked.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
