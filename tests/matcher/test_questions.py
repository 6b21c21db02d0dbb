"""What to ask next, held against trying every answer."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.benefit import Benefit, FixedAmount, NoMoney, Period, PerUnit
from domain.evaluate import evaluate
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.terms import FactRef
from matcher.outlook.questions import Question, questions
from matcher.outlook.timeline import Timeline
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.time_rules import always

DAY = date(2024, 2, 28)
LAW = {name: always(name, value) for name, value in (("p", "2.1"), ("q", "3"), ("rate", "5"))}
UNKNOWN: dict[str, Value] = dict.fromkeys(over_time.FACTS)


def paying(number: int, rule: object, yuan: int | None = None, period: Period = Period.YEAR) -> Policy:
    form = NoMoney() if yuan is None else FixedAmount(yuan)
    return replace(drawn.policy(number, rule), benefit=Benefit(form, period))


def asked(policies: Sequence[Policy], facts: Mapping[str, Value], **more: object) -> list[Question]:
    timeline = Timeline(over_time.catalogue(LAW, policies), Audience.CITIZEN)
    return questions(timeline, UNKNOWN | dict(facts), DAY, **more)  # type: ignore[arg-type]


def test_the_question_that_settles_most_money_comes_first():
    policies = [paying(0, "b1", 100), paying(1, "b2", 300), paying(2, {"all": ["b2", "i1 >= 3"]}, 10_000)]
    first, second, third = asked(policies, {})
    assert [first.fact, second.fact, third.fact] == ["b2", "i1", "b1"]
    # Yes settles policy 1 for 300; no settles policies 1 and 2.
    assert first.expected_fen == 30_000 + 1_000_000 / 2
    assert first.gain_fen == 30_000
    assert [(one.policy.id, one.chance, one.most_fen) for one in first.stakes] == [
        ("policy-1", 1.0, 30_000), ("policy-2", 0.5, 0),
    ]  # fmt: skip


def test_monthly_amounts_count_for_a_year_and_weights_stand_for_amounts_that_are_not_known():
    [monthly] = asked([paying(0, "b1", 100, Period.MONTH)], {})
    assert monthly.gain_fen == 12 * 100_00
    [weighed] = asked([paying(0, "b1")], {}, weights={"policy-0": 500})
    assert weighed.gain_fen == 500
    [service] = asked([paying(0, "b1")], {})
    assert (service.gain_fen, service.expected_fen, service.settled) == (0, 0.0, 1.0)


def test_an_amount_that_the_answer_itself_makes_known_counts():
    a_child = replace(paying(0, "i1 >= 2"), benefit=Benefit(PerUnit(FactRef("i1"), 100), Period.YEAR))
    [question] = asked([a_child], {}, shares={"i1": {1: 1, 4: 1}})
    assert question.gain_fen == 400_00
    assert question.expected_fen == (100_00 + 400_00) / 2


def test_what_settles_nothing_alone_comes_after_and_is_ranked_by_what_it_brings_nearer():
    policies = [
        paying(0, {"all": [{"any": ["b1", "b2"]}, {"any": ["c1 == x", "b2"]}]}, 1),
        paying(1, {"at_least": {"count": 2, "of": ["i1 >= 3", "i2 >= 3", "n1 >= 3"]}}, 10_000),
    ]
    found = asked(policies, {})
    assert found[0].fact == "b2"
    assert [one.fact for one in found[1:]] == ["i1", "i2", "n1", "b1", "c1"]
    assert all(one.settled == 0 and one.expected_fen == 0 for one in found[1:])
    assert found[1].shared_fen == pytest.approx(1_000_000 / 3)


def test_what_is_derived_is_asked_for_by_what_it_is_derived_from():
    [question] = asked([paying(0, "years >= 2", 100)], {})
    assert question.fact == "d1"
    assert question.expected_fen == 100_00
    [both] = asked([paying(0, "twice >= 2", 100)], {"i1": 3})
    assert both.fact == "d1"
    assert {one.fact for one in asked([paying(0, "young", 100)], {"b1": True})} == {"d1"}


def test_the_members_of_a_household_are_asked_for_as_a_number():
    [question] = asked([paying(0, "children >= 1", 100)], {})
    assert question.fact == "children"


def test_what_is_settled_already_is_not_asked_for():
    assert asked([paying(0, {"any": ["b1", "i1 >= 3"]}, 100), paying(1, {"all": ["b2", "i1 >= 3"]}, 100)],
                 {"b1": True, "b2": False}) == []  # fmt: skip


def test_nobody_is_asked_for_a_sensitive_fact_and_what_is_derived_from_one_is_asked_for_by_the_others():
    policies = [paying(0, "b1", 100), paying(1, {"all": ["young", "i1 >= 3"]}, 100)]
    words = {name: replace(fact, sensitive=name in ("b1", "d1")) for name, fact in over_time.FACTS.items()}
    catalogue = over_time.catalogue(LAW, policies)
    catalogue = replace(catalogue, vocabulary=replace(catalogue.vocabulary, facts={Audience.CITIZEN: words}))
    assert [one.fact for one in questions(Timeline(catalogue, Audience.CITIZEN), UNKNOWN, DAY)] == ["i1"]


def test_statistics_weigh_the_answers():
    [question] = asked([paying(0, {"all": ["i1 >= 3", "b1"]}, 100)], {"b1": None, "i1": 3})
    assert question.fact == "b1"
    policies = [paying(0, {"all": ["i1 >= 3", "b1"]}, 100)]
    by_fact = {one.fact: one for one in asked(policies, {}, shares={"i1": {1: 9, 5: 1}})}
    assert by_fact["i1"].expected_fen == pytest.approx(0.9 * 100_00)
    assert by_fact["b1"].expected_fen == 0.5 * 100_00


@settings(max_examples=150)
@given(
    st.lists(over_time.rules, min_size=1, max_size=4),
    over_time.profiles,
    st.dictionaries(
        st.sampled_from(["i1", "i2", "n1", "b1", "c1", "d1", "d2"]), st.lists(st.integers(1, 5), min_size=2, max_size=3)
    ),
)
def test_what_an_answer_settles_is_what_trying_each_finds(rules, facts, weights):
    policies = [paying(number, rule, 100 * (number + 1)) for number, rule in enumerate(rules)]
    pools: dict[str, Sequence[Value]] = {
        "i": (0, 2, 3, 6),
        "n": (0.3, 2.1, 3.0),
        "b": (True, False),
        "c": ("x", "y", "z"),
        "d": drawn._DAYS[:9],
    }
    shares: dict[str, dict[Value, float]] = {
        name: dict(zip(pools[name[0]], some, strict=False)) for name, some in weights.items()
    }
    derived = {name: None for name, fact in over_time.FACTS.items() if fact.derivation is not None}
    given = {**facts, **derived}
    timeline = Timeline(over_time.catalogue(LAW, policies), Audience.CITIZEN)
    law = timeline.parameters(DAY)

    def verdict(policy: Policy, values: Mapping[str, Value]) -> bool | None:
        return evaluate(policy.eligibility, timeline.values(values, DAY), law, DAY)

    for question in questions(timeline, given, DAY, shares):
        if question.fact in shares and "young" not in str(rules) and "twice" not in str(rules):
            parts = shares[question.fact]
            expected = Fraction(0)
            gain = 0
            for answer, part in parts.items():
                settled = {
                    policy.id: (now, 100_00 * (number + 1))
                    for number, policy in enumerate(policies)
                    if verdict(policy, given) is None
                    and (now := verdict(policy, {**given, question.fact: answer})) is not None
                }
                expected += Fraction(part) / Fraction(sum(parts.values())) * sum(worth for _, worth in settled.values())
                gain = max(gain, sum(worth for yes, worth in settled.values() if yes))
            assert question.expected_fen == pytest.approx(float(expected))
            assert question.gain_fen == gain


@settings(max_examples=400)
@given(over_time.rules, over_time.profiles, st.integers(0, 2**32))
def test_no_answer_is_left_out_that_rules_tell_apart(rule, facts, seed):
    """Every value of a fact settles the policy as one of the answers that are tried does."""
    policy = paying(0, rule, 100)
    draw = random.Random(seed)
    derived = {name: None for name, fact in over_time.FACTS.items() if fact.derivation is not None}
    given = {**facts, **derived}
    timeline = Timeline(over_time.catalogue(LAW, [policy]), Audience.CITIZEN)
    tried: dict[str, Callable[[], Value]] = {
        "i": lambda: draw.choice([draw.randint(-10, 40), draw.randint(-(10**6), 10**6)]),
        "n": lambda: draw.choice([draw.uniform(-10, 40), draw.randint(-40, 400) / 10]),
        "d": lambda: DAY + timedelta(days=draw.choice([draw.randint(-2000, 2000), draw.randint(-40_000, 30_000)])),
    }
    for question in questions(timeline, given, DAY):
        if question.fact[0] not in tried or question.fact == "children" or any(symbol in str(rule) for symbol in "*/-"):
            continue  # products turn round, and are told apart too coarsely at times
        for _ in range(20):
            values = timeline.values({**given, question.fact: tried[question.fact[0]]()}, DAY)
            if evaluate(policy.eligibility, values, timeline.parameters(DAY), DAY) is True:
                assert question.gain_fen == 100_00
