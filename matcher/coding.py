"""The codes of a column: small whole numbers that tell apart all that any predicate asks of it, and no more.

Code 0 is unknown. Of ordered values, code k + 1 says that k of the column's cuts lie at or below the value; of words,
code k + 1 is the k-th word, and one code more stands for all others. A set of cells thereby becomes a set of codes.
Codes stay right when a policy goes or comes, as long as no cut or word is asked for that they do not tell apart.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# Numba infers the types of what it compiles.

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.errors import ProfileInvalid
from domain.facts import CLOSED, FactType
from matcher.compile import Column, Predicate, Program
from matcher.machine_code import compiled
from matcher.spans import Cells, Words

Code = np.dtype[np.uint8] | np.dtype[np.uint16]
MOST_CODES = 65_535  # The highest 16-bit number is no code: it stands for "none of them" in the kernel.
KEPT = 8
"""Programs whose codings and bitmaps are kept, with the programs; one audience has one or two at a time."""
_WHOLE = frozenset({FactType.INTEGER, FactType.DATE})
_EXACT = 2.0**53  # From here on every double is whole.
_BUCKET_BITS = 12  # 4,096 buckets take 8 kB; with a hundred cuts a value rarely shares its bucket with one.
_TABLE_SPAN = 1 << 16  # Dates span 20,000 days; a table of a byte each fits the caches.


@dataclass(frozen=True)
class Coding:
    """`cuts` ascend; `words` is None for ordered values. In a `whole` column 65.2 and 66 are one cut: 66."""

    cuts: tuple[float, ...] = ()
    words: tuple[str | bool, ...] | None = None
    whole: bool = False

    @property
    def codes(self) -> int:
        """How many there are, unknown included."""
        return len(self.cuts) + 2 if self.words is None else len(self.words) + 2

    @property
    def dtype(self) -> Code:
        return np.dtype(np.uint8) if self.codes <= np.iinfo(np.uint8).max else np.dtype(np.uint16)

    def covers(self, other: Coding) -> bool:
        """Whether codes of this coding answer all that `other` tells apart."""
        if self.words is None or other.words is None:
            return self.words is other.words and self.whole is other.whole and set(self.cuts) >= set(other.cuts)
        return set(self.words) >= set(other.words)

    def merged(self, other: Coding) -> Coding:
        """A coding that covers both, or this one alone where that would take another kind of codes."""
        if (self.words is None) is not (other.words is None) or self.whole is not other.whole:
            return self
        cuts = tuple(sorted({*self.cuts, *other.cuts}))
        words = None if self.words is None else tuple(dict.fromkeys((*self.words, *(other.words or ()))))
        both = Coding(cuts, words, self.whole)
        return both if both.dtype == self.dtype and both.codes <= MOST_CODES else self

    def codes_in(self, cells: Cells) -> int:
        """The codes of known values in `cells`, as a set of bits: bit k for code k."""
        if isinstance(cells, Words):
            named = sum(1 << self._code_of[word] for word in cells.values)
            return self.known & ~named if cells.negated else named
        found = 0
        for span in cells:
            first = 1 + bisect_right(self.cuts, self.cut(span.low))
            last = 1 + bisect_left(self.cuts, self.cut(span.high))
            found |= ((1 << (last + 1)) - (1 << first)) if first <= last else 0
        return found

    @property
    def known(self) -> int:
        """All codes but 0, as bits."""
        return (1 << self.codes) - 2

    def cut(self, bound: float) -> float:
        """The least value at or above `bound` that the column can hold."""
        return float(math.ceil(bound)) if self.whole and abs(bound) < _EXACT else bound

    @cached_property
    def buckets(self) -> Buckets:
        cuts = np.array(self.cuts or (0.0,))
        first, last = (ascending(int(end)) for end in cuts[[0, -1]].view(np.int64))
        shift = max((last - first).bit_length() - _BUCKET_BITS, 0)
        # As the loop finds them: a bucket's number never falls as values rise, so cuts in lower buckets lie below.
        buckets = np.array([(ascending(int(bits)) - first) >> shift for bits in cuts.view(np.int64)])
        below = np.searchsorted(buckets, np.arange(buckets[-1] + 1)).astype(np.uint16)
        return Buckets(first, np.uint64(shift), below, np.append(np.array(self.cuts), np.inf))

    @cached_property
    def table(self) -> tuple[int, npt.NDArray[Any]] | None:
        """(low, codes): the codes of the whole numbers low, low + 1 ...; those beyond its ends have the codes there.

        None where the cuts lie too far apart for a table that stays in the caches.
        """
        cuts = self.cuts or (0.0,)
        if not (abs(cuts[0]) < _EXACT and abs(cuts[-1]) < _EXACT and cuts[-1] - cuts[0] < _TABLE_SPAN):
            return None
        low = math.floor(cuts[0]) - 1
        steps = np.arange(low, math.ceil(cuts[-1]) + 1)
        return low, (1 + np.searchsorted(np.array(self.cuts), steps, side="right")).astype(self.dtype)

    @cached_property
    def _code_of(self) -> dict[str | bool | float, int]:
        return {word: code for code, word in enumerate(self.words or (), start=1)}


class Buckets(NamedTuple):
    """Where to look for a double among the cuts: `below[b]` of them lie in lower buckets than b; `cuts` end with inf.

    Buckets divide the doubles from the first cut to the last evenly by their bits, that is, by their logarithms.
    """

    low: int
    shift: np.uint64
    below: npt.NDArray[np.uint16]
    cuts: npt.NDArray[np.float64]


@compiled
def ascending(bits):
    """The bits of a double, taken for a whole number, so that the numbers rise as the doubles do."""
    return bits ^ ((bits >> 63) & 0x7FFF_FFFF_FFFF_FFFF)


def codings(program: Program) -> tuple[Coding, ...]:
    """What each column of `program` must tell apart, in the order of `program.columns`.

    Raises ProfileInvalid where the rules ask for more than 65,533 thresholds of one column.
    """
    return _codings(Same(program))


class Same:
    """A program as a key: programs hold what cannot be hashed, and live as long as the rules in force."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __hash__(self) -> int:
        return id(self.program)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.program is other.program


def intervals(codes: int) -> Iterator[tuple[int, int]]:
    """A set of codes given as bits, as (first, last) of each run, ascending."""
    start = 0
    while codes:
        skipped = (codes & -codes).bit_length() - 1
        start, codes = start + skipped, codes >> skipped
        length = (~codes & (codes + 1)).bit_length() - 1
        yield start, start + length - 1
        start, codes = start + length, codes >> length


@lru_cache(maxsize=KEPT)
def _codings(key: Same) -> tuple[Coding, ...]:
    program = key.program
    asked: list[list[Predicate]] = [[] for _ in program.columns]
    for predicate in program.predicates:
        asked[predicate.column].append(predicate)
    return tuple(
        _coding(program, column, predicates) for column, predicates in zip(program.columns, asked, strict=True)
    )


def _coding(program: Program, column: Column, predicates: Iterable[Predicate]) -> Coding:
    fact = program.facts[column.fact] if column.fact else None
    cells = [one for predicate in predicates for one in (predicate.true, predicate.unknown)]
    if column.ordered:
        blank = Coding(whole=fact is not None and fact.type in _WHOLE)
        ends = {
            end for spans in cells if not isinstance(spans, Words) for span in spans for end in (span.low, span.high)
        }
        coding = Coding(tuple(sorted({blank.cut(end) for end in ends if math.isfinite(end)})), whole=blank.whole)
    elif fact is not None and fact.type is FactType.BOOLEAN:
        coding = Coding(words=(False, True))
    else:
        used: set[Any] = {word for words in cells if isinstance(words, Words) for word in words.values}
        # All words of the vocabulary in its order: a new policy then needs no new codes, and degrees lie side by side.
        listed = tuple(fact.categories) if fact is not None and fact.type in CLOSED else ()
        coding = Coding(words=(*listed, *sorted(used - set(listed))))
    if coding.codes > MOST_CODES:
        raise ProfileInvalid(
            f"The rules tell {coding.codes} values of {column.fact or 'one quantity'} apart; {MOST_CODES} can be.",
            next_step="Match fewer policies at a time.",
            fact=column.fact,
        )
    return coding
