"""Why a verdict is what it is: every clause with the fact's value, source and date.

The verdict is the reference evaluator's. A clause is decisive when the verdict rests on it: the unmet ones of an
ineligible `all`, the met branches of an eligible `any`, the missing ones of an unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.amount import benefit_amount_fen
from domain.decision import Decision, Outcome, Reason, Verdict
from domain.evaluate import evaluate_clause, kleene_all, kleene_any, kleene_at_least, kleene_not
from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf
from domain.facts import FactDefinition, FactType, Value, Vocabulary
from domain.policy import Policy
from domain.profile import Profile
from domain.terms import value_of


def explain(
    policy: Policy,
    profile: Profile,
    vocabulary: Vocabulary,
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> Decision:
    """Decide one policy for one profile, with reasons; `parameters` are the values in force on `as_of`."""
    values = profile.values()
    facts = vocabulary.of(policy.audience)
    judged = _judged(policy.eligibility, values, parameters, as_of)
    verdict = Verdict.of(judged.holds)
    amount = None
    if verdict is not Verdict.INELIGIBLE:
        amount = benefit_amount_fen(policy.benefit, values, parameters, as_of)
    reasons = tuple(
        _reason(leaf, profile, values, facts[leaf.clause.facts()[0]], parameters, as_of) for leaf in _leaves(judged)
    )
    return Decision(profile.subject_id, policy.id, policy.version, as_of, verdict, amount, reasons)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A part of a rule with what the reference evaluator says of it, and its own parts."""

    part: Expression
    holds: bool | None
    items: tuple[_Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A clause, whether it holds, stands under an odd number of `not`, and whether the verdict rests on it."""

    clause: Clause
    holds: bool | None
    negated: bool
    decisive: bool


def _judged(part: Expression, values: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date) -> _Judged:
    """Every part's value in one pass, as `evaluate` gives it; tests hold the two against each other."""
    match part:
        case Clause():
            return _Judged(part, evaluate_clause(part, values, parameters, as_of))
        case Not(item=item):
            inner = _judged(item, values, parameters, as_of)
            return _Judged(part, kleene_not(inner.holds), (inner,))
        case AtLeast(count=count, items=items):
            parts = tuple(_judged(item, values, parameters, as_of) for item in items)
            return _Judged(part, kleene_at_least(count, (one.holds for one in parts)), parts)
        case All(items=items) | AnyOf(items=items):
            parts = tuple(_judged(item, values, parameters, as_of) for item in items)
            combine = kleene_all if isinstance(part, All) else kleene_any
            return _Judged(part, combine(one.holds for one in parts), parts)


def _leaves(judged: _Judged, negated: bool = False, decisive: bool = True) -> Iterator[_Leaf]:
    match judged.part:
        case Clause() as clause:
            yield _Leaf(clause, judged.holds, negated, decisive)
        case Not():
            yield from _leaves(judged.items[0], not negated, decisive)
        case All() | AnyOf() | AtLeast():
            for item in judged.items:
                # A branch's value is made by the items that share it: false by the false ones, and so on.
                yield from _leaves(item, negated, decisive and item.holds is judged.holds)


def _reason(
    leaf: _Leaf,
    profile: Profile,
    values: Mapping[str, Value],
    fact: FactDefinition,
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> Reason:
    clause, negated = leaf.clause, leaf.negated
    holds = leaf.holds
    outcome = Outcome.MISSING if holds is None else Outcome.MET if holds is not negated else Outcome.UNMET
    value = values.get(fact.name) if clause.fact else value_of(clause.left, values, parameters, as_of)
    known = profile.facts.get(fact.name)
    operator, bound = _requirement(clause, negated, fact, values, parameters, as_of)
    return Reason(
        clause=clause.text,
        outcome=outcome,
        fact=fact.name,
        operator=operator,
        value=value,
        threshold=bound,
        unit=fact.unit,
        source=known.source if known and value is not None else None,
        as_of=known.as_of if known and value is not None else None,
        negated=negated,
        decisive=leaf.decisive,
    )


_OPPOSITE = {
    "<": ">=",
    ">=": "<",
    "<=": ">",
    ">": "<=",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "between": "not between",
    "within": "not within",
    "not within": "within",
}


def _requirement(
    clause: Clause,
    negated: bool,
    fact: FactDefinition,
    values: Mapping[str, Value],
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> tuple[str, Value | tuple[Value, ...]]:
    """What the fact must be: the clause's operator and threshold, turned round under a `not`."""
    bounds = tuple(_natural(value_of(operand, values, parameters, as_of)) for operand in clause.operands())
    operator = _operator(clause)
    if fact.type is FactType.BOOLEAN and operator in ("==", "!="):
        wanted = (bounds[0] is True) is (operator == "==") is not negated
        return "==", wanted
    if negated:
        operator = _OPPOSITE[operator]
    return operator, bounds[0] if isinstance(clause.test, Compare) else bounds


def _operator(clause: Clause) -> str:
    match clause.test:
        case OneOf(negated=excluded):
            return "not in" if excluded else "in"
        case Between():
            return "between"
        case Compare(operator=symbol):
            return symbol
    return "not within" if clause.test.negated else "within"


def _natural(value: Value) -> Value:
    """Thresholds compare as doubles; people read 65, not 65.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
