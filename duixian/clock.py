"""The one place that reads the clock; everywhere else the time is an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime

from delivery.terms import local_day

__all__ = ["local_day", "now", "today"]


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """The city's day, which begins eight hours before UTC's."""
    return local_day(now())
