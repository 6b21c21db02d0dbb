"""How many know each fact and since when, for whole columns as for one profile after the other."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.calendar import day_number
from domain.derivation import FromRule
from domain.errors import DataDamaged
from domain.facts import DERIVED_REGISTER, Audience, Vocabulary
from domain.rules import parse
from features import fact_days, wide
from features.fact_days import read_fact_days
from tests.features.conftest import ImportRows
from tests.features.test_wide import CITIZEN, DAY, POPULATION, VETERANS, overlay, person, veteran


@pytest.fixture
def source(tmp_path: Path, vocabulary: Vocabulary, import_rows: ImportRows) -> Path:
    """Households of three and one, registers of several days, life events, a child whose birthday nobody knows."""
    import_rows(
        POPULATION,
        [
            *(person(f"C{i}", f"2026-11-0{1 + i % 5}", home=f"H{i // 3}") for i in range(9)),
            person("C9", "2026-10-30", home="", district=""),
            person("C91", "2026-10-29", born=""),
        ],
    )
    import_rows(VETERANS, [veteran("C3"), veteran("C4", left="2020-01-01")])
    events = overlay(
        ("C1", "residence_district", "pudong", date(2026, 11, 20)), ("C4", "veteran", False, date(2026, 11, 22))
    )
    return wide.build(tmp_path / "home", vocabulary, CITIZEN, DAY, events)


def test_days_are_those_of_the_profiles(source, vocabulary, monkeypatch):
    monkeypatch.setattr(fact_days, "_BATCH_ROWS", 4)
    facts = vocabulary.of(Audience.CITIZEN)
    found = read_fact_days(source, facts)
    known: Counter[str] = Counter()
    days: dict[str, Counter[int]] = {name: Counter() for name in facts}
    for profile in wide.profiles(wide.read(source), vocabulary, CITIZEN):
        for name, fact in profile.facts.items():
            known[name] += fact.value is not None
            if fact.value is not None and fact.as_of is not None:
                days[name][day_number(fact.as_of)] += 1
    assert found.rows == 11
    assert found.known == known
    assert found.days == days
    assert {name for name, count in known.items() if count} >= {"household_size", "age_years", "veteran"}
    assert len(days["household_size"]) > 1


def test_a_fact_is_fresh_to_the_last_of_its_days(source, vocabulary):
    fact = vocabulary.fact(CITIZEN, "residence_district")  # 180 days
    found = read_fact_days(source, {fact.name: fact})
    oldest = date(2026, 10, 29)
    assert found.fresh(fact, date.fromordinal(oldest.toordinal() + 180)) == found.known[fact.name]
    assert found.fresh(fact, date.fromordinal(oldest.toordinal() + 181)) < found.known[fact.name]
    assert found.since(fact.name, date(2026, 11, 20)) == 1


def test_what_was_found_is_kept_and_made_again_where_it_cannot_be_read(tmp_path, source, vocabulary, monkeypatch):
    home, facts = tmp_path / "home", vocabulary.of(CITIZEN)
    stale = home / "fact_days" / "citizen" / "earlier.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    first = fact_days.fact_days(home, source, facts)
    assert not stale.exists()
    [kept] = stale.parent.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(fact_days, "read_fact_days", None)
        assert fact_days.fact_days(home, source, facts) == first
    kept.write_text('{"rows": 1}')
    assert fact_days.fact_days(home, source, facts) == first


def test_a_fact_that_the_table_lacks_is_known_of_nobody(source, vocabulary):
    fact = vocabulary.fact(CITIZEN, "veteran")
    found = read_fact_days(source, {"new_fact": fact})
    assert (found.rows, found.known, found.days) == (11, {}, {})


def test_a_damaged_table_is_named(tmp_path, vocabulary):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataDamaged, match=r"broken\.parquet cannot be read"):
        read_fact_days(broken, vocabulary.of(CITIZEN))


def test_a_derived_fact_is_as_old_as_what_is_known_of_its_sources(tmp_path, vocabulary):
    """`either` holds by `a` alone where nobody knows `b`, however old the register of `b` is."""
    plain = vocabulary.fact(CITIZEN, "veteran")
    facts = {
        "a": replace(plain, name="a", register="new"),
        "b": replace(plain, name="b", register="old"),
        "either": replace(
            plain,
            name="either",
            register=DERIVED_REGISTER,
            derived_from=("a", "b"),
            derivation=FromRule(parse({"any": ["a", "b"]})),
        ),
    }
    old, new = date(2020, 1, 1), date(2026, 11, 1)
    table = pa.table(
        {
            "a": [True, True, False],
            "b": pa.array([None, False, None], pa.bool_()),
            "either": pa.array([True, True, None], pa.bool_()),
            "new_as_of": pa.array([new] * 3, pa.date32()),
            "old_as_of": pa.array([old] * 3, pa.date32()),
            "provenance": [f"new:{new};old:{old}"] * 3,
        }
    )
    path = tmp_path / "table.parquet"
    pq.write_table(table, path)
    assert read_fact_days(path, facts).days["either"] == {day_number(new): 1, day_number(old): 1}
