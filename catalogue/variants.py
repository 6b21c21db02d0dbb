"""A rule judged with each of many faults in it at once, so that thousands of clauses can be tried in a moment.

A verdict is two whole numbers: bit i of the first says that the rule holds with fault i, of the second that it does
not; unknown is neither. One walk over the rule then judges all its variants, each as `domain.evaluate` would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import and_, or_

from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not, clauses
from domain.facts import Value

Fault = tuple[Clause, Expression]
"""A clause, and what stands in its place wherever it occurs."""
_Masks = tuple[int, int]


def judged(
    rule: Expression,
    faults: Sequence[Fault],
    facts: Mapping[str, Value],
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> list[Verdict]:
    """The verdict of the rule with each of the faults, one at a time."""
    every = (1 << len(faults)) - 1
    leaves: dict[Clause, _Masks] = {}
    for clause in clauses(rule):
        if clause not in leaves:
            leaves[clause] = _constant(evaluate(clause, facts, parameters, as_of), every)
    for number, (clause, replacement) in enumerate(faults):
        bit = 1 << number
        true, false = leaves[clause]
        now_true, now_false = _constant(evaluate(replacement, facts, parameters, as_of), bit)
        leaves[clause] = true & ~bit | now_true, false & ~bit | now_false
    true, false = _masks(rule, leaves, every)
    return [
        Verdict.ELIGIBLE if true >> i & 1 else Verdict.INELIGIBLE if false >> i & 1 else Verdict.UNKNOWN
        for i in range(len(faults))
    ]


def _constant(verdict: bool | None, bits: int) -> _Masks:
    return (bits if verdict is True else 0, bits if verdict is False else 0)


def _masks(rule: Expression, leaves: Mapping[Clause, _Masks], every: int) -> _Masks:
    match rule:
        case Clause():
            return leaves[rule]
        case Not(item=item):
            true, false = _masks(item, leaves, every)
            return false, true
        case All(items=items):
            below = [_masks(item, leaves, every) for item in items]
            return reduce(and_, (true for true, _ in below), every), reduce(or_, (false for _, false in below), 0)
        case AnyOf(items=items):
            below = [_masks(item, leaves, every) for item in items]
            return reduce(or_, (true for true, _ in below), 0), reduce(and_, (false for _, false in below), every)
        case AtLeast(count=count, items=items):
            below = [_masks(item, leaves, every) for item in items]
            true = _at_least(count, [true for true, _ in below], every)
            # It does not hold where too many do not: so many that fewer than `count` are left.
            false = _at_least(len(items) - count + 1, [false for _, false in below], every)
            return true, false


def _at_least(count: int, masks: Sequence[int], every: int) -> int:
    """The bits that are set in at least `count` of the masks."""
    if count <= 0:
        return every
    reached = [every] + [0] * count  # reached[k]: set in at least k of those seen
    for mask in masks:
        for k in range(count, 0, -1):
            reached[k] |= reached[k - 1] & mask
    return reached[count]
