"""Which values a quantity can have at all, by the vocabulary: its bounds, its words, and arithmetic over these."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from catalogue.lint.values import EVERY_NUMBER, EVERY_WORD, Interval, Numbers, Values, Words
from domain.calendar import day_number
from domain.errors import UnknownParameter
from domain.facts import CLOSED, FIRST_POSSIBLE_YEAR, NUMERIC, FactDefinition, FactType
from domain.terms import (
    PERCENT,
    Arithmetic,
    AsOf,
    Call,
    Constant,
    FactRef,
    ParameterRef,
    Term,
    TermValue,
    fact_names,
    moves_with_time,
    value_of,
)

_DAYS = Numbers.of(
    [Interval(day_number(date(FIRST_POSSIBLE_YEAR, 1, 1)), day_number(date.max), True, True)], whole=True
)
_COUNTED = Numbers.of([Interval(0, math.inf, True, False)], whole=True)
_CORNERS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_NO_DAY = date(2000, 1, 1)  # given where no day is read


def constant(term: Term, parameters: Mapping[str, Decimal]) -> tuple[bool, TermValue]:
    """Whether `term` has one value for all subjects and on all days, and that value; days as their numbers."""
    if fact_names(term) or moves_with_time(term):
        return False, None
    try:
        value = value_of(term, {}, parameters, _NO_DAY)
    except UnknownParameter:
        return False, None
    return True, number_of(value)


def number_of(value: TermValue) -> TermValue:
    """A day as its number; anything else as it is."""
    return float(day_number(value)) if isinstance(value, date) else value


def values_of_fact(fact: FactDefinition) -> Values:
    """All that `fact` can be where it is known."""
    if fact.type in NUMERIC:
        low = -math.inf if fact.minimum is None else fact.minimum
        high = math.inf if fact.maximum is None else fact.maximum
        bounds = Interval(low, high, math.isfinite(low), math.isfinite(high))
        return Numbers.of([bounds], whole=fact.type is FactType.INTEGER)
    if fact.type is FactType.DATE:
        return _DAYS
    if fact.type is FactType.BOOLEAN:
        return Words(frozenset({True, False}))
    return Words(frozenset(fact.categories)) if fact.type in CLOSED else EVERY_WORD


def values_of(term: Term, facts: Mapping[str, FactDefinition], parameters: Mapping[str, Decimal]) -> Values:
    """All that `term` can come to where it is known, or more."""
    fixed, value = constant(term, parameters)
    if fixed:
        if isinstance(value, float):
            return Numbers.points([value])
        return Words(frozenset() if value is None else frozenset({value}))
    match term:
        case FactRef(name=name):
            return values_of_fact(facts[name])
        case AsOf():
            return _DAYS
        case Arithmetic(operator=symbol, left=left, right=right):
            return _of_operation(symbol, values_of(left, facts, parameters), values_of(right, facts, parameters))
        case Call(function=name, arguments=arguments) if name == PERCENT:
            return _of_percent(*(values_of(one, facts, parameters) for one in arguments))
        case Call():
            return _COUNTED  # a period that would be negative is unknown
        case ParameterRef():
            return EVERY_NUMBER
        case Constant():  # pragma: no cover
            raise AssertionError("a constant has one value")


def _of_operation(symbol: str, left: Values, right: Values) -> Values:
    """Doubles round in order, so that the corners of two ranges bound whatever lies between them."""
    assert isinstance(left, Numbers)
    assert isinstance(right, Numbers)
    if left.empty or right.empty:
        return Numbers(())
    a, b = _ends(left), _ends(right)
    if symbol not in _CORNERS or (symbol == "/" and b[0] <= 0 <= b[1]):
        return EVERY_NUMBER
    corners = [_corner(symbol, x, y) for x, y in itertools.product(a, b)]
    return EVERY_NUMBER if any(map(math.isnan, corners)) else _from_to(min(corners), max(corners))


def _of_percent(part: Values, whole: Values) -> Values:
    """A share of something: the whole is above zero, or there is no share."""
    assert isinstance(part, Numbers)
    assert isinstance(whole, Numbers)
    if part.empty or whole.empty or _ends(whole)[1] <= 0:
        return Numbers(())
    return _from_to(0.0, math.inf) if _ends(part)[0] >= 0 else EVERY_NUMBER


def _ends(numbers: Numbers) -> tuple[float, float]:
    return numbers.intervals[0].low, numbers.intervals[-1].high


def _corner(symbol: str, x: float, y: float) -> float:
    try:
        return _CORNERS[symbol](x, y)
    except (OverflowError, ZeroDivisionError):
        return math.nan


def _from_to(low: float, high: float) -> Numbers:
    return Numbers.of([Interval(low, high, math.isfinite(low), math.isfinite(high))])
