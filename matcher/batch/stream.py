"""Work in pieces, on several threads, with little of it in memory at a time; stopped cleanly by whatever goes wrong."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

import pyarrow as pa

from domain.errors import ProfileInvalid

Item = TypeVar("Item")
Done = TypeVar("Done")
PIECE_ROWS = 65_536
"""Subjects coded and matched at a time by a thread: 40 columns of codes take 2.6 MB."""
AHEAD = 2
"""Items that wait for each thread: enough that none is idle while the next are read."""


@dataclass(frozen=True)
class Piece:
    """`rows` subjects from `start`, a multiple of PIECE_ROWS; no batches where the population is coded."""

    start: int
    rows: int
    batches: list[pa.RecordBatch]


def thread_count(asked: int | None) -> int:
    """None is one a processor. Raises ValueError below one."""
    if asked is not None and asked < 1:
        raise ValueError(f"threads is {asked}: there must be one at least, or None for one a processor.")
    return asked or os.cpu_count() or 1


def in_order(work: Callable[[Item], Done], items: Iterable[Item], threads: int) -> Generator[Done, None, None]:
    """`work` of each item, in the items' order; `work` should let other threads run.

    When the caller stops, or an item fails, or the keyboard interrupts, items that have not begun are dropped and
    those that have are waited for, so that nothing runs on.
    """
    rest = iter(items)
    first = list(islice(rest, 2))
    if threads == 1 or len(first) < 2:
        yield from map(work, chain(first, rest))
        return
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="matcher") as pool:
        try:
            for item in chain(first, rest):
                waiting.append(pool.submit(work, item))
                if len(waiting) >= threads * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def pieces(batches: pa.Table | Iterable[pa.RecordBatch], rows: int | None) -> Iterator[Piece]:
    """The same subjects in pieces of exactly PIECE_ROWS, the last one shorter, without copying them.

    Raises ProfileInvalid where `rows` are said and others are found.
    """
    if isinstance(batches, pa.Table):
        batches = batches.to_batches(max_chunksize=PIECE_ROWS)
    piece: list[pa.RecordBatch] = []
    start, room = 0, PIECE_ROWS
    for batch in batches:
        taken = 0
        while taken < batch.num_rows:
            part = batch.slice(taken, room)
            piece.append(part)
            taken, room = taken + part.num_rows, room - part.num_rows
            # Before anyone writes them: there is room for `rows` only.
            if rows is not None and start + PIECE_ROWS - room > rows:
                raise other_rows(f"more than {rows:,}", rows)
            if room == 0:
                yield Piece(start, PIECE_ROWS, piece)
                piece, start, room = [], start + PIECE_ROWS, PIECE_ROWS
    found = start + PIECE_ROWS - room
    if rows is not None and found != rows:
        raise other_rows(f"{found:,}", rows)
    if piece:
        yield Piece(start, PIECE_ROWS - room, piece)


def other_rows(found: str, rows: int) -> ProfileInvalid:
    return ProfileInvalid(
        f"The population holds {found} subjects, not {rows:,} as was said.",
        next_step="Match again with the number of rows of the data that is read.",
        rows=rows,
    )
