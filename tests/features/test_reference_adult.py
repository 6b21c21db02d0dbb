from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from domain.facts import Audience, Vocabulary
from features import wide
from features.registers import import_extract

MAPPINGS = Path(__file__).parent / "data"
PEOPLE = 48_842


@pytest.mark.reference
def test_a_real_census_comes_in_through_the_door(reference_data: Path, tmp_path: Path, vocabulary: Vocabulary) -> None:
    extract = reference_data / "adult" / "adults.parquet"
    reports = {
        mapping.stem: import_extract(extract, mapping, vocabulary, tmp_path)
        for mapping in sorted(MAPPINGS.glob("adult*.yaml"))
    }
    assert len(reports) == 4
    assert {(one.rows_in, one.rows_accepted, one.rows_quarantined) for one in reports.values()} == {(PEOPLE, PEOPLE, 0)}
    ages = next(fact for fact in reports["adult"].facts if fact.name == "age_years")
    assert (ages.minimum, ages.maximum, ages.unknown_share) == (17, 90, 0)
    work = next(fact for fact in reports["adult_employment"].facts if fact.name == "employment_status")
    assert work.unknown_share == pytest.approx(2_799 / PEOPLE, abs=1e-6)

    table = wide.read(wide.build(tmp_path, vocabulary, Audience.CITIZEN, date(1995, 1, 1)))
    assert table.num_rows == PEOPLE
    assert Counter(table["sex"].to_pylist()) == {"male": 32_650, "female": 16_192}
    assert Counter(table["highest_education"].to_pylist())["doctor"] == 594
    first = next(wide.profiles(table.slice(0, 1), vocabulary, Audience.CITIZEN))
    assert first.values()["age_years"] == 25
    assert first.facts["age_years"].source == "population"
    assert first.value("birth_date") is None
