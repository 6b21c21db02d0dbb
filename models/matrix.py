"""Numbers with the names of their columns, and the refusal of columns in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.errors import ModelInvalid

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FeatureMatrix:
    """`values`: float32[rows, features] in the order of `names`; NaN is unknown, categories are their code numbers.

    The names travel with the numbers, since rankers read columns by position and no number tells that it moved.
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.values)

    def column(self, name: str) -> npt.NDArray[np.float32]:
        return self.values[:, self.names.index(name)]

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> FeatureMatrix:
        return FeatureMatrix(self.names, self.values[rows])


def require_order(ranker: str, expected: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Raise ModelInvalid unless both lists are equal, order included."""
    if expected == given:
        return
    moved = next((i for i, pair in enumerate(zip(expected, given, strict=False)) if pair[0] != pair[1]), None)
    place = (
        f"has {len(given)} features in place of {len(expected)}"
        if moved is None
        else f"has {given[moved]!r} where {expected[moved]!r} belongs (column {moved})"
    )
    raise ModelInvalid(
        f"The ranker {ranker!r} was given a matrix that {place}.",
        next_step="Make the matrix with the coding that is saved with the model.",
        expected=expected,
        given=given,
    )
