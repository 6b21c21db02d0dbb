"""A profile's facts as doubles: numbers as they are, dates as day numbers, words by number, NaN where unknown.

What a fact's definition refuses is refused here. To ask the definition about each fact would take longer than all the
matching, so each kind of facts is tried as a whole; where that fails, the definitions say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.calendar import EPOCH
from domain.errors import ProfileInvalid
from domain.facts import FactType, Value
from matcher.online.tables import Slot

Doubles = npt.NDArray[np.float64]
_EPOCH_ORDINAL = EPOCH.toordinal()
_TYPES: Mapping[FactType, frozenset[type]] = {
    FactType.INTEGER: frozenset({int, type(None)}),
    FactType.NUMBER: frozenset({int, float, type(None)}),
    FactType.BOOLEAN: frozenset({bool, type(None)}),
    FactType.DATE: frozenset({date, type(None)}),
}
"""What the values of a type are in Python. Words need no check: what is none of them has no number."""


class Reader:
    """Reads profiles into the order of `slots`, in which the facts of one type stand side by side."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._facts = {slot.fact.name: slot.fact for slot in slots}
        self._names = [slot.fact.name for slot in slots]
        self._all = itemgetter(*self._names) if len(slots) > 1 else None
        kinds = [slot.fact.type for slot in slots]
        runs = {kind: slice(kinds.index(kind), kinds.index(kind) + kinds.count(kind)) for kind in kinds}
        self._checked = [(run, _TYPES[kind]) for kind, run in runs.items() if kind in _TYPES]
        worded = sum(slot.numbers is not None for slot in slots)
        self._words = slice(len(slots) - worded, len(slots))
        self._dates = slice(self._words.start - kinds.count(FactType.DATE), self._words.start)
        self._numbers = [_numbering(slot) for slot in slots[self._words]]

    def read(self, values: Mapping[str, Value]) -> tuple[Doubles, int]:
        """float64[slots], and how many of them are unknown; more NaN than these were given as values.

        Raises ProfileInvalid for a value of the wrong type, and for a word that its fact does not have.
        """
        given = self._given(values)
        for where, types in self._checked:
            if not types.issuperset(map(type, given[where])):
                self._check(values)  # or the value is of a kindred type, such as numpy's float64
        days, words = given[self._dates], given[self._words]
        try:
            row = [
                *given[: self._dates.start],
                *[None if day is None else day.toordinal() - _EPOCH_ORDINAL for day in days],
                *[number(word) for number, word in zip(self._numbers, words, strict=True)],
            ]
            return np.array(row, np.float64), row.count(None)
        except (KeyError, TypeError, OverflowError):
            raise self.refused(values) from None

    def refused(self, values: Mapping[str, Value]) -> ProfileInvalid:
        """What is wrong with the first value, in order of use, that its fact's definition refuses."""
        try:
            self._check(values)
        except ProfileInvalid as error:
            return error
        raise AssertionError("what has no place in the tables is refused by a definition")

    def _check(self, values: Mapping[str, Value]) -> None:
        for name, fact in self._facts.items():
            fact.check(values.get(name))

    def _given(self, values: Mapping[str, Value]) -> tuple[Any, ...]:
        if self._all is not None:
            try:
                found: tuple[Any, ...] = self._all(values)
            except KeyError:
                pass
            else:
                return found
        return tuple([values.get(name) for name in self._names])


def _numbering(slot: Slot) -> Callable[[Any], int | None]:
    """What numbers a slot's words; it raises KeyError for what is none of them."""
    numbers: dict[Any, int | None] = {None: None, **(slot.numbers or {})}
    return (_Open(numbers) if slot.fact.type is FactType.TEXT else numbers).__getitem__


class _Open(dict[Any, int | None]):
    """Every text that no rule names has one number."""

    def __missing__(self, word: object) -> int:
        if not isinstance(word, str):
            raise KeyError(word)
        return len(self) - 1
