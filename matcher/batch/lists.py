"""Verdict bitmaps as lists: the subjects of each policy, and the policies of each subject."""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# Numba infers the types of what it compiles.

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matcher.batch.kernel import ones
from matcher.machine_code import compiled

Words = npt.NDArray[np.uint64]


class Positions(NamedTuple):
    """`rows[starts[p] : starts[p + 1]]` are the set bits of plane p, ascending."""

    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]


def positions(planes: Words, first: int) -> Positions:
    """The set bits of uint64[planes, words], counted from `first`."""
    starts = np.zeros(len(planes) + 1, dtype=np.int64)
    np.cumsum(np.bitwise_count(planes).sum(axis=1, dtype=np.int64), out=starts[1:])
    rows = np.empty(starts[-1], dtype=np.int32)
    _write_positions(planes, first, rows)
    return Positions(starts, rows)


class Collected:
    """Positions of the same planes in one piece of the population after another."""

    def __init__(self, planes: int) -> None:
        self._planes = planes
        self._pieces: list[Positions] = []

    def add(self, piece: Positions) -> None:
        self._pieces.append(piece)

    def lists(self, ids: pa.Array | None) -> pa.Array:
        """large_list, one a plane: the positions or, where `ids` are given, the ids there, dictionary-encoded.

        A city's ids repeated for each of its policies would fill the memory; an index takes four bytes.
        """
        offsets = np.zeros(self._planes + 1, dtype=np.int64)
        for piece in self._pieces:
            offsets[1:] += np.diff(piece.starts)
        np.cumsum(offsets, out=offsets)
        rows = np.empty(offsets[-1], dtype=np.int32)
        free = offsets[:-1].copy()
        for piece in self._pieces:
            _scatter(piece.starts, piece.rows, free, rows)
        values = pa.array(rows) if ids is None else pa.DictionaryArray.from_arrays(pa.array(rows), ids)
        return pa.LargeListArray.from_arrays(pa.array(offsets), values)


def by_subject(planes: Words, rows: int, names: pa.Array) -> pa.Array:
    """list, one a subject: the names of the planes whose bit is set, in the planes' order, dictionary-encoded."""
    offsets = np.zeros(rows + 1, dtype=np.int32)
    _count_by_subject(planes, offsets[1:])
    np.cumsum(offsets, out=offsets)
    found = np.empty(offsets[-1], dtype=np.int32)
    _write_by_subject(planes, offsets[:-1].copy(), found)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.DictionaryArray.from_arrays(pa.array(found), names))


@compiled
def _write_positions(planes, first, rows):
    found = 0
    for plane in range(planes.shape[0]):
        for at in range(planes.shape[1]):
            word = planes[plane, at]
            while word:
                lowest = word & (~word + np.uint64(1))
                rows[found] = first + 64 * at + ones(lowest - np.uint64(1))
                found += 1
                word ^= lowest


@compiled
def _scatter(starts, rows, free, out):
    for plane in range(free.size):
        for i in range(starts[plane], starts[plane + 1]):
            out[free[plane]] = rows[i]
            free[plane] += 1


@compiled
def _count_by_subject(planes, counts):
    for plane in range(planes.shape[0]):
        for at in range(planes.shape[1]):
            word = planes[plane, at]
            while word:
                lowest = word & (~word + np.uint64(1))
                counts[64 * at + ones(lowest - np.uint64(1))] += 1
                word ^= lowest


@compiled
def _write_by_subject(planes, free, out):
    for plane in range(planes.shape[0]):
        for at in range(planes.shape[1]):
            word = planes[plane, at]
            while word:
                lowest = word & (~word + np.uint64(1))
                row = 64 * at + ones(lowest - np.uint64(1))
                out[free[row]] = plane
                free[row] += 1
                word ^= lowest
