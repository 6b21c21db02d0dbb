"""Vectorised draws: this file knows how a column of random values is made from one generator, without a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of many subjects; `known` None means all known, `categories` names the codes of a category.

    `values` has shape (subjects,): bool, integers, floats, days since 1970 for dates, int8 codes for categories.
    """

    values: Array
    known: NDArray[np.bool_] | None = None
    categories: tuple[str, ...] = ()

    def unknown_where(self, hidden: NDArray[np.bool_]) -> Column:
        """The same column with these subjects' values unknown as well."""
        known = ~hidden if self.known is None else self.known & ~hidden
        return Column(self.values, known, self.categories)


Facts = dict[str, Column]


class Draws:
    """One chunk's random generator; every method returns an array of `n` or of the shape of its arguments."""

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def apart(self) -> Draws:
        """A generator of its own: what is drawn from it moves nothing that is drawn here."""
        sequence = self.rng.bit_generator.seed_seq
        assert isinstance(sequence, np.random.SeedSequence)
        return Draws(sequence.spawn(1)[0])

    def uniform(self, n: int) -> NDArray[np.float32]:
        return self.rng.random(n, dtype=np.float32)

    def chance(self, probability: Array | float, n: int | None = None) -> NDArray[np.bool_]:
        """True with `probability` (0 to 1), one draw each."""
        size = len(probability) if n is None and isinstance(probability, np.ndarray) else n
        assert size is not None
        return np.asarray(self.uniform(size) < probability)

    def normal(self, n: int) -> NDArray[np.float32]:
        return self.rng.standard_normal(n, dtype=np.float32)

    def lognormal(self, median: Array | float, sigma: float, n: int) -> NDArray[np.float32]:
        return np.asarray(np.exp(self.normal(n) * np.float32(sigma)) * median, dtype=np.float32)

    def integers(self, low: int, high: int, n: int) -> NDArray[np.int32]:
        """Whole numbers from `low` to below `high`."""
        return np.asarray(low + self.uniform(n) * np.float32(high - low), dtype=np.int32).clip(low, max(low, high - 1))

    def choice(self, weights: Sequence[float] | Array, n: int) -> NDArray[np.int8]:
        """Codes 0, 1, ... with these relative weights."""
        cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
        table = (cumulative / cumulative[-1]).astype(np.float32)
        codes = np.searchsorted(table[:-1], self.uniform(n), side="right")
        return codes.astype(np.int8)

    def choice_by_row(self, weights: Array, rows: Array) -> NDArray[np.int8]:
        """Codes drawn with the weights of each subject's row; `weights` has shape (rows, codes)."""
        cumulative = np.cumsum(weights, axis=1)
        cumulative = (cumulative / cumulative[:, -1:]).astype(np.float32)
        draw = self.uniform(len(rows))
        codes = np.zeros(len(rows), dtype=np.int8)
        for code in range(cumulative.shape[1] - 1):  # over codes, not subjects
            codes += (draw >= cumulative[rows, code]).astype(np.int8)
        return codes

    def triangular(self, low: Array | float, mode: Array | float, high: Array | float, n: int) -> NDArray[np.float32]:
        """Values between `low` and `high` that are most frequent at `mode`, by the inverse distribution function."""
        draw = self.uniform(n)
        width = np.subtract(high, low)
        cut = np.subtract(mode, low) / width
        left = low + np.sqrt(draw * width * np.subtract(mode, low))
        right = high - np.sqrt((1 - draw) * width * np.subtract(high, mode))
        return np.where(draw < cut, left, right).astype(np.float32)
