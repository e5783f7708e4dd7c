"""The command line's group; each command is imported once it is asked for."""

from __future__ import annotations

import click

from ._lazy_group import LazyGroup


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cdk-sagemaker-scaling")
def cli() -> None:
    """How much one SageMaker instance carries, and so how many are needed, scaled at which target."""
