"""Work in pieces, on several threads, with little of it in memory at a time; stopped cleanly by whatever goes wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import pyarrow as pa

Piece = TypeVar("Piece")
Done = TypeVar("Done")
AHEAD = 2
"""Pieces that wait for each thread: enough that none is idle while the next are read."""


def in_order(work: Callable[[Piece], Done], pieces: Iterable[Piece], threads: int) -> Generator[Done, None, None]:
    """`work` of each piece, in the pieces' order; `work` should let other threads run.

    When the caller stops, or a piece fails, or the keyboard interrupts, pieces that have not begun are dropped and
    those that have are waited for, so that nothing runs on.
    """
    rest = iter(pieces)
    first = list(islice(rest, 2))
    if threads == 1 or len(first) < 2:
        yield from map(work, chain(first, rest))
        return
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="matcher") as pool:
        try:
            for piece in chain(first, rest):
                waiting.append(pool.submit(work, piece))
                if len(waiting) >= threads * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def of_rows(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """The same rows in pieces of exactly `rows`, the last one shorter, without copying them."""
    piece: list[pa.RecordBatch] = []
    room = rows
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            part = batch.slice(start, room)
            piece.append(part)
            start, room = start + part.num_rows, room - part.num_rows
            if room == 0:
                yield piece
                piece, room = [], rows
    if piece:
        yield piece
