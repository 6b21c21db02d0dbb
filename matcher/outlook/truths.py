"""A rule seen as a function of its clauses' truths: what it would be if this clause or that came out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.evaluate import evaluate_clause, kleene_all, kleene_any, kleene_at_least, kleene_not
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not, clauses
from domain.facts import Value

Truths = Mapping[Clause, bool | None]


def truths_of(
    rule: Expression, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date
) -> dict[Clause, bool | None]:
    """What each clause comes to, in the rule's order; a clause that is written twice is there once."""
    return {clause: evaluate_clause(clause, facts, parameters, as_of) for clause in dict.fromkeys(clauses(rule))}


def holds(rule: Expression, truths: Truths) -> bool | None:
    """What the rule comes to where its clauses come to `truths`, as domain.evaluate has it."""
    match rule:
        case Clause():
            return truths[rule]
        case Not(item=item):
            return kleene_not(holds(item, truths))
        case All(items=items):
            return kleene_all(holds(item, truths) for item in items)
        case AnyOf(items=items):
            return kleene_any(holds(item, truths) for item in items)
        case AtLeast(count=count, items=items):
            return kleene_at_least(count, (holds(item, truths) for item in items))
