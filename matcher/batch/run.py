"""One population through one program, piece by piece: the pieces' codes, and the threads that match them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

import numpy as np
import pyarrow as pa

from matcher.batch import stream
from matcher.batch.bitmaps import BitmapProgram, lower
from matcher.batch.coded import CodedTable
from matcher.batch.columns import Coder, Codes
from matcher.batch.kernel import STEP_WORDS, WORD, Matcher, Path, aligned
from matcher.batch.stream import PIECE_ROWS, Piece
from matcher.batch.verdicts import Words
from matcher.coding import Coding, codings
from matcher.compile import Program

Population: TypeAlias = pa.Table | Iterable[pa.RecordBatch] | CodedTable
Progress = Callable[[int, int | None], None]
Found = TypeVar("Found")
_STEP_ROWS = STEP_WORDS * WORD


class Run:
    """One population through one program, piece by piece."""

    def __init__(
        self,
        program: Program,
        population: Population,
        rows: int | None,
        threads: int | None,
        progress: Progress | None,
        path: Path,
    ) -> None:
        self.program, self.population, self.progress, self.path = program, population, progress, path
        self.threads = stream.thread_count(threads)
        self.rows: int | None = rows
        self.held: tuple[Codes, ...] = ()
        self.codings: tuple[Coding, ...] = codings(program)
        if isinstance(population, CodedTable):
            columns = population.of(program)
            self.rows = population.rows
            self.held, self.codings = tuple(one.codes for one in columns), tuple(one.coding for one in columns)
        elif isinstance(population, pa.Table):
            self.rows = population.num_rows
        if rows is not None and self.rows is not None and rows != self.rows:
            raise stream.other_rows(f"{self.rows:,}", rows)
        self.bitmaps = lower(program, self.codings)
        self._idle: SimpleQueue[Worker] = SimpleQueue()

    def each(self, work: Callable[[Worker, Piece], Found]) -> Iterator[tuple[Piece, Found]]:
        """What `work` makes of each piece, in order; it runs on another thread, with a worker of its own."""

        def with_worker(piece: Piece) -> tuple[Piece, Found]:
            worker = Worker(self) if self._idle.empty() else self._idle.get()
            try:
                return piece, work(worker, piece)
            finally:
                self._idle.put(worker)

        with closing(stream.in_order(with_worker, self._pieces(), self.threads)) as done:
            for piece, found in done:
                if self.progress:
                    self.progress(piece.start + piece.rows, self.rows)
                yield piece, found

    def _pieces(self) -> Iterator[Piece]:
        if isinstance(self.population, CodedTable):
            rows = self.population.rows
            return (Piece(start, min(PIECE_ROWS, rows - start), []) for start in range(0, rows, PIECE_ROWS))
        if isinstance(self.population, pa.Table):
            # Tables without rows are checked, too.
            Coder(self.program, self.codings).check_schema(self.population.schema)
        return stream.pieces(self.population, self.rows)


class Worker:
    """What one thread works with: room for a piece's codes and planes, and a matcher."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.bitmaps: BitmapProgram = run.bitmaps
        self.matcher = Matcher(run.bitmaps, run.path)
        self.narrow = aligned((len(self.bitmaps.narrow), PIECE_ROWS), np.uint8)
        self.wide = aligned((len(self.bitmaps.wide), PIECE_ROWS), np.uint16)
        self._coder = Coder(run.program, run.codings)
        self._planes: tuple[Words, Words] | None = None

    def load(self, piece: Piece) -> None:
        """Bring the piece's codes into `narrow` and `wide`."""
        places: list[tuple[int, Codes]] = [*zip(self.bitmaps.narrow, self.narrow, strict=True)]
        places += zip(self.bitmaps.wide, self.wide, strict=True)
        if self.run.held:
            for column, codes in places:
                codes[: piece.rows] = self.run.held[column][piece.start : piece.start + piece.rows]
            return
        done = 0
        for batch in piece.batches:
            self._coder.check(batch)
            for column, codes in places:
                self._coder.code(batch, column, codes[done : done + batch.num_rows])
            done += batch.num_rows

    def planes(self, piece: Piece) -> tuple[Words, Words]:
        """The piece's true and possible planes, uint64[policies, words]; overwritten by the next piece."""
        if self._planes is None:
            room = (self.bitmaps.policies, PIECE_ROWS // WORD)
            self._planes = (aligned(room, np.uint64), aligned(room, np.uint64))
        self.load(piece)
        true, possible = self._planes
        self.matcher.write(self.narrow, self.wide, piece.rows, true, possible, 0)
        words = room_for(piece.rows) // WORD
        return true[:, :words], possible[:, :words]


def room_for(rows: int) -> int:
    """So many subjects and those that fill up the kernel's last step."""
    return -(-rows // _STEP_ROWS) * _STEP_ROWS
