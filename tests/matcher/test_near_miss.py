"""Who is shut out by one clause alone, and by how much."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings

from domain.decision import Verdict
from domain.evaluate import evaluate, evaluate_clause
from domain.expression import Clause, clauses
from domain.facts import Audience, FactType, Value
from domain.policy import Policy
from domain.rules import parse
from domain.terms import FactRef
from matcher.outlook.forecast import Passage
from matcher.outlook.near_miss import NearMiss, near_miss
from matcher.outlook.timeline import Timeline
from matcher.outlook.truths import holds, truths_of
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.time_rules import always

DAY = date(2024, 2, 28)
UNTIL = DAY + timedelta(days=365)
LAW = {name: always(name, value) for name, value in (("p", "2.1"), ("q", "3"), ("rate", "5"))}
UNKNOWN: dict[str, Value] = dict.fromkeys(over_time.FACTS)


def miss(rule: object, facts: Mapping[str, Value], policy: Policy | None = None) -> NearMiss | None:
    made = replace(policy or drawn.policy(0, "b1"), eligibility=parse(rule))
    timeline = Timeline(over_time.catalogue(LAW, [made]), Audience.CITIZEN)
    return near_miss(Passage(timeline, UNKNOWN | dict(facts)), made, DAY, UNTIL)


def told(rule: object, **facts: Value) -> tuple[float | None, str, tuple[Value, ...], bool, date | None]:
    found = miss(rule, facts)
    assert found is not None
    return found.distance, found.unit, found.words, found.others, found.on


def test_how_far_is_the_threshold_less_the_value():
    assert told("i1 >= 4", i1=1)[0] == 3
    assert told("n1 < param.p", n1=5.1)[0] == 2.1 - 5.1
    assert told("n1 > 3", n1=3.0)[0] == 0
    assert told("i1 between 2 and 4", i1=6)[0] == -2
    assert told({"not": "i1 between 2 and 6"}, i1=3)[0] == -1
    assert told("i1 in [0, 4, 12]", i1=9)[0] == 3
    assert told({"not": "i1 == 3"}, i1=3)[0] is None
    assert told("d1 >= 2024-03-01", d1=date(2024, 2, 27))[:2] == (3, "days")


def test_words_that_would_do_are_named():
    assert told("c1 in [x, y]", c1="z")[2:4] == (("x", "y"), False)
    assert told("c1 not in [x, y]", c1="x")[2:4] == (("x", "y"), True)
    assert told({"not": "c1 == x"}, c1="x")[2:4] == (("x",), True)
    assert told("b1", b1=False)[2:4] == ((True,), False)
    assert told("r1 within s.x", r1="z")[2:4] == (("s.x",), False)
    assert told("i1 != 3", i1=3)[2:4] == ((3.0,), True)


def test_what_time_will_bring_is_dated_to_the_day():
    assert told("months_since(d1) >= 6", d1=date(2023, 8, 31)) == (1, "months", (), False, date(2024, 2, 29))
    assert told("years >= 2", d1=date(2022, 3, 1), years=0)[4] == date(2024, 3, 1)
    assert told("years >= 2", years=0)[4] is None
    assert told("months_since(d1) < 3", d1=date(2023, 8, 31))[4] is None


def test_of_several_ways_time_s_comes_first_then_what_is_certain_then_the_shortest():
    far_and_near = {"any": ["i1 >= 100", "i2 >= 4", {"all": ["years_since(d1) >= 2", "b1"]}]}
    found = miss(far_and_near, {"i1": 3, "i2": 3, "d1": date(2022, 3, 1), "b1": True})
    assert found is not None
    assert (found.clause.text, found.on) == ("years_since(d1) >= 2", date(2024, 3, 1))
    found = miss(far_and_near, {"i1": 3, "i2": 3, "d1": date(2022, 3, 1)})
    assert found is not None
    assert (found.clause.text, found.then) == ("i2 >= 4", Verdict.ELIGIBLE)


def test_two_clauses_away_is_no_near_miss():
    assert miss({"all": ["i1 >= 4", "b1"]}, {"i1": 3, "b1": False}) is None
    assert miss("i1 >= 4", {"i1": 5}) is None
    assert miss("i1 >= 4", {}) is None
    out_of_force = replace(drawn.policy(0, "b1"), effective_from=date(2030, 1, 1))
    assert miss("i1 >= 4", {"i1": 3}, out_of_force) is None


def test_a_threshold_that_nothing_meets_is_no_distance():
    assert told("i1 between 4 and 2", i1=3)[0] is None


@settings(max_examples=300)
@given(over_time.rules, over_time.profiles)
def test_a_near_miss_is_exactly_one_clause_away_and_its_distance_leads_there(rule, facts):
    policy = drawn.policy(0, rule)
    timeline = Timeline(over_time.catalogue(LAW, [policy]), Audience.CITIZEN)
    passage = Passage(timeline, facts)
    found = near_miss(passage, policy, DAY, UNTIL)
    values, law = passage.values(DAY), timeline.parameters(DAY)
    truths = truths_of(policy.eligibility, values, law, DAY)
    assert holds(policy.eligibility, truths) is evaluate(policy.eligibility, values, law, DAY)
    ways = [
        one
        for one in clauses(policy.eligibility)
        if truths[one] is not None and holds(policy.eligibility, {**truths, one: not truths[one]}) is not False
    ]
    assert (found is None) is (evaluate(policy.eligibility, values, law, DAY) is not False or not ways)
    if found is None:
        return
    assert found.clause in ways
    assert found.wanted is not truths[found.clause]
    if found.on is not None:
        assert passage.verdict(policy, found.on) is found.then
        assert passage.verdict(policy, found.on - timedelta(days=1)) is Verdict.INELIGIBLE
    if found.distance is not None and _is_plain_number(found.clause):
        assert isinstance(found.clause.left, FactRef)
        assert isinstance(found.value, int | float)
        reached = found.value + found.distance
        whole = over_time.FACTS[found.clause.left.name].type is FactType.INTEGER
        steps = (-1.0, 0.0, 1.0) if whole else (0.0, 1e-9, -1e-9)
        # Value and distance are doubles: their sum may lie a rounding beside the threshold.
        near = [reached, round(reached, 9), *(reached + step for step in steps), math.nextafter(reached, math.inf)]
        name = found.clause.left.name
        assert any(evaluate_clause(found.clause, {**values, name: one}, law, DAY) is found.wanted for one in near)


def _is_plain_number(clause: Clause) -> bool:
    plain = isinstance(clause.left, FactRef) and len(clause.facts()) == 1
    return plain and over_time.FACTS[clause.facts()[0]].type in (FactType.INTEGER, FactType.NUMBER)
