"""The answers that can be given to a question, and told apart by what rules make of them.

An ordered fact falls into cells, in each of which every quantity stands to every threshold as anywhere else in it. The
ends of cells are found by bisection, on the supposition that between the ends of the fact's range, zero and today a
quantity rises or falls and does not turn round; where one does, answers are told apart too coarsely, none wrongly.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from domain.facts import CLOSED, FIRST_POSSIBLE_YEAR, FactDefinition, FactType, Value

Signal = Callable[[Value], int | None]
"""How a quantity stands to a threshold where the fact has a value: -1, 0 or 1; None where that is unknown."""
FARTHEST = 1e12  # Beyond every amount of money and every count in a rule.
YEARS_AHEAD = 100
_MOST_CUTS = 64  # Of one quantity and one threshold; real ones have two.


@dataclass(frozen=True)
class Answer:
    """One answer, and the share of those asked who would give it."""

    value: Value
    share: float


def answers_to(
    fact: FactDefinition,
    signals: Sequence[Signal],
    telling: Sequence[Signal],
    literals: Iterable[str],
    as_of: date,
    shares: Mapping[Value, float] | None = None,
) -> list[Answer]:
    """The answers to one fact, with their shares (together 1).

    `shares` are statistics: how often each value is given, in any unit; without them all cells are equally likely, and
    all words. `signals` part the cells; a cell is answered by its end next to another one, and left out where none of
    the signals `telling` is known. `literals` are the texts that rules name.
    """
    if shares:
        whole = sum(shares.values())
        return [Answer(value, part / whole) for value, part in shares.items()]
    if fact.type is FactType.BOOLEAN:
        values: list[Value] = [True, False]
    elif fact.type in CLOSED:
        values = list(fact.categories)
    elif fact.type is FactType.TEXT:
        values = [*dict.fromkeys(literals), ""]  # no rule names the empty text: it stands for all others
    else:
        values = _cells(fact, signals, telling, as_of)
    return [Answer(value, 1 / len(values)) for value in values]


def _cells(fact: FactDefinition, signals: Sequence[Signal], telling: Sequence[Signal], as_of: date) -> list[Value]:
    scale = _scale(fact.type)
    grid = _grid(fact, as_of)
    starts = {grid[0]}
    for signal in signals:
        for low, high in pairwise(grid):
            starts |= _cuts(lambda n, s=signal: s(scale.value(n)), scale.number(low), scale.number(high), scale)  # type: ignore[misc]
    numbers = sorted(map(scale.number, starts))
    # The first cell is answered by its last value, the others by their first.
    ends = [numbers[1] - 1 if len(numbers) > 1 else numbers[0], *numbers[1:]]
    values = [scale.value(number) for number in ends]
    return [value for value in values if any(signal(value) is not None for signal in telling)] or values


def _grid(fact: FactDefinition, as_of: date) -> list[Any]:
    """Ascending values of the fact: the ends of its range, and today or zero where it lies between."""
    if fact.type is FactType.DATE:
        return [date(FIRST_POSSIBLE_YEAR, 1, 1), as_of, date(min(as_of.year + YEARS_AHEAD, date.max.year), 12, 31)]
    low = -FARTHEST if fact.minimum is None else fact.minimum
    high = FARTHEST if fact.maximum is None else fact.maximum
    kind = int if fact.type is FactType.INTEGER else float
    return [kind(low), *([kind(0)] if low < 0 < high else []), kind(high)]


@dataclass(frozen=True)
class _Scale:
    """A type's values as whole numbers in the same order, each next to the next."""

    number: Callable[[Any], int]
    value: Callable[[int], Value]


def _scale(kind: FactType) -> _Scale:
    if kind is FactType.DATE:
        return _Scale(date.toordinal, date.fromordinal)
    return _Scale(int, int) if kind is FactType.INTEGER else _Scale(_place, _double)


def _place(value: float) -> int:
    """The place of a double among all doubles: its bits, with the negative ones turned round."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _double(place: int) -> float:
    bits = place if place >= 0 else -place | -0x8000_0000_0000_0000
    value: float = struct.unpack("<d", struct.pack("<q", bits))[0]
    return value


def _cuts(signal: Callable[[int], int | None], low: int, high: int, scale: _Scale) -> set[Any]:
    """The first values after `low`, up to `high`, on which the signal is another."""
    found: set[Any] = set()
    here, last = signal(low), signal(high)
    while here != last and len(found) < _MOST_CUTS:
        top = high
        while low + 1 < top:
            middle = (low + top) // 2
            if signal(middle) == here:
                low = middle
            else:
                top = middle
        found.add(scale.value(top))
        low, here = top, signal(top)
    return found
