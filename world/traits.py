"""What no register shows of a subject: this file knows how digital comfort, trust and need are spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import CityMissing
from world.draws import Array, Draws

TRAITS = ("digital_comfort", "trust", "need_sensitivity")


def draw_traits(draws: Draws, ids: pa.Array, digital_mean: Array) -> pa.Table:
    """One row a subject: `digital_comfort` between 0 and 1 around `digital_mean`, the two others standard normal."""
    n = len(ids)
    comfort = np.clip(digital_mean + 0.18 * draws.normal(n), 0.02, 0.98).astype(np.float32)
    return pa.table(
        {
            "subject_id": ids,
            "digital_comfort": comfort,
            "trust": draws.normal(n),
            "need_sensitivity": draws.normal(n),
        }
    )


def read_traits(city: Path, audience: str) -> pa.Table:
    """The traits of everybody of `audience` in a city's folder; other truth that is kept beside them is left out."""
    parts = sorted((city / "truth" / audience).glob("part-*.parquet"))
    if not parts:
        raise CityMissing(
            f"{city} holds no traits of {audience}s.",
            next_step="Make a city with 'duixian city generate'.",
            path=str(city),
        )
    return pa.concat_tables(pq.read_table(part) for part in parts)
