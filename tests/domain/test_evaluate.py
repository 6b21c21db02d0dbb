"""Kleene's tables, and the clauses' edges."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

from domain.evaluate import evaluate
from domain.facts import Value
from domain.rules import parse

DAY = date(2026, 11, 24)
FACTS = {"t": True, "f": False, "u": None}
VALUES = {"t": True, "f": False, "u": None}


@pytest.mark.parametrize(("a", "b"), list(itertools.product("tfu", repeat=2)))
def test_all_and_any_follow_kleene(a, b):
    seen = (VALUES[a], VALUES[b])
    wanted_all = False if False in seen else None if None in seen else True
    wanted_any = True if True in seen else None if None in seen else False
    assert evaluate(parse({"all": [a, b]}), FACTS, {}, DAY) is wanted_all
    assert evaluate(parse({"any": [a, b]}), FACTS, {}, DAY) is wanted_any


def test_not_leaves_unknown_unknown():
    assert evaluate(parse({"not": "u"}), FACTS, {}, DAY) is None
    assert evaluate(parse({"not": "t"}), FACTS, {}, DAY) is False


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
    assert evaluate(parse(clause), {"x": value}, {"p": Decimal("0.1")}, DAY) is holds


def test_a_fact_that_is_not_given_is_unknown():
    assert evaluate(parse("x >= 1"), {}, {}, DAY) is None


@pytest.mark.parametrize(
    ("clause", "holds"),
    [
        ("a + b == 5", True),
        ("a / b > 0.6", True),
        ("a / zero > 0", None),
        ("zero / zero == 0", None),
        ("a * unknown == 0", None),
        ("zero * unknown == 0", None),
        ("big * big > 0", None),
        ("percent(a, b) between 66 and 67", True),
        ("percent(a, zero) > 0", None),
        ("a < b", True),
        ("b between a and a + 1", True),
        ("b between 4 and unknown", False),
        ("b between unknown and 2", False),
        ("b between unknown and 4", None),
        ("word == fact.other", False),
        ("born <= as_of", True),
        ("years_since(born) >= 2", True),
        ("years_since(born) >= 3", False),
        ("months_since(born) == 33", True),
        ("days_since(later) > 0", None),
        ("days_until(later) == 6", True),
        ("days_until(born) > 0", None),
        ("months_between(born, later) == 33", True),
        ("years_between(later, born) < 5", None),
    ],
)
def test_quantities_are_worked_out_and_what_has_no_meaning_is_unknown(clause, holds):
    facts: dict[str, Value] = {
        "a": 2, "b": 3, "zero": 0, "big": 1e200, "word": "x", "other": "y",
        "born": date(2024, 2, 24), "later": date(2026, 11, 30),
    }  # fmt: skip
    assert evaluate(parse(clause), facts, {}, DAY) is holds


@pytest.mark.parametrize(
    ("place", "asked", "holds"),
    [
        ("sh.xuhui.tianping", "sh.xuhui", True),
        ("sh.xuhui", "sh.xuhui", True),
        ("sh.xuhuiwest", "sh.xuhui", False),
        ("sh", "sh.xuhui", None),
        ("sh.pudong", "sh.xuhui", False),
        ("sh.pudong", "[sh.xuhui, sh.pudong.zhangjiang]", None),
        (None, "sh", None),
    ],
)
def test_a_place_known_too_coarsely_is_neither_inside_nor_outside(place, asked, holds):
    assert evaluate(parse(f"place within {asked}"), {"place": place}, {}, DAY) is holds
    opposite = None if holds is None else not holds
    assert evaluate(parse(f"place not within {asked}"), {"place": place}, {}, DAY) is opposite


@pytest.mark.parametrize(
    ("items", "holds"),
    [("ttf", True), ("tuf", None), ("tff", False), ("uuf", None), ("ttu", True), ("uff", False)],
)
def test_at_least_counts_what_is_true_and_what_may_be(items, holds):
    rule = parse({"at_least": {"count": 2, "of": list(items)}})
    assert evaluate(rule, FACTS, {}, DAY) is holds
