"""This file knows how to read a register's extract: CSV or Parquet, one file or a folder of parts, batch by batch."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from domain.errors import DataDamaged, RegisterInvalid
from features.mapping import RegisterMapping

BATCH_ROWS = 131_072
"""Rows held in memory at a time: large enough that numpy and Arrow are busy, a few tens of MB for 20 columns."""
_CSV_BLOCK_BYTES = 16 * 1024 * 1024
_HASH_BLOCK_BYTES = 4 * 1024 * 1024
_SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Batch:
    """Some rows of one part: their numbers (from 1, within the part) and the columns that the mapping reads.

    `malformed` holds the row numbers and texts of lines that are no rows at all; they are not in `table`.
    """

    part: str
    rows: npt.NDArray[np.int64]
    table: pa.RecordBatch
    malformed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Extract:
    """The parts of an extract, of one format, in the order of their names."""

    path: Path
    parts: tuple[Path, ...]
    suffix: str

    def digest(self) -> str:
        """SHA-256 of all parts' bytes in order."""
        seen = hashlib.sha256()
        for part in self.parts:
            seen.update(str(part.stat().st_size).encode())
            with part.open("rb") as file:
                while block := file.read(_HASH_BLOCK_BYTES):
                    seen.update(block)
        return seen.hexdigest()

    def row_count(self) -> int | None:
        """How many rows the parts hold, where the format says it without reading them."""
        if self.suffix == ".csv":
            return None
        return sum(int(_parquet(part).metadata.num_rows) for part in self.parts)

    def check_columns(self, mapping: RegisterMapping) -> None:
        """Raise RegisterInvalid for a part that lacks a mapped column, before anything is written."""
        for part in self.parts:
            names = _parquet(part).schema_arrow.names if self.suffix == ".parquet" else _csv_header(part, mapping)
            missing = [column for column in mapping.columns if column not in names]
            if missing:
                near = get_close_matches(missing[0], names, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(names[:40])}."
                raise RegisterInvalid(
                    f"{part} has no column {', '.join(map(repr, missing))}, which the mapping names.",
                    next_step=f"{hint} Correct the mapping or the extract.",
                    path=str(part),
                    missing=missing,
                )
            doubled = next((column for column in mapping.columns if names.count(column) > 1), None)
            if doubled is not None:
                raise RegisterInvalid(
                    f"{part} has {names.count(doubled)} columns {doubled!r}: which one is meant cannot be told.",
                    next_step="Have the extract written with a name of its own for each column.",
                    path=str(part),
                    column=doubled,
                )
            if self.suffix == ".parquet":
                self._check_types(part, mapping, _parquet(part).schema_arrow)

    def _check_types(self, part: Path, mapping: RegisterMapping, schema: pa.Schema) -> None:
        for column in mapping.columns:
            kind = schema.field(column).type
            if pa.types.is_dictionary(kind):
                kind = kind.value_type
            if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                raise RegisterInvalid(
                    f"Column {column!r} of {part} is {kind}, which is no plain value.",
                    next_step="Have the extract written with texts, numbers, dates or booleans.",
                    path=str(part),
                    column=column,
                )

    def batches(self, mapping: RegisterMapping) -> Iterator[Batch]:
        """All rows in order; raises DataDamaged where a part breaks off."""
        for part in self.parts:
            yield from (_read_parquet if self.suffix == ".parquet" else _read_csv)(part, mapping)


def open_extract(path: Path) -> Extract:
    """The extract at `path`, a file or a folder of parts, or RegisterInvalid when there is none."""
    if not path.exists():
        raise RegisterInvalid(f"There is no extract {path}.", next_step="Check the path.", path=str(path))
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES)
    suffixes = {part.suffix.lower() for part in found}
    if not found or not suffixes <= set(_SUFFIXES) or len(suffixes) > 1:
        raise RegisterInvalid(
            f"{path} holds {'both CSV and Parquet' if len(suffixes) > 1 else 'neither CSV nor Parquet'} files.",
            next_step="Give one .csv or .parquet file, or a folder whose parts are all of one kind.",
            path=str(path),
        )
    return Extract(path, tuple(found), suffixes.pop())


def _parquet(part: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(part)
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(part, str(error)) from error


def _read_parquet(part: Path, mapping: RegisterMapping) -> Iterator[Batch]:
    seen = 0
    with _parquet(part) as file:
        # Without columns to read (a mapping of row numbers only) Arrow would yield batches of no length.
        columns = list(mapping.columns) or None
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
                # A text may hold bytes that are none: whoever reads our snapshot later would stumble over it.
                batch.validate(full=True)
                yield Batch(part.name, np.arange(seen + 1, seen + 1 + batch.num_rows), batch)
                seen += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise DataDamaged(part, str(error)) from error


def _csv_header(part: Path, mapping: RegisterMapping) -> list[str]:
    try:
        with part.open(encoding=mapping.encoding) as file:
            line = file.readline().removeprefix("\ufeff").rstrip("\r\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise RegisterInvalid(
            f"{part} is not encoded in {mapping.encoding!r}.",
            next_step="Name its encoding in the mapping, for example 'csv: {encoding: gb18030}'.",
            path=str(part),
        ) from error
    if not line:
        raise RegisterInvalid(f"{part} is empty.", next_step="Give an extract with a header line.", path=str(part))
    return [name.strip() for name in next(csv.reader([line], delimiter=mapping.delimiter))]


def _read_csv(part: Path, mapping: RegisterMapping) -> Iterator[Batch]:
    names = _csv_header(part, mapping)
    skipped: list[tuple[int, str]] = []

    def skip(row: pacsv.InvalidRow) -> str:
        # Arrow counts lines from 1 with the header; rows here count without it.
        skipped.append(((row.number or 1) - 1, row.text))
        return "skip"

    seen = taken = 0
    try:
        reader = pacsv.open_csv(
            part,
            read_options=pacsv.ReadOptions(
                encoding=mapping.encoding,
                block_size=_CSV_BLOCK_BYTES,
                column_names=names,
                skip_rows=1,
                use_threads=False,
            ),
            parse_options=pacsv.ParseOptions(delimiter=mapping.delimiter, invalid_row_handler=skip),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=list(mapping.columns) or names[:1],
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            fresh, taken = tuple(skipped[taken:]), len(skipped)
            rows = np.arange(seen + 1, seen + 1 + batch.num_rows)
            yield Batch(part.name, rows, batch, fresh)
            seen += batch.num_rows
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error) or "Could not skip" in str(error):  # nothing follows the header
            return
        raise DataDamaged(part, str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataDamaged(part, str(error)) from error
    if len(skipped) > taken:
        yield Batch(
            part.name, np.arange(0), pa.RecordBatch.from_pylist([], schema=reader.schema), tuple(skipped[taken:])
        )
