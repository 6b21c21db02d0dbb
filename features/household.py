"""This file knows who lives with whom, and what is asked of all who do.

Who has no household id has no known household: nothing is known of it, not even that the subject lives alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.derivation import Aggregate
from features.terms import Doubles


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

    def ask(self, aggregate: Aggregate, met: pa.Array | None) -> pa.Array | Doubles:
        """What is asked, for each subject; `met`: whether the rule holds for each, left out for the size.

        Numbers as doubles, NaN where unknown; `any` and `all` as bool, null where unknown. As
        domain.derived.household_value, but for the bounds of the fact.
        """
        if met is None:
            return self._numbers(self.size, self.size > 0)
        surely = self._count(met.fill_null(False).to_numpy(zero_copy_only=False))
        doubtful = self._count(met.is_null().to_numpy(zero_copy_only=False))
        match aggregate:
            case Aggregate.ANY:
                return self._truths(surely > 0, (surely == 0) & (doubtful > 0))
            case Aggregate.ALL:
                return self._truths(surely == self.size, (surely + doubtful == self.size) & (doubtful > 0))
            case _:
                return self._numbers(surely, doubtful == 0)

    def oldest(self, days: pa.Array) -> pa.Array:
        """The earliest date32 among each household's members; a household fact rests on all of their rows."""
        given = days.is_valid().to_numpy(zero_copy_only=False) & self.known
        value = days.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        unknown = np.iinfo(np.int32).max
        earliest = np.full(len(self.size), unknown, np.int32)
        np.minimum.at(earliest, self.number[given], value[given])
        found = earliest[self.number]
        return pa.array(found, pa.int32(), mask=~self.known | (found == unknown)).cast(pa.date32())

    def _count(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """How many members of each household are chosen."""
        return np.bincount(self.number[self.known & chosen], minlength=len(self.size))

    def _numbers(self, found: npt.NDArray[np.int64], meant: npt.NDArray[np.bool_]) -> Doubles:
        return np.where(self.known & meant[self.number], found[self.number].astype(np.float64), np.nan)

    def _truths(self, found: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]) -> pa.Array:
        return pa.array(found[self.number], mask=~self.known | unknown[self.number])
