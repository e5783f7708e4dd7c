from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints.command._keep import main as keep
from sagemaker_idle_endpoints.command._look import main as look

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return keep(given) if given[:1] in (["save"], ["restore"]) else look(given)


if __name__ == "__main__":
    sys.exit(main())
