"""Coded columns are kept beside the wide table, and only what a changed rule needs is read again."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import DataDamaged
from domain.facts import Audience
from duixian.coded import coded_population
from features import wide
from matcher.batch.match import match_table
from tests.matcher.rules import many_profiles, table
from tests.matcher.test_batch import answers, compiled, reference

ROWS = many_profiles(30, 200)
KEY = b"duixian.coding"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "wide" / "snapshot.parquet"
    path.parent.mkdir()
    pq.write_table(table(ROWS), path)
    return path


@pytest.fixture
def read(monkeypatch):
    """The columns that are read from the wide table."""
    columns: list[str] = []

    def noted(path, columns_asked=None, **rest):
        columns.extend(rest["columns"])
        return pq.read_table(path, columns=rest["columns"])

    monkeypatch.setattr(wide, "read", noted)
    return columns


def matched(home, source, program):
    return answers(match_table(program, coded_population(home, Audience.CITIZEN, source, program)))


def rewrite(home, change):
    """The kept codes, changed by another hand."""
    [path] = (home / "coded" / "citizen").iterdir()
    changed = change(pa.ipc.open_file(pa.BufferReader(path.read_bytes())).read_all())
    with pa.ipc.new_file(path, changed.schema) as writer:
        writer.write_table(changed)


def test_only_facts_with_new_thresholds_are_read_again(tmp_path, source, read):
    first, second = compiled(["i1 >= 2", "c1 == x"]), compiled(["i1 < 2", {"all": ["c1 != x", "n1 >= 0.3"]}])
    assert matched(tmp_path, source, first) == reference(first, ROWS)
    assert read == ["i1", "c1"]
    assert matched(tmp_path, source, second) == reference(second, ROWS)
    assert read == ["i1", "c1", "n1"]
    for program in (first, second):
        assert matched(tmp_path, source, program) == reference(program, ROWS)
    assert read == ["i1", "c1", "n1"]


def test_a_damaged_file_of_codes_is_made_again(tmp_path, source):
    program = compiled(["i1 >= 2"])
    matched(tmp_path, source, program)
    [kept] = (tmp_path / "coded" / "citizen").iterdir()
    for damage in (b"", kept.read_bytes()[:300], b"no such thing" * 50):
        kept.write_bytes(damage)
        assert matched(tmp_path, source, program) == reference(program, ROWS)


@pytest.mark.parametrize("written", [b"{", b"null", b"\xff", b'{"cuts": ["zz"], "words": null, "whole": true}'])
def test_codes_whose_meaning_is_damaged_are_made_again(tmp_path, source, read, written):
    program = compiled(["i1 >= 2"])
    matched(tmp_path, source, program)
    rewrite(tmp_path, lambda kept: kept.cast(pa.schema([kept.schema.field(0).with_metadata({KEY: written})])))
    for _ in range(2):
        assert matched(tmp_path, source, program) == reference(program, ROWS)
    assert read == ["i1", "i1"]  # anew once, and kept again


def test_codes_of_fewer_rows_than_the_wide_table_are_made_again(tmp_path, source, read):
    program = compiled(["i1 >= 2"])
    matched(tmp_path, source, program)
    rewrite(tmp_path, lambda kept: kept.slice(0, 50))
    for _ in range(2):
        assert matched(tmp_path, source, program) == reference(program, ROWS)
    assert read == ["i1", "i1"]


def test_codes_of_an_earlier_wide_table_are_dropped(tmp_path, source):
    program = compiled(["i1 >= 2"])
    held = coded_population(tmp_path, Audience.CITIZEN, source, program)
    later = source.with_name("later.parquet")
    pq.write_table(table(ROWS[:50]), later)
    assert coded_population(tmp_path, Audience.CITIZEN, later, program).rows == 50
    assert [path.stem for path in (tmp_path / "coded" / "citizen").iterdir()] == ["later"]
    assert answers(match_table(program, held)) == reference(program, ROWS)  # read by somebody, it lives on


def test_a_wide_table_that_cannot_be_read_is_named(tmp_path, source):
    source.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataDamaged, match=r"snapshot\.parquet cannot be read"):
        coded_population(tmp_path, Audience.CITIZEN, source, compiled(["i1 >= 2"]))


def test_rules_that_read_nothing_need_no_codes(tmp_path, source):
    assert coded_population(tmp_path, Audience.CITIZEN, source, compiled([])).rows == len(ROWS)
