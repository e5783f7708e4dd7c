"""For conftest.py: `pytest_plugins = ["embedded_aws.fixture"]`."""

from collections.abc import Iterator

import pytest

from embedded_aws import EmbeddedAws


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    """An embedded AWS for the tests of one module; it begins empty."""
    with EmbeddedAws() as aws:
        yield aws
