"""What a clause may compare with what."""

import pytest

from domain.errors import TypeMismatch, UnitMismatch, UnknownFact, UnknownParameter
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.grammar import parse_clause
from domain.typecheck import clause_errors

NAME = Label("名", "name")


def fact(name: str, kind: str, unit: str = "none", *words: str) -> FactDefinition:
    return FactDefinition(name, Audience.CITIZEN, FactType(kind), unit, NAME, "r", 1, dict.fromkeys(words, NAME))


FACTS = {
    one.name: one
    for one in (
        fact("income", "number", "cny_per_month"),
        fact("rent", "number", "cny_per_month"),
        fact("saved", "number", "cny"),
        fact("persons", "integer", "persons"),
        fact("age", "integer", "years"),
        fact("born", "date"),
        fact("veteran", "boolean"),
        fact("home", "category", "none", "xuhui", "pudong"),
        fact("work", "category", "none", "xuhui", "outside"),
        fact("sex", "category", "none", "female", "male"),
        fact("place", "region", "none", "sh", "sh.xuhui"),
        fact("code", "text"),
    )
}
WORDS = Vocabulary({Audience.CITIZEN: FACTS}, {}, {})
UNITS = {"line": "cny_per_month", "years": "years", "ratio": "none", "share": "percent"}


def errors(text: str) -> list[type]:
    return [type(error) for error in clause_errors(parse_clause(text), WORDS, Audience.CITIZEN, UNITS)]


@pytest.mark.parametrize(
    "text",
    [
        "income <= 3000",
        "income / persons <= param.line",
        "12 * income <= 12 * rent",
        "income - rent > param.line",
        "income * months_since(born) >= saved",
        "percent(rent, income) >= param.share",
        "rent / income >= param.ratio",
        "rent between 0.2 * income and param.line + 100",
        "years_since(born) >= param.years",
        "age >= years_between(born, 2020-01-01)",
        "born <= as_of",
        "home == fact.work",
        "home in [xuhui]",
        'code in ["6513", "6540"]',
        "place within sh.xuhui",
        "veteran != true",
    ],
)
def test_like_is_compared_with_like(text):
    assert errors(text) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("income <= saved", UnitMismatch),
        ("income + saved > 1", UnitMismatch),
        ("income * persons > saved", UnitMismatch),
        ("percent(saved, income) > 1", UnitMismatch),
        ("rent / income >= param.share", UnitMismatch),
        ("age >= months_since(born)", UnitMismatch),
        ("income >= born", TypeMismatch),
        ("born + 1 > 3", TypeMismatch),
        ("years_since(age) > 3", TypeMismatch),
        ("home < xuhui", TypeMismatch),
        ("home == baoshan", TypeMismatch),
        ("home == fact.sex", TypeMismatch),
        ("home within xuhui", TypeMismatch),
        ("place == sh", TypeMismatch),
        ("place in [sh]", TypeMismatch),
        ("place within sh.pudong", TypeMismatch),
        ("veteran > 0", TypeMismatch),
        ("code == 6513", TypeMismatch),
        ("wages > 3", UnknownFact),
        ("income > param.lime", UnknownParameter),
        ("income > wages", UnknownFact),
        ("veteran + 1 == 2", TypeMismatch),
        ("age between 5 and 3", TypeMismatch),
        ("born between 2026-01-02 and 2026-01-01", TypeMismatch),
    ],
)
def test_what_does_not_fit_is_refused_with_a_next_step(text, error):
    found = list(clause_errors(parse_clause(text), WORDS, Audience.CITIZEN, UNITS))
    assert error in map(type, found)
    assert all(one.next_step for one in found)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("place within xuhui", "Did you mean 'sh.xuhui'?"),
        ("place == sh", "Use 'within', as in: place within sh.xuhui."),
        ("home == xuhu", "Did you mean 'xuhui'?"),
        ("home == mars", "Use one of: xuhui, pudong."),
        ("months_since(born) > age", "such as months with months"),
    ],
)
def test_the_next_step_names_what_was_meant(text, advice):
    [error] = clause_errors(parse_clause(text), WORDS, Audience.CITIZEN, UNITS)
    assert advice in error.next_step
