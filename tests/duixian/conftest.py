"""The small city that the demo made (tests/installation.py), for tests of the command."""

import pytest

from tests.installation import Installation


@pytest.fixture
def city(delivered: tuple[Installation, str]) -> Installation:
    return delivered[0]
