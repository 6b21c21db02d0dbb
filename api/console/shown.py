"""Values as the console shows them: money, days and moments, counts, in the words of one language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from api.language import Language

_CITY = ZoneInfo("Asia/Shanghai")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Worded(Protocol):
    """A text in both languages: the domain's labels, and those of the API's answers."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Shown:
    """One language's way of writing values down."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def label(self, label: Worded) -> str:
        return label.en if self.language == "en" else label.zh

    def day(self, day: date | None) -> str:
        """2026年11月24日, 24 Nov 2026; a dash for none."""
        if day is None:
            return "—"
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def moment(self, moment: datetime) -> str:
        """A moment by the city's clock, to the minute."""
        local = moment.astimezone(_CITY)
        return f"{self.day(local.date())} {local:%H:%M}"

    def count(self, number: float | Decimal) -> str:
        """12,345; decimals only where there are any."""
        shown = f"{number:,.4f}".rstrip("0").rstrip(".")
        return shown or "0"

    def yuan(self, fen: int | None) -> str:
        """¥1,234.50, without .00; a dash for an amount that is not known."""
        if fen is None:
            return "—"
        sign, fen = ("−", -fen) if fen < 0 else ("", fen)
        return f"{sign}¥{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")

    def share(self, part: int, whole: int) -> str:
        """62.5%; what is not nothing is never shown as 0%."""
        if not whole:
            return "—"
        percent = 100 * part / whole
        if 0 < percent < 0.1:
            return "<0.1%"
        if 99.9 < percent < 100:
            return ">99.9%"
        return f"{percent:.1f}".removesuffix(".0") + "%"
