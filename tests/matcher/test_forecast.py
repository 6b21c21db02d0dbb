"""When a verdict turns if only time passes, held against every single day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from catalogue.loader import Catalogue, load_catalogue
from domain.decision import Verdict
from domain.derivation import FromRule, FromTerm
from domain.errors import ParameterExpired
from domain.evaluate import evaluate
from domain.facts import Audience, Value
from domain.policy import DatedValue, Policy
from domain.terms import value_of
from matcher.outlook.forecast import Cause, Flip, Forecast, Passage
from matcher.outlook.timeline import Timeline
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.time_rules import always, catalogue, parameter

DAY = date(2024, 2, 27)
UNKNOWN: dict[str, Value] = dict.fromkeys(over_time.FACTS)


def forecast(policy: Policy, facts: Mapping[str, Value], until: date, day: date = DAY, **law: object) -> Forecast:
    parameters = {name: always(name, "1") for name in ("p", "q", "rate")} | law
    timeline = Timeline(catalogue(parameters, [policy]), Audience.CITIZEN)  # type: ignore[arg-type]
    return Passage(timeline, facts).forecast(policy, day, until)


def facts_on(day: date, facts: Mapping[str, Value], law: Mapping[str, Decimal]) -> dict[str, Value]:
    """What the derived facts of tests.matcher.time_rules come to on a day, said again as plainly as can be."""
    known = dict(facts)
    for name, sources in (("years", ["d1"]), ("months", ["d2"]), ("left", ["d2"]), ("twice", ["d1", "i1"])):
        if all(facts[source] is not None for source in sources):
            fact = over_time.FACTS[name]
            assert isinstance(fact.derivation, FromTerm)
            value = value_of(fact.derivation.term, known, law, day)
            assert value is None or isinstance(value, float)
            assert fact.minimum is not None
            assert fact.maximum is not None
            known[name] = value if value is not None and fact.minimum <= value <= fact.maximum else None
    if facts["d1"] is not None and facts["b1"] is not None and "q" in law:
        rule = over_time.FACTS["young"].derivation
        assert isinstance(rule, FromRule)
        known["young"] = evaluate(rule.rule, known, law, day)
    return known


def verdict_on(day: date, policy: Policy, facts: Mapping[str, Value], law: Catalogue) -> Verdict:
    if not policy.in_force(day):
        return Verdict.INELIGIBLE
    parameters = law.parameters_at(day)
    return Verdict.of(evaluate(policy.eligibility, facts_on(day, facts, parameters), parameters, day))


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(over_time.policies(), over_time.profiles, over_time.parameters(), drawn.as_of_days)
def test_the_forecast_is_what_walking_day_by_day_finds(policy, facts, parameters, day):
    until = day + timedelta(days=900)
    law = catalogue(parameters, [policy])
    timeline = Timeline(law, Audience.CITIZEN)
    needed = timeline.named(policy)

    def lacks(when: date) -> bool:
        return policy.in_force(when) and not needed <= law.parameters_at(when).keys()

    passage = Passage(timeline, facts)
    if lacks(day):
        with pytest.raises(ParameterExpired):
            passage.forecast(policy, day, until)
        return
    found = passage.forecast(policy, day, until)
    assert found.verdict is verdict_on(day, policy, facts, law)
    for later in (day + timedelta(days=n) for n in range(1, 901)):
        if lacks(later):
            assert found.flip is None
            assert found.until == later - timedelta(days=1)
            assert found.parameter in needed
            return
        verdict = verdict_on(later, policy, facts, law)
        if verdict is not found.verdict:
            assert found.flip is not None
            assert (found.flip.on, found.flip.after, found.flip.before) == (later, verdict, found.verdict)
            return
    assert found.flip is None
    assert (found.until, found.parameter) == (until, None)


def flip_of(rule: object, facts: Mapping[str, Value], until: date = date(2027, 1, 1), day: date = DAY) -> date | None:
    flip = forecast(drawn.policy(0, rule), UNKNOWN | dict(facts), until, day).flip
    return flip.on if flip else None


def test_a_month_is_complete_on_its_last_day_where_the_day_is_missing():
    assert flip_of("years_since(d1) >= 1", {"d1": date(2024, 2, 29)}, day=date(2024, 3, 1)) == date(2025, 2, 28)
    assert flip_of("years_since(d1) >= 4", {"d1": date(2020, 2, 29)}) == date(2024, 2, 29)
    assert flip_of("months_since(d1) >= 6", {"d1": date(2023, 8, 31)}) == date(2024, 2, 29)
    assert flip_of("months_until(d1) < 1", {"d1": date(2024, 3, 31)}) == date(2024, 3, 1)
    assert flip_of("months_until(d1) < 3", {"d1": date(2024, 3, 31)}) == date(2024, 4, 1)
    assert flip_of("d1 >= as_of", {"d1": date(2024, 2, 29)}) == date(2024, 3, 1)
    assert flip_of("days_since(d1) > 3", {"d1": DAY}) == date(2024, 3, 2)


def test_an_age_moves_with_the_birth_date_and_one_that_is_only_a_number_stays_and_is_named():
    policy = drawn.policy(0, "years >= 2")
    known = forecast(policy, UNKNOWN | {"d1": date(2022, 3, 1), "years": 0}, date(2025, 1, 1))
    assert known.flip is not None
    assert (known.flip.on, known.fixed) == (date(2024, 3, 1), ())
    number = forecast(policy, UNKNOWN | {"years": 1}, date(2034, 1, 1))
    assert (number.verdict, number.flip, number.fixed) == (Verdict.INELIGIBLE, None, ("years",))
    household = forecast(drawn.policy(0, "children >= 1"), UNKNOWN | {"children": 1}, date(2034, 1, 1))
    assert (household.flip, household.fixed) == (None, ("children",))


def test_the_facts_of_others_that_time_changes_are_taken_as_they_are():
    made = load_catalogue()
    citizens, enterprises = (Timeline(made, audience) for audience in Audience)
    assert {"age_years", "months_since_graduation"} <= citizens.moving.keys()
    assert {"children_under_3_count", "children_under_18_count"} <= citizens.fixed
    assert {"household_size", "lives_alone"}.isdisjoint(citizens.fixed | citizens.moving.keys())
    assert {"months_since_registered", "small_low_profit"} <= enterprises.moving.keys()
    assert "rd_intensity_percent" not in enterprises.moving
    assert {"legal_representative_age_years", "legal_representative_months_since_graduation"} <= enterprises.fixed


def test_what_lies_ahead_is_unknown_until_it_has_happened():
    found = forecast(drawn.policy(0, "months_since(d1) < 2"), UNKNOWN | {"d1": date(2024, 4, 30)}, date(2025, 1, 1))
    assert found.flip is not None
    assert (found.verdict, found.flip.on, found.flip.after) == (
        Verdict.UNKNOWN, date(2024, 4, 30), Verdict.ELIGIBLE,
    )  # fmt: skip


def test_the_forecast_ends_where_the_law_is_not_known_yet():
    law = parameter("p", DatedValue(date(2000, 1, 1), date(2024, 12, 31), Decimal(3)))
    found = forecast(drawn.policy(0, "i1 >= param.p"), UNKNOWN | {"i1": 5}, date(2026, 1, 1), p=law)
    assert (found.flip, found.until, found.parameter) == (None, date(2024, 12, 31), "p")
    with pytest.raises(ParameterExpired):
        forecast(drawn.policy(0, "i1 >= param.p"), UNKNOWN, date(2026, 1, 1), date(2025, 6, 1), p=law)


def test_the_cause_is_named_with_the_clauses_that_turned():
    both = {"all": ["years_since(d1) >= 2", "i1 >= param.p", {"any": ["months_since(d2) >= 600", "b1"]}]}
    facts: dict[str, Value] = {"d1": date(2022, 3, 1), "i1": 2, "d2": date(2024, 2, 1), "b1": True}
    ripe = forecast(drawn.policy(0, both), UNKNOWN | facts, date(2025, 1, 1)).flip
    assert ripe is not None
    assert (ripe.cause, [one.text for one in ripe.clauses]) == (Cause.TIME, ["years_since(d1) >= 2"])
    dearer = parameter(
        "p", DatedValue(date(2000, 1, 1), date(2024, 2, 29), Decimal(1)), DatedValue(date(2024, 3, 1), None, Decimal(3))
    )
    law = forecast(drawn.policy(0, "i1 >= param.p"), UNKNOWN | facts, date(2025, 1, 1), p=dearer).flip
    assert law is not None
    assert (law.on, law.cause, law.after) == (date(2024, 3, 1), Cause.PARAMETER, Verdict.INELIGIBLE)


def test_a_policy_begins_and_ends_on_its_own_days():
    window = replace(drawn.policy(0, "b1"), effective_from=date(2024, 3, 1), effective_to=date(2024, 3, 31))
    begins = forecast(window, UNKNOWN | {"b1": True}, date(2025, 1, 1)).flip
    assert begins == Flip(date(2024, 3, 1), Verdict.INELIGIBLE, Verdict.ELIGIBLE, Cause.BEGINS)
    ends = forecast(window, UNKNOWN | {"b1": True}, date(2025, 1, 1), date(2024, 3, 1)).flip
    assert ends == Flip(date(2024, 4, 1), Verdict.ELIGIBLE, Verdict.INELIGIBLE, Cause.ENDS)
    assert forecast(window, UNKNOWN | {"b1": False}, date(2025, 1, 1)).flip is None


def test_the_horizon_is_looked_at_to_its_last_day_and_no_further():
    assert flip_of("years_since(d1) >= 2", {"d1": date(2022, 6, 1)}, date(2024, 6, 1)) == date(2024, 6, 1)
    assert flip_of("years_since(d1) >= 2", {"d1": date(2022, 6, 1)}, date(2024, 5, 31)) is None
    assert flip_of("years_since(d1) >= 2", {"d1": date(2022, 6, 1)}, date.max) == date(2024, 6, 1)
