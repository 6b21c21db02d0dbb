"""Whose verdicts these are: ids given as an array, or as the name of a column of the population, or none at all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from domain.errors import ProfileInvalid
from matcher.batch.coded import CodedTable
from matcher.batch.run import Population
from matcher.batch.stream import Piece


class Ids:
    """The ids of `rows` subjects, or of a stream whose length shows at its end.

    Raises ProfileInvalid where there are more or fewer than subjects, or no such column: at once where that is known,
    else where the stream goes beyond the ids, or ends before them. Raises TypeError where a column is named of a
    population that holds codes only.
    """

    def __init__(
        self, subjects: str | pa.Array | pa.ChunkedArray | None, population: Population, rows: int | None
    ) -> None:
        self._column: str | None = None
        held: pa.Array | pa.ChunkedArray | None = None
        if isinstance(subjects, str):
            if isinstance(population, CodedTable):
                raise TypeError("Codes hold no ids: give the ids themselves.")
            if isinstance(population, pa.Table):
                held = _column(population, subjects)
            else:
                self._column = subjects
        else:
            held = subjects
        self._given = held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held
        if rows is not None:
            self.check(rows)

    def of(self, piece: Piece) -> pa.Array:
        """The piece's ids; without any, the row numbers, int32."""
        if self._column is not None:
            return pa.concat_arrays(self.chunks(piece))
        if self._given is None:
            return pa.array(np.arange(piece.start, piece.start + piece.rows, dtype=np.int32))
        self._check_reach(piece)
        return self._given.slice(piece.start, piece.rows)

    def chunks(self, piece: Piece) -> list[pa.Array]:
        """The ids that must be gathered while a stream is read; nothing where they are known without it."""
        if self._column is not None:
            return [_column(batch, self._column) for batch in piece.batches]
        self._check_reach(piece)
        return []

    def whole(self, chunks: list[pa.Array], rows: int) -> pa.Array | None:
        """The ids of all `rows`, given the `chunks` of all pieces; None where there are none."""
        if self._column is not None:
            return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
        self.check(rows)
        return self._given

    def check(self, rows: int) -> None:
        """Raise ProfileInvalid where other than `rows` ids were given."""
        if self._given is not None and len(self._given) != rows:
            raise _other_ids(len(self._given), f"{rows:,}")

    def _check_reach(self, piece: Piece) -> None:
        # A stream's end is not known yet, but the ids have come to theirs.
        if self._given is not None and len(self._given) < piece.start + piece.rows:
            raise _other_ids(len(self._given), f"{piece.start + piece.rows:,} or more")


def _column(held: pa.Table | pa.RecordBatch, name: str) -> pa.Array | pa.ChunkedArray:
    count = held.schema.names.count(name)
    if count != 1:
        raise ProfileInvalid(
            f"The population has {count or 'no'} column{'s' * (count > 1)} {name!r}, which should hold the ids.",
            next_step="Name as `subjects` the one column that holds the ids, or give the ids themselves.",
        )
    return held.column(name)


def _other_ids(ids: int, subjects: str) -> ProfileInvalid:
    return ProfileInvalid(
        f"There are {ids:,} ids for {subjects} subjects.",
        next_step="Give the ids of the very table that is matched.",
    )
