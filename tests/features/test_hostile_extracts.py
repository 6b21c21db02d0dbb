"""Extracts that were written badly or in bad faith: a clear error or quarantine, and nothing half-written."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import DataDamaged, RegisterInvalid
from domain.facts import Vocabulary
from features.quality import ImportReport
from features.registers import import_extract, import_folder

MAPPING = """\
register: population
audience: citizen
subject_id: {column: id}
as_of: 2026-11-01
facts:
  sex: {column: xb, codes: {"1": male, "2": female}}
"""


def imported(tmp_path: Path, vocabulary: Vocabulary, extract: pa.Table | str) -> ImportReport:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    path = tmp_path / ("x.csv" if isinstance(extract, str) else "x.parquet")
    if isinstance(extract, str):
        path.write_text(extract, encoding="utf-8")
    else:
        pq.write_table(extract, path)
    return import_extract(path, mapping, vocabulary, tmp_path / "home")


def test_a_column_given_twice_is_no_choice_of_ours(tmp_path: Path, vocabulary: Vocabulary) -> None:
    doubled = pa.table([pa.array(["C1"]), pa.array(["1"]), pa.array(["2"])], names=["id", "xb", "xb"])
    for extract in ("id,xb,xb\nC1,1,2\n", doubled):
        with pytest.raises(RegisterInvalid, match="2 columns 'xb'"):
            imported(tmp_path, vocabulary, extract)
    assert not list(tmp_path.rglob("facts.parquet"))


def test_a_delimiter_inside_a_quoted_heading_parts_nothing(tmp_path: Path, vocabulary: Vocabulary) -> None:
    report = imported(tmp_path, vocabulary, '"name, given",id,xb\nx,C1,1\n')
    assert (report.rows_accepted, report.rows_quarantined) == (1, 0)


def test_a_heading_alone_without_a_line_end_has_no_rows(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(RegisterInvalid, match="has no rows"):
        imported(tmp_path, vocabulary, "id,xb")


@pytest.mark.parametrize("subject", ["C\x001", '"C\n1"', "C\u202e1", "C 1", "C" * 41])
def test_an_id_that_nobody_could_use_is_quarantined(tmp_path: Path, vocabulary: Vocabulary, subject: str) -> None:
    report = imported(tmp_path, vocabulary, f"id,xb\n{subject},1\n{'C' * 40},1\n")
    assert dict(report.reasons) == {"unusable_subject": 1}
    taken = pq.read_table(import_folder(tmp_path / "home", report) / "facts.parquet")
    assert taken["subject_id"].to_pylist() == ["C" * 40]


def test_bytes_that_are_no_text_are_damage(tmp_path: Path, vocabulary: Vocabulary) -> None:
    no_text = pa.array([b"C\xff", b"C2"]).view(pa.string())
    with pytest.raises(DataDamaged):
        imported(tmp_path, vocabulary, pa.table({"id": no_text, "xb": pa.array(["1", "1"])}))
    with pytest.raises(RegisterInvalid, match="no plain value"):
        imported(tmp_path, vocabulary, pa.table({"id": ["C1"], "xb": pa.array([b"\xff"]).dictionary_encode()}))
    assert not list(tmp_path.rglob("facts.parquet"))
