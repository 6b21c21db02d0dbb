"""The reference evaluator: slow, obvious, and the judge of every executor.

Three-valued logic after Kleene (1952): true, false, and None for unknown. `all` is false as soon as one item is
false, whatever is unknown beside it; `any` is true as soon as one is true; `not` leaves unknown unknown.
Numbers are compared as IEEE doubles, as the columns of the batch executor hold them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from domain.errors import UnknownParameter
from domain.expression import (
    All,
    AnyOf,
    Between,
    Clause,
    Compare,
    Expression,
    Literal,
    Not,
    OneOf,
    Operand,
    ParameterRef,
)
from domain.facts import Value

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def evaluate(expression: Expression, facts: Mapping[str, Value], parameters: Mapping[str, Decimal]) -> bool | None:
    """Whether `expression` holds; a fact that is missing from `facts` is unknown."""
    match expression:
        case Clause():
            return evaluate_clause(expression, facts.get(expression.fact), parameters)
        case Not(item=item):
            inner = evaluate(item, facts, parameters)
            return None if inner is None else not inner
        case All(items=items):
            return kleene_all(evaluate(item, facts, parameters) for item in items)
        case AnyOf(items=items):
            return kleene_any(evaluate(item, facts, parameters) for item in items)


def evaluate_clause(clause: Clause, value: Value, parameters: Mapping[str, Decimal]) -> bool | None:
    """Whether one clause holds for `value`."""
    if value is None:
        return None
    subject = _comparable(value)
    match clause.test:
        case Compare(operator=symbol, operand=operand):
            return _COMPARE[symbol](subject, threshold(operand, parameters))
        case OneOf(values=values, negated=negated):
            return (subject in [_comparable(item) for item in values]) is not negated
        case Between(low=low, high=high):
            return _COMPARE["<="](threshold(low, parameters), subject) and _COMPARE["<="](
                subject, threshold(high, parameters)
            )


def kleene_all(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    return False if False in seen else None if None in seen else True


def kleene_any(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    return True if True in seen else None if None in seen else False


def threshold(operand: Operand, parameters: Mapping[str, Decimal]) -> Value:
    """An operand's value in the form facts are compared with: numbers as doubles."""
    if isinstance(operand, ParameterRef):
        if operand.name not in parameters:
            raise UnknownParameter(operand.name)
        return float(parameters[operand.name])
    return _comparable(operand)


def _comparable(value: Value | Literal) -> Value:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    return value
