"""This file knows of how many subjects each fact of a wide table is known, and of which days it is.

It takes seconds to read for a million subjects, so what was found is kept beside the tables: `home/fact_days/`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.calendar import EPOCH, day_number
from domain.errors import DataDamaged
from domain.facts import FactDefinition
from features.provenance import COLUMN, own_sources
from features.publication import appearing_file

_BATCH_ROWS = 1 << 17
_NO_DAY = np.iinfo(np.int32).max
"""Of a fact that is from no day; greater than all days, so that the oldest of several is another."""

Days = npt.NDArray[np.int32]
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class FactDays:
    """Of `rows` subjects, how many know each fact (`known`), and how many of these have it from which day (`days`).

    The days are numbers since 1970-01-01. A fact that is known without a day is in `known` alone.
    """

    rows: int
    known: Mapping[str, int]
    days: Mapping[str, Mapping[int, int]]

    def since(self, name: str, day: date) -> int:
        """How many subjects have the fact from `day` or later."""
        first = day_number(day)
        return sum(count for number, count in self.days.get(name, {}).items() if number >= first)

    def fresh(self, fact: FactDefinition, as_of: date) -> int:
        """How many have it no older than its `fresh_days` on the day."""
        return self.since(fact.name, as_of - timedelta(days=min(fact.fresh_days, (as_of - EPOCH).days)))


def fact_days(
    home: Path, path: Path, facts: Mapping[str, FactDefinition], progress: Progress | None = None
) -> FactDays:
    """Of the wide table at `path`: read from what was kept, or from the table, and then kept.

    Raises DataDamaged where the table cannot be read.
    """
    kept = home / "fact_days" / path.parent.name / f"{path.stem}.json"
    found = _kept(kept)
    if found is None:
        found = read_fact_days(path, facts, progress)
        text = json.dumps({"rows": found.rows, "known": found.known, "days": found.days})
        with appearing_file(kept) as temporary:
            temporary.write_text(text, encoding="ascii")
        for other in kept.parent.glob("[!.]*.json"):
            if other != kept:
                other.unlink(missing_ok=True)
    return found


def read_fact_days(path: Path, facts: Mapping[str, FactDefinition], progress: Progress | None = None) -> FactDays:
    """As `fact_days`, always from the table, in pieces that bound the memory."""
    known: Counter[str] = Counter()
    days: dict[str, Counter[int]] = {}
    rows = 0
    try:
        with pq.ParquetFile(path) as file:
            present = {name: fact for name, fact in facts.items() if name in file.schema_arrow.names}
            registers = [name for name in file.schema_arrow.names if name.endswith("_as_of")]
            for batch in file.iter_batches(_BATCH_ROWS, columns=[*present, *registers, COLUMN]):
                rows += batch.num_rows
                found = _Batch(batch, present)
                for name in present:
                    valid = found.valid(name)
                    known[name] += int(np.count_nonzero(valid))
                    numbers, counts = np.unique(found.days(name)[valid], return_counts=True)
                    dated = days.setdefault(name, Counter())
                    dated.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
                if progress:
                    progress(rows, file.metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(path, str(error)) from error
    for dated in days.values():
        dated.pop(_NO_DAY, None)
    return FactDays(rows, dict(known), {name: dict(dated) for name, dated in days.items()})


def _kept(path: Path) -> FactDays | None:
    """None where there is none, or none that can be read: then it is made again."""
    try:
        held = json.loads(path.read_text(encoding="ascii"))
        days = {name: {int(day): count for day, count in dated.items()} for name, dated in held["days"].items()}
        return FactDays(held["rows"], held["known"], days)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


class _Batch:
    """`Provenance.of` for the rows of a batch, a fact at a time."""

    def __init__(self, batch: pa.RecordBatch, facts: Mapping[str, FactDefinition]) -> None:
        self._batch, self._facts = batch, facts
        self._noted = _notes(batch[COLUMN], facts)
        self._made: dict[str, Days] = {}

    def valid(self, name: str) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = self._batch[name].is_valid().to_numpy(zero_copy_only=False)
        return found

    def days(self, name: str) -> Days:
        """Days since 1970-01-01, _NO_DAY where there is none; of a derived fact the oldest that it rests on."""
        if name not in self._made:
            self._made[name] = self._days(self._facts[name])
        return self._made[name]

    def _days(self, fact: FactDefinition) -> Days:
        if fact.derived:
            found = np.full(self._batch.num_rows, _NO_DAY, np.int32)
            for source in own_sources(fact):
                if source in self._facts:
                    found = np.minimum(found, np.where(self.valid(source), self.days(source), _NO_DAY))
        else:
            column = f"{fact.register}_as_of"
            there = self._batch[column] if column in self._batch.schema.names else pa.nulls(len(self._batch[COLUMN]))
            found = pc.fill_null(there.cast(pa.int32()), _NO_DAY).to_numpy()
        noted = self._noted.get(fact.name)
        return found if noted is None else np.where(noted == _NO_DAY, found, noted)


def _notes(texts: pa.Array, names: Iterable[str]) -> dict[str, Days]:
    """The days of single facts that the provenance gives, by fact, for each row."""
    entries = pc.split_pattern(texts, ";")
    rows, coded = pc.list_parent_indices(entries).to_numpy(), entries.flatten().dictionary_encode()
    codes = coded.indices.to_numpy()
    wanted = set(names)
    found: dict[str, Days] = {}
    by_name: dict[str, dict[int, int]] = {}
    for code, entry in enumerate(coded.dictionary.to_pylist()):
        name, *where = entry.split(":")
        if len(where) == 2 and name in wanted:
            by_name.setdefault(name, {})[code] = day_number(date.fromisoformat(where[1]))
    day_of: npt.NDArray[Any] = np.full(len(coded.dictionary), _NO_DAY, np.int32)
    fact_of = np.full(len(coded.dictionary), -1, np.int16)
    for place, days in enumerate(by_name.values()):
        for code, day in days.items():
            day_of[code], fact_of[code] = day, place
    facts_here = fact_of[codes]
    for place, name in enumerate(by_name):
        here = np.flatnonzero(facts_here == place)
        found[name] = np.full(len(texts), _NO_DAY, np.int32)
        found[name][rows[here]] = day_of[codes[here]]
    return found
