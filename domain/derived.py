"""Derived facts worked out for one subject: slow and obvious, the judge of the columns' version in features.

Unknown in, unknown out, as domain/terms.py and domain/evaluate.py say. Unknown too: a fact whose law names a parameter
without a value on the day, and a result outside the fact's own bounds, which contradicts itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from domain.derivation import Aggregate, FromRule, FromTerm, OfHousehold, parameter_sources
from domain.evaluate import evaluate, kleene_all, kleene_any
from domain.facts import NUMERIC, FactDefinition, FactType, Value
from domain.terms import TermValue, value_of


def own_value(
    fact: FactDefinition, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date
) -> Value:
    """The value of a fact that follows from the subject's own `facts`."""
    derivation = fact.derivation
    if derivation is None or any(name not in parameters for name in parameter_sources(derivation)):
        return None
    match derivation:
        case FromTerm(term=term):
            return settled(fact, value_of(term, facts, parameters, as_of))
        case FromRule(rule=rule):
            return evaluate(rule, facts, parameters, as_of)
    raise AssertionError(f"{fact.name} does not follow from the subject's own facts")


def household_value(
    fact: FactDefinition,
    members: Sequence[Mapping[str, Value]],
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> Value:
    """The value of a household's fact from the facts of all its members; a subject without a household has none.

    A count is unknown as soon as the rule is for one member: it may be one of those counted. `any` and `all` are
    Kleene's, so that one member who surely is settles the one, and one who surely is not the other.
    """
    derivation = fact.derivation
    assert isinstance(derivation, OfHousehold)
    if not members or any(name not in parameters for name in parameter_sources(derivation)):
        return None
    if derivation.rule is None:
        return settled(fact, float(len(members)))
    met = [evaluate(derivation.rule, member, parameters, as_of) for member in members]
    match derivation.aggregate:
        case Aggregate.ANY:
            return kleene_any(met)
        case Aggregate.ALL:
            return kleene_all(met)
        case _:
            return None if None in met else settled(fact, float(met.count(True)))


def settled(fact: FactDefinition, value: TermValue) -> Value:
    """A term's value as the fact has it: a whole number where it is one, unknown where its bounds exclude it."""
    if value is None or fact.type not in NUMERIC:
        return value
    assert isinstance(value, float)
    low, high = fact.minimum, fact.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return None
    return int(value) if fact.type is FactType.INTEGER else value


def in_order(facts: Mapping[str, FactDefinition]) -> tuple[FactDefinition, ...]:
    """The derived facts of an audience, each after those that it rests on. Raises CycleError for a circle."""
    resting = {
        fact.name: [name for name in fact.derived_from if name in facts and facts[name].derived]
        for fact in facts.values()
        if fact.derived
    }
    return tuple(facts[name] for name in TopologicalSorter(resting).static_order())


def circle(facts: Mapping[str, FactDefinition]) -> tuple[str, ...]:
    """Derived facts that rest on each other, each on the next and the last one, again, being the first; or none."""
    try:
        in_order(facts)
    except CycleError as error:
        names: list[str] = error.args[1]
        return tuple(reversed(names))  # graphlib names them from what is rested on to what rests on it
    return ()
