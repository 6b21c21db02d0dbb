"""The verdicts of many subjects for many policies, two bits a pair."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from matcher.compile import Program

Plane = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]


class Verdicts:
    """Policy by policy and bit by bit: the true and the possible subjects; unknown is possible and not true.

    `true_words` and `possible_words` are uint64[policies, words]; subject s is bit s % 64 of word s // 64, and bits
    past the last subject are 0. They are complete: a run that is cancelled gives none.
    """

    def __init__(self, program: Program, rows: int, true_words: Words, possible_words: Words) -> None:
        self.program = program
        self.rows = rows
        self._planes: tuple[Words, Words] | None = (true_words, possible_words)

    @property
    def true_words(self) -> Words:
        return self._held()[0]

    @property
    def possible_words(self) -> Words:
        return self._held()[1]

    def true(self, policy: int) -> Plane:
        """Who is eligible for the policy of that number, bool[rows]."""
        return self._unpacked(self.true_words[policy])

    def unknown(self, policy: int) -> Plane:
        """For whom it depends on facts that are unknown, bool[rows]."""
        return self._unpacked(self.possible_words[policy] & ~self.true_words[policy])

    def all_true(self) -> Plane:
        """bool[policies, rows], a byte a pair: for populations that have room for it."""
        return self._unpacked(self.true_words)

    def all_unknown(self) -> Plane:
        """bool[policies, rows], a byte a pair."""
        return self._unpacked(self.possible_words & ~self.true_words)

    def counts(self) -> npt.NDArray[np.int64]:
        """int64[policies, 3]: eligible, unknown, ineligible."""
        counted = np.zeros((len(self.program.policies), 2), dtype=np.int64)
        for row, planes in zip(counted, zip(self.true_words, self.possible_words, strict=True), strict=True):
            row[:] = [np.bitwise_count(words).sum(dtype=np.int64) for words in planes]
        return verdict_counts(counted, self.rows)

    def give_up(self) -> tuple[Words, Words]:
        """Hand the memory over to another run; these verdicts can be read no more."""
        planes, self._planes = self._held(), None
        return planes

    def _held(self) -> tuple[Words, Words]:
        if self._planes is None:
            raise RuntimeError("These verdicts were given up: their memory holds a later run.")
        return self._planes

    def _unpacked(self, words: Words) -> Plane:
        packed = words.astype("<u8", copy=False).view(np.uint8)
        return cast("Plane", np.unpackbits(packed, axis=-1, count=self.rows, bitorder="little").view(np.bool_))


def verdict_counts(counted: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """int64[policies, 3] of eligible, unknown and ineligible, from how many are true and how many possible."""
    true, possible = counted.T
    return np.stack([true, possible - true, rows - possible], axis=1)
