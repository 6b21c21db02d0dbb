"""Where ranges that are meant to follow each other leave something out, or meet twice.

Only where they plainly follow each other: at one value (below 300, above 300; up to 300, from 300), or wider where
other ranges of the same row meet exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalogue.lint.values import Interval


@dataclass(frozen=True)
class Seam:
    """Between the ranges `before` and `after`, by their places in the row: a gap, or what lies in both."""

    before: int
    after: int
    gap: bool
    interval: Interval


def seams(ranges: Sequence[Interval], *, whole: bool) -> Iterator[Seam]:
    """The faulty seams of a row of ranges, in any order; none where one lies within another, or no row is seen."""
    order = sorted(range(len(ranges)), key=lambda place: (ranges[place].low, not ranges[place].low_in))
    pairs = [(one, other, ranges[one], ranges[other]) for one, other in pairwise(order)]
    if any(_holds(a, b) or _holds(b, a) for _, _, a, b in pairs):
        return
    exact = sum(_meet(a, b, whole=whole) for _, _, a, b in pairs)
    for before, after, a, b in pairs:
        if _meet(a, b, whole=whole):
            continue
        shared = a.meet(b)
        if shared.empty:
            between = Interval(a.high, b.low, not a.high_in, not b.low_in)
            between = between.in_whole_numbers() if whole else between
            if between.low == between.high or exact:
                yield Seam(before, after, True, between)
        elif shared.low == shared.high or exact:
            yield Seam(before, after, False, shared)


def _meet(a: Interval, b: Interval, *, whole: bool) -> bool:
    """Whether `b` begins where `a` ends."""
    return b.low == a.high + 1 if whole else a.high == b.low and a.high_in is not b.low_in


def _holds(outer: Interval, inner: Interval) -> bool:
    """Whether `inner` lies within `outer`."""
    return outer.meet(inner) == inner
