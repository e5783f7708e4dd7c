"""One call of the CloudFormation API: what is given, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.cloudformation.engine import Engine, RefusedError, Request
from embedded_aws.cloudformation.functions import TemplateError
from embedded_aws.cloudformation.shapes import Shape
from embedded_aws.cloudformation.stacks import Stack
from embedded_aws.cloudformation.template import Template
from embedded_aws.cloudformation.template_source import read_template

PAGE = 100


@dataclass(frozen=True)
class Call:
    """One call of an operation."""

    engine: Engine
    given: Mapping[str, Any]
    patience_seconds: float

    def wait_for(self, stack: Stack) -> None:
        """Waits a little for an operation that was started.

        Most are over at once; the CLI would find them running still, and look again only after five seconds.
        """
        stack.is_idle.wait(self.patience_seconds)

    @property
    def stack(self) -> Stack:
        """The stack that is meant."""
        return self.engine.stack(self.given["StackName"])

    def stack_or(self, message: str) -> Stack:
        """The stack that is meant; the refusal of one that is not there has these words."""
        found = self.engine.stacks.find(self.given["StackName"])
        if found is None:
            raise RefusedError("ValidationError", message.format(self.given["StackName"]))
        return found

    def template(self) -> Template:
        """The template that is given.

        Raises:
            TemplateError: if there is none, or it cannot be read.
        """
        if self.given.get("UsePreviousTemplate"):
            target = self.stack.target
            if target is None:
                raise TemplateError(f"Stack [{self.given['StackName']}] has no template yet")
            return target.template
        if "TemplateURL" in self.given:
            client = self.engine.clients("s3", self.engine.region)
            return Template.parse(read_template(client, self.given["TemplateURL"]))
        if "TemplateBody" in self.given:
            return Template.parse(self.given["TemplateBody"])
        raise TemplateError("Either Template URL or Template Body must be specified.")

    def request(self) -> Request:
        """What is wanted of a stack."""
        tags = self.given.get("Tags")
        return Request(
            self.template(),
            self.given.get("Parameters", ()),
            None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
            self.given.get("RoleARN"),
        )

    def page(self, name: str, items: list[Shape]) -> Shape:
        """A page of a list; the token counts what was given already."""
        start = int(self.given.get("NextToken") or 0)
        end = start + PAGE
        return {name: items[start:end], "NextToken": str(end) if end < len(items) else None}
