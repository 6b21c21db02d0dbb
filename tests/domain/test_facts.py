"""What a fact accepts."""

from datetime import date, datetime

import pytest

from domain.errors import ProfileInvalid, UnknownFact
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary


def fact(kind: str, unit: str = "none", minimum: float | None = None, maximum: float | None = None) -> FactDefinition:
    words = {"a": Label("甲", "A")}
    return FactDefinition(
        "x", Audience.CITIZEN, FactType(kind), unit, Label("某", "x"), "r", 1, words, minimum, maximum
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 3),
        ("number", 3),
        ("number", 3.5),
        ("boolean", False),
        ("category", "a"),
        ("date", date(2024, 2, 29)),
    ],
)
def test_a_value_of_the_right_type_is_accepted_and_so_is_unknown(kind, value):
    fact(kind).check(value)
    fact(kind).check(None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", True),
        ("integer", 3.0),
        ("integer", "3"),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", False),
        ("boolean", 1),
        ("boolean", "true"),
        ("category", "b"),
        ("category", 1),
        ("date", "2024-01-01"),
        ("date", datetime(2024, 1, 1)),  # noqa: DTZ001  # a naive time is what is refused
    ],
)
def test_a_value_of_another_type_is_refused_with_a_next_step(kind, value):
    with pytest.raises(ProfileInvalid) as caught:
        fact(kind).check(value)
    assert caught.value.next_step


def test_a_number_outside_its_bounds_is_taken_for_a_wrong_unit():
    with pytest.raises(ProfileInvalid, match="unit"):
        fact("number", minimum=0, maximum=100, unit="percent").check(101)


def test_a_misspelt_fact_gets_the_nearest_name():
    words = Vocabulary({Audience.CITIZEN: {"age_years": fact("integer")}}, {}, {})
    with pytest.raises(UnknownFact) as caught:
        words.fact(Audience.CITIZEN, "agee_years")
    assert caught.value.data["did_you_mean"] == "age_years"
