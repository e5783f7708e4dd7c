"""Golden templates: one file a template under goldens/, and cfn-lint over all of them in one process."""

from __future__ import annotations

import glob
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syrupy.extensions.json import JSONSnapshotExtension

if TYPE_CHECKING:
    from syrupy.location import PyTestLocation

GOLDENS = Path(__file__).resolve().parent / "goldens"


class Golden(JSONSnapshotExtension):
    """One file a template: goldens/MODULE/TEST.json."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(GOLDENS / test_location.basename)


def scrubbed(template: str) -> Any:  # noqa: ANN401 - JSON
    """A template without the hashes of its assets, which change with every byte of theirs."""
    return json.loads(re.sub(r"\b[0-9a-f]{64}\b", "ASSET", template))


def lint(*files: Path) -> list[dict[str, Any]]:
    """What cfn-lint says of templates; starting it costs more than each of them."""
    found = subprocess.run(  # noqa: S603
        [
            str(Path(sys.prefix) / "bin" / "cfn-lint"),
            *("--format", "json"),
            *(glob.escape(str(file)) for file in files),  # it takes names for patterns
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.stderr
    listed: list[dict[str, Any]] = json.loads(found.stdout)
    assert bool(listed) == (found.returncode != 0)
    return listed
