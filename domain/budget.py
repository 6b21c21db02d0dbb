"""What a policy may cost, how many it may reach, and by which published rule the places go when they do not reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.benefit import Period
from domain.facts import Label
from domain.terms import Term

__all__ = ["Budget", "FirstCome", "Lottery", "NeedOrder", "Rationing"]


@dataclass(frozen=True)
class FirstCome:
    """In the order of claiming, as claims come in."""


@dataclass(frozen=True)
class NeedOrder:
    """By how great the need is, once claiming has closed at the end of `closes_on`.

    `need`: a quantity of the claimant; the largest goes first, or with `smallest_first` the smallest, such as the
    lowest income a person.
    """

    need: Term
    smallest_first: bool
    closes_on: date


@dataclass(frozen=True)
class Lottery:
    """By lot, once claiming has closed at the end of `closes_on`.

    `seed_from` says in advance which public number, that nobody knows before, will be the seed.
    """

    seed_from: Label
    closes_on: date


Rationing = FirstCome | NeedOrder | Lottery


@dataclass(frozen=True)
class Budget:
    """At most `cap_fen` and at most `places` claims in each `period` (None: no such limit; one of both is there).

    `period`: `year`, `month`, or `once` for all time; `year`: the only one that the budget is for, None for each.
    `waiting_list`: who finds no room keeps a place in the order and moves up when room is made; without one, the claim
    is refused when the room is used up.
    """

    cap_fen: int | None
    year: int | None
    places: int | None = None
    period: Period = Period.YEAR
    rationing: Rationing = FirstCome()
    waiting_list: bool = True

    def window(self, day: date) -> tuple[date, date] | None:
        """First and last day of the budget's period around `day`; None where the budget is not for that day's year."""
        if self.year is not None and day.year != self.year:
            return None
        match self.period:
            case Period.MONTH:
                following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
                return day.replace(day=1), date.fromordinal(following.toordinal() - 1)
            case Period.YEAR:
                return date(day.year, 1, 1), date(day.year, 12, 31)
            case Period.ONCE:
                return date.min, date.max
