"""The reference evaluator: slow, obvious, and the judge of every executor.

Three-valued logic after Kleene (1952): true, false, and None for unknown. `all` is false as soon as one item is
false, whatever is unknown beside it; `any` is true as soon as one is true; `not` leaves unknown unknown; `at_least`
counts what is true, and what may be. Terms are worked out as domain/terms.py says.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf, Within
from domain.facts import Value
from domain.regions import lies_in
from domain.terms import comparable, value_of

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
"""The comparisons of the language; on numpy's arrays they work element by element."""


def evaluate(
    expression: Expression,
    facts: Mapping[str, Value],
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> bool | None:
    """Whether `expression` holds on `as_of`; a fact that is missing from `facts` is unknown."""
    match expression:
        case Clause():
            return evaluate_clause(expression, facts, parameters, as_of)
        case Not(item=item):
            return kleene_not(evaluate(item, facts, parameters, as_of))
        case All(items=items):
            return kleene_all(evaluate(item, facts, parameters, as_of) for item in items)
        case AnyOf(items=items):
            return kleene_any(evaluate(item, facts, parameters, as_of) for item in items)
        case AtLeast(count=count, items=items):
            return kleene_at_least(count, (evaluate(item, facts, parameters, as_of) for item in items))


def evaluate_clause(
    clause: Clause,
    facts: Mapping[str, Value],
    parameters: Mapping[str, Decimal],
    as_of: date,
) -> bool | None:
    """Whether one clause holds; unknown as soon as something that it needs is unknown."""
    left = value_of(clause.left, facts, parameters, as_of)
    if isinstance(clause.test, OneOf):
        values = [comparable(value) for value in clause.test.values]
        return None if left is None else (left in values) is not clause.test.negated
    if isinstance(clause.test, Within):
        inside = None if left is None else _within(str(left), clause.test.regions)
        return kleene_not(inside) if clause.test.negated else inside
    bounds = [value_of(operand, facts, parameters, as_of) for operand in clause.operands()]
    if isinstance(clause.test, Compare):
        return _compared(clause.test.operator, left, bounds[0])
    assert isinstance(clause.test, Between)
    return kleene_all([_compared(">=", left, bounds[0]), _compared("<=", left, bounds[1])])


def _compared(symbol: str, left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else COMPARE[symbol](left, right)


def _within(place: str, asked: tuple[str, ...]) -> bool | None:
    """Whether `place` is an asked region or lies in one; unknown where it is only known to surround one."""
    if any(lies_in(place, region) for region in asked):
        return True
    return None if any(lies_in(region, place) for region in asked) else False


def kleene_not(value: bool | None) -> bool | None:
    return None if value is None else not value


def kleene_all(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    return False if False in seen else None if None in seen else True


def kleene_any(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    return True if True in seen else None if None in seen else False


def kleene_at_least(count: int, values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    possible = len(seen) - seen.count(False)
    return True if seen.count(True) >= count else None if possible >= count else False
