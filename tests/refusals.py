"""How a test says that something is refused: with which words, and that nothing was made before."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aws_cdk import CfnElement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import Stack


@contextmanager
def refused(stack: Stack, *told: str) -> Iterator[None]:
    """What is done within raises a ValueError that tells all of these, and leaves the template as it was."""
    before = elements(stack)
    with pytest.raises(ValueError, match=re.escape(told[0])) as raised:
        yield
    for words in told:
        assert words in str(raised.value)
    assert elements(stack) == before


def elements(stack: Stack) -> list[str]:
    """All that would stand in a template."""
    return [child.node.path for child in stack.node.find_all() if CfnElement.is_cfn_element(child)]
