"""How much is done: in full, where the bars count, or quickly, for those who work on the matcher."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Row engines and the slower set engines get fewer subjects, so that a round takes seconds; cost is per pair."""

    rows: int
    city_repeats: int
    policies: int
    many_policies: int
    openfisca_rows: int
    duckdb_rows: int
    cel_rows: int
    zen_rows: int
    json_logic_rows: int
    profiles: int
    rounds: int
    stream_bytes: int
    checked_rows: int

    @property
    def city_rows(self) -> int:
        return self.rows * self.city_repeats


FULL = Sizes(
    rows=1_000_000,
    city_repeats=25,
    policies=1_000,
    many_policies=10_000,
    openfisca_rows=200_000,
    duckdb_rows=50_000,
    cel_rows=1_000,
    zen_rows=100,
    json_logic_rows=50,
    profiles=2_000,
    rounds=5,
    stream_bytes=1 << 30,
    checked_rows=1_000,
)
QUICK = Sizes(
    rows=250_000,
    city_repeats=8,
    policies=1_000,
    many_policies=10_000,
    openfisca_rows=50_000,
    duckdb_rows=2_000,
    cel_rows=50,
    zen_rows=10,
    json_logic_rows=5,
    profiles=200,
    rounds=3,
    stream_bytes=1 << 27,
    checked_rows=100,
)
