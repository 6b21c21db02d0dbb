"""This file knows how an extract's batches are sorted into facts that are taken over and rows that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.cells import ARROW_TYPES, as_text, decoded, read_dates, read_fact, without_unknown
from features.extract import BATCH_ROWS, Batch
from features.mapping import RegisterMapping
from features.quarantine import Mask, Quarantine, Reason

_UNUSABLE_SUBJECT = r"(?s)[\pC\pZ]|^.{41}"
"""Signs that nobody sees (the database keeps no NUL, an address no line break), and a length that no id has."""


def facts_schema(spec: RegisterMapping) -> pa.Schema:
    """The columns of facts.parquet: subject_id, the facts, the links (`link_<name>`), as_of."""
    return pa.schema(
        [
            ("subject_id", pa.string()),
            *((column.fact.name, ARROW_TYPES[column.fact.type]) for column in spec.facts),
            *((f"link_{name}", pa.string()) for name in spec.links),
            ("as_of", pa.date32()),
        ]
    )


@dataclass
class _Sorted:
    """One batch on its way: its raw columns, its subjects, and which of its rows are bad so far."""

    batch: Batch
    raw: Mapping[str, pa.Array]
    subjects: pa.Array
    bad: Mask


@dataclass
class Intake:
    """Writes batches to `file` and `quarantine` and counts rows; `finish` ends the file and settles duplicates."""

    file: Path
    spec: RegisterMapping
    quarantine: Quarantine
    rows_in: int = 0
    rows_bad: int = 0
    # Which rows were accepted, one bit each, to name a duplicate's row at the end: (part, first row, packed bits).
    _accepted: list[tuple[str, int, npt.NDArray[np.uint8]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._schema = facts_schema(self.spec)
        self._writer = pq.ParquetWriter(self.file, self._schema, compression="zstd")

    def add(self, batch: Batch) -> None:
        """Take the good rows of a batch over and quarantine the others."""
        self._malformed(batch)
        size = batch.table.num_rows
        if not size:
            return
        self.rows_in += size
        names = batch.table.schema.names
        raw = {name: decoded(column) for name, column in zip(names, batch.table.columns, strict=True)}
        rows = _Sorted(batch, raw, self._subjects(batch, raw), np.zeros(size, np.bool_))
        missing = rows.subjects.is_null().to_numpy(zero_copy_only=False)
        self._reject(rows, missing, Reason.MISSING_SUBJECT, self.spec.subject_column or "", None)
        unusable = pc.match_substring_regex(rows.subjects, _UNUSABLE_SUBJECT).fill_null(False)
        self._reject(
            rows,
            unusable.to_numpy(zero_copy_only=False),
            Reason.UNUSABLE_SUBJECT,
            self.spec.subject_column or "",
            None,
        )
        as_of = self._as_of(rows)
        columns = [rows.subjects]
        for column in self.spec.facts:
            cells = read_fact(raw[column.column], column, as_of)
            for reason, mask in cells.bad:
                self._reject(rows, mask, reason, column.column, column.fact.name)
            columns.append(cells.values)
        columns += [as_text(without_unknown(raw[name], self.spec.unknown)) for name in self.spec.links.values()]
        table = pa.table([*columns, as_of], schema=self._schema)
        if rows.bad.any():
            self.rows_bad += int(rows.bad.sum())
            table = table.filter(pa.array(~rows.bad))
        self._accepted.append((batch.part, int(batch.rows[0]), np.packbits(~rows.bad)))
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()

    def drop_duplicates(self) -> None:
        """Quarantine all but the first row of a subject and date, in the closed file.

        DuckDB looks for them, since it spills to disk where a city's ids do not fit into memory.
        """
        repeated, subjects = self._duplicates()
        if not len(repeated):
            return
        self._quarantine_duplicates(repeated, subjects)
        self.rows_bad += len(repeated)
        kept = self.file.with_suffix(".kept")
        with pq.ParquetFile(self.file) as old, pq.ParquetWriter(kept, self._schema, compression="zstd") as new:
            seen = 0
            for batch in old.iter_batches(batch_size=BATCH_ROWS):
                here = repeated[(repeated >= seen) & (repeated < seen + batch.num_rows)] - seen
                mask = np.ones(batch.num_rows, np.bool_)
                mask[here] = False
                new.write_batch(batch.filter(pa.array(mask)))
                seen += batch.num_rows
        kept.replace(self.file)

    def _duplicates(self) -> tuple[npt.NDArray[np.int64], pa.Array]:
        """Positions in the file, and subjects, of rows whose subject and date came before."""
        name = str(self.file)
        with duckdb.connect() as connection:
            # The cheap question first: most extracts have none, and a window over all rows is dear.
            distinct = "(SELECT DISTINCT subject_id, as_of FROM read_parquet(?))"
            surplus = connection.execute(
                f"SELECT (SELECT count(*) FROM read_parquet(?)) - count(*) FROM {distinct}",  # noqa: S608 -- constant
                [name, name],
            ).fetchone()
            if surplus is None or not surplus[0]:
                return np.empty(0, np.int64), pa.array([], pa.string())
            found = connection.execute(
                """SELECT file_row_number, subject_id FROM read_parquet(?, file_row_number = true)
                   QUALIFY row_number() OVER (PARTITION BY subject_id, as_of ORDER BY file_row_number) > 1
                   ORDER BY file_row_number""",
                [name],
            ).to_arrow_table()
        return found["file_row_number"].to_numpy(), found["subject_id"].combine_chunks()

    def _quarantine_duplicates(self, positions: npt.NDArray[np.int64], subjects: pa.Array) -> None:
        seen = 0
        for part, first, bits in self._accepted:
            rows = np.flatnonzero(np.unpackbits(bits))
            here = (positions >= seen) & (positions < seen + len(rows))
            if here.any():
                ids = subjects.filter(pa.array(here))
                self.quarantine.add(
                    Reason.DUPLICATE_SUBJECT,
                    part=part,
                    rows=(rows[positions[here] - seen] + first).astype(np.int64),
                    subjects=ids,
                    column=self.spec.subject_column or "",
                    fact=None,
                    values=ids,
                )
            seen += len(rows)

    def _subjects(self, batch: Batch, raw: Mapping[str, pa.Array]) -> pa.Array:
        if self.spec.subject_column is None:
            numbers = pc.utf8_lpad(pa.array(batch.rows).cast(pa.string()), 8, "0")
            return pc.binary_join_element_wise(self.spec.row_prefix, numbers, "")
        return as_text(without_unknown(raw[self.spec.subject_column], self.spec.unknown))

    def _as_of(self, rows: _Sorted) -> pa.Array:
        if self.spec.as_of_column is None:
            return pa.repeat(pa.scalar(self.spec.as_of, pa.date32()), len(rows.bad))
        column = rows.raw[self.spec.as_of_column]
        days, bad = read_dates(without_unknown(column, self.spec.unknown), self.spec.as_of_format)
        self._reject(rows, bad, Reason.IMPOSSIBLE_DATE, self.spec.as_of_column, None)
        missing = days.is_null().to_numpy(zero_copy_only=False) & ~bad
        self._reject(rows, missing, Reason.MISSING_AS_OF, self.spec.as_of_column, None)
        return days

    def _reject(self, rows: _Sorted, mask: Mask, reason: Reason, column: str, fact: str | None) -> None:
        if not mask.any():
            return
        at = np.flatnonzero(mask)
        values = rows.raw.get(column)
        self.quarantine.add(
            reason,
            part=rows.batch.part,
            rows=rows.batch.rows[at],
            subjects=rows.subjects.take(at),
            column=column,
            fact=fact,
            values=pa.nulls(len(at), pa.string()) if values is None else values.take(at),
        )
        np.logical_or(rows.bad, mask, out=rows.bad)

    def _malformed(self, batch: Batch) -> None:
        if not batch.malformed:
            return
        rows = np.array([row for row, _ in batch.malformed], np.int64)
        self.quarantine.add(
            Reason.MALFORMED_ROW,
            part=batch.part,
            rows=rows,
            subjects=pa.nulls(len(rows), pa.string()),
            column="",
            fact=None,
            values=pa.array([text for _, text in batch.malformed], pa.string()),
        )
        self.rows_in += len(rows)
        self.rows_bad += len(rows)
