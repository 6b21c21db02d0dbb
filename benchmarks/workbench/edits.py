"""What an officer changes: each policy loosened by its last condition, and rules with thresholds that nobody had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from catalogue.loader import Catalogue
from domain.expression import All, AnyOf, AtLeast, Clause, Compare, Expression, Not
from domain.facts import Audience
from domain.policy import Policy
from domain.terms import Constant, ParameterRef


def drafts(words: Catalogue, as_of: date) -> Iterator[tuple[Policy, Policy | None]]:
    """Each policy's next version beside the one that serves; one that has but one condition is new instead."""
    for served in words.in_force(Audience.CITIZEN, as_of):
        rule = served.eligibility
        if isinstance(rule, All) and len(rule.items) > 1:
            looser = replace(rule, items=rule.items[:-1])
            yield replace(served, version=served.version + 1, eligibility=looser), served
        else:
            yield served, None


def rules(words: Catalogue, as_of: date, turn: int = 0) -> Iterator[Expression]:
    """Each rule that compares with a number or a parameter, with a threshold a little above it, each turn another."""
    law = words.parameters_at(as_of)

    def raised(clause: Clause) -> Clause:
        match clause.test:
            case Compare(right=Constant(value=int() | Decimal() as value)) if not isinstance(value, bool):
                number = Decimal(value)
            case Compare(right=ParameterRef(name=name)):
                number = law[name]
            case _:
                return clause
        higher = number * Decimal("1.013") + Decimal("0.7") + turn
        return replace(clause, test=replace(clause.test, right=Constant(higher)))

    for policy in words.in_force(Audience.CITIZEN, as_of):
        edited = _with(policy.eligibility, raised)
        if edited != policy.eligibility:
            yield edited


def _with(rule: Expression, change: Callable[[Clause], Clause]) -> Expression:
    match rule:
        case Clause():
            return change(rule)
        case Not(item=item):
            return Not(_with(item, change))
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            return replace(rule, items=tuple(_with(item, change) for item in items))
