"""Counts and sums by group, exact however many there are, in pieces that bound the memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_PIECE_ROWS = 1 << 20
_HALF_BITS = 32
"""Halves of 32 bits of 2**20 numbers add up to less than 2**53, so that doubles hold the sums exactly."""
_LOW = (1 << _HALF_BITS) - 1

Small = npt.NDArray[np.uint8]


def counted(places: Small, groups: int, kinds: Small, of_kinds: int) -> npt.NDArray[np.int64]:
    """How many rows there are of each group and kind, int64[groups * of_kinds], a group's kinds together."""
    found = np.zeros(groups * of_kinds, np.int64)
    for start in range(0, len(places), _PIECE_ROWS):
        piece = slice(start, start + _PIECE_ROWS)
        keys = places[piece].astype(np.intp) * of_kinds + kinds[piece]
        found += np.bincount(keys, minlength=len(found))
    return found


def summed(values: npt.NDArray[np.int64], places: Small, groups: int) -> list[int]:
    """The sum of each group's values."""
    found = [0] * groups
    for start in range(0, len(values), _PIECE_ROWS):
        piece, where = values[start : start + _PIECE_ROWS], places[start : start + _PIECE_ROWS]
        high = np.bincount(where, weights=piece >> _HALF_BITS, minlength=groups)
        low = np.bincount(where, weights=piece & _LOW, minlength=groups)
        found = [
            total + (int(more) << _HALF_BITS) + int(less) for total, more, less in zip(found, high, low, strict=True)
        ]
    return found
