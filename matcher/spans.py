"""Sets of values that predicates ask for: half-open spans of doubles, and sets of words."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """low <= x < high on doubles. Open and closed ends are turned into this by the next double up."""

    low: float
    high: float


@dataclass(frozen=True)
class Words:
    """The values themselves or, `negated`, all others."""

    values: frozenset[float | str | bool]
    negated: bool = False


Cells = tuple[Span, ...] | Words
"""Spans ascend and do not overlap."""
EVERYWHERE = (Span(-math.inf, math.inf),)


def contains(cells: Cells, value: float | str | bool) -> bool:
    """Whether a value, as `matcher.compile.encode` gives it, lies in `cells`."""
    if isinstance(cells, Words):
        return (value in cells.values) is not cells.negated
    return any(span.low <= value < span.high for span in cells)  # type: ignore[operator]  # ordered columns hold doubles


def spans_where(symbol: str, bound: float) -> tuple[Span, ...]:
    """The doubles x with `x symbol bound`."""
    above = math.nextafter(bound, math.inf)
    match symbol:
        case "<":
            return (Span(-math.inf, bound),)
        case "<=":
            return (Span(-math.inf, above),)
        case ">":
            return (Span(above, math.inf),)
        case ">=":
            return (Span(bound, math.inf),)
        case "==":
            return (Span(bound, above),)
    return (Span(-math.inf, bound), Span(above, math.inf))
