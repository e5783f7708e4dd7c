"""The moto that all of this was tried with."""

from importlib.metadata import version

TRIED_WITH = "5.2."


def refuse_another_moto(installed: str | None = None) -> None:
    """Say so at once, where else an import of moto's innards would fail, or worse, would not.

    Raises:
        ImportError: if moto is of a version that was not tried.
    """
    found = installed or version("moto")
    if not found.startswith(TRIED_WITH):
        raise ImportError(
            f"the embedded AWS replaces parts of moto {TRIED_WITH}x, and moto {found} is installed: "
            f"install moto {TRIED_WITH}x, or go through embedded_aws/moto_patches.py and renew moto_version.py"
        )
