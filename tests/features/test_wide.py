import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from domain.errors import CityMissing, DataDamaged, ProfileInvalid
from domain.facts import Audience, Vocabulary
from domain.profile import FactStatus
from features import wide
from tests.features.conftest import ImportRows

CITIZEN = Audience.CITIZEN
DAY = date(2026, 11, 24)
POPULATION = """\
register: population
audience: citizen
subject_id: {column: id}
as_of: {column: day}
facts:
  birth_date: {column: born}
  residence_district: {column: district}
links: {household_id: {column: home}}
"""
VETERANS = """\
register: veterans
audience: citizen
subject_id: {column: id}
as_of: {column: day}
facts: {veteran: {column: v}, discharged_on: {column: left}}
complete_list: true
absent: {veteran: false}
"""


def person(subject_id: str, day: str = "2026-11-01", **more: Any) -> dict[str, Any]:
    return {"id": subject_id, "day": day, "born": "1960-01-01", "district": "xuhui", "home": "H1", **more}


def veteran(subject_id: str, day: str = "2026-11-05", v: str = "1", left: str = "") -> dict[str, Any]:
    return {"id": subject_id, "day": day, "v": v, "left": left}


def rows(home: Path, vocabulary: Vocabulary, as_of: date = DAY, **more: Any) -> dict[str, dict[str, Any]]:
    table = wide.read(wide.build(home, vocabulary, CITIZEN, as_of, **more))
    return {row["subject_id"]: row for row in table.to_pylist()}


def overlay(*events: tuple[str, str, object, date]) -> pa.Table:
    return pa.table(
        {
            "subject_id": [event[0] for event in events],
            "fact": [event[1] for event in events],
            "value_json": [json.dumps(event[2]) for event in events],
            "as_of": pa.array([event[3] for event in events], pa.date32()),
        }
    )


def test_columns_are_the_vocabularys_then_the_registers_dates(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1")])
    table = wide.read(wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY))
    dates = [f"{name}_as_of" for name in vocabulary.registers_of(CITIZEN)]
    stamps = ["event_timestamp", "created_timestamp", "provenance"]
    assert table.column_names == ["subject_id", *vocabulary.of(CITIZEN), *dates, *stamps]
    for field in wide.fact_schema(vocabulary, CITIZEN):
        assert table.schema.field(field.name).type == field.type


def test_the_newer_import_of_a_register_wins_for_each_subject(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1", "2026-11-03", district="pudong"), person("C2", "2026-11-03")])
    import_rows(
        POPULATION, [person("C1", "2026-11-01", district="minhang"), person("C2", "2026-11-05", district="baoshan")]
    )
    import_rows(POPULATION, [person("C3", "2026-11-05", district="jiading")])
    import_rows(POPULATION, [person("C3", "2026-11-05", district="qingpu")])  # a correction of the same day
    found = rows(tmp_path / "home", vocabulary)
    assert {name: row["residence_district"] for name, row in found.items()} == {
        "C1": "pudong",
        "C2": "baoshan",
        "C3": "qingpu",
    }
    assert found["C2"]["population_as_of"] == date(2026, 11, 5)


def test_what_is_dated_later_than_the_day_asked_for_is_not_used(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1", "2026-11-01")])
    import_rows(
        POPULATION, [person("C1", "2026-11-20", district="pudong"), person("C2", "2026-11-10", district="pudong")]
    )
    found = rows(tmp_path / "home", vocabulary, date(2026, 11, 15))
    assert {name: row["residence_district"] for name, row in found.items()} == {"C1": "xuhui", "C2": "pudong"}
    assert rows(tmp_path / "home", vocabulary)["C1"]["residence_district"] == "pudong"
    with pytest.raises(CityMissing):
        wide.build(tmp_path / "home", vocabulary, CITIZEN, date(2026, 10, 1))


def test_who_is_absent_from_a_complete_list_is_known_to_be_absent(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    home = tmp_path / "home"
    import_rows(POPULATION, [person("C1"), person("C2"), person("C3")])
    assert rows(home, vocabulary)["C2"]["veteran"] is None
    # C3 is in the list, but its row is in quarantine; C9 is not known to the population register.
    import_rows(VETERANS, [veteran("C1", left="2020-05-01"), veteran("C3", v="?"), veteran("C9")])
    found = rows(home, vocabulary)
    assert {name: row["veteran"] for name, row in found.items()} == {"C1": True, "C2": False, "C3": None, "C9": True}
    assert (found["C2"]["discharged_on"], found["C2"]["veterans_as_of"]) == (None, date(2026, 11, 5))
    assert found["C3"]["veterans_as_of"] is None


def test_who_left_a_complete_list_is_no_longer_in_it(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1"), person("C2")])
    import_rows(VETERANS, [veteran("C1", "2026-10-01"), veteran("C2", "2026-10-01")])
    import_rows(VETERANS, [veteran("C1", "2026-11-05")])
    assert rows(tmp_path / "home", vocabulary)["C2"]["veteran"] is False
    assert rows(tmp_path / "home", vocabulary, date(2026, 11, 2))["C2"]["veteran"] is True


def test_a_life_event_counts_where_it_is_not_older(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1"), person("C2", home="H2")])
    events = overlay(
        ("C1", "residence_district", "pudong", date(2026, 10, 31)),
        ("C2", "residence_district", "minhang", date(2026, 11, 2)),
        ("C2", "residence_district", "pudong", date(2026, 11, 3)),
        ("C2", "birth_date", "1990-11-24", date(2026, 11, 3)),
        ("C2", "lives_alone", False, date(2026, 11, 3)),
        ("C1", "pregnant", True, date(2026, 11, 25)),
        ("C7", "pregnant", True, date(2026, 11, 1)),
    )
    path = wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY, overlay=events)
    first, second = wide.read(path).to_pylist()
    assert (first["residence_district"], first["pregnant"]) == ("xuhui", None)
    assert (second["residence_district"], second["age_years"], second["lives_alone"]) == ("pudong", 36, False)
    profile = [*wide.profiles(wide.read(path), vocabulary, CITIZEN)][1]
    district, age = profile.facts["residence_district"], profile.facts["age_years"]
    assert (district.source, district.as_of) == ("life_event", date(2026, 11, 3))
    assert (age.source, age.as_of) == ("derived", date(2026, 11, 3))
    assert profile.facts["sex"].status is FactStatus.UNKNOWN
    bad = overlay(("C1", "residence_district", "paris", date(2026, 11, 3)))
    with pytest.raises(ProfileInvalid, match="no category"):
        wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY, overlay=bad)


def test_a_derived_fact_that_a_register_supplies_fills_the_gap_only(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    mapping = POPULATION.replace("facts:\n", "facts:\n  age_years: {column: age}\n")
    import_rows(mapping, [person("C1", born="", age=2), person("C2", age=99)])
    path = wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY)
    first, second = wide.read(path).to_pylist()
    assert (first["age_years"], second["age_years"]) == (2, 66)
    assert first["children_under_3_count"] == 1
    supplied, computed = (one.facts["age_years"] for one in wide.profiles(wide.read(path), vocabulary, CITIZEN))
    assert (supplied.source, computed.source) == ("population", "derived")


def test_household_facts_carry_the_oldest_date_of_their_members(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1", "2026-11-09"), person("C2", "2026-03-02", born="2024-06-01")])
    path = wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY)
    profile = next(wide.profiles(wide.read(path), vocabulary, CITIZEN))
    fact = profile.facts["children_under_3_count"]
    assert (fact.value, fact.source, fact.as_of) == (1, "derived", date(2026, 3, 2))
    assert profile.facts["birth_date"].as_of == date(2026, 11, 9)


def test_one_child_is_enough_though_another_member_was_born_on_an_unknown_day(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1", born="2024-06-01"), person("C2", born=""), person("C3", born="", home="H2")])
    table = rows(tmp_path / "home", vocabulary)
    found = {name: (row["has_child_under_3"], row["children_under_3_count"]) for name, row in table.items()}
    assert found == {"C1": (True, None), "C2": (True, None), "C3": (None, None)}


def test_building_the_same_again_does_nothing_and_every_input_makes_another_table(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    home = tmp_path / "home"
    import_rows(POPULATION, [person("C1")])
    path = wide.build(home, vocabulary, CITIZEN, DAY)
    written = path.stat().st_mtime_ns
    assert wide.build(home, vocabulary, CITIZEN, DAY) == path
    assert path.stat().st_mtime_ns == written
    event = overlay(("C1", "pregnant", True, date(2026, 11, 3)))
    others = {
        wide.build(home, vocabulary, CITIZEN, DAY, overlay=event),
        wide.build(home, vocabulary, CITIZEN, date(2026, 11, 23)),
    }
    import_rows(POPULATION, [person("C2")])
    others.add(wide.build(home, vocabulary, CITIZEN, DAY))
    assert len(others | {path}) == 4


def test_a_table_that_was_cut_short_is_built_again(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    home = tmp_path / "home"
    import_rows(POPULATION, [person("C1")])
    known = datetime(2026, 11, 24, 4, tzinfo=UTC)
    path = wide.build(home, vocabulary, CITIZEN, DAY, created_at=known)
    whole = wide.read(path)
    path.write_bytes(path.read_bytes()[:1000])
    assert wide.read(wide.build(home, vocabulary, CITIZEN, DAY, created_at=known)).equals(whole)


def test_a_table_is_of_the_citys_day_which_begins_before_utcs(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1")])
    table = wide.read(wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY))
    assert table["event_timestamp"][0].as_py() == datetime(2026, 11, 23, 16, tzinfo=UTC)


def test_the_latest_table_is_that_of_the_latest_date_not_the_one_made_last(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    home = tmp_path / "home"
    with pytest.raises(CityMissing, match="no wide table"):
        wide.latest(home, CITIZEN)
    import_rows(POPULATION, [person("C1")])
    now = wide.build(home, vocabulary, CITIZEN, DAY)
    wide.build(home, vocabulary, CITIZEN, date(2026, 11, 2))
    assert wide.latest(home, CITIZEN) == now


def test_a_backfill_is_known_from_the_moment_it_was_made(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    import_rows(POPULATION, [person("C1", "2020-01-01")])
    past = wide.Snapshot.of(wide.build(tmp_path / "home", vocabulary, CITIZEN, date(2020, 2, 1)))
    assert past.created_at > datetime(2026, 1, 1, tzinfo=UTC)


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataDamaged, match=r"x\.parquet"):
        wide.read(tmp_path / "x.parquet")
    with pytest.raises(DataDamaged, match=r"x\.parquet"):
        wide.Snapshot.of(tmp_path / "x.parquet")
