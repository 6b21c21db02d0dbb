"""Sets of values that a quantity can have: unions of intervals for numbers and days, sets of words for the rest.

A set may be larger than the truth, never smaller: what is shown impossible with it is impossible.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`; each end belongs to it or not. Ends at infinity never belong to it."""

    low: float = -math.inf
    high: float = math.inf
    low_in: bool = False
    high_in: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    def meet(self, other: Interval) -> Interval:
        """What lies in both."""
        low, low_out = max((self.low, not self.low_in), (other.low, not other.low_in))
        high, high_in = min((self.high, self.high_in), (other.high, other.high_in))
        return Interval(low, high, not low_out, high_in)

    def in_whole_numbers(self) -> Interval:
        """The same whole numbers with ends that belong to it. Beyond 2**53 it may hold one more at an end."""
        low, high = self.low, self.high
        if math.isfinite(low):
            low = math.ceil(low) if self.low_in else math.floor(low) + 1
        if math.isfinite(high):
            high = math.floor(high) if self.high_in else math.ceil(high) - 1
        return Interval(float(low), float(high), math.isfinite(low), math.isfinite(high))


@dataclass(frozen=True)
class Numbers:
    """A set of numbers: intervals that ascend and do not touch. `whole`: whole numbers, or days by their number."""

    intervals: tuple[Interval, ...]
    whole: bool = False

    @classmethod
    def of(cls, intervals: Iterable[Interval], *, whole: bool = False) -> Numbers:
        """The union of `intervals`, in any order."""
        parts = [one.in_whole_numbers() if whole else one for one in intervals]
        joined: list[Interval] = []
        for part in sorted((one for one in parts if not one.empty), key=lambda one: (one.low, not one.low_in)):
            if joined and _touch(joined[-1], part, whole=whole):
                last = joined.pop()
                high, high_in = max((last.high, last.high_in), (part.high, part.high_in))
                joined.append(Interval(last.low, high, last.low_in, high_in))
            else:
                joined.append(part)
        return cls(tuple(joined), whole)

    @classmethod
    def points(cls, values: Iterable[float], *, whole: bool = False) -> Numbers:
        return cls.of((Interval(value, value, True, True) for value in values), whole=whole)

    @property
    def empty(self) -> bool:
        return not self.intervals

    def meet(self, other: Values) -> Numbers:
        """What lies in both."""
        assert isinstance(other, Numbers)
        whole = self.whole or other.whole
        return Numbers.of((a.meet(b) for a in self.intervals for b in other.intervals), whole=whole)

    def complement(self) -> Numbers:
        """All other numbers."""
        parts: list[Interval] = []
        low, low_in = -math.inf, False
        for one in self.intervals:
            parts.append(Interval(low, one.low, low_in, math.isfinite(one.low) and not one.low_in))
            low, low_in = one.high, math.isfinite(one.high) and not one.high_in
        return Numbers.of([*parts, Interval(low, math.inf, low_in, False)], whole=self.whole)


def _touch(before: Interval, after: Interval, *, whole: bool) -> bool:
    """Whether nothing lies between two intervals of which the second begins no earlier."""
    if whole and before.high + 1 >= after.low:
        return True
    return before.high > after.low or (before.high == after.low and (before.high_in or after.low_in))


@dataclass(frozen=True)
class Words:
    """A set of words, of true and false, or of the ways in which two quantities compare; `negated`: all but these."""

    words: frozenset[Hashable]
    negated: bool = False

    @property
    def empty(self) -> bool:
        return not self.negated and not self.words

    def meet(self, other: Values) -> Words:
        """What lies in both."""
        assert isinstance(other, Words)
        if self.negated and other.negated:
            return Words(self.words | other.words, True)
        if self.negated:
            return Words(other.words - self.words)
        return Words(self.words - other.words if other.negated else self.words & other.words)

    def complement(self) -> Words:
        """All other words."""
        return Words(self.words, not self.negated)


Values = Numbers | Words
EVERY_NUMBER = Numbers((Interval(),))
EVERY_WORD = Words(frozenset(), negated=True)
