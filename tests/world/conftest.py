"""A small city and its whole truth, drawn once for all tests of the world."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from world.chunk import Chunk, Span, draw_chunk
from world.city import generate

AS_OF = date(2026, 11, 24)


@pytest.fixture(scope="session")
def sample() -> Chunk:
    """30,000 citizens and 4,000 enterprises, before any register hides or spoils a thing."""
    return draw_chunk(np.random.SeedSequence(20), Span(0, 30_000, 0, 4_000), AS_OF)


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(4_000, 600, 11, AS_OF, tmp_path_factory.mktemp("world") / "city")
