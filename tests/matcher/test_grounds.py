"""Why a verdict is what it is: each clause as the reference says, and no more of them named than needed."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.decision import Decision, Outcome, Verdict
from domain.evaluate import evaluate, evaluate_clause, kleene_not
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not
from domain.facts import Audience, Value
from domain.rules import parse
from matcher.compile import Program, compile_policies
from matcher.reasons import rulebook
from matcher.reasons.explain import Explanation, explain
from tests.matcher.rules import (
    DAY,
    FACTS,
    PARAMETERS,
    WORDS,
    as_of_days,
    many_profiles,
    policy,
    profile_of,
    rules,
)

LARGE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def program_of(*written: object, as_of: date = DAY) -> Program:
    policies = [policy(number, rule) for number, rule in enumerate(written)]
    return compile_policies(policies, WORDS, PARAMETERS, Audience.CITIZEN, as_of)


def decide(rule: object, **values: Value) -> Decision:
    return explain(program_of(rule), 0, profile_of(values))


def answers(part: Expression, row: Mapping[str, Value], as_of: date, negated: bool = False) -> Iterator[Outcome]:
    """What became of each clause by the reference evaluator, a `not` above it counted in."""
    match part:
        case Clause():
            holds = evaluate_clause(part, row, PARAMETERS, as_of)
            met = kleene_not(holds) if negated else holds
            yield Outcome.MISSING if met is None else Outcome.MET if met else Outcome.UNMET
        case Not(item=item):
            yield from answers(item, row, as_of, not negated)
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            for item in items:
                yield from answers(item, row, as_of, negated)


@settings(LARGE, max_examples=300)
@given(st.lists(rules, min_size=1, max_size=4), st.integers(0, 2**32), as_of_days)
def test_verdict_and_every_clause_are_as_the_reference_says(written, seed, as_of):
    program = program_of(*written, as_of=as_of)
    for row in many_profiles(seed, 8):
        explanation = Explanation(program, profile_of(row))
        for place, one in enumerate(program.policies):
            decision = explanation.decision(place)
            assert decision.verdict is Verdict.of(evaluate(one.eligibility, row, PARAMETERS, as_of))
            assert [reason.outcome for reason in decision.reasons] == list(answers(one.eligibility, row, as_of))
            assert Decision.from_json(decision.to_json()) == decision


@settings(LARGE, max_examples=300)
@given(rules, st.integers(0, 2**32), as_of_days)
def test_what_is_decisive_is_enough(rule, seed, as_of):
    """With every other clause turned against it, the verdict stays; with the unmet of an ineligible met, it turns."""
    program = program_of(rule, as_of=as_of)
    tree = program.policies[0].eligibility
    for row in many_profiles(seed, 8):
        explanation = Explanation(program, profile_of(row))
        decision = explanation.decision(0)
        told = [(reason.outcome, reason.decisive) for reason in decision.reasons]
        if decision.verdict is Verdict.ELIGIBLE:
            assert all(outcome is Outcome.MET for outcome, decisive in told if decisive)
            assert value_of(tree, [outcome is Outcome.MET and decisive for outcome, decisive in told]) is True
        elif decision.verdict is Verdict.INELIGIBLE:
            assert any(decisive for _, decisive in told)
            assert all(outcome is Outcome.UNMET for outcome, decisive in told if decisive)
            repair = explanation.repair(0)
            assert repair.unmet == tuple(reason for reason in decision.reasons if reason.decisive)
            turned = {reason.requirement for reason in (*repair.unmet, *repair.missing)}
            met = [one.outcome is Outcome.MET or one.requirement in turned for one in decision.reasons]
            assert value_of(tree, met) is True


def value_of(part: Expression, met: list[bool]) -> bool | None:
    """The rule with its requirements met or not; `met` by clause, as a `not` above turns it round."""
    left = iter(met)

    def value(one: Expression, negated: bool) -> bool:
        if isinstance(one, Clause):
            return next(left) is not negated
        if isinstance(one, Not):
            return not value(one.item, not negated)
        below = [value(item, negated) for item in one.items]  # all of them, so that `left` keeps step
        least = one.count if isinstance(one, AtLeast) else len(below) if isinstance(one, All) else 1
        return below.count(True) >= least

    return value(part, False)


ANY_VALUE: Mapping[str, tuple[Value, ...]] = {
    "i": (-1, 0, 1, 2, 3, 4),
    "b": (True, False),
    "c": ("x", "y", "z"),
}
PLAIN = st.sampled_from(
    ["i1 >= 1", "i1 >= 3", "i1 < 2", "i1 == 2", "i2 >= 1", "b1", "b2", "c1 == x", "c1 in [x, y]", "c2 != z", "i2 <= 3"]
)
plain_rules = st.recursive(
    PLAIN,
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(lambda items: {"all": items}),
        st.lists(below, min_size=2, max_size=3).map(lambda items: {"any": items}),
        below.map(lambda item: {"not": item}),
        st.lists(below, min_size=3, max_size=3).map(lambda items: {"at_least": {"count": 2, "of": items}}),
    ),
    max_leaves=6,
)
NAMES = [name for name in FACTS if name[0] in ANY_VALUE]
some_known = st.fixed_dictionaries({name: st.sampled_from((None, None, None, *ANY_VALUE[name[0]])) for name in NAMES})


@settings(LARGE, max_examples=300)
@given(plain_rules, some_known)
def test_missing_facts_are_a_smallest_set_that_decides(rule, row):
    decision = decide(rule, **row)
    tree = parse(rule)
    if decision.verdict is Verdict.UNKNOWN:
        assert decides(tree, row, decision.missing_facts)
        smaller = combinations([name for name in NAMES if row[name] is None], len(decision.missing_facts) - 1)
        assert not any(decides(tree, row, some) for some in smaller)
    else:
        assert decision.missing_facts == ()


def decides(tree: Expression, row: Mapping[str, Value], names: tuple[str, ...]) -> bool:
    return all(
        evaluate(tree, {**row, **dict(zip(names, values, strict=True))}, PARAMETERS, DAY) is not None
        for values in product(*[ANY_VALUE[name[0]] for name in names])
    )


@settings(LARGE, max_examples=200)
@given(rules, st.integers(0, 2**32))
def test_missing_facts_filled_in_decide_unless_a_clause_stays_open(rule, seed):
    program = program_of(rule)
    rows = many_profiles(seed, 12)
    for row, other in zip(rows, reversed(rows), strict=True):
        decision = explain(program, 0, profile_of(row))
        missing = decision.missing_facts
        assert (decision.verdict is Verdict.UNKNOWN) == bool(missing)
        if all(row[name] is None and other[name] is not None for name in missing):
            filled = {**row, **{name: other[name] for name in missing}}
            after = explain(program, 0, profile_of(filled))
            settled = after.verdict is not Verdict.UNKNOWN
            assert settled or any(
                one.outcome is Outcome.MISSING and all(e.value is not None for e in one.evidence)
                for one in after.reasons
            )


@pytest.mark.parametrize(
    ("rule", "values", "facts"),
    [
        ({"any": ["b1", {"all": ["b1", "b2"]}]}, {}, ("b1",)),
        ({"any": [{"all": ["b1", "i1 >= 2"]}, {"all": ["b1", "i1 < 2"]}]}, {}, ("b1", "i1")),
        ({"any": [{"all": ["b1", "i1 >= 2"]}, {"all": ["i1 >= 2", {"not": "b1"}]}]}, {}, ("b1", "i1")),
        ({"all": ["i1 >= 1", {"any": ["b1", "i1 >= 2"]}]}, {"b1": False}, ("i1",)),
        ({"all": ["c1 in [x, y, z]", {"any": ["c1 == x", "c1 != x"]}]}, {}, ("c1",)),
        ("n1 / i1 >= 2", {"i1": 2}, ("n1",)),
        ({"any": ["n1 / i1 >= 2", "n1 / i1 >= 3"]}, {}, ("n1", "i1")),
        ("r1 within s.x", {"r1": "s"}, ("r1",)),
        ("n1 between i1 and i2", {"n1": 2.0}, ("i1", "i2")),
        ({"at_least": {"count": 2, "of": ["b1", "b2", "i1 >= 0"]}}, {"i1": 0}, ("b1", "b2")),
    ],
)  # fmt: skip
def test_the_fewest_facts_that_would_decide_are_named(rule, values, facts):
    decision = decide(rule, **values)
    assert decision.verdict is Verdict.UNKNOWN
    assert decision.missing_facts == facts


@pytest.mark.parametrize(
    ("rule", "values", "decisive"),
    [
        ({"any": [{"all": ["i1 >= 1", "b1"]}, "i2 >= 1"]}, {"i1": 1, "b1": True, "i2": 1}, ["i2 >= 1"]),
        ({"any": [{"all": ["i1 >= 1", "b1"]}, "i2 >= 1"]}, {"i1": 1, "b1": True, "i2": 0}, ["i1 >= 1", "b1"]),
        ({"any": [{"all": ["i1 >= 1", "b1"]}, {"all": ["i2 >= 1", "b2"]}]},
         {"i1": 0, "b1": False, "i2": 0, "b2": True}, ["i2 >= 1"]),
        ({"any": [{"all": ["i1 >= 1", "b1"]}, {"all": ["i2 >= 1", "b2"]}]},
         {"i1": 0, "i2": 0, "b2": True}, ["i2 >= 1"]),
        ({"all": ["i1 >= 1", "b1", "b2"]}, {"i1": 0, "b1": False}, ["i1 >= 1", "b1"]),
        ({"not": {"all": ["i1 >= 1", "b1"]}}, {"i1": 1, "b1": True}, ["i1 >= 1"]),
        ({"not": {"any": ["i1 >= 1", "b1"]}}, {"i1": 1, "b1": True}, ["i1 >= 1", "b1"]),
        ({"at_least": {"count": 2, "of": ["b1", "b2", "i1 >= 1", "i2 >= 1"]}},
         {"b1": True, "b2": False, "i1": 0, "i2": 0}, ["b2"]),
        ({"at_least": {"count": 3, "of": ["b1", "b2", "i1 >= 1", "i2 >= 1"]}},
         {"b1": False, "b2": True, "i1": 1, "i2": 1}, ["b2", "i1 >= 1", "i2 >= 1"]),
    ],
)  # fmt: skip
def test_of_an_any_the_closest_branch_is_told_and_of_an_all_everything_unmet(rule, values, decisive):
    assert [reason.clause for reason in decide(rule, **values).reasons if reason.decisive] == decisive


def test_what_is_kept_of_one_subject_is_not_told_another(monkeypatch):
    monkeypatch.setattr(rulebook, "MOST_KEPT", 2)
    program = program_of({"any": ["n1 / i1 >= 2", "b1"]})
    people: dict[tuple[str, ...], dict[str, Value]] = {
        ("n1", "i1", "b1"): {},
        ("n1", "b1"): {"i1": 2},
        ("i1", "b1"): {"n1": 2.0},
        ("n1", "i1"): {"b1": False},
        ("n1",): {"i1": 2, "b1": False},
    }
    for _ in range(2):
        for facts, values in people.items():
            assert explain(program, 0, profile_of(values)).missing_facts == facts


def test_a_rule_too_wide_to_try_names_all_its_open_facts():
    wide = {"any": [{"all": [f"i1 >= {n}", f"i2 >= {n}", f"n1 >= {n}", f"n2 <= {n}"]} for n in range(1, 9)]}
    assert decide(wide).missing_facts == ("i1", "i2", "n1", "n2")
