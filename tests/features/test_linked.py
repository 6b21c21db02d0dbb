"""Facts of an enterprise's legal representative, looked up in the citizens' table of the same day."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from domain.facts import Audience, Vocabulary
from domain.profile import Fact, FactStatus
from features import wide
from features.linked import columns_needed
from features.provenance import days_of
from tests.features.conftest import ImportRows
from tests.features.test_wide import DAY, POPULATION, overlay, person

CITIZEN, ENTERPRISE = Audience.CITIZEN, Audience.ENTERPRISE
MARKET = """\
register: market
audience: enterprise
subject_id: {column: id}
as_of: {column: day}
facts: {registered_on: {column: founded}}
links: {legal_representative_id: {column: head}}
"""
EDUCATION = """\
register: education
audience: citizen
subject_id: {column: id}
as_of: {column: day}
facts: {graduated_on: {column: graduated}}
"""


def firm(subject_id: str, head: str | None, day: str = "2026-11-10") -> dict[str, Any]:
    return {"id": subject_id, "day": day, "founded": "2025-01-01", "head": head}


def city(import_rows: ImportRows) -> None:
    import_rows(POPULATION, [person("C1", "2026-11-20", born="1990-05-01"), person("C2", born="")])
    import_rows(EDUCATION, [{"id": "C1", "day": "2026-09-01", "graduated": "2025-07-01"}])
    import_rows(
        MARKET, [firm("E1", "C1"), firm("E2", "C2"), firm("E3", "C3"), firm("E4", None), firm("E5", "C1", "2026-08-01")]
    )


def facts(home: Path, vocabulary: Vocabulary, linked: dict[Audience, Path] | None) -> dict[str, dict[str, Fact]]:
    path = wide.build(home, vocabulary, ENTERPRISE, DAY, linked=linked)
    table = wide.read(path)
    return {one.subject_id: dict(one.facts) for one in wide.profiles(table, vocabulary, ENTERPRISE)}


def test_a_linked_fact_is_that_of_the_subject_at_the_other_end_and_as_old_as_the_older_row(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    city(import_rows)
    home = tmp_path / "home"
    citizens = wide.build(home, vocabulary, CITIZEN, DAY)
    found = facts(home, vocabulary, {CITIZEN: citizens})
    age, months = "legal_representative_age_years", "legal_representative_months_since_graduation"
    assert found["E1"][age] == Fact(36, "derived", date(2026, 11, 10), FactStatus.KNOWN)
    assert found["E1"][months] == Fact(16, "derived", date(2026, 9, 1), FactStatus.KNOWN)
    assert found["E5"][age] == Fact(36, "derived", date(2026, 8, 1), FactStatus.KNOWN)
    for nobody in ("E2", "E3", "E4"):  # born on an unknown day, not in the city, not named
        assert found[nobody][age] == Fact(None, "derived", None, FactStatus.UNKNOWN)


def test_a_life_event_of_the_other_end_is_seen_with_its_date(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    city(import_rows)
    home = tmp_path / "home"
    events = overlay(("C2", "birth_date", "2000-11-24", date(2026, 11, 5)))
    citizens = wide.build(home, vocabulary, CITIZEN, DAY, overlay=events)
    found = facts(home, vocabulary, {CITIZEN: citizens})
    known = found["E2"]["legal_representative_age_years"]
    assert known == Fact(26, "derived", date(2026, 11, 5), FactStatus.KNOWN)


def test_without_the_other_table_linked_facts_are_unknown_and_with_it_the_table_is_another(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    city(import_rows)
    home = tmp_path / "home"
    citizens = wide.build(home, vocabulary, CITIZEN, DAY)
    alone = wide.build(home, vocabulary, ENTERPRISE, DAY)
    assert wide.read(alone)["legal_representative_age_years"].null_count == 5
    joined = wide.build(home, vocabulary, ENTERPRISE, DAY, linked={CITIZEN: citizens})
    assert joined != alone
    assert wide.Snapshot.of(joined).linked == {"citizen": citizens.stem}


def test_the_dates_of_a_whole_table_are_those_of_each_profile(
    tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows
) -> None:
    city(import_rows)
    mapping = POPULATION.replace("facts:\n", "facts:\n  age_years: {column: age}\n")
    import_rows(mapping, [person("C4", born="", age=2), person("C5", "2026-11-02", born="2024-06-01", age=9)])
    events = overlay(
        ("C2", "birth_date", "2000-11-24", date(2026, 11, 5)),
        ("C2", "lives_alone", False, date(2026, 11, 6)),
        ("C5", "pregnant", False, date(2026, 11, 6)),
        ("C5", "age_years", 3, date(2026, 11, 7)),
    )
    table = wide.read(wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY, overlay=events))
    profiles = [*wide.profiles(table, vocabulary, CITIZEN)]
    for name, fact in vocabulary.of(CITIZEN).items():
        needed = table.select(columns_needed([name], vocabulary.of(CITIZEN)))
        days = days_of(fact, vocabulary.of(CITIZEN), needed)
        assert days.type == pa.date32()
        assert days.to_pylist() == [profile.facts[name].as_of for profile in profiles], name
