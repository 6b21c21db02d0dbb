"""The quantities that clauses compare: facts, constants, dated parameters, arithmetic and periods between dates.

Numbers are IEEE doubles and each operation is done once, in the order written, so that a loop over columns gives the
same bits. A term is unknown (None) as soon as something that it needs is unknown, and where it has no meaning: a
division by zero, a share of nothing, a result that is not finite, a period that would end before it begins.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.calendar import completed_days, completed_months, completed_years
from domain.errors import UnknownParameter

Literal = bool | int | Decimal | str | date
Number = int | float | Decimal


@dataclass(frozen=True)
class FactRef:
    name: str


@dataclass(frozen=True)
class Constant:
    value: Literal


@dataclass(frozen=True)
class ParameterRef:
    """A dated parameter, by name."""

    name: str


@dataclass(frozen=True)
class AsOf:
    """The date on which the rule is judged."""


@dataclass(frozen=True)
class Arithmetic:
    """`operator` is one of + - * / and, where a compiler compares two quantities, <=> (-1, 0 or 1)."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Term, ...]


Term = FactRef | Constant | ParameterRef | AsOf | Arithmetic | Call
TermValue = bool | float | str | date | None
"""What a term comes to: numbers as doubles; None where it is unknown."""


@dataclass(frozen=True)
class Period:
    """Completed `unit`s from one date to another; one end is the as-of date unless the function takes two dates."""

    unit: str
    count: Callable[[date, date], int | None]
    ends: str


PERIODS: Mapping[str, Period] = {
    f"{unit}_{ends}": Period(unit, count, ends)
    for unit, count in (("years", completed_years), ("months", completed_months), ("days", completed_days))
    for ends in ("since", "until", "between")
}
"""`years_since(d)` from d to the as-of date, `years_until(d)` from the as-of date to d, `years_between(d, e)`."""
PERCENT = "percent"
ARITY: Mapping[str, int] = {name: 2 if period.ends == "between" else 1 for name, period in PERIODS.items()} | {
    PERCENT: 2
}
"""All functions of the language, with how many arguments each takes."""
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def value_of(term: Term, facts: Mapping[str, Any], parameters: Mapping[str, Decimal], as_of: date) -> TermValue:
    """What `term` comes to; raises UnknownParameter for one without a value in `parameters`."""
    match term:
        case FactRef(name=name):
            known: TermValue = comparable(facts.get(name))
            return known
        case Constant(value=value):
            constant: TermValue = comparable(value)
            return constant
        case ParameterRef(name=name):
            if name not in parameters:
                raise UnknownParameter(name)
            return float(parameters[name])
        case AsOf():
            return as_of
        case Arithmetic(operator=symbol, left=left, right=right):
            a = value_of(left, facts, parameters, as_of)
            b = value_of(right, facts, parameters, as_of)
            return None if a is None or b is None else combine(symbol, a, b)
        case Call(function=name, arguments=arguments):
            values = [value_of(one, facts, parameters, as_of) for one in arguments]
            return None if None in values else call(name, values, as_of)


def comparable(value: object) -> Any:
    """A fact or literal as it is compared: numbers as doubles, dates, words and booleans as they are."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    return value


def combine(symbol: str, a: Any, b: Any) -> float | None:
    """One arithmetic operation on known values; None where the result has no meaning."""
    if symbol == "<=>":
        return float((a > b) - (a < b))
    if symbol == "/" and b == 0:
        return None
    result = _ARITHMETIC[symbol](a, b)
    return result if math.isfinite(result) else None


def call(function: str, values: list[Any], as_of: date) -> float | None:
    """One function of known values; None where the result has no meaning."""
    if function == PERCENT:
        part, whole = values
        share = part * 100.0 / whole if whole > 0 else math.nan
        return share if math.isfinite(share) else None
    period = PERIODS[function]
    start, end = {"since": [*values, as_of], "until": [as_of, *values], "between": values}[period.ends]
    counted = period.count(start, end)
    return None if counted is None else float(counted)


def parts(term: Term) -> Iterator[Term]:
    """`term` and all terms within it, outermost first."""
    yield term
    match term:
        case Arithmetic(left=left, right=right):
            yield from parts(left)
            yield from parts(right)
        case Call(arguments=arguments):
            for one in arguments:
                yield from parts(one)


def fact_names(*terms: Term) -> tuple[str, ...]:
    """The facts that `terms` read, each once, in the order they are written."""
    return tuple(dict.fromkeys(part.name for term in terms for part in parts(term) if isinstance(part, FactRef)))


def moves_with_time(term: Term) -> bool:
    """Whether the term can change though no fact and no parameter does."""
    return any(
        isinstance(part, AsOf) or (isinstance(part, Call) and part.function in PERIODS and ARITY[part.function] == 1)
        for part in parts(term)
    )
