"""This file knows how years and months are counted between two dates, for one date and for a column of them.

A month is complete on the day of the month that it began on, and where a month has no such day, on its last one
(Civil Code of the PRC, Article 202): who was born on 29 February turns a year older on 28 February in common years.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def completed_months(start: date, end: date) -> int | None:
    """Whole months from `start` to `end`; None when `start` lies ahead."""
    if start > end:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < min(start.day, monthrange(end.year, end.month)[1]))


def months_column(starts: pa.Array, end: date) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """`completed_months` of a date32 column: the numbers, and the mask of rows where they mean something."""
    known = starts.is_valid().to_numpy(zero_copy_only=False)
    days = starts.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    first = days.astype("datetime64[M]")
    day = (days - first.astype("datetime64[D]")).astype(np.int64) + 1
    months = (end.year - 1970) * 12 + end.month - 1 - first.astype(np.int64)
    months -= end.day < np.minimum(day, monthrange(end.year, end.month)[1])
    return months, known & (days <= np.datetime64(end))


def oldest(columns: list[pa.Array]) -> pa.Array:
    """The earliest date of each row, unknown dates left out."""
    return columns[0] if len(columns) == 1 else pc.min_element_wise(*columns)
