"""What a policy gives: an amount of money in one of a few forms, for each period, and how it is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum

from domain.terms import Literal, ParameterRef, Term

Operand = Literal | ParameterRef
"""An amount, a share or a cap: a number as it stands, or a dated parameter."""


class Period(StrEnum):
    ONCE = "once"
    MONTH = "month"
    YEAR = "year"


class Coin(StrEnum):
    """What amounts are rounded to."""

    FEN = "fen"
    YUAN = "yuan"

    @property
    def fen(self) -> int:
        return 100 if self is Coin.YUAN else 1


class RoundingMode(StrEnum):
    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"


_DECIMAL_MODE = {RoundingMode.HALF_UP: ROUND_HALF_UP, RoundingMode.UP: ROUND_UP, RoundingMode.DOWN: ROUND_DOWN}


@dataclass(frozen=True)
class Rounding:
    """How an amount becomes whole coins: once, after everything else, its cap and floor included."""

    to: Coin = Coin.FEN
    mode: RoundingMode = RoundingMode.HALF_UP

    def fen(self, yuan: Decimal) -> int:
        coins = yuan * 100 / self.to.fen
        return int(coins.to_integral_value(_DECIMAL_MODE[self.mode])) * self.to.fen


@dataclass(frozen=True)
class NoMoney:
    """A service, a right or a reduction that is not paid out and not priced."""


@dataclass(frozen=True)
class FixedAmount:
    """`amount` in yuan."""

    amount: Operand


@dataclass(frozen=True)
class Table:
    """The amount that stands beside the word of `fact`; `otherwise` for a word that is not listed."""

    fact: str
    amounts: Mapping[str, Operand]
    otherwise: Operand | None = None


@dataclass(frozen=True)
class Step:
    """From `from_` (in the quantity's unit, included) the amount is `amount` yuan."""

    from_: Decimal
    amount: Operand


@dataclass(frozen=True)
class Brackets:
    """The amount of the highest step that `quantity` reaches; below the first step it is zero. Steps ascend."""

    quantity: Term
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Share:
    """`percent` per cent of `quantity` (an amount in yuan), at least `floor` and at most `cap` yuan."""

    quantity: Term
    percent: Operand
    cap: Operand | None = None
    floor: Operand | None = None


@dataclass(frozen=True)
class PerUnit:
    """`amount` yuan for each unit of `quantity` (a count), at least `floor` and at most `cap` yuan."""

    quantity: Term
    amount: Operand
    cap: Operand | None = None
    floor: Operand | None = None


AmountForm = NoMoney | FixedAmount | Table | Brackets | Share | PerUnit


@dataclass(frozen=True)
class Benefit:
    """What is given each `period`; None where no money moves."""

    form: AmountForm
    period: Period | None = None
    rounding: Rounding = Rounding()
