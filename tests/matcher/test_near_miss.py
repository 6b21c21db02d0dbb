"""Who is shut out by one clause alone, and by how much."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings

from domain.decision import Verdict
from domain.evaluate import evaluate, evaluate_clause
from domain.expression import Clause, clauses
from domain.facts import Audience, FactDefinition, FactType, Value, Vocabulary
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
LAW_NOW = {name: one.values[0].value for name, one in LAW.items()}
UNKNOWN: dict[str, Value] = dict.fromkeys(over_time.FACTS)


def miss(
    rule: object,
    values: Mapping[str, Value],
    policy: Policy | None = None,
    facts: Mapping[str, FactDefinition] = over_time.FACTS,
) -> NearMiss | None:
    made = replace(policy or drawn.policy(0, "b1"), eligibility=parse(rule))
    words = Vocabulary({Audience.CITIZEN: facts}, {}, over_time.VOCABULARY.units)
    timeline = Timeline(replace(over_time.catalogue(LAW, [made]), vocabulary=words), Audience.CITIZEN)
    return near_miss(Passage(timeline, UNKNOWN | dict(values)), made, DAY, UNTIL)


def told(rule: object, **facts: Value) -> tuple[float | None, str, tuple[Value, ...], bool, date | None]:
    found = miss(rule, facts)
    assert found is not None
    return found.distance, found.unit, found.words, found.others, found.on


def test_how_far_is_the_threshold_less_the_value():
    assert told("i1 >= 9", i1=6)[0] == 3
    assert told("n1 < param.p", n1=3.1)[0] == 2.1 - 3.1
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
    assert told("years >= 2", years=1)[4] is None
    assert told("months_since(d1) < 3", d1=date(2023, 8, 31))[4] is None


def test_of_several_ways_time_s_comes_first_then_what_is_certain_then_the_shortest():
    far_and_near = {"any": ["i1 >= 5", "i2 >= 4", {"all": ["years_since(d1) >= 2", "b1"]}]}
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


def sensitive(*names: str) -> dict[str, FactDefinition]:
    return over_time.FACTS | {name: replace(over_time.FACTS[name], sensitive=True) for name in names}


def lasting(*names: str) -> dict[str, FactDefinition]:
    return over_time.FACTS | {name: replace(over_time.FACTS[name], lasting=True) for name in names}


def test_nobody_is_told_what_a_sensitive_fact_would_bring():
    facts = sensitive("b1", "i2")
    assert miss("b1", {"b1": False}, facts=facts) is None
    assert miss("twice >= 3", {"i1": 3, "d1": date(2022, 3, 1)}, facts=sensitive("i1")) is None
    found = miss({"any": ["b1", "i2 >= 2", "i1 >= 4"]}, {"b1": False, "i2": 1, "i1": 3}, facts=facts)
    assert found is not None
    assert found.clause.text == "i1 >= 4"


def test_what_lasts_is_a_near_miss_only_where_time_changes_it_soon():
    facts = lasting("b1", "i1", "d1")
    assert miss("b1", {"b1": False}, facts=facts) is None
    assert miss("i1 >= 4", {"i1": 3}, facts=facts) is None
    born = {"d1": date(2022, 6, 1)}
    # In two years, and beyond the year that is asked for.
    soon = miss("years_since(d1) >= 3", born, facts=facts)
    assert soon is not None
    assert (soon.distance, soon.on) == (2, None)
    assert miss("years_since(d1) >= 5", born, facts=facts) is None
    # Too old already.
    assert miss("years_since(d1) < 1", born, facts=facts) is None
    assert miss("d1 <= as_of", {"d1": date(2025, 6, 1)}, facts=facts) is not None
    assert miss("d1 <= as_of", {"d1": date(2035, 6, 1)}, facts=facts) is None


def test_a_period_known_by_its_length_alone_is_waited_for_two_years_at_most():
    for name, facts in (("i1", over_time.FACTS), ("i1", lasting("i1")), ("months", lasting("d2"))):
        in_months = {**facts, name: replace(facts[name], unit="months")}
        assert miss(f"{name} >= 60", {name: 36}, facts=in_months) is not None, name
        assert miss(f"{name} >= 60", {name: 35}, facts=in_months) is None, name
        # What can be done anew counts from 0 again; what lasts does not.
        again = facts is over_time.FACTS
        assert (miss(f"{name} <= 6", {name: 240}, facts=in_months) is not None) is again, name


def test_only_a_small_step_is_a_near_miss():
    assert miss("n1 >= 1000", {"n1": 500.0}) is not None
    assert miss("n1 >= 1000", {"n1": 499.0}) is None
    assert miss("n1 <= 1000", {"n1": 1501.0}) is None
    assert miss("i1 >= 1", {"i1": 0}) is not None
    assert miss("i1 == 0", {"i1": 1}) is not None
    assert miss("i1 >= 3", {"i1": 1}) is None
    # Who has none at all is told nothing by "more than none", unless one would do.
    assert miss("n1 > 0", {"n1": 0.0}) is None
    assert miss("i1 > 0", {"i1": 0}) is not None
    assert miss("n1 > 3", {"n1": 3.0}) is not None
    # A date that has passed cannot have been earlier, but what is done anew is later.
    assert miss("d1 <= 2023-01-01", {"d1": date(2023, 1, 2)}) is None
    assert miss("d1 >= 2023-01-01", {"d1": date(2021, 1, 2)}) is not None


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
    if found is None:
        if evaluate(policy.eligibility, values, law, DAY) is False:
            assert not any(_is_a_small_step(one, truths[one], values) for one in ways)
        return
    assert evaluate(policy.eligibility, values, law, DAY) is False
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


def _is_a_small_step(clause: Clause, truth: bool | None, values: Mapping[str, Value]) -> bool:
    """Whether one more or one less turns a clause over a whole number."""
    name = clause.facts()[0] if clause.facts() else ""
    value = values.get(name)
    if not _is_plain_number(clause) or not isinstance(value, int):
        return False
    turned = (evaluate_clause(clause, {**values, name: one}, LAW_NOW, DAY) for one in (value - 1, value + 1))
    return any(one is not truth for one in turned)
