"""What README.md tells a newcomer is what happens."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def test_the_stack_of_ones_own_synthesises(tmp_path: Path) -> None:
    (program,) = blocks("python")
    environment = os.environ | {"CDK_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)  # noqa: S603
    template = json.loads((tmp_path / "Fraud.template.json").read_text(encoding="utf-8"))
    plan = json.loads((ROOT / "plans/xgboost/plan.json").read_text(encoding="utf-8"))["computed"]
    (target,) = (r for r in template["Resources"].values() if r["Type"].endswith("::ScalableTarget"))
    assert target["Properties"]["MaxCapacity"] == plan["max_capacity"]


def test_the_lines_without_make_are_those_that_make_runs() -> None:
    recipes = re.sub(r"--quiet |--disable-pip-version-check |--loglevel=error |--no-audit |--no-fund", "", MAKEFILE)
    *_, set_up, gate = blocks("sh")
    lines = [line for line in (set_up + gate).splitlines() if not line.startswith(". ")]
    assert len(lines) == 9
    for line in lines:
        made = line.replace("python3 -m", "$(PYTHON) -m").replace("plans/xgboost/plan.json", "$$plan")
        assert made in recipes, line


def test_the_first_screen_shows_the_two_commands_and_the_picture() -> None:
    first_screen = "\n".join(README.splitlines()[:35])
    assert "make run" in first_screen
    assert "make test" in first_screen
    assert "](plans/xgboost/plan.svg)" in first_screen


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_plans_columns_are_those_of_the_help() -> None:
    from sagemaker_capacity.planning._command import plan  # noqa: PLC0415

    for column in re.findall(r"^\| `(\w+)`", README.split("## The plan")[0], flags=re.MULTILINE):
        assert column in str(plan.epilog)
