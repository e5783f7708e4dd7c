"""The command `sagemaker-capacity`; it is there without the extra that it needs, to say how to add it."""

import sys

_EXTRA = frozenset(
    {"click", "duckdb", "ibis", "jinja2", "markupsafe", "matplotlib", "numpy", "pandas", "pyarrow", "rich", "scipy"}
)


def main() -> None:
    """Run the command line."""
    try:
        from ._cli import cli  # noqa: PLC0415

        cli(prog_name="sagemaker-capacity")
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        sys.exit(_without_the_extra(error.name))


def _without_the_extra(missing: str) -> int:
    sys.stderr.write(
        f"sagemaker-capacity needs {missing}, which the constructs do not. Add the analysis extra:\n"
        "  pip install 'cdk-sagemaker-scaling[analysis]'\n"
    )
    return 2


if __name__ == "__main__":
    main()
