"""The city's extracts through the same door as a real city's: what comes in is what was drawn."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalogue.vocabulary import load_vocabulary
from features.registers import import_extract
from world.chunk import Chunk
from world.city import chunks
from world.draws import Column
from world.extracts import MAPPINGS, ids, load_registers

VOCABULARY = load_vocabulary(MAPPINGS.parents[1] / "catalogue")


@pytest.fixture(scope="session")
def drawn() -> Chunk:
    """What the small city was written from."""
    return next(chunks(4_000, 600, 11, date(2026, 11, 24)))


def as_python(column: Column, row: int) -> Any:
    if column.known is not None and not column.known[row]:
        return None
    value = column.values[row]
    return column.categories[value] if column.categories else value.item()


@pytest.mark.parametrize("register", sorted(load_registers()))
def test_what_comes_in_is_what_was_drawn(register: str, small_city: Path, drawn: Chunk, tmp_path: Path) -> None:
    report = import_extract(small_city / "extracts" / register, MAPPINGS / f"{register}.yaml", VOCABULARY, tmp_path)
    assert report.rows_quarantined <= max(3, report.rows_in * 0.006)
    table = pq.read_table(next(tmp_path.rglob("facts.parquet")))
    assert table.num_rows >= drawn.listed[register].sum() * 0.99 - 2
    for row in table.slice(0, 400).to_pylist():
        number = int(row["subject_id"][1:])
        assert drawn.listed[register][number]
        for fact, column in drawn.facts[register].items():
            wanted, found = as_python(column, number), row[fact]
            if isinstance(found, date):
                wanted = date(1970, 1, 1) + timedelta(days=wanted)
            if isinstance(found, float) and wanted is not None:
                assert found == pytest.approx(wanted, rel=1e-6, abs=0.006), fact
            else:
                assert found == wanted or (fact == "disability_kind" and found is None), fact


def test_dirty_rows_are_found_in_the_large_registers(small_city: Path, tmp_path: Path) -> None:
    reasons: set[str] = set()
    for register in ("population", "civil_affairs", "education", "social_insurance", "health"):
        report = import_extract(small_city / "extracts" / register, MAPPINGS / f"{register}.yaml", VOCABULARY, tmp_path)
        reasons |= set(report.reasons)
    assert {"impossible_date", "out_of_range", "unseen_code"} <= reasons


def test_no_enterprise_loses_its_legal_representative_to_the_quarantine(small_city: Path, tmp_path: Path) -> None:
    for register in ("population", "market"):
        import_extract(small_city / "extracts" / register, MAPPINGS / f"{register}.yaml", VOCABULARY, tmp_path)
    people = pq.read_table(next((tmp_path / "registers" / "population").rglob("facts.parquet")))
    firms = pq.read_table(next((tmp_path / "registers" / "market").rglob("facts.parquet")))
    heads = set(firms["link_legal_representative_id"].to_pylist())
    assert heads <= set(people["subject_id"].to_pylist())


def test_no_dictionary_holds_a_text_twice() -> None:
    """Arrow would leave bytes unset behind it, and the same arguments would not give the same file."""
    chunk = next(chunks(2_000, 300, 5, date(2026, 11, 24)))
    for register in load_registers():
        table = chunk.extract(register)
        for name in table.column_names:
            if pa.types.is_dictionary(table.schema.field(name).type):
                texts = table[name].chunk(0).dictionary.to_pylist()
                assert len(set(texts)) == len(texts), f"{register}.{name}"


def test_ids_are_a_letter_and_nine_digits() -> None:
    assert ids("C", np.array([0, 42, -1, 123_456_789])).to_pylist() == ["C000000000", "C000000042", None, "C123456789"]
