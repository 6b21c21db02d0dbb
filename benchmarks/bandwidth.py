"""The physical limit: how fast this machine's memory is read and written by plain loops on all cores.

Both streams go over an array far larger than the caches whose pages are resident, as the matcher's columns and its
reused output are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from benchmarks.machine import cores
from benchmarks.rounds import Work, medians

_BYTES = 1 << 30
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Bandwidth:
    """Bytes a second, all cores together."""

    read: float
    write: float

    def seconds(self, read_bytes: float = 0, written_bytes: float = 0) -> float:
        """The least that a work takes which touches so many bytes."""
        return read_bytes / self.read + written_bytes / self.write


def bandwidth(rounds: int, size: int = _BYTES) -> Bandwidth:
    words = np.ones(size // 8, dtype=np.uint64)
    # The loops are compiled by a first small call, outside the rounds.
    _read(words[:64])
    _write(words[:64], np.uint64(1))
    taken = medians(
        {
            "read": Work(lambda: _on_all_cores(_read, words)),
            "write": Work(lambda: _on_all_cores(lambda part: _write(part, np.uint64(3)), words)),
        },
        rounds,
        "Memory bandwidth",
    )
    return Bandwidth(read=size / taken["read"], write=size / taken["write"])


def _on_all_cores(loop: Callable[[Words], object], words: Words) -> None:
    parts = np.array_split(words, cores())
    threads = [threading.Thread(target=loop, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@numba.njit(nogil=True, cache=True)
def _read(words: Words) -> np.uint64:
    total = np.uint64(0)
    for i in range(words.size):
        total += words[i]
    return total


@numba.njit(nogil=True, cache=True)
def _write(words: Words, value: np.uint64) -> None:
    for i in range(words.size):
        words[i] = value
