"""Register extracts as their owners keep them: this file knows how facts become a register's columns, codes and rows.

The mapping that an import reads is the description that the extract is written from, so the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts

MAPPINGS = Path(__file__).parent / "mappings"
DIRTY_SHARE = 0.002
"""Rows that a register got wrong: an impossible date, a negative amount, an unseen code, the same person twice."""
_FIRST_DAY, _LAST_DAY = -25_567, 47_482  # 1900-01-01 to 2100-01-01, in days since 1970


@dataclass(frozen=True)
class Field:
    """How a register writes one fact: column, unit, date format, codes by value, and its word for unknown."""

    column: str
    unit: str | None
    format: str | None
    codes: Mapping[str | bool, str]
    unknown: str | None


@dataclass(frozen=True)
class Register:
    """One register's layout, from its mapping file."""

    name: str
    audience: str
    subject_column: str
    date_column: str
    date_format: str | None
    fields: Mapping[str, Field]
    links: Mapping[str, str]


@dataclass(frozen=True)
class Numbers:
    """Ids of subjects as they are written: a letter and nine digits, counted from `first`."""

    letter: str
    first: int


@lru_cache
def load_registers(folder: Path = MAPPINGS) -> Mapping[str, Register]:
    """Every register's layout by name, in the order of the file names."""
    registers = {}
    for path in sorted(folder.glob("*.yaml")):
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        registers[raw["register"]] = Register(
            name=raw["register"],
            audience=raw["audience"],
            subject_column=raw["subject_id"]["column"],
            date_column=raw["as_of"]["column"],
            date_format=raw["as_of"].get("format"),
            fields={fact: _field(field) for fact, field in raw["facts"].items()},
            links={name: link["column"] for name, link in raw.get("links", {}).items()},
        )
    return registers


def _field(raw: dict[str, Any]) -> Field:
    codes = {value: code for code, value in raw.get("codes", {}).items()}
    unknown = raw.get("unknown") or [None]
    return Field(raw["column"], raw.get("unit"), raw.get("format"), codes, unknown[0])


def encode(
    register: Register,
    facts: Facts,
    listed: NDArray[np.bool_],
    numbers: Numbers,
    links: Mapping[str, tuple[str, Array]],
    today: int,
    draws: Draws,
    protected: NDArray[np.bool_] | None = None,
) -> pa.Table:
    """The register's rows of one chunk.

    `listed` (subjects,) says who is in the register; `links` gives the letter and number (-1: none) of the subject
    at the other end; rows of `protected` subjects are never dirty.
    """
    rows = np.flatnonzero(listed)
    dirty = draws.chance(DIRTY_SHARE, len(rows))
    if protected is not None:
        dirty &= ~protected[rows]
    spoiled = np.flatnonzero(dirty)
    twice = spoiled[draws.chance(0.25, len(spoiled))]
    spoiled = np.setdiff1d(spoiled, twice)
    rows = np.concatenate([rows, rows[twice]])
    n = len(rows)

    kinds = {fact: _kind_of_fault(field) for fact, field in register.fields.items()}
    # Each kind of fault is as frequent as the others, however many facts can have it.
    turn = draws.choice([1 / list(kinds.values()).count(kind) for kind in kinds.values()], len(spoiled))
    columns: dict[str, pa.Array] = {register.subject_column: ids(numbers.letter, numbers.first + rows)}
    for name, column in register.links.items():
        letter, target = links[name]
        columns[column] = ids(letter, target[rows])
    for number, (fact, field) in enumerate(register.fields.items()):
        columns[field.column] = _column(field, facts[fact], rows, spoiled[turn == number])
    updated = today - _updated(draws, n)
    for fact, field in register.fields.items():  # a row is no older than what it tells
        if field.format is not None:
            known = facts[fact].known
            told = facts[fact].values[rows] if known is None else np.where(known[rows], facts[fact].values[rows], 0)
            updated = np.maximum(updated, told)
    columns[register.date_column] = _days(register.date_format, updated, None, spoiled[:0])
    return pa.table(columns)


def write(table: pa.Table, path: Path, register: Register) -> None:
    """Write one part; ids are stored by their differences, everything with few values by a dictionary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = [register.subject_column, *register.links.values()]
    few = [f.name for f in table.schema if f.name not in keys and not pa.types.is_floating(f.type)]
    pq.write_table(
        table, path, compression="zstd", compression_level=1, use_dictionary=few, store_schema=False,
        write_statistics=False, column_encoding=dict.fromkeys(keys, "DELTA_BYTE_ARRAY"),
    )  # fmt: skip


def ids(letter: str, numbers: Array) -> pa.Array:
    """Texts such as C000000042; a negative number is null."""
    n = len(numbers)
    known = numbers >= 0
    positive = np.where(known, numbers, 0)
    digits = _three_digits()
    text = np.empty((n, 10), dtype=np.uint8)
    text[:, 0] = ord(letter)
    for place, divisor in ((1, 1_000_000), (4, 1_000), (7, 1)):
        text[:, place : place + 3] = digits[positive // divisor % 1_000]
    return _fixed_width(text, known)


def _kind_of_fault(field: Field) -> str:
    if field.codes:
        return "unseen code"
    return "impossible date" if field.format is not None else "negative amount"


def _column(field: Field, column: Column, rows: Array, wrong: Array) -> pa.Array:
    values = column.values[rows]
    known = None if column.known is None else column.known[rows].copy()
    if known is not None and len(wrong):
        known[wrong] = True
    mask = None if known is None else ~known
    if field.codes:
        return _coded(field, column, values, mask, wrong)
    if field.format is not None:
        return _days(field.format, values, known, wrong)
    if values.dtype.kind == "i" and field.unit is None:
        whole = values.astype(np.int32)
        whole[wrong] = -1 - np.abs(whole[wrong])
        return pa.array(whole, mask=mask)
    amounts = np.rint(values.astype(np.float64) * 100)  # fen, or hundredths
    amounts[wrong] = -1e18  # below every bound, so that it is wrong for amounts that may be negative too
    if field.unit == "fen":
        return pa.array(amounts.astype(np.int64), mask=mask)
    return pa.array(amounts / (1_000_000 if field.unit == "wan_yuan" else 100), mask=mask)


def _days(form: str | None, days: Array, known: NDArray[np.bool_] | None, wrong: Array) -> pa.Array:
    """Dates as text in `form`, or as dates where the register keeps them so."""
    if form is None:
        return pa.array(days.astype(np.int32)).cast(pa.date32())
    text = _day_texts(form)[np.clip(days - _FIRST_DAY, 0, _LAST_DAY - _FIRST_DAY)]
    text[wrong] = np.frombuffer(b"20230230" if text.shape[1] == 8 else b"2023-02-30", dtype=np.uint8)
    return _fixed_width(text, known)


def _coded(field: Field, column: Column, values: Array, mask: Array | None, wrong: Array) -> pa.Array:
    names = column.categories or (False, True)
    # No text twice: Arrow leaves unset bytes in a dictionary page with doubles, and the city would not be reproducible.
    texts = [field.codes[name] for name in names if name in field.codes] + [field.unknown or "", "??"]
    blank, wrong_code = len(texts) - 2, len(texts) - 1
    code_of = np.array([texts.index(field.codes[name]) if name in field.codes else blank for name in names], np.int8)
    codes = code_of[values.astype(np.int8)]
    if mask is not None and field.unknown is not None:
        codes[mask] = blank
        mask = None
    codes[wrong] = wrong_code
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), pa.array(texts))


def _updated(draws: Draws, n: int) -> NDArray[np.int32]:
    """Days since each row was last brought up to date: mostly weeks, for some a year and more."""
    recent = draws.integers(1, 40, n)
    stale = draws.integers(40, 700, n)
    return np.where(draws.chance(0.93, n), recent, stale).astype(np.int32)


def _fixed_width(text: NDArray[np.uint8], known: NDArray[np.bool_] | None) -> pa.Array:
    n, width = text.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int32)
    bitmap = None if known is None or known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    buffers = [bitmap, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
    return pa.Array.from_buffers(pa.string(), n, buffers)


@lru_cache
def _three_digits() -> NDArray[np.uint8]:
    return np.frombuffer("".join(f"{i:03d}" for i in range(1000)).encode(), dtype=np.uint8).reshape(1000, 3)


@lru_cache
def _day_texts(form: str) -> NDArray[np.uint8]:
    """The text of every day that a register can hold, so that a chunk's dates are one look-up."""
    days = np.arange(_FIRST_DAY, _LAST_DAY + 1).astype("datetime64[D]").astype("S10")
    text = days.view(np.uint8).reshape(-1, 10)
    return text[:, [0, 1, 2, 3, 5, 6, 8, 9]] if form == "%Y%m%d" else text
