"""Coded columns that are kept: coded once, matched as often as policies change.

A column is coded anew only if a program asks for a cut or word that its codes do not tell apart. As an Arrow table the
codes can be stored; each field carries its coding.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from domain.errors import DataDamaged, ProfileInvalid
from domain.terms import ParameterRef, fact_names, moves_with_time, parts
from matcher.batch import stream
from matcher.batch.columns import Coder, Codes
from matcher.coding import MOST_CODES, Coding, codings
from matcher.compile import Column, Program

_CODING = b"duixian.coding"


@dataclass(frozen=True)
class CodedColumn:
    """`codes`: uint8[rows] or uint16[rows], as `coding` has it."""

    coding: Coding
    codes: Codes


@dataclass(frozen=True)
class CodedTable:
    """`columns` by their keys (see `key_of`), each of `rows` codes.

    Raises DataDamaged where a column is of another length, or its codes of another width than its coding has. That
    each code is one of the coding's is not looked at: it would read the whole of columns that are mapped into memory.
    """

    rows: int
    columns: Mapping[str, CodedColumn]

    def __post_init__(self) -> None:
        for key, column in self.columns.items():
            held, wanted = column.codes, column.coding.dtype
            if held.shape != (self.rows,) or held.dtype != wanted:
                raise _damaged(
                    key, f"holds {held.size:,} numbers of {held.dtype}, not {self.rows:,} codes of {wanted}."
                )

    def covers(self, program: Program) -> bool:
        return not self.missing(program)

    def missing(self, program: Program) -> tuple[int, ...]:
        """The numbers of the program's columns that have no codes here, or codes too coarse for it."""
        return tuple(
            number
            for number, (column, wanted) in enumerate(zip(program.columns, codings(program), strict=True))
            if (held := self.columns.get(key_of(program, column))) is None or not held.coding.covers(wanted)
        )

    def of(self, program: Program) -> tuple[CodedColumn, ...]:
        """The program's columns, in its order. Raises ProfileInvalid where they must be coded anew."""
        if missing := self.missing(program):
            raise ProfileInvalid(
                "The coded table does not tell apart what the rules now ask of"
                f" {', '.join(key_of(program, program.columns[number]) for number in missing)}.",
                next_step="Code these columns anew (matcher.batch.coded.recode), then match again.",
            )
        return tuple(self.columns[key_of(program, column)] for column in program.columns)

    def to_arrow(self) -> pa.Table:
        fields = [
            pa.field(key, pa.from_numpy_dtype(column.codes.dtype), nullable=False, metadata={_CODING: _written(column)})
            for key, column in self.columns.items()
        ]
        return pa.table([pa.array(column.codes) for column in self.columns.values()], schema=pa.schema(fields))

    @classmethod
    def from_arrow(cls, table: pa.Table) -> CodedTable:
        """Without a copy where the table has one chunk.

        Raises DataDamaged where a column is doubled, has no coding or a damaged one, or holds nulls or what is no code
        of its coding's width.
        """
        columns: dict[str, CodedColumn] = {}
        for field, values in zip(table.schema, table.columns, strict=True):
            if field.name in columns:
                raise DataDamaged("The coded table", f"there is more than one column {field.name!r}.")
            try:
                coding = _read((field.metadata or {})[_CODING])
            except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
                raise _damaged(field.name, "does not say what its codes mean.") from error
            if field.type != pa.from_numpy_dtype(coding.dtype) or values.null_count:
                held = f"{field.type} with {values.null_count:,} nulls"
                raise _damaged(field.name, f"holds {held}, not codes of {coding.dtype} without nulls.")
            columns[field.name] = CodedColumn(coding, values.combine_chunks().to_numpy())
        return cls(table.num_rows, columns)


def code_table(
    program: Program, batches: pa.Table | Iterable[pa.RecordBatch], rows: int, *, threads: int | None = None
) -> CodedTable:
    """Code all that `program` reads of `rows` subjects; raises ProfileInvalid as matching does."""
    return recode(CodedTable(rows, {}), program, batches, threads=threads)


def recode(
    coded: CodedTable,
    program: Program,
    batches: pa.Table | Iterable[pa.RecordBatch],
    *,
    threads: int | None = None,
) -> CodedTable:
    """`coded` with those of the program's columns coded (anew) that it does not cover; the others are shared.

    A column that is coded anew keeps the cuts it has, so that what covered another program still does.
    `batches` are the same subjects in the same order; only the facts of `facts_to_read` need be in them.
    """
    wanted, missing = list(codings(program)), coded.missing(program)
    for number in missing:
        if held := coded.columns.get(key_of(program, program.columns[number])):
            wanted[number] = wanted[number].merged(held.coding)
    fresh = {number: np.zeros(coded.rows, dtype=wanted[number].dtype) for number in missing}
    coder = Coder(program, wanted, missing)

    def code(piece: stream.Piece) -> None:
        place = piece.start
        for batch in piece.batches:
            coder.check(batch)
            for number, codes in fresh.items():
                coder.code(batch, number, codes[place : place + batch.num_rows])
            place += batch.num_rows

    pieces = stream.pieces(batches, coded.rows)
    with closing(stream.in_order(code, pieces, stream.thread_count(threads))) as done:
        for _ in done:
            pass
    columns = {key_of(program, program.columns[number]): CodedColumn(wanted[number], fresh[number]) for number in fresh}
    return CodedTable(coded.rows, {**coded.columns, **columns})


def facts_to_read(coded: CodedTable, program: Program) -> tuple[str, ...]:
    """The facts that `recode` needs, each once: of a changed policy seldom any."""
    return fact_names(*(program.columns[number].term for number in coded.missing(program)))


def key_of(program: Program, column: Column) -> str:
    """The column's name: the fact's or, of a term, the term with all that its values hang on besides facts."""
    if column.fact:
        return column.fact
    used = {part.name for part in parts(column.term) if isinstance(part, ParameterRef)}
    settings = [f"{name}={program.parameters[name]}" for name in sorted(used)]
    settings += [f"on {program.as_of}"] if moves_with_time(column.term) else []
    return "; ".join([repr(column.term), *settings])


def _written(column: CodedColumn) -> bytes:
    coding = column.coding
    # Doubles as hexadecimal numbers: they come back bit by bit.
    cuts = [cut.hex() for cut in coding.cuts]
    return json.dumps({"cuts": cuts, "words": coding.words, "whole": coding.whole}, ensure_ascii=False).encode()


def _read(written: bytes) -> Coding:
    """Raises ValueError, KeyError, TypeError, OverflowError or RecursionError where no coding was written so."""
    held = json.loads(written)
    cuts, words, whole = tuple(float.fromhex(cut) for cut in held["cuts"]), held["words"], held["whole"]
    ascending = all(map(math.isfinite, cuts)) and all(low < high for low, high in pairwise(cuts))
    if not ascending or not isinstance(whole, bool) or not (words is None or (_listed(words) and not cuts)):
        raise ValueError("no coding")
    coding = Coding(cuts, None if words is None else tuple(words), whole)
    if coding.codes > MOST_CODES:
        raise ValueError("too many codes")
    return coding


def _listed(words: object) -> bool:
    """Whether these are words, each once."""
    return (
        isinstance(words, list) and all(isinstance(word, str | bool) for word in words) and len({*words}) == len(words)
    )


def _damaged(key: str, what: str) -> DataDamaged:
    return DataDamaged("The coded table", f"column {key!r} {what}")
