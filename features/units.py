"""This file knows how a register's units become the vocabulary's: fen to yuan, ten thousand yuan, a year to a month."""

from __future__ import annotations

from dataclasses import dataclass

# How many of the vocabulary's base unit one of the register's is, as (times, over): kept apart so that fen / 100
# is the nearest float to the true amount, which fen * 0.01 is not.
_MONEY: dict[str, tuple[int, int]] = {
    "fen": (1, 100),
    "jiao": (1, 10),
    "yuan": (1, 1),
    "cny": (1, 1),
    "qian_yuan": (1_000, 1),
    "wan_yuan": (10_000, 1),
    "million_yuan": (1_000_000, 1),
    "yi_yuan": (100_000_000, 1),
}
_PERIODS_A_YEAR = {"month": 12, "quarter": 4, "year": 1}
_COUNTED = ("persons", "count", "times", "points", "level", "none")
_OTHER: dict[str, dict[str, tuple[int, int]]] = {
    "percent": {"percent": (1, 1), "share": (100, 1), "permille": (1, 10)},
    "months": {"months": (1, 1), "years": (12, 1), "quarters": (3, 1)},
    "years": {"years": (1, 1)},
    "days": {"days": (1, 1), "weeks": (7, 1)},
    "hours": {"hours": (1, 1), "minutes": (1, 60), "days": (24, 1)},
    "m2": {"m2": (1, 1), "hectares": (10_000, 1), "mu": (2_000, 3)},
} | {unit: {unit: (1, 1), "thousands": (1_000, 1), "wan": (10_000, 1)} for unit in _COUNTED}


@dataclass(frozen=True)
class Conversion:
    """Multiply by `times`, then divide by `over`."""

    times: int
    over: int

    @property
    def identity(self) -> bool:
        return self.times == self.over


def conversion(source: str, target: str) -> Conversion | None:
    """How values in unit `source` become `target`, a unit of the vocabulary; None when they do not.

    Money may leave its period out (`fen` for a fact in CNY a month means fen a month) or name another
    (`wan_yuan_per_year` for a fact in CNY a month is divided by 12).
    """
    if not target.startswith("cny"):
        return _of(_OTHER.get(target, {}).get(source))
    money, _, period = source.partition("_per_")
    pair = _MONEY.get(money)
    target_period = target.partition("_per_")[2]
    if pair is None or not period or period == target_period:
        return _of(pair)
    if not target_period or period not in _PERIODS_A_YEAR:
        return None
    return Conversion(pair[0] * _PERIODS_A_YEAR[period], pair[1] * _PERIODS_A_YEAR[target_period])


def known_for(target: str) -> tuple[str, ...]:
    """The units a mapping may name for a fact kept in `target`, for error messages."""
    if not target.startswith("cny"):
        return tuple(_OTHER.get(target, {}))
    if target == "cny":
        return tuple(_MONEY)
    return (*_MONEY, *(f"{money}_per_{period}" for money in _MONEY for period in _PERIODS_A_YEAR))


def _of(pair: tuple[int, int] | None) -> Conversion | None:
    return None if pair is None else Conversion(*pair)
