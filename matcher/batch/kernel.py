"""The loop that matches: a block of subjects through a bitmap program, in the first caches of one core.

Two paths give the same bits: plain loops over words of 64 subjects, and the vectors of vector.py beside this file. The
type of the argument `path` picks one when the loop is compiled: PORTABLE is None, which for numba is a type of its own.
After a change in vector.py touch this file (see matcher/machine_code.py).
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# mypy: disable-error-code="call-arg"
# Numba infers the types of what it compiles.

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from matcher.batch.bitmaps import BitmapProgram
from matcher.batch.vector import LANES, Lanes, count_lanes, load_lanes, mark_lanes, merge_lanes, store_lanes
from matcher.machine_code import compiled

Words = npt.NDArray[np.uint64]
Path = bool | None
PORTABLE, VECTOR = None, True
BEST: Path = VECTOR if sys.byteorder == "little" else PORTABLE
WORD = 64
STEP_WORDS = LANES
"""Buffers hold a multiple of this many words for each plane, and of STEP_WORDS * WORD codes for each column."""
BLOCK_WORDS = 64
_SLOTS_BYTES = 4 << 20
"""Measured on a core with 1 MB of second cache: up to here longer runs win, though the slots spill into the third."""
_LINE_BYTES = 64
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def block_words(slots: int) -> int:
    """Words of a plane in one block: longer runs spare the loops' overhead, shorter ones keep all slots at hand."""
    fitting = _SLOTS_BYTES // (8 * max(slots, 1)) // STEP_WORDS * STEP_WORDS
    return max(2 * STEP_WORDS, min(BLOCK_WORDS, fitting))


def aligned(shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Room for an array that begins with a cache line; vectors that straddle two lines take a third longer."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.empty(size + _LINE_BYTES, dtype=np.uint8)
    start = -room.ctypes.data % _LINE_BYTES
    return room[start : start + size].view(dtype).reshape(shape)


class Matcher:
    """A bitmap program with one thread's working memory."""

    def __init__(self, program: BitmapProgram, path: Path = BEST) -> None:
        self._words = block_words(program.slots)
        self._slots = aligned(((program.slots + 1) * self._words,), np.uint64)
        self._path = path
        self._program = (
            program.narrow_planes, program.plane_column, program.plane_start, program.low, program.width,
            program.gate_start, program.conjunctive, program.operand_true, program.operand_rest,
            program.target, program.policy, program.slots,
        )  # fmt: skip

    def write(
        self,
        narrow: npt.NDArray[np.uint8],
        wide: npt.NDArray[np.uint16],
        rows: int,
        true: Words,
        possible: Words,
        start: int,
    ) -> None:
        """Match `rows` subjects and write their planes, uint64[policies, words], from word `start` on.

        `narrow`, `wide`: codes[columns, subjects], with room for a multiple of STEP_WORDS * WORD subjects, as `true`
        and `possible` have. Bits past `rows` are 0.
        """
        none = np.zeros((0, 2), dtype=np.int64)
        self._run(narrow, wide, rows, true, possible, start, none)

    def count(
        self, narrow: npt.NDArray[np.uint8], wide: npt.NDArray[np.uint16], rows: int, counts: npt.NDArray[np.int64]
    ) -> None:
        """Match `rows` subjects and add to `counts`, int64[policies, 2], how many are true and how many possible."""
        none = np.zeros((0, 0), dtype=np.uint64)
        self._run(narrow, wide, rows, none, none, 0, counts)

    def _run(
        self,
        narrow: npt.NDArray[np.uint8],
        wide: npt.NDArray[np.uint16],
        rows: int,
        true: Words,
        possible: Words,
        start: int,
        counts: npt.NDArray[np.int64],
    ) -> None:
        # Flat arrays and their rows' lengths: numba takes half a second to compile a reshape, and nearly as long to
        # compile what is for 16-bit codes, which few programs need.
        _run(
            narrow.reshape(-1), narrow.shape[1], wide.reshape(-1) if len(wide) else None, wide.shape[1], rows,
            true.reshape(-1), possible.reshape(-1), true.shape[1], start, counts,
            self._slots, self._words, self._path, *self._program,
        )  # fmt: skip


@compiled
def _run(
    narrow, narrow_stride, wide, wide_stride, rows, true, possible, stride, start, counts, slots, words, path,
    narrow_planes, plane_column, plane_start, low, width,
    gate_start, conjunctive, operand_true, operand_rest, target, policy, valid,
):  # fmt: skip
    step = _step(path)
    for block in range(0, rows, words * WORD):
        # Only whole steps that hold subjects: the output has no room for more.
        used = words
        while (used - STEP_WORDS) * WORD >= rows - block:
            used -= STEP_WORDS
        _mark(narrow, narrow_stride, block, 0, narrow_planes, plane_column, plane_start, low, width,
              slots, words, used, path)  # fmt: skip
        if wide is not None:
            _mark(wide, wide_stride, block, narrow_planes, plane_column.size, plane_column, plane_start, low, width,
                  slots, words, used, path)  # fmt: skip
        for word in range(used):
            slots[valid * words + word] = _first(rows - block - WORD * word)
        for gate in range(target.size):
            # Unsigned: numba need not ask of each whether it counts from the end.
            first, last, verdict = np.uint64(gate_start[gate]), np.uint64(gate_start[gate + 1]), policy[gate]
            second = first + np.uint64(1)
            for word in range(0, used, step):
                t = _load(slots, operand_true[first] * words + word, path)
                p = t | _load(slots, operand_rest[first] * words + word, path)
                if conjunctive[gate]:
                    for j in range(second, last):
                        item = _load(slots, operand_true[j] * words + word, path)
                        t = t & item
                        p = p & (item | _load(slots, operand_rest[j] * words + word, path))
                else:
                    for j in range(second, last):
                        item = _load(slots, operand_true[j] * words + word, path)
                        t = t | item
                        p = p | (item | _load(slots, operand_rest[j] * words + word, path))
                if verdict < 0:
                    _store(slots, target[gate] * words + word, t, path)
                    _store(slots, (target[gate] + 1) * words + word, p, path)
                    continue
                living = _load(slots, valid * words + word, path)
                t, p = t & living, p & living
                if true.size:
                    at = verdict * stride + start + (block >> 6) + word
                    _store(true, at, t, path)
                    _store(possible, at, p, path)
                else:
                    counts[verdict, 0] += _count(t)
                    counts[verdict, 1] += _count(p)


@compiled
def _mark(
    codes, stride, block, first, last, plane_column, plane_start, low, width, slots, words, used, path
):  # fmt: skip
    """The planes `first` to before `last` of one block, from the codes of the columns that they ask."""
    kind = codes.dtype.type
    for plane in range(first, last):
        column = plane_column[plane] * stride + block
        for i in range(plane_start[plane], plane_start[plane + 1]):
            for word in range(0, used, _step(path)):
                _inside(
                    codes, column + 64 * word, kind(low[i]), kind(width[i]), slots, plane * words + word,
                    i > plane_start[plane], path,
                )  # fmt: skip


@compiled
def ones(word):
    """How many bits of a word are set; LLVM knows the pattern and uses the machine's own instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _first(count):
    """A word whose first `count` bits are set."""
    if count >= WORD:
        return _ALL
    return (np.uint64(1) << np.uint64(max(count, 0))) - np.uint64(1)


# What a step of the two paths is. Numba asks the functions under `overload` with the arguments' types.


def _step(path): ...
def _load(words, at, path): ...
def _store(words, at, value, path): ...
def _count(value): ...
def _inside(codes, start, low, width, words, at, merging, path): ...


@overload(_step)
def _step_of(path):
    words = 1 if path is types.none else LANES
    return lambda path: words


@overload(_load)
def _load_of(words, at, path):
    if path is types.none:
        return lambda words, at, path: words[at]
    return lambda words, at, path: load_lanes(words, at)


@overload(_store)
def _store_of(words, at, value, path):
    if path is types.none:

        def store(words, at, value, path):
            words[at] = value

        return store
    return lambda words, at, value, path: store_lanes(words, at, value)


@overload(_count)
def _count_of(value):
    if isinstance(value, Lanes):
        return lambda value: count_lanes(value)  # noqa: PLW0108 - numba compiles what is returned
    return lambda value: ones(value)  # noqa: PLW0108


@overload(_inside)
def _inside_of(codes, start, low, width, words, at, merging, path):
    if path is types.none:

        def inside(codes, start, low, width, words, at, merging, path):
            word = words[at] if merging else np.uint64(0)
            for i in range(64):
                code = codes[start + i]
                word |= np.uint64(low <= code and code - low <= width) << np.uint64(i)
            words[at] = word

        return inside

    def inside_lanes(codes, start, low, width, words, at, merging, path):
        if merging:
            merge_lanes(codes, start, low, width, words, at)
        else:
            mark_lanes(codes, start, low, width, words, at)

    return inside_lanes
