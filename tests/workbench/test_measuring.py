"""An impact's figures are those of one subject after the other, by the reference evaluator and domain.amount."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.amount import benefit_amount_fen, yearly_fen
from domain.benefit import Benefit, FixedAmount, Period
from domain.budget import Budget
from domain.evaluate import evaluate
from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.rules import parse
from domain.terms import fact_names
from tests.matcher.rules import DAY, PARAMETERS, as_of_days, forms, policy, rules
from tests.workbench.living import Living, people, words_with
from workbench.counting import count_rule
from workbench.impact import Counts, Group, Impact
from workbench.measuring import Side, measure

OTHER = {**PARAMETERS, "p": Decimal("0.3"), "q": Decimal(2)}
Row = Mapping[str, Value]
benefits = st.builds(Benefit, forms, st.sampled_from(Period))


def judged(side: Side | None, row: Row, as_of: date) -> tuple[bool | None, int | None]:
    """Verdict and fen a year."""
    if side is None:
        return False, 0
    parameters = side.words.parameters_at(as_of)
    benefit = side.policy.benefit
    amount = benefit_amount_fen(benefit, row, parameters, as_of)
    return evaluate(side.policy.eligibility, row, parameters, as_of), None if amount is None else yearly_fen(
        benefit, amount
    )


def lacking(rule: Expression, row: Row, parameters: Mapping[str, Decimal], as_of: date) -> set[str]:
    """The facts that keep the rule open; those of a clause that are unknown or, where none is, all of it."""
    if evaluate(rule, row, parameters, as_of) is not None:
        return set()
    match rule:
        case Clause(test=Between(low=low, high=high)) if fact_names(low, high):
            ends = (replace(rule, test=Compare(symbol, end)) for symbol, end in ((">=", low), ("<=", high)))
            return set().union(*(lacking(end, row, parameters, as_of) for end in ends))
        case Clause():
            return {name for name in rule.facts() if row[name] is None} or set(rule.facts())
        case Not(item=item):
            return lacking(item, row, parameters, as_of)
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            return set().union(*(lacking(item, row, parameters, as_of) for item in items))


def tallied(before: Side | None, after: Side, rows: Sequence[Row], left_out: set[str], as_of: date) -> dict[str, int]:
    """The figures of these rows, one row after the other."""
    found: Counter[str] = Counter()
    for row in rows:
        then, cost_before = judged(before, row, as_of)
        now, cost_after = judged(after, row, as_of)
        found["before"] += then is True
        found["after"] += now is True
        found["unknown"] += now is None
        found["gain"] += now is True and then is not True
        found["lose"] += then is True and now is not True
        found["lose_unknown"] += then is True and now is None
        found["becomes_unknown"] += now is None and then is not None
        found["cost_before"] += (cost_before or 0) if then is True else 0
        found["cost_after"] += (cost_after or 0) if now is True else 0
        found["amount_unknown_before"] += then is True and cost_before is None
        found["amount_unknown"] += now is True and cost_after is None
        found["messages"] += now is True and then is not True and row["subject_id"] not in left_out
    return found


def figures(impact: Impact) -> dict[str, int]:
    return {
        "before": impact.before.eligible if impact.before else 0,
        "after": impact.after.eligible,
        "unknown": impact.after.unknown,
        "gain": impact.gain,
        "lose": impact.lose,
        "lose_unknown": impact.lose_unknown,
        "becomes_unknown": impact.becomes_unknown,
        "cost_before": impact.cost_before_fen_year or 0,
        "cost_after": impact.cost_after_fen_year,
        "amount_unknown_before": impact.amount_unknown_before,
        "amount_unknown": impact.amount_unknown,
        "messages": impact.messages,
    }


def figures_of(group: Group) -> dict[str, int]:
    return {
        "before": group.before,
        "after": group.after,
        "unknown": group.unknown,
        "gain": group.gain,
        "lose": group.lose,
        "becomes_unknown": group.becomes_unknown,
        "cost_before": group.cost_before_fen_year,
        "cost_after": group.cost_after_fen_year,
        "messages": group.messages,
    }


def with_benefit(rule: object, benefit: Benefit) -> Policy:
    return replace(policy(1, rule), benefit=benefit)


BANDS = {0: "0-5", 6: "6-17", 18: "18-34", 35: "35-59", 60: "60-69", 70: "70-79", 80: "80+"}


def band_of(row: Row) -> str | None:
    age = row["age_years"]
    return [word for first, word in BANDS.items() if first <= age][-1] if isinstance(age, int) else None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.none() | rules, benefits, rules, benefits, st.integers(0, 2**32), as_of_days)
def test_every_figure_is_that_of_one_subject_after_the_other(old, old_benefit, new, new_benefit, seed, as_of):
    rows = people(seed, 60)
    left_out = {str(row["subject_id"]) for row in rows[::3]}
    before = None if old is None else Side(with_benefit(old, old_benefit), words_with())
    after = Side(with_benefit(new, new_benefit), words_with(OTHER))
    impact = measure(before, after, Living(rows, left_out), as_of)
    assert figures(impact) == tallied(before, after, rows, left_out, as_of)
    assert (impact.before is None) is (before is None) is (impact.cost_before_fen_year is None)

    missing = Counter(name for row in rows for name in lacking(after.policy.eligibility, row, OTHER, as_of))
    assert {one.fact: one.subjects for one in impact.missing} == missing
    assert [one.subjects for one in impact.missing] == sorted(missing.values(), reverse=True)

    for dimension, word_of in (("district", lambda row: row["residence_district"]), ("age", band_of)):
        groups = impact.of(dimension)
        assert {group.word for group in groups} == {word_of(row) for row in rows}
        for group in groups:
            inside = [row for row in rows if word_of(row) == group.word]
            assert group.subjects == len(inside)
            wanted = tallied(before, after, inside, left_out, as_of)
            assert figures_of(group) == {name: wanted[name] for name in figures_of(group)}
            assert (group.word is None) is (group.label.en == "Unknown")


@settings(max_examples=40, deadline=None)
@given(rules, rules, st.integers(0, 2**32))
def test_the_figures_add_up(old, new, seed):
    impact = measure(
        Side(policy(1, old), words_with()), Side(policy(2, new), words_with(OTHER)), Living(people(seed, 50)), DAY
    )
    assert impact.before is not None
    assert impact.before.subjects == impact.after.subjects == impact.subjects == 50
    assert impact.gain + impact.kept == impact.after.eligible
    assert impact.lose + impact.kept == impact.before.eligible
    assert impact.messages == impact.gain  # nobody is left out
    for dimension in impact.dimensions:
        groups = impact.of(dimension)
        assert sum(group.subjects for group in groups) == impact.subjects
        assert sum(group.cost_after_fen_year for group in groups) == impact.cost_after_fen_year
    assert impact.after.unknown <= sum(one.subjects for one in impact.missing)
    assert Impact.from_json(json.loads(json.dumps(impact.to_json()))) == impact


@settings(max_examples=40, deadline=None)
@given(rules, st.integers(0, 2**32), as_of_days)
def test_a_live_count_is_the_reference_s(rule, seed, as_of):
    rows = people(seed, 70)
    verdicts = Counter(evaluate(parse(rule), row, PARAMETERS, as_of) for row in rows)
    counted = count_rule(Audience.CITIZEN, parse(rule), words_with(), Living(rows), as_of)
    assert counted == (verdicts[True], verdicts[None], verdicts[False])


def test_what_is_no_longer_in_force_serves_nobody():
    ended = replace(policy(1, "b1"), effective_to=date(2024, 2, 26))
    rows = people(5, 30)
    impact = measure(Side(ended, words_with()), Side(policy(1, "b1"), words_with()), Living(rows), DAY)
    assert impact.before is None
    assert impact.basis.served_version is None
    assert impact.gain == impact.after.eligible == sum(row["b1"] is True for row in rows)


def test_only_facts_that_can_still_sway_the_rule_are_missing():
    rows = [{**row, **dict.fromkeys(("b1", "b2", "i1", "c1"))} for row in people(1, 4)]
    rows[0] |= {"i1": 1}  # unmet: b2 cannot save it, b1 can
    rows[1] |= {"b2": False}  # i1 cannot save it
    rows[2] |= {"b1": True}  # settled
    rule = {"any": ["b1", {"all": ["i1 >= 3", "b2"]}]}
    impact = measure(None, Side(policy(1, rule), words_with()), Living(rows), DAY)
    assert impact.after == Counts(eligible=1, unknown=3, ineligible=0)
    assert {one.fact: one.subjects for one in impact.missing} == {"b1": 3, "i1": 1, "b2": 1}


def test_a_place_known_too_coarsely_and_a_day_ahead_are_missing_too():
    rows = [{**row, "r1": "s", "d1": date(2025, 2, 28)} for row in people(1, 2)]
    rule = {"all": ["r1 within s.x", "months_since(d1) >= 6"]}
    impact = measure(None, Side(policy(1, rule), words_with()), Living(rows), DAY)
    assert {one.fact: one.subjects for one in impact.missing} == {"r1": 2, "d1": 2}


def test_money_by_the_million_is_added_to_the_fen():
    much = with_benefit("i1 >= -1", Benefit(FixedAmount(Decimal("90071992547409.93")), Period.MONTH))
    rows = [{**row, "i1": 1} for row in people(2, 11)]
    impact = measure(None, Side(much, words_with()), Living(rows), DAY)
    assert impact.cost_after_fen_year == 9007199254740993 * 12 * 11
    assert sum(group.cost_after_fen_year for group in impact.of("age")) == impact.cost_after_fen_year


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (Budget(cap_fen=500, year=None), (500, None)),
        (Budget(cap_fen=500, year=None, period=Period.MONTH, places=3), (6000, 3)),
        (Budget(cap_fen=None, year=2024, places=7), (None, 7)),
        (Budget(cap_fen=500, year=2023, places=7), (None, None)),
        (None, (None, None)),
    ],
)
def test_the_budget_is_that_of_the_day(budget, told):
    impact = measure(None, Side(replace(policy(1, "b1"), budget=budget), words_with()), Living(people(3, 5)), DAY)
    assert (impact.budget_fen, impact.places) == told


def test_progress_ends_with_everybody():
    heard: list[tuple[int, int | None]] = []
    measure(None, Side(policy(1, "b1"), words_with()), Living(people(4, 10)), DAY, lambda *one: heard.append(one))
    assert heard[-1] == (10, 10)
    assert heard == sorted(heard)
