"""This file knows how a column of an extract becomes typed facts, and which of its cells cannot.

Everything works on whole Arrow columns: an extract of a city has tens of millions of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import FIRST_POSSIBLE_YEAR, FactDefinition, FactType, Value
from features.mapping import FactColumn
from features.quarantine import Mask, Reason

ARROW_TYPES: Mapping[FactType, pa.DataType] = {
    FactType.INTEGER: pa.int64(),
    FactType.NUMBER: pa.float64(),
    FactType.BOOLEAN: pa.bool_(),
    FactType.CATEGORY: pa.string(),
    FactType.DATE: pa.date32(),
    FactType.REGION: pa.string(),
    FactType.TEXT: pa.string(),
}

_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
_NOT_FINITE = r"^(?i)[+-]?(nan|inf|infinity)$"
_PLAIN_BOOLEANS: Mapping[str, Value] = {
    "true": True, "True": True, "TRUE": True, "1": True, "是": True, "有": True, "Y": True, "y": True,
    "false": False, "False": False, "FALSE": False, "0": False, "否": False, "无": False, "N": False, "n": False,
}  # fmt: skip
_FORMAT_PARTS = {"%Y": r"(?P<y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})"}
_FIXED_PARTS = {"%Y": r"(?P<y>\d{4})", "%m": r"(?P<m>\d{2})", "%d": r"(?P<d>\d{2})"}


@dataclass(frozen=True)
class Cells:
    """One fact's values of a batch, with bad cells null, and the masks that say why they are bad."""

    values: pa.Array
    bad: tuple[tuple[Reason, Mask], ...]


def read_fact(column: pa.Array, spec: FactColumn, as_of: pa.Array) -> Cells:
    """The fact of `spec` from an extract's column; `as_of` (date32, equally long) tells which dates lie ahead."""
    column = without_unknown(column, spec.unknown)
    if spec.codes is not None:
        return _coded(column, spec.codes, spec.fact)
    match spec.fact.type:
        case FactType.CATEGORY | FactType.REGION:
            return _coded(column, {word: word for word in spec.fact.categories}, spec.fact)
        case FactType.TEXT:
            return Cells(as_text(column), ())
        case FactType.BOOLEAN:
            if pa.types.is_boolean(column.type):
                return Cells(column, ())
            return _coded(column, _PLAIN_BOOLEANS, spec.fact)
        case FactType.DATE:
            days, bad = read_dates(column, spec.format)
            future = _true(pc.greater(days, as_of))
            return _keep(days, ((Reason.IMPOSSIBLE_DATE, bad), (Reason.FUTURE_DATE, future)))
        case _:
            return _numbers(column, spec)


def without_unknown(column: pa.Array, unknown: Iterable[str]) -> pa.Array:
    """The column with every cell that means unknown made null; a blank text always means unknown."""
    column = decoded(column)
    words = sorted({*unknown, ""})
    if pa.types.is_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        return _nulled(column, pc.is_in(column, value_set=pa.array(words, pa.string())))
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        numbers = [float(word) for word in words if re.fullmatch(r"[+-]?\d+(\.\d+)?", word)]
        if not numbers:
            return column
        found = pc.is_in(column.cast(pa.float64(), safe=False), value_set=pa.array(numbers, pa.float64()))
        return _nulled(column, found)
    return column


def decoded(column: pa.Array) -> pa.Array:
    """The column as plain values: no dictionary, no large or view strings, no decimals."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if pa.types.is_decimal(column.type):
        return column.cast(pa.float64())
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def as_text(column: pa.Array) -> pa.Array:
    """The column as a code book or a person would write it: a whole number has no decimal point."""
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64)
        if np.all((np.abs(numbers) < 2.0**53) & (np.floor(numbers) == numbers)):
            column = column.cast(pa.int64())
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def read_dates(column: pa.Array, written: str | None) -> tuple[pa.Array, Mask]:
    """Dates (date32) and the mask of cells that are none; text is in the format `written`, else YYYY-MM-DD.

    Hours may follow the day in a format and are dropped: a fact's date is a day.
    """
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        days = column.cast(pa.date32(), safe=False)
        early = _true(pc.less(days, pa.scalar(date(FIRST_POSSIBLE_YEAR, 1, 1))))
        return _nulled(days, early), early
    if pa.types.is_boolean(column.type):
        return pa.nulls(len(column), pa.date32()), _present(column)
    text = as_text(column)
    parts = pc.extract_regex(text, pattern=_date_pattern(written or "%Y-%m-%d"))
    # flatten() carries the parent's nulls down: a cell that does not match has no parts
    found = dict(zip((field.name for field in parts.type), parts.flatten(), strict=True))
    year, month, day = (found[name].cast(pa.int32()).fill_null(0).to_numpy() for name in ("y", "m", "d"))
    possible = (year >= FIRST_POSSIBLE_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (year.astype(np.int64) - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]")
    days_since = first.astype("datetime64[D]").astype(np.int64)
    in_month = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - days_since
    possible &= day <= in_month
    bad = _present(column) & ~possible
    return pa.array((days_since + day - 1).astype(np.int32), pa.int32(), mask=~possible).cast(pa.date32()), bad


def _date_pattern(written: str) -> str:
    """A regular expression for a strptime format of %Y, %m, %d and fixed text; a time after it is dropped."""
    end = max(written.rindex(part) for part in _FORMAT_PARTS) + 2
    # Without anything between them, single digits would be ambiguous: 2024111.
    parts = _FIXED_PARTS if re.search(r"%[Ymd]%[Ymd]", written) else _FORMAT_PARTS
    pieces = re.split(r"(%[Ymd])", written[:end])
    rest = written[end:]
    tail = r"(?:\D\d.*)?" if "%" in rest else re.escape(rest)
    return "^" + "".join(parts.get(piece, re.escape(piece)) for piece in pieces) + tail + "$"


def _coded(column: pa.Array, codes: Mapping[str, Value], fact: FactDefinition) -> Cells:
    text = as_text(column)
    position = pc.index_in(text, value_set=pa.array(list(codes), pa.string()), skip_nulls=True)
    values = pa.array(list(codes.values()), ARROW_TYPES[fact.type]).take(position)
    return Cells(values, ((Reason.UNSEEN_CODE, _present(column) & position.is_null().to_numpy(zero_copy_only=False)),))


def _numbers(column: pa.Array, spec: FactColumn) -> Cells:
    fact = spec.fact
    bad: tuple[tuple[Reason, Mask], ...] = ()
    if pa.types.is_string(column.type):
        plain = _true(pc.match_substring_regex(column, _NUMBER))
        endless = _true(pc.match_substring_regex(column, _NOT_FINITE))
        word = _present(column) & ~plain & ~endless
        column = _nulled(column, ~plain).cast(pa.float64())
        bad = ((Reason.NOT_A_NUMBER, word), (Reason.NOT_FINITE, endless))
        whole_numbers = False
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        whole_numbers = pa.types.is_integer(column.type) and spec.conversion.identity
    else:
        return Cells(pa.nulls(len(column), ARROW_TYPES[fact.type]), ((Reason.WRONG_TYPE, _present(column)),))
    if whole_numbers and fact.type is FactType.INTEGER:
        values = column.cast(pa.int64(), safe=False)
        return _keep(values, (*bad, (Reason.OUT_OF_RANGE, _out_of_range(values, fact))))
    numbers, known = _floats(column)
    if not spec.conversion.identity:
        with np.errstate(over="ignore"):  # what overflows is not finite, which is found below
            numbers = numbers * spec.conversion.times / spec.conversion.over
            if fact.unit.startswith("cny"):
                # 1388.5793 ten thousand yuan are 13885793 yuan, not 13885793.000000002: money has no part of a fen.
                numbers = np.rint(numbers * 100) / 100
    endless = known & ~np.isfinite(numbers)
    numbers = np.where(endless | ~known, 0.0, numbers)
    bad = (*bad, (Reason.NOT_FINITE, endless))
    if fact.type is FactType.INTEGER:
        rounded = np.rint(numbers)
        # A unit's division leaves a rest in the last places, which is not what "not whole" means.
        broken = known & (np.abs(numbers - rounded) > 1e-9 * np.maximum(1.0, np.abs(numbers)))
        broken |= known & (np.abs(numbers) > 2.0**53)
        bad = (*bad, (Reason.NOT_WHOLE, broken))
        values = pa.array(np.where(broken, 0, rounded).astype(np.int64), mask=~known | endless | broken)
    else:
        values = pa.array(numbers, pa.float64(), mask=~known | endless)
    return _keep(values, (*bad, (Reason.OUT_OF_RANGE, _out_of_range(values, fact))))


def _floats(column: pa.Array) -> tuple[npt.NDArray[np.float64], Mask]:
    known = _present(column)
    return column.cast(pa.float64(), safe=False).fill_null(0.0).to_numpy(zero_copy_only=False), known


def _out_of_range(values: pa.Array, fact: FactDefinition) -> Mask:
    # As floats: Arrow refuses to compare a whole number beyond 2^53 with the vocabulary's bounds.
    numbers, known = _floats(values)
    low = -np.inf if fact.minimum is None else fact.minimum
    high = np.inf if fact.maximum is None else fact.maximum
    outside: Mask = known & ((numbers < low) | (numbers > high))
    return outside


def _keep(values: pa.Array, bad: tuple[tuple[Reason, Mask], ...]) -> Cells:
    """Null the bad cells, so that nothing downstream can take one for a value."""
    any_bad = np.logical_or.reduce([mask for _, mask in bad])
    return Cells(_nulled(values, any_bad) if any_bad.any() else values, bad)


def _nulled(column: pa.Array, mask: Mask | pa.Array) -> pa.Array:
    mask = mask if isinstance(mask, pa.Array) else pa.array(mask)
    return pc.if_else(mask.fill_null(False), pa.scalar(None, column.type), column)


def _present(column: pa.Array) -> Mask:
    present: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return present


def _true(mask: pa.Array) -> Mask:
    """A three-valued Arrow mask as numpy, unknown read as 'no finding'."""
    found: Mask = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return found
