import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import DataDamaged, MappingInvalid, RegisterInvalid
from domain.facts import Vocabulary
from features.quality import ImportReport
from features.registers import import_extract, import_folder
from tests.features.conftest import ImportRows

MAPPING = """\
register: population
audience: citizen
subject_id: {column: id}
as_of: {column: gxrq, format: "%Y%m%d"}
unknown: ["", "NULL"]
facts:
  birth_date: {column: csrq, format: "%Y%m%d"}
  sex: {column: xb, codes: {"1": male, "2": female}, unknown: ["9"]}
  months_resident_in_shanghai: {column: nx, unit: years}
links:
  household_id: {column: jtid}
"""
ROWS: list[dict[str, Any]] = [
    {"id": "C1", "csrq": "19800101", "xb": "1", "nx": 3, "jtid": "H1", "gxrq": "20261101", "else": 1},
    {"id": "C2", "csrq": "19850230", "xb": "9", "nx": 4, "jtid": "H1", "gxrq": "20261101", "else": 1},
    {"id": "C3", "csrq": "NULL", "xb": "9", "nx": None, "jtid": "", "gxrq": "20261101", "else": 1},
    {"id": None, "csrq": "19800101", "xb": "1", "nx": 3, "jtid": "H2", "gxrq": "20261101", "else": 1},
    {"id": "C1", "csrq": "19800101", "xb": "2", "nx": 3, "jtid": "H1", "gxrq": "20261101", "else": 1},
    {"id": "C4", "csrq": "20270101", "xb": "3", "nx": 900, "jtid": "H3", "gxrq": "20261101", "else": 1},
    {"id": "C5", "csrq": "19800101", "xb": "1", "nx": 3, "jtid": "H3", "gxrq": "", "else": 1},
]


def facts(home: Path, report: ImportReport) -> pa.Table:
    return pq.read_table(import_folder(home, report) / "facts.parquet")


def test_good_rows_are_taken_over_typed_and_with_links(tmp_path: Path, import_rows: ImportRows) -> None:
    report = import_rows(MAPPING, ROWS)
    table = facts(tmp_path / "home", report)
    assert table.to_pylist() == [
        {
            "subject_id": "C1",
            "birth_date": date(1980, 1, 1),
            "sex": "male",
            "months_resident_in_shanghai": 36,
            "link_household_id": "H1",
            "as_of": date(2026, 11, 1),
        },
        {
            "subject_id": "C3",
            "birth_date": None,
            "sex": None,
            "months_resident_in_shanghai": None,
            "link_household_id": None,
            "as_of": date(2026, 11, 1),
        },
    ]


def test_bad_rows_go_to_quarantine_with_row_column_reason_and_next_step(
    tmp_path: Path, import_rows: ImportRows
) -> None:
    report = import_rows(MAPPING, ROWS)
    found = pq.read_table(import_folder(tmp_path / "home", report) / "quarantine.parquet").to_pylist()
    assert {(one["row"], one["column"], one["reason"]) for one in found} == {
        (2, "csrq", "impossible_date"),
        (4, "id", "missing_subject"),
        (5, "id", "duplicate_subject"),
        (6, "csrq", "future_date"),
        (6, "xb", "unseen_code"),
        (6, "nx", "out_of_range"),
        (7, "gxrq", "missing_as_of"),
    }
    assert all(one["next_step"] for one in found)
    assert {one["value"] for one in found if one["row"] == 2} == {"19850230"}
    assert {one["subject_id"] for one in found if one["row"] == 6} == {"C4"}
    assert (report.rows_in, report.rows_accepted, report.rows_quarantined) == (7, 2, 5)


def test_the_report_measures_unknowns_ranges_and_freshness(import_rows: ImportRows) -> None:
    rows = [{**ROWS[0], "id": f"C{i}", "nx": i, "xb": "9" if i < 2 else "1"} for i in range(1, 11)]
    rows[0]["gxrq"] = "20250101"
    report = import_rows(MAPPING, rows)
    quality = {fact.name: fact for fact in report.facts}
    assert quality["sex"].unknown_share == 0.1
    assert quality["sex"].counts == {"male": 9}
    months = quality["months_resident_in_shanghai"]
    assert (months.minimum, months.maximum) == (12, 120)
    assert months.quantiles[2] == pytest.approx(66)
    assert (report.as_of_oldest, report.as_of_newest, report.stale_share) == ("2025-01-01", "2026-11-01", 0.1)
    assert ImportReport.from_json(report.to_json()) == report


def test_the_same_import_again_changes_nothing(tmp_path: Path, import_rows: ImportRows) -> None:
    first = import_rows(MAPPING, ROWS)
    files = {file: file.stat().st_mtime_ns for file in (tmp_path / "home").rglob("*.*")}
    second = import_rows(MAPPING, ROWS)
    assert (first.already_imported, second.already_imported) == (False, True)
    assert second.import_id == first.import_id
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "home").rglob("*.*")} == files
    other = import_rows(MAPPING.replace("years", "months"), ROWS)
    assert other.import_id != first.import_id
    assert other.sequence == first.sequence + 1


def test_csv_and_parquet_of_the_same_rows_give_the_same_facts(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    parquet = import_rows(MAPPING, ROWS)
    lines = [",".join(ROWS[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in ROWS)]
    (tmp_path / "x.csv").write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    csv = import_extract(tmp_path / "x.csv", tmp_path / "m.yaml", vocabulary, tmp_path / "home")
    assert facts(tmp_path / "home", csv).equals(facts(tmp_path / "home", parquet))
    assert csv.reasons == parquet.reasons


def test_a_csv_in_a_chinese_encoding_with_a_torn_line(tmp_path: Path, vocabulary: Vocabulary) -> None:
    mapping = """\
register: veterans
audience: citizen
subject_id: {column: 证件号}
as_of: 2026-11-01
csv: {encoding: gb18030, delimiter: ";"}
facts: {veteran: {column: 退役}}
"""
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / "x.csv").write_bytes("证件号;退役\nA;是\nB;否;多\nC;否\n".encode("gb18030"))
    report = import_extract(tmp_path / "x.csv", tmp_path / "m.yaml", vocabulary, tmp_path / "home")
    assert facts(tmp_path / "home", report)["veteran"].to_pylist() == [True, False]
    assert report.reasons == {"malformed_row": 1}
    assert report.rows_in == 3
    (tmp_path / "m.yaml").write_text(mapping.replace("encoding: gb18030, ", ""), encoding="utf-8")
    with pytest.raises(RegisterInvalid, match="encoding: gb18030"):
        import_extract(tmp_path / "x.csv", tmp_path / "m.yaml", vocabulary, tmp_path / "home")


def test_a_folder_of_parts_is_one_extract(tmp_path: Path, vocabulary: Vocabulary) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    parts = tmp_path / "parts"
    parts.mkdir()
    for i in range(3):
        pq.write_table(pa.Table.from_pylist([{**ROWS[0], "id": f"C{i // 2}"}]), parts / f"part-{i}.parquet")
    report = import_extract(parts, tmp_path / "m.yaml", vocabulary, tmp_path / "home")
    assert (report.rows_accepted, report.reasons) == (2, {"duplicate_subject": 1})
    quarantined = pq.read_table(import_folder(tmp_path / "home", report) / "quarantine.parquet").to_pylist()
    assert [(one["part"], one["row"]) for one in quarantined] == [("part-1.parquet", 1)]


def test_what_cannot_be_imported_leaves_nothing(tmp_path: Path, vocabulary: Vocabulary) -> None:
    home, mapping = tmp_path / "home", tmp_path / "m.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    good = tmp_path / "good.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS * 2000), good)
    whole = good.read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "torn.parquet").write_bytes(whole[:4] + bytes(len(whole) // 4) + whole[4 + len(whole) // 4 :])
    pq.write_table(pa.Table.from_pylist(ROWS).slice(0, 0), tmp_path / "empty.parquet")
    (tmp_path / "empty.csv").write_text("")
    pq.write_table(
        pa.Table.from_pylist(ROWS).rename_columns(["id", "csrq", "xbm", "nx", "jtid", "gxrq", "e"]),
        tmp_path / "m.parquet",
    )
    pq.write_table(pa.Table.from_pylist([{**ROWS[0], "xb": ["1"]}]), tmp_path / "nested.parquet")
    (tmp_path / "folder").mkdir()
    for name, error, text in (
        ("cut.parquet", DataDamaged, "cut.parquet"),
        ("torn.parquet", DataDamaged, "torn.parquet"),
        ("empty.parquet", RegisterInvalid, "has no rows"),
        ("empty.csv", RegisterInvalid, "is empty"),
        ("m.parquet", RegisterInvalid, "Did you mean 'xbm'"),
        ("nested.parquet", RegisterInvalid, "no plain value"),
        ("folder", RegisterInvalid, "neither CSV nor Parquet"),
        ("nowhere.csv", RegisterInvalid, "There is no extract"),
    ):
        with pytest.raises(error, match=text):
            import_extract(tmp_path / name, mapping, vocabulary, home)
        assert not [file for file in home.rglob("*") if file.is_file()], name
    with pytest.raises(MappingInvalid, match="cannot be read"):
        import_extract(good, tmp_path / "none.yaml", vocabulary, home)


def test_a_kill_in_the_middle_leaves_nothing_visible_and_the_next_import_succeeds(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([{**ROWS[0], "id": f"C{i}"} for i in range(1000)]), tmp_path / "x.parquet")
    script = """
import os, sys
from pathlib import Path
from typing import Any
from catalogue.loader import DEFAULT_ROOT, load_vocabulary
from features.registers import import_extract
def stop(done, total):
    os.kill(os.getpid(), 9)
folder = Path(sys.argv[1])
import_extract(folder / "x.parquet", folder / "m.yaml", load_vocabulary(DEFAULT_ROOT), folder / "home", stop)
"""
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    assert not list((tmp_path / "home" / "registers").glob("*/[!.]*"))
    assert list((tmp_path / "home" / "registers").glob("*/.making-*"))
    import_extract(tmp_path / "x.parquet", tmp_path / "m.yaml", vocabulary, tmp_path / "home")
    assert not list((tmp_path / "home" / "registers").glob("*/.making-*"))


def test_duplicates_are_found_across_batches(
    tmp_path: Path, import_rows: ImportRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.extract.BATCH_ROWS", 3)
    monkeypatch.setattr("features.intake.BATCH_ROWS", 2)
    ids = ["C1", "C2", "bad", "C3", "C2", "C4", "C1", "C5"]
    rows = [{**ROWS[0], "id": one, "xb": "7" if one == "bad" else "1"} for one in ids]
    report = import_rows(MAPPING, rows)
    found = pq.read_table(import_folder(tmp_path / "home", report) / "quarantine.parquet").to_pylist()
    assert {(one["row"], one["subject_id"]) for one in found if one["reason"] == "duplicate_subject"} == {
        (5, "C2"),
        (7, "C1"),
    }
    assert facts(tmp_path / "home", report)["subject_id"].to_pylist() == ["C1", "C2", "C3", "C4", "C5"]


def test_an_extract_of_bad_rows_alone_is_refused_whole(tmp_path: Path, import_rows: ImportRows) -> None:
    with pytest.raises(RegisterInvalid, match=r"No row of .* \(impossible_date 1\)"):
        import_rows(MAPPING, [ROWS[1]])
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
