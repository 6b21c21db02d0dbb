"""Periods that end or begin on a known day, turned into thresholds on the date at their other end.

`months_since(registered_on) >= 6` on 24 November 2026 asks no more than `registered_on <= 2026-05-24`: completed
months fall as the date rises. So that no calendar is asked for each subject, the date at which the count passes each
bound is found once, by bisection over the calendar of domain/calendar.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from domain.calendar import day_number
from domain.errors import ParameterExpired, UnknownParameter
from domain.terms import PERIODS, Call, FactRef, Term, TermValue, fact_names, value_of
from matcher.spans import EVERYWHERE, Span

FIRST_DAY, LAST_DAY = day_number(date.min), day_number(date.max)


def pulled_back(
    term: Term, spans: tuple[Span, ...], parameters: Mapping[str, Decimal], as_of: date
) -> tuple[FactRef, tuple[Span, ...], tuple[Span, ...]] | None:
    """For a period between a fact and a known day: the fact, where it must lie, and where the period is unknown.

    None for every other term. Raises ParameterExpired where the known day needs a parameter without a value.
    """
    if not (isinstance(term, Call) and term.function in PERIODS and len(fact_names(term)) == 1):
        return None
    period = PERIODS[term.function]
    ends: tuple[Term | date, ...] = {
        "since": (*term.arguments, as_of),
        "until": (as_of, *term.arguments),
        "between": term.arguments,
    }[period.ends]
    facts = [end for end in ends if isinstance(end, FactRef)]
    if len(facts) != 1:
        return None
    starts_with_fact = isinstance(ends[0], FactRef)
    other = ends[1] if starts_with_fact else ends[0]
    known = other if isinstance(other, date) else constant_value(other, parameters, as_of)
    assert known is None or isinstance(known, date), "the type check lets only dates into a period"
    if known is None:
        return facts[0], (), EVERYWHERE
    return facts[0], *_where(term.function, starts_with_fact, known, spans)


def constant_value(term: Term, parameters: Mapping[str, Decimal], as_of: date) -> TermValue:
    """What a term without facts comes to; raises ParameterExpired where it needs a parameter without a value."""
    try:
        return value_of(term, {}, parameters, as_of)
    except UnknownParameter as error:
        # The loader knows every name, so a parameter missing here has no value on the as-of date.
        raise ParameterExpired(str(error.data["parameter"]), as_of) from None


@lru_cache(maxsize=65_536)
def _where(
    function: str, starts_with_fact: bool, known: date, spans: tuple[Span, ...]
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    day = day_number(known)
    count = PERIODS[function].count

    def first_at_least(bound: float) -> int:
        """The first day, from the known one on, to which there are `bound` or more."""
        return _first(lambda n: _count(count, day, n) >= bound, day, LAST_DAY + 1)

    def first_below(bound: float) -> int:
        """The first day, up to the known one, from which there are fewer than `bound`."""
        return _first(lambda n: _count(count, n, day) < bound, FIRST_DAY, day + 1)

    true = []
    for span in spans:
        # A count is a whole number of at least zero: the first that the span holds, and the first beyond it.
        low, high = math.ceil(max(span.low, 0.0)), math.inf if span.high == math.inf else math.ceil(span.high)
        first, beyond = (
            (first_below(high), first_below(low)) if starts_with_fact else (first_at_least(low), first_at_least(high))
        )
        if first < beyond:
            true.append(Span(-math.inf if first == FIRST_DAY else float(first), _open(beyond)))
    true.sort(key=lambda span: span.low)
    unknown = Span(float(day + 1), math.inf) if starts_with_fact else Span(-math.inf, float(day))
    return tuple(true), (unknown,)


def _open(day: int) -> float:
    return math.inf if day > LAST_DAY else float(day)


def _count(count: Callable[[date, date], int | None], start: int, end: int) -> int:
    counted = count(_date(start), _date(end))
    assert counted is not None, "the start lies before the end"
    return counted


def _date(number: int) -> date:
    return date.fromordinal(number - FIRST_DAY + 1)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first day in [low, high) on which `holds`, which stays true from then on; `high` if it never does."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
