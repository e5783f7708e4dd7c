"""A group whose commands are imported once somebody asks for them, so that none waits for what another needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click


class LazyGroup(click.Group):
    """A click group with commands by the module that defines them, each as its function there but for hyphens."""

    LAZY: ClassVar[Mapping[str, str]] = {
        "compare": "sagemaker_capacity.comparison._command",
        "compare-variants": "sagemaker_capacity.variants._command",
        "fit": "sagemaker_capacity.fitting._command",
        "measure": "sagemaker_capacity.live._command",
        "plan": "sagemaker_capacity.planning._command",
        "prices": "sagemaker_capacity.prices._command",
        "recommendations": "sagemaker_capacity.live._command",
        "report": "sagemaker_capacity.html_report._command",
        "requests": "sagemaker_capacity.request_logs._command",
        "serverless": "sagemaker_capacity.serverless._command",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the alphabet's order."""
        return sorted([*super().list_commands(ctx), *self.LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported if it must be."""
        module = self.LAZY.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
        return command
