"""Terms of the eligibility language worked out for whole columns, bit by bit as domain/terms.py does for one subject.

Every operation is numpy's on IEEE doubles, in the order written. Unknown is NaN, which no fact and no result can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.calendar import day_number
from domain.facts import WORDS, FactDefinition
from domain.terms import (
    PERCENT,
    PERIODS,
    Arithmetic,
    AsOf,
    Call,
    Constant,
    FactRef,
    ParameterRef,
    Term,
    comparable,
    value_of,
)

Doubles = npt.NDArray[np.float64]
Columns = Mapping[str, pa.Array | pa.ChunkedArray]
"""Facts by name, equally long, typed as the vocabulary says."""


@dataclass(frozen=True)
class Setting:
    """What terms are worked out in: the facts' definitions, the parameters in force and the date."""

    facts: Mapping[str, FactDefinition]
    parameters: Mapping[str, Decimal]
    as_of: date


def column_of(term: Term, columns: Columns, setting: Setting) -> Doubles:
    """The term's value for each row, float64[rows], dates as days since 1970-01-01; NaN where it is unknown.

    `columns` hold the facts that the term reads.
    """
    rows = len(next(iter(columns.values())))
    with np.errstate(all="ignore"):
        return np.broadcast_to(_Columns(columns, setting).value(term), (rows,))


def doubles(column: pa.Array | pa.ChunkedArray) -> Doubles:
    """A column of numbers, dates or booleans as doubles, NaN where null."""
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    # Unsafe only by name: whole numbers beyond 2**53 are rounded as Python rounds them for one profile.
    return np.asarray(
        pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy(zero_copy_only=False), dtype=np.float64
    )


class _Columns:
    def __init__(self, columns: Columns, setting: Setting) -> None:
        self.columns = columns
        self.setting = setting

    def value(self, term: Term) -> Doubles:
        match term:
            case FactRef(name=name):
                return doubles(self.columns[name])
            case Constant(value=value):
                return _number(comparable(value))
            case ParameterRef() | AsOf():
                return _number(value_of(term, {}, self.setting.parameters, self.setting.as_of))
            case Arithmetic(operator="<=>", left=left, right=right) if self._words(left):
                return _sign(*self._coded_words(left, right))
            case Arithmetic(operator=symbol, left=left, right=right):
                return _finite(_ARITHMETIC[symbol](self.value(left), self.value(right)))
            case Call(function=function, arguments=arguments):
                return self._call(function, [self.value(one) for one in arguments])

    def _call(self, function: str, values: list[Doubles]) -> Doubles:
        if function == PERCENT:
            part, whole = values
            return _finite(np.where(whole > 0, part * 100.0 / whole, np.nan))
        period = PERIODS[function]
        as_of = _number(self.setting.as_of)
        start, end = {"since": [*values, as_of], "until": [as_of, *values], "between": values}[period.ends]
        if period.unit == "days":
            return np.where(start <= end, end - start, np.nan)
        months = completed_months_column(start, end)
        return months if period.unit == "months" else np.floor(months / 12.0)

    def _words(self, term: Term) -> bool:
        return isinstance(term, FactRef) and self.setting.facts[term.name].type in WORDS

    def _coded_words(self, *sides: Term) -> list[Doubles]:
        names = [side.name for side in sides if isinstance(side, FactRef)]
        words = pa.array(sorted({word for name in names for word in self.setting.facts[name].categories}))
        return [doubles(pc.index_in(self.columns[name].cast(pa.string()), value_set=words)) for name in names]


def completed_months_column(start: Doubles, end: Doubles) -> Doubles:
    """domain.calendar.completed_months of days since 1970-01-01, broadcast together; NaN where unknown or reversed."""
    meant = start <= end
    first, last = (np.where(meant, days, 0.0).astype("datetime64[D]") for days in (start, end))
    first_month, last_month = first.astype("datetime64[M]"), last.astype("datetime64[M]")
    month_end = (last_month + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    day = np.minimum(first - first_month.astype("datetime64[D]"), month_end - last_month.astype("datetime64[D]"))
    months = (last_month - first_month).astype(np.int64) - (last - last_month.astype("datetime64[D]") < day)
    return np.where(meant, months.astype(np.float64), np.nan)


def _number(value: object) -> Doubles:
    if value is None:
        return np.array(np.nan)
    return np.array(float(day_number(value)) if isinstance(value, date) else float(value), dtype=np.float64)  # type: ignore[arg-type]  # the type check lets no words here


def _finite(values: Doubles) -> Doubles:
    return np.where(np.isfinite(values), values, np.nan)


def _sign(left: Doubles, right: Doubles) -> Doubles:
    known = ~(np.isnan(left) | np.isnan(right))
    return np.where(known, (left > right).astype(np.float64) - (left < right), np.nan)


_ARITHMETIC: Mapping[str, Callable[[Doubles, Doubles], Doubles]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "<=>": _sign,
}
