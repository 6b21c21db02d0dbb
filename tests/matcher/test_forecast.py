"""When a verdict turns if only time passes, held against every single day."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from catalogue.loader import Catalogue
from domain.decision import Verdict
from domain.derivation import FromRule, FromTerm
from domain.errors import ParameterExpired
from domain.evaluate import evaluate
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.terms import value_of
from matcher.forecast import Forecast, Passage
from matcher.timeline import Timeline
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.time_rules import always, catalogue

DAY = date(2024, 2, 27)


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


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
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
