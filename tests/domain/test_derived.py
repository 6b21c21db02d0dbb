"""What a household's facts are worth when one of its members is unknown, and in which order facts follow."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from domain.derivation import Aggregate, Derivation, FromTerm, Linked, OfHousehold, sources
from domain.derived import circle, household_value, in_order, own_value, settled
from domain.facts import Audience, FactDefinition, FactType, Label, Value
from domain.grammar import parse_clause, parse_term

DAY = date(2026, 11, 24)
NAME = Label("名", "name")
CHILD = parse_clause("age_years < 3")


def derived(name: str, kind: str, derivation: Derivation) -> FactDefinition:
    return FactDefinition(
        name, Audience.CITIZEN, FactType(kind), "none", NAME, "derived", 1, {},
        derived_from=sources(derivation), derivation=derivation,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ages", "count", "some", "every"),
    [
        ([], None, None, None),
        ([2], 1, True, True),
        ([2, 30], 1, True, False),
        ([40, 30], 0, False, False),
        ([2, None], None, True, None),  # one child is enough for "any child"
        ([30, None], None, None, False),
        ([None], None, None, None),
    ],
)
def test_one_member_can_settle_any_and_all_but_never_a_count(
    ages: list[int | None], count: Value, some: Value, every: Value
) -> None:
    members = [{"age_years": age} for age in ages]
    found = [
        household_value(derived("x", kind, OfHousehold(aggregate, CHILD)), members, {}, DAY)
        for aggregate, kind in ((Aggregate.COUNT, "integer"), (Aggregate.ANY, "boolean"), (Aggregate.ALL, "boolean"))
    ]
    assert found == [count, some, every]
    size = household_value(derived("x", "integer", OfHousehold(Aggregate.SIZE)), members, {}, DAY)
    assert size == (len(ages) or None)


def test_a_threshold_without_a_value_on_the_day_leaves_the_fact_unknown() -> None:
    over = derived("x", "integer", FromTerm("n + param.p", parse_term("n + param.p")))
    assert own_value(over, {"n": 1}, {}, DAY) is None


def test_a_result_outside_the_bounds_is_unknown() -> None:
    bounded = replace(derived("x", "integer", FromTerm("n", parse_term("n"))), minimum=0, maximum=10)
    assert [settled(bounded, value) for value in (-1.0, 0.0, 10.0, 11.0, None)] == [None, 0, 10, None, None]


def test_facts_come_after_those_they_rest_on_and_a_circle_is_told_in_order() -> None:
    facts = {
        "a": derived("a", "integer", FromTerm("b + 1", parse_term("b + 1"))),
        "b": derived("b", "integer", FromTerm("c + n", parse_term("c + n"))),
        "c": derived("c", "integer", OfHousehold(Aggregate.SIZE)),
        "d": derived("d", "integer", Linked("a", "a")),
    }
    order = [one.name for one in in_order(facts)]
    assert order.index("c") < order.index("b") < order.index("a")
    assert circle(facts) == ()
    turned = facts | {"c": derived("c", "integer", FromTerm("a", parse_term("a")))}
    found = circle(turned)
    assert len(found) == 4
    assert found[0] == found[-1]
    assert all(later in turned[earlier].derived_from for earlier, later in pairwise(found))
