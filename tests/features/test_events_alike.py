"""A life event does to a table what it does to one profile: the same values, sources and dates."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Audience, Value, Vocabulary
from features import wide
from features.changes import Row, after_events
from features.provenance import COLUMN, Provenance, assemble
from tests.features.conftest import ImportRows
from tests.features.test_linked import EDUCATION
from tests.features.test_wide import DAY, POPULATION, overlay, person

CITIZEN = Audience.CITIZEN
VALUES: dict[str, list[Value]] = {
    "residence_district": ["pudong", "minhang", None],
    "graduated_on": [date(2020, 2, 29), date(2025, 7, 1)],
    "household_size": [1, 2, 3, None],
    "pregnant": [True, None],
}
"""Facts that may be reported. Not the birth date: it moves the others' counts, which only the next table knows; nor
that a date is unknown where a register supplied what follows from it: only the next table finds that again."""


@dataclass(frozen=True)
class Event:
    changes: dict[str, Value]
    as_of: date


events = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: st.builds(
            lambda value, day: Event({name: value}, day),
            st.sampled_from(VALUES[name]),
            st.sampled_from([date(2026, 8, 31), date(2026, 9, 1), date(2026, 11, 1), date(2026, 11, 2), DAY]),
        )
    ),
    max_size=4,
).map(lambda some: sorted(some, key=lambda event: event.as_of))


@pytest.fixture
def home(tmp_path: Path, import_rows: ImportRows) -> Path:
    import_rows(POPULATION, [person("C1"), person("C2", "2026-10-31", home="H2"), person("C3", home=None)])
    given_months = EDUCATION.replace("facts: {", "facts: {months_since_graduation: {column: months}, ")
    rows = [
        {"id": "C1", "day": "2026-09-01", "graduated": "2025-07-01", "months": 99},
        {"id": "C2", "day": "2026-11-02", "graduated": "", "months": 5},
    ]
    import_rows(given_months, rows)
    return tmp_path / "home"


def test_a_table_and_a_profile_take_events_alike(home: Path, vocabulary: Vocabulary) -> None:
    facts = vocabulary.of(CITIZEN)
    plain = wide.read(wide.build(home, vocabulary, CITIZEN, DAY))
    before = {row.pop("subject_id"): row for row in plain.to_pylist()}
    profile = assemble(facts, CITIZEN)

    @settings(max_examples=40)
    @given(events, st.sampled_from(sorted(before)))
    def alike(some: list[Event], subject: str) -> None:
        laid = [
            (subject, name, value.isoformat() if isinstance(value, date) else value, one.as_of)
            for one in some
            for name, value in one.changes.items()
        ]
        with TemporaryDirectory() as folder:
            (Path(folder) / "registers").symlink_to(home / "registers")
            table = wide.read(wide.build(Path(folder), vocabulary, CITIZEN, DAY, overlay=overlay(*laid)))
        built = next(one for one in wide.profiles(table, vocabulary, CITIZEN) if one.subject_id == subject)
        row = Row({name: before[subject][name] for name in facts}, Provenance.parse(before[subject][COLUMN]))
        row = after_events(row, some, facts, DAY, {})
        moved = profile(subject, row.values, row.provenance.text())
        assert dict(moved.facts) == dict(built.facts)

    alike()
