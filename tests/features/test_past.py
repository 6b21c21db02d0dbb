"""Profiles out of old wide tables: what is there is read as it was, what is gone is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from domain.errors import FeaturesMissing, SnapshotMissing
from domain.facts import Audience, Vocabulary
from features import wide
from features.past import PastProfiles, snapshot_before
from features.store import FeatureStoreHandle

PEOPLE = """
register: population
audience: citizen
subject_id: {column: id}
as_of: 2026-10-01
facts: {birth_date: {column: born}, registered_in_shanghai: {column: here}}
"""
TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Change:
    changes: Mapping[str, object]
    as_of: date


@pytest.fixture
def home(import_rows, tmp_path: Path) -> Path:
    rows = [{"id": f"C00000000{n}", "born": date(1950 + n, 2, 28), "here": n > 1} for n in (1, 2)]
    import_rows(PEOPLE, rows)
    return tmp_path / "home"


def test_a_past_profile_without_events_is_the_table_s(home: Path, vocabulary: Vocabulary) -> None:
    path = wide.build(home, vocabulary, Audience.CITIZEN, TODAY)
    past = PastProfiles(home, vocabulary, Audience.CITIZEN, path.stem)
    past.read(["C000000001", "C000000002"])
    for profile in wide.profiles(wide.read(path), vocabulary, Audience.CITIZEN):
        assert past.profile(profile.subject_id, []) == profile


def test_an_event_and_what_follows_from_it_lie_over_the_row(home: Path, vocabulary: Vocabulary) -> None:
    path = wide.build(home, vocabulary, Audience.CITIZEN, TODAY)
    past = PastProfiles(home, vocabulary, Audience.CITIZEN, path.stem)
    past.read(["C000000002"])
    profile = past.profile("C000000002", [Change({"birth_date": "1940-05-01"}, date(2026, 11, 20))])
    assert (profile.value("age_years"), profile.facts["age_years"].as_of) == (86, date(2026, 11, 20))
    assert past.profile("C000000002", []).value("age_years") == 74


def test_what_is_gone_is_named(home: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(SnapshotMissing, match="snapshot 0123 of citizens is gone"):
        PastProfiles(home, vocabulary, Audience.CITIZEN, "0123")
    path = wide.build(home, vocabulary, Audience.CITIZEN, TODAY)
    past = PastProfiles(home, vocabulary, Audience.CITIZEN, path.stem)
    past.read(["C000000001"])
    with pytest.raises(SnapshotMissing, match=f"{path.stem} has no row of C000000002"):
        past.profile("C000000002", [])


def test_the_snapshot_before_is_the_one_that_was_latest_then(home: Path, vocabulary: Vocabulary) -> None:
    first, second, backfill = (
        wide.build(home, vocabulary, Audience.CITIZEN, day).stem
        for day in (date(2026, 11, 23), TODAY, date(2026, 10, 31))
    )
    assert snapshot_before(home, Audience.CITIZEN, second) == first
    assert snapshot_before(home, Audience.CITIZEN, first) == backfill
    assert snapshot_before(home, Audience.CITIZEN, backfill) is None
    assert snapshot_before(home, Audience.CITIZEN, "0123") is None


def test_a_store_that_holds_no_profiles_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FeaturesMissing, match="features build"):
        FeatureStoreHandle(tmp_path).loaded_snapshot(Audience.CITIZEN)
