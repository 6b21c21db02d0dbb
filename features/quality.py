"""This file knows what an import found: rows in and out, reasons, unknown shares, distributions, freshness."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from domain.facts import CLOSED, NUMERIC, FactDefinition, FactType, Value

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_EXACT_UP_TO_ROWS = 2_000_000
"""Exact quantiles hold all values in memory; beyond this they are approximate."""


@dataclass(frozen=True)
class FactQuality:
    """One fact among the accepted rows; `unknown_share` is 0 to 1, `quantiles` are at QUANTILES.

    `counts` of a category, region or boolean say how many rows have each value. Of open text, which may say anything
    about a person, no value is kept.
    """

    name: str
    unknown_share: float
    minimum: str | float | None
    maximum: str | float | None
    quantiles: tuple[float, ...]
    counts: Mapping[str, int]
    fresh_days: int


@dataclass(frozen=True)
class ImportReport:
    """What one import took over; the numbers of rows are of the extract, malformed lines included.

    `sequence` numbers the imports of a register: of two rows of one date the later import's is used.
    `stale_share` is the share of accepted rows whose date is, at the extract's newest date, older than the
    strictest fact's `fresh_days`.
    """

    import_id: str
    register: str
    audience: str
    sequence: int
    source: str
    rows_in: int
    rows_accepted: int
    rows_quarantined: int
    subjects: int
    reasons: Mapping[str, int]
    as_of_oldest: str | None
    as_of_newest: str | None
    stale_share: float
    facts: tuple[FactQuality, ...]
    links: tuple[str, ...]
    complete_list: bool
    absent: Mapping[str, str | float | bool | None]
    mapping_digest: str
    already_imported: bool = False

    def to_json(self) -> dict[str, Any]:
        """The report as JSON types."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ImportReport:
        """Read back what `to_json` gave."""
        facts = tuple(FactQuality(**{**fact, "quantiles": tuple(fact["quantiles"])}) for fact in data["facts"])
        return ImportReport(**{**data, "facts": facts, "links": tuple(data["links"])})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def read(path: Path) -> ImportReport:
        return ImportReport.from_json(json.loads(path.read_text(encoding="utf-8")))


def as_json(value: Value) -> str | float | bool | None:
    """A fact's value as JSON has it: a date is its ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def measure(facts_file: Path, facts: tuple[FactDefinition, ...]) -> tuple[tuple[FactQuality, ...], dict[str, Any]]:
    """Each fact's quality in a facts.parquet, and rows, subjects, oldest and newest date and stale share of it."""
    strictest = min((fact.fresh_days for fact in facts if not fact.derived), default=36_500)
    source = _quoted(facts_file)
    with duckdb.connect() as connection:
        row = connection.execute(
            f"""SELECT count(*), count(DISTINCT subject_id), min(as_of), max(as_of),
                       coalesce(avg((as_of < (SELECT max(as_of) FROM {source}) - {strictest})::INT), 0)
                FROM {source}"""  # noqa: S608 -- the file's name is quoted, `strictest` is a whole number
        ).fetchone()
        assert row is not None
        whole = dict(zip(("rows", "subjects", "oldest", "newest", "stale_share"), row, strict=True))
        measured = tuple(_measure_fact(connection, source, fact, row[0]) for fact in facts)
    return measured, whole


def _measure_fact(connection: duckdb.DuckDBPyConnection, source: str, fact: FactDefinition, rows: int) -> FactQuality:
    name = f'"{fact.name}"'
    if fact.type in CLOSED | {FactType.BOOLEAN}:
        counts = dict(
            connection.execute(
                f"SELECT {name}::VARCHAR v, count(*) n FROM {source} WHERE {name} IS NOT NULL "  # noqa: S608 -- quoted
                "GROUP BY v ORDER BY n DESC, v"
            ).fetchall()
        )
        return FactQuality(
            fact.name, _share(rows - sum(counts.values()), rows), None, None, (), counts, fact.fresh_days
        )
    how = "quantile_cont" if rows <= _EXACT_UP_TO_ROWS else "approx_quantile"
    quantiles = f"{how}({name}::DOUBLE, {list(QUANTILES)})" if fact.type in NUMERIC else "NULL"
    ends = "NULL, NULL" if fact.type is FactType.TEXT else f"min({name}), max({name})"
    row = connection.execute(
        f"SELECT count({name}), {ends}, {quantiles} FROM {source}"  # noqa: S608 -- quoted
    ).fetchone()
    assert row is not None
    known, low, high, found = row
    return FactQuality(
        name=fact.name,
        unknown_share=_share(rows - known, rows),
        minimum=low.isoformat() if isinstance(low, date) else low,
        maximum=high.isoformat() if isinstance(high, date) else high,
        quantiles=tuple(found or ()),
        counts={},
        fresh_days=fact.fresh_days,
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _quoted(path: Path) -> str:
    escaped = str(path).replace("'", "''")
    return f"read_parquet('{escaped}')"
