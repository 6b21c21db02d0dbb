"""Arrow columns as codes, and what is refused: values that no rule could judge rightly, named with their column.

Whole numbers and dates are looked up in a table from the first cut to the last, other numbers by a search that takes
no branches, words in the coding's list. All of it lets other threads run.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# Numba infers the types of what it compiles.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.calendar import day_number
from domain.errors import ProfileInvalid
from domain.facts import CLOSED, FIRST_POSSIBLE_YEAR, FactDefinition, FactType
from domain.terms import fact_names
from features.terms import Setting, column_of
from matcher.coding import Coding, ascending
from matcher.compile import Program
from matcher.machine_code import compiled

Codes = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
_FIRST_DAY, _LAST_DAY = day_number(date(FIRST_POSSIBLE_YEAR, 1, 1)), day_number(date.max)


class Coder:
    """Codes columns of record batches for one program: those numbered in `chosen`, or all."""

    def __init__(self, program: Program, codings: Sequence[Coding], chosen: Sequence[int] | None = None) -> None:
        self.program = program
        self.codings = codings
        self._setting = Setting(program.facts, program.parameters, program.as_of)
        read = program.columns if chosen is None else [program.columns[number] for number in chosen]
        self._facts = {name: program.facts[name] for column in read for name in fact_names(column.term)}
        # The words of other columns are looked up anyway when they are coded.
        self._only_in_terms = self._facts.keys() - {column.fact for column in read}
        self._schema: pa.Schema | None = None

    def check_schema(self, schema: pa.Schema) -> None:
        """Raise ProfileInvalid for a column that is missing, doubled or of the wrong type."""
        if schema is not self._schema:
            for name, fact in self._facts.items():
                _check_column(schema, name, fact)
            self._schema = schema

    def check(self, batch: pa.RecordBatch) -> None:
        """Raise ProfileInvalid for a column that is missing, doubled or of the wrong type, or holds what no fact can.

        That is NaN, an infinity, a date outside 1850 to 9999, or a word that the vocabulary does not list.
        """
        self.check_schema(batch.schema)
        for name, fact in self._facts.items():
            _check_numbers(batch.column(name), fact)
        for name in self._only_in_terms:
            _check_words(batch.column(name), self._facts[name])

    def code(self, batch: pa.RecordBatch, column: int, out: Codes) -> None:
        """The codes of one column of the program for each row of a checked batch."""
        term, coding = self.program.columns[column], self.codings[column]
        if term.fact is None:
            parts = {name: batch.column(name) for name in fact_names(term.term)}
            _search(_as_read(column_of(term.term, parts, self._setting)), coding, out)
            return
        values = batch.column(term.fact)
        if coding.words is None:
            _code_ordered(values, coding, out)
        elif self.program.facts[term.fact].type is FactType.BOOLEAN:
            np.add(_bits(values.buffers()[1], values.offset, len(values)), 1, out=out, casting="unsafe")
        else:
            if _code_words(values, coding, out):
                _check_words(values, self._facts[term.fact])
            return
        if values.null_count:
            out *= _bits(values.buffers()[0], values.offset, len(values))


def _code_ordered(values: pa.Array, coding: Coding, out: Codes) -> None:
    """Any code at all where the value is null."""
    if pa.types.is_floating(values.type) or pa.types.is_uint64(values.type) or coding.table is None:
        # Unsafe only by name: whole numbers beyond 2**53 are rounded as Python rounds them for one profile.
        _search(_numbers(values, np.float64), coding, out)
        return
    low, table = coding.table
    _look_up(_numbers(values, np.int32 if values.type.bit_width == 32 else np.int64), low, table, out)


def _code_words(values: pa.Array, coding: Coding, out: Codes) -> bool:
    """Words that the coding does not list share its last code; returns whether there are any."""
    assert coding.words is not None
    other = coding.codes - 1
    if pa.types.is_dictionary(values.type):
        found = values.indices
        code_of = {word: code for code, word in enumerate(coding.words, start=1)} | {None: 0}
        table = np.array([code_of.get(word, other) for word in values.dictionary.to_pylist()] or [0], dtype=out.dtype)
        strange = other in table
    else:
        if pa.types.is_string_view(values.type):
            values = values.cast(pa.string())  # for which Arrow has no look-up
        found = pc.index_in(values, value_set=pa.array(coding.words, values.type))
        table = np.arange(1, other + 1).astype(out.dtype)
        strange = found.null_count > values.null_count
    _look_up(_numbers(found, np.int32), 0, table, out)
    if found.null_count:
        out *= _bits(found.buffers()[0], found.offset, len(found))
    if strange and not pa.types.is_dictionary(values.type):
        out[found.is_null().to_numpy(zero_copy_only=False) & values.is_valid().to_numpy(zero_copy_only=False)] = other
    return strange


def _search(values: npt.NDArray[np.float64], coding: Coding, out: Codes) -> None:
    """Codes of doubles; 0 for NaN."""
    buckets = coding.buckets
    _count_cuts(values, values.view(np.int64), buckets.low, buckets.shift, buckets.below, buckets.cuts, out)


def _numbers(values: pa.Array, kind: type[np.generic]) -> npt.NDArray[Any]:
    """The buffer of an Arrow array as numbers of that kind, whatever stands where it is null."""
    width = values.type.bit_width // 8
    letter = "f" if pa.types.is_floating(values.type) else "u" if pa.types.is_unsigned_integer(values.type) else "i"
    raw = np.frombuffer(values.buffers()[1] or b"", dtype=f"{letter}{width}")
    return _as_read(raw[values.offset : values.offset + len(values)].astype(kind, copy=False))


def _as_read(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numba compiles for writable and for other arrays apart; some of Arrow's buffers are the one, some the other."""
    values.flags.writeable = False
    return values


def _bits(buffer: pa.Buffer, offset: int, rows: int) -> npt.NDArray[np.uint8]:
    first = offset // 8
    raw = np.frombuffer(buffer, dtype=np.uint8)[first : (offset + rows + 7) // 8]
    return np.unpackbits(raw, bitorder="little")[offset - 8 * first :][:rows]


@compiled
def _look_up(values, low, table, out):
    high = low + table.size - 1
    for i in range(values.size):
        out[i] = table[min(max(np.int64(values[i]), low), high) - low]


@compiled
def _count_cuts(values, bits, low, shift, below, cuts, out):
    """1 + how many cuts lie at or below: those of lower buckets, and those in its own that are met one by one."""
    for i in range(values.size):
        value = values[i]
        distance = np.uint64(max(ascending(bits[i]), low)) - np.uint64(low)
        bucket = min(distance >> shift, np.uint64(below.size - 1))
        code = np.int64(below[bucket])
        while cuts[code] <= value:
            code += 1
        out[i] = code + 1 if value == value else 0  # noqa: PLR0124 - NaN alone is not itself


def _check_column(schema: pa.Schema, name: str, fact: FactDefinition) -> None:
    count = schema.names.count(name)
    if count > 1:
        raise ProfileInvalid(
            f"The table has {count} columns {name!r}.",
            next_step="Build the wide table again ('duixian features build').",
            fact=name,
        )
    if count == 0:
        raise ProfileInvalid(
            f"The table has no column {name!r}, which a rule reads.",
            next_step="Build the wide table again with this vocabulary ('duixian features build').",
            fact=name,
        )
    kind = schema.field(name).type
    if not _FITS[fact.type](kind):
        raise ProfileInvalid(
            f"Column {name!r} is {kind}, which does not hold {fact.type} facts.",
            next_step="Import the register again with a mapping that gives this fact its type.",
            fact=name,
        )


def _check_numbers(values: pa.Array, fact: FactDefinition) -> None:
    if pa.types.is_floating(values.type):
        # The first look takes what lies under nulls for values, and is ten times as fast.
        finite = np.isfinite(_numbers(values, np.float64)).all() or pc.all(pc.is_finite(values), min_count=0).as_py()
        if not finite:
            raise ProfileInvalid(
                f"Column {fact.name!r} holds NaN or infinite values; an unknown fact is null.",
                next_step="Import the register again: the import puts such rows into quarantine.",
                fact=fact.name,
            )
    elif fact.type is FactType.DATE:
        ends = pc.min_max(values.cast(pa.int32())).as_py()
        if ends["min"] is not None and not (ends["min"] >= _FIRST_DAY and ends["max"] <= _LAST_DAY):
            raise ProfileInvalid(
                f"Column {fact.name!r} holds dates outside {FIRST_POSSIBLE_YEAR} to {date.max.year}.",
                next_step="Import the register again: the import puts such rows into quarantine.",
                fact=fact.name,
            )


def _check_words(values: pa.Array, fact: FactDefinition) -> None:
    if fact.type not in CLOSED:
        return
    for word in pc.unique(values.cast(pa.string()).drop_null()).to_pylist():
        if word not in fact.categories:
            raise ProfileInvalid(
                f"Column {fact.name!r} holds {word!r}, which is not among its words.",
                next_step="Add the word to catalogue/vocabulary.yaml, or import the register again with a mapping to"
                f" one of: {', '.join(fact.categories)}.",
                fact=fact.name,
                value=word,
            )


def _is_word(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_word(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


_FITS: Mapping[FactType, Callable[[pa.DataType], bool]] = {
    FactType.INTEGER: pa.types.is_integer,
    FactType.NUMBER: lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
    FactType.BOOLEAN: pa.types.is_boolean,
    FactType.CATEGORY: _is_word,
    FactType.DATE: pa.types.is_date32,
    FactType.REGION: _is_word,
    FactType.TEXT: _is_word,
}
