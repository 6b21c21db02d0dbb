"""Groups: bands by their ends, a registered class before a guessed one, and sums that no double holds."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from domain.facts import Audience, Vocabulary
from tests.workbench.living import DISTRICTS, VOCABULARY
from workbench.breakdown import breakdown_facts, breakdowns
from workbench.tally import counted, summed

KIND = VOCABULARY.of(Audience.CITIZEN)["residence_district"]
NUMBER = VOCABULARY.of(Audience.CITIZEN)["age_years"]
SIZES = dict.fromkeys(("micro", "small", "medium", "large"), KIND.label)
FIRMS = {
    "registered_district": replace(KIND, name="registered_district"),
    "enterprise_size": replace(KIND, name="enterprise_size", categories=SIZES),
    "employees_count": replace(NUMBER, name="employees_count"),
}


def firms(*names: str) -> Vocabulary:
    return Vocabulary({Audience.CITIZEN: {}, Audience.ENTERPRISE: {name: FIRMS[name] for name in names}}, {}, {})


@pytest.mark.parametrize(
    ("employees", "size"),
    [(0, "micro"), (19, "micro"), (20, "small"), (299, "small"), (300, "medium"), (1000, "large"), (None, None)],
)
def test_a_size_that_no_register_has_is_told_from_the_employees(employees, size):
    table = pa.table(
        {
            "registered_district": pa.array([None, None], pa.string()),
            "enterprise_size": pa.array(["medium", None]),
            "employees_count": pa.array([employees, employees], pa.int64()),
        }
    )
    _, found = breakdowns(Audience.ENTERPRISE, firms(*FIRMS), table)
    assert [found.words[place] for place in found.places] == ["medium", size]
    _, by_employees = breakdowns(Audience.ENTERPRISE, firms("registered_district", "employees_count"), table)
    assert [by_employees.words[place] for place in by_employees.places] == [size, size]


def test_a_dimension_whose_facts_the_vocabulary_lacks_is_left_out():
    words = firms("registered_district")
    assert breakdown_facts(Audience.ENTERPRISE, words) == ("registered_district",)
    [found] = breakdowns(
        Audience.ENTERPRISE, words, pa.table({"registered_district": pa.array([*DISTRICTS, None]).dictionary_encode()})
    )
    assert found.dimension == "district"
    assert [found.words[place] for place in found.places] == [*DISTRICTS, None]
    assert breakdowns(Audience.CITIZEN, words, pa.table({})) == ()


def test_counts_and_sums_are_exact_over_pieces_and_beyond_doubles(monkeypatch):
    monkeypatch.setattr("workbench.tally._PIECE_ROWS", 7)
    draw = np.random.default_rng(3)
    places = draw.integers(0, 3, 50, np.uint8)
    kinds = draw.integers(0, 9, 50, np.uint8)
    values = draw.integers(-(2**62), 2**62, 50)
    wanted = [sum(value for value, place in zip(values.tolist(), places, strict=True) if place == i) for i in range(3)]
    assert summed(values, places, 3) == wanted
    pairs = [(int(place), int(kind)) for place, kind in zip(places, kinds, strict=True)]
    assert counted(places, 3, kinds, 9).tolist() == [pairs.count((i // 9, i % 9)) for i in range(27)]
