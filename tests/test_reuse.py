"""The wheel alone, in a clean environment outside the repository, serves a stack of someone else's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sagemaker_capacity_plan import CapacityPlan

PACKAGES = ("cdk_sagemaker_scaling", "sagemaker_capacity", "sagemaker_capacity_plan", "sagemaker_idle_endpoints")
OF_EXTRAS = ("click", "matplotlib", "numpy", "pandas", "pytest", "rich", "scipy", "syrupy")
NO_NETWORK = re.compile(r"connection broken by '(\w+)")  # pip's words, once it has tried again and again

Told = dict[str, subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds nothing yet, not even pip."""

    folder: Path
    constraints: Path

    def install(self, *what: str) -> None:
        """Install from the registry that pip is configured for, in the versions that the repository has locked."""
        python = str(self.folder / "bin" / "python")
        command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
        done = subprocess.run(  # noqa: S603
            [*command, "--constraint", str(self.constraints), *what], capture_output=True, text=True, check=False
        )
        refused = NO_NETWORK.search(done.stderr)
        if done.returncode and refused:
            pytest.skip(f"without a package registry there is no clean environment: {refused[1]}")
        assert done.returncode == 0, done.stderr

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment; node alone is found elsewhere."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        program, *arguments = command
        return subprocess.run(  # noqa: S603
            [str(self.folder / "bin" / program), *arguments],
            cwd=cwd,
            env=kept | variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def bare(wheel_file: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with what it requires, and no extra."""
    folder = tmp_path_factory.mktemp("clean")
    assert repository not in folder.parents
    locked = re.findall(r"^[\w.-]+==[^\\\n]+", (repository / "requirements.txt").read_text(), flags=re.MULTILINE)
    (folder / "constraints.txt").write_text("\n".join(locked))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)  # noqa: S603
    environment = Environment(folder / "venv", folder / "constraints.txt")
    environment.install(str(wheel_file))
    return environment


@pytest.fixture(scope="module")
def without_extras(bare: Environment, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What is said where no extra is there, asked before one is."""
    cwd = tmp_path_factory.mktemp("anywhere")
    find = f"from importlib.util import find_spec; print([n for n in {OF_EXTRAS} if find_spec(n)])"
    return {
        "constructs": bare.run("python", "-c", f"import cdk_sagemaker_scaling; {find}", cwd=cwd),
        "command": bare.run("sagemaker-capacity", "--help", cwd=cwd),
        "plugin": bare.run("python", "-c", "import cdk_sagemaker_scaling.testing", cwd=cwd),
    }


@pytest.fixture(scope="module")
def equipped(bare: Environment, without_extras: object, wheel_file: Path, repository: Path) -> Environment:
    """With what the project's requirements ask for, the distribution that they name being this wheel."""
    assert without_extras
    bare.install(str(wheel_file), "--requirement", str(repository / "examples/reuse/requirements-dev.txt"))
    return bare


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "cdk.out")
    return Path(shutil.copytree(repository / "examples/reuse", tmp_path / "churn", ignore=ignored))


def capacities(folder: Path) -> tuple[int, int]:
    """What a template lets the variant scale between."""
    resources = json.loads((folder / "Churn.template.json").read_text())["Resources"]
    (target,) = (r["Properties"] for r in resources.values() if r["Type"].endswith("::ScalableTarget"))
    return target["MinCapacity"], target["MaxCapacity"]


def planned(project: Path, environment: str) -> tuple[int, int]:
    scaling = CapacityPlan.read(project / "plans" / f"{environment}.json").scaling
    return scaling.min_capacity, scaling.max_capacity


def test_a_stack_needs_the_base_dependencies_alone(without_extras: Told) -> None:
    assert without_extras["constructs"].stdout == "[]\n", without_extras["constructs"].stderr


def test_without_its_extra_the_command_names_the_line_that_adds_it(without_extras: Told) -> None:
    assert without_extras["command"].returncode == 2
    assert without_extras["command"].stderr.endswith("pip install 'cdk-sagemaker-scaling[analysis]'\n")


def test_without_its_extra_the_plugin_names_the_line_that_adds_it(without_extras: Told) -> None:
    assert "needs pytest, which the constructs do not" in without_extras["plugin"].stderr
    assert without_extras["plugin"].stderr.endswith("pip install 'cdk-sagemaker-scaling[testing]'\n")


def test_app_py_runs_and_imports_nothing_from_the_repository(
    equipped: Environment, project: Path, repository: Path, tmp_path: Path
) -> None:
    code = (
        "import json, runpy, sys\n"
        "runpy.run_path('app.py', run_name='__main__')\n"
        f"import cdk_sagemaker_scaling.testing, {', '.join(PACKAGES)}\n"
        "print(json.dumps([sys.path, {n: getattr(m, '__file__', None) for n, m in sys.modules.items()}]))"
    )
    ran = equipped.run("python", "-c", code, cwd=project, CDK_OUTDIR=str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    path, files = json.loads(ran.stdout.splitlines()[-1])
    assert not [name for name in [*path, *files.values()] if name and Path(name).is_relative_to(repository)]
    (site_packages,) = equipped.folder.glob("lib/*/site-packages")
    for package in (*PACKAGES, "aws_cdk", "constructs"):
        assert Path(files[package]).parent.parent == site_packages
    assert capacities(tmp_path / "out") == planned(project, "dev")


def test_one_app_takes_the_plan_of_each_environment(
    equipped: Environment, project: Path, repository: Path, tmp_path: Path
) -> None:
    synth = [str(repository / "node_modules/.bin/cdk"), "synth", "--quiet", "--no-notices"]
    options = ["--app", f"{equipped.folder}/bin/python app.py", "--output", str(tmp_path / "out")]
    subprocess.run(  # noqa: S603
        [*synth, *options, "-c", "environment=prod"],
        cwd=project,
        env=os.environ | {"AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"},
        check=True,
    )
    assert capacities(tmp_path / "out") == planned(project, "prod") != planned(project, "dev")


def test_its_snapshots_hold_whatever_the_code_of_its_function(equipped: Environment, project: Path) -> None:
    with (project / "ask" / "index.py").open("a") as code:
        code.write("\n\nVERSION = 2\n")
    ran = equipped.run("python", "-m", "pytest", cwd=project)
    assert ran.returncode == 0, ran.stdout
    assert "2 snapshots passed" in ran.stdout


def test_another_plan_is_told_as_the_page_shows_it(equipped: Environment, project: Path, repository: Path) -> None:
    page = (repository / "docs/testing.md").read_text()
    (shown,) = re.findall(r"^```\n(the template of .+?)^```", page, flags=re.DOTALL | re.MULTILINE)
    plan_file = project / "plans" / "prod.json"
    plan = json.loads(plan_file.read_text())
    (changed,) = re.findall(r"TargetValue: (\d+) -> (\d+)", shown)
    target = plan["computed"]["invocations"]
    assert target["target_per_instance_per_minute"] == int(changed[0])
    target["target_per_instance_per_minute"] = int(changed[1])
    plan_file.write_text(json.dumps(plan))
    ran = equipped.run("python", "-m", "pytest", cwd=project)
    assert ran.returncode == 1
    assert "1 failed, 1 passed" in ran.stdout
    told = [line[1:].strip() for line in ran.stdout.splitlines() if line.startswith("E  ")]
    assert "\n".join(told).removeprefix("Failed: ") == "\n".join(line.strip() for line in shown.splitlines())


def test_its_plans_are_what_their_evidence_gives(project: Path) -> None:
    for plan in sorted((project / "plans").glob("*.json")):
        subprocess.run(  # noqa: S603
            [str(Path(sys.prefix) / "bin" / "sagemaker-capacity"), "plan", "--check", str(plan)], check=True
        )
