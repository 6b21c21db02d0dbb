"""The city's days, and how years and months are counted between two of them.

A month is complete on the day of the month that it began on, and where a month has no such day, on its last one
(Civil Code of the PRC, Article 202): who was born on 29 February turns a year older on 28 February in common years.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone

LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The city's clock; a fixed offset, since there has been no summer time since 1991 and no zone file may be missing."""
EPOCH = date(1970, 1, 1)
"""Dates are numbered from this day where they are compared as numbers."""


def completed_months(start: date, end: date) -> int | None:
    """Whole months from `start` to `end`; None when `start` lies after `end`."""
    if start > end:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < min(start.day, monthrange(end.year, end.month)[1]))


def completed_years(start: date, end: date) -> int | None:
    """Whole years from `start` to `end`; None when `start` lies after `end`."""
    months = completed_months(start, end)
    return None if months is None else months // 12


def completed_days(start: date, end: date) -> int | None:
    """Days from `start` to `end`; None when `start` lies after `end`."""
    return None if start > end else (end - start).days


def day_number(day: date) -> int:
    """Days since 1970-01-01, as a date32 column holds them."""
    return (day - EPOCH).days


def start_of_day(day: date) -> datetime:
    """The moment at which the city's `day` begins: eight hours before it does in UTC."""
    return datetime.combine(day, time(), LOCAL)
