"""Numbers as people write them and rules do not: with a unit, in ten thousands, with commas."""

from __future__ import annotations

import re
from decimal import Decimal

_WITH_UNIT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[%％万亿元年天日人次分]|周?岁|个?月|小时|平方米"
    r"|(?:years?|months?|days?|hours?|times?|points?|persons?|people|yuan|cny|rmb|m2|percent)(?![A-Za-z0-9_]))",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_POWERS = {"万": 10_000, "亿": 100_000_000}


def number_slip(text: str, start: int) -> str | None:
    """What to write instead, where `text` has at `start` a number that is written otherwise in a rule; or None."""
    if grouped := _GROUPED.match(text, start):
        return f"the number without commas: {grouped[0].replace(',', '')}"
    found = _WITH_UNIT.match(text, start)
    if found is None:
        return None
    number, unit = found["number"], found["unit"]
    if unit in _POWERS:
        return f"the number in digits: {(Decimal(number) * _POWERS[unit]).normalize():f}"
    return f"the number alone, {number}: units are not written, since every fact has its own"
