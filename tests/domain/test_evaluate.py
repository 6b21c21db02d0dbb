"""Kleene's tables, and the clauses' edges."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

from domain.evaluate import evaluate
from domain.expression import parse

FACTS = {"t": True, "f": False, "u": None}
VALUES = {"t": True, "f": False, "u": None}


@pytest.mark.parametrize(("a", "b"), list(itertools.product("tfu", repeat=2)))
def test_all_and_any_follow_kleene(a, b):
    seen = (VALUES[a], VALUES[b])
    wanted_all = False if False in seen else None if None in seen else True
    wanted_any = True if True in seen else None if None in seen else False
    assert evaluate(parse({"all": [a, b]}), FACTS, {}) is wanted_all
    assert evaluate(parse({"any": [a, b]}), FACTS, {}) is wanted_any


def test_not_leaves_unknown_unknown():
    assert evaluate(parse({"not": "u"}), FACTS, {}) is None
    assert evaluate(parse({"not": "t"}), FACTS, {}) is False


@pytest.mark.parametrize(
    ("clause", "value", "holds"),
    [
        ("x >= 65", 65, True),
        ("x > 65", 65, False),
        ("x < 65", 64.999, True),
        ("x <= param.p", 0.1, True),
        ("x != 3", 3.0, False),
        ("x between 50 and 74", 50, True),
        ("x between 50 and 74", 74, True),
        ("x between 50 and 74", 75, False),
        ("x in [a, b]", "b", True),
        ("x not in [a, b]", "c", True),
        ("x not in [a, b]", None, None),
        ("x != true", None, None),
        ("x == true", False, False),
        ("x >= 2024-02-29", date(2024, 2, 29), True),
        ("x < 2024-02-29", date(2024, 2, 29), False),
    ],
)
def test_a_clause_holds_up_to_its_edge_and_unknown_stays_unknown(clause, value, holds):
    assert evaluate(parse(clause), {"x": value}, {"p": Decimal("0.1")}) is holds


def test_a_fact_that_is_not_given_is_unknown():
    assert evaluate(parse("x >= 1"), {}, {}) is None
