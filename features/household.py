"""This file knows who lives with whom: facts that come from the other members of a subject's household.

A member whose age is unknown could be of any age, so the counts by age are then unknown for the whole household
(and zero is never guessed); its size is not in doubt. Who has no household id has no known household.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class Households:
    """Every subject's household as a number; `number` is meaningless where `known` is False."""

    number: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    size: npt.NDArray[np.int64]

    @staticmethod
    def of(ids: pa.Array) -> Households:
        """Households from a column of household ids (string, null where unknown)."""
        coded = ids.dictionary_encode()
        known = ids.is_valid().to_numpy(zero_copy_only=False)
        number = coded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        size = np.bincount(number[known], minlength=max(len(coded.dictionary), 1))
        return Households(number, known, size)

    def persons(self) -> pa.Array:
        return pa.array(self.size[self.number], pa.int64(), mask=~self.known)

    def alone(self) -> pa.Array:
        return pa.array(self.size[self.number] == 1, mask=~self.known)

    def count(self, ages: pa.Array, at_least: int, below: int | None) -> pa.Array:
        """How many members are `at_least` years old and younger than `below`."""
        age_known = ages.is_valid().to_numpy(zero_copy_only=False)
        years = ages.fill_null(0).to_numpy(zero_copy_only=False)
        counted = self.known & age_known & (years >= at_least)
        if below is not None:
            counted &= years < below
        count = np.bincount(self.number[counted], minlength=len(self.size))
        unknown = np.bincount(self.number[self.known & ~age_known], minlength=len(self.size)) > 0
        return pa.array(count[self.number], pa.int64(), mask=~self.known | unknown[self.number])

    def oldest(self, days: pa.Array) -> pa.Array:
        """The earliest date32 among each household's members; a household fact rests on all of their rows."""
        given = days.is_valid().to_numpy(zero_copy_only=False) & self.known
        value = days.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        unknown = np.iinfo(np.int32).max
        earliest = np.full(len(self.size), unknown, np.int32)
        np.minimum.at(earliest, self.number[given], value[given])
        found = earliest[self.number]
        return pa.array(found, pa.int32(), mask=~self.known | (found == unknown)).cast(pa.date32())


@dataclass(frozen=True)
class AgeCount:
    """The bounds of a count by age, in completed years: from `at_least` to under `below`."""

    at_least: int
    below: int | None = None


AGE_COUNTS = {
    "children_under_3_count": AgeCount(0, 3),
    "children_under_18_count": AgeCount(0, 18),
    "elders_over_60_count": AgeCount(60),
}


def household_facts(ids: pa.Array, ages: pa.Array) -> dict[str, pa.Array]:
    """The household facts of every subject from household ids (string) and ages in completed years (int64)."""
    households = Households.of(ids)
    found = {"household_size": households.persons(), "lives_alone": households.alone()}
    return found | {name: households.count(ages, c.at_least, c.below) for name, c in AGE_COUNTS.items()}


HOUSEHOLD_FACTS = frozenset({"household_size", "lives_alone", *AGE_COUNTS})


def household_date(ids: pa.Array, days: pa.Array) -> pa.Array:
    """The oldest register date among each subject's household (date32)."""
    return Households.of(ids).oldest(days)
