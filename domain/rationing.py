"""Who gets a place when there are not enough, and why: a pure function that anybody can repeat.

Nobody is passed over for being expensive: where the next in order no longer fits into what is left of the money, those
behind wait as well. Only who cannot be served yet, because the amount or the need is not known, holds up nobody and
keeps a place. Where the order says nothing (the same moment, the same need), a digest decides, which favours no id.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.budget import Budget, FirstCome, Lottery, NeedOrder
from domain.calendar import LOCAL

__all__ = ["Allotment", "Applicant", "Place", "entrants_digest", "lot", "ration"]


class Allotment(StrEnum):
    """`open`: claiming has not closed, or no lot has been drawn; `incomplete`: amount or need is not known."""

    GRANTED = "granted"
    WAITING = "waiting"
    USED_UP = "used_up"
    OPEN = "open"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One claim that asks for room; `amount_fen` and `need` are None where they are not known."""

    claim_id: str
    claimed_at: datetime
    amount_fen: int | None
    need: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """`position` counts from 1 in the published order, the granted included."""

    claim_id: str
    position: int
    allotment: Allotment


def ration(
    budget: Budget,
    applicants: Iterable[Applicant],
    as_of: date,
    *,
    committed_fen: int = 0,
    committed_places: int = 0,
    seed: str | None = None,
) -> list[Place]:
    """Every applicant's place, in order.

    `committed_*`: what is granted already in this period, whose claims are not among the applicants. `seed`: of a
    lottery, once it was drawn. Who claims after the close comes behind all others, in the order of claiming.
    """
    everybody = list(applicants)
    closes_on = None if isinstance(budget.rationing, FirstCome) else budget.rationing.closes_on
    undecided = closes_on is not None and as_of <= closes_on
    undecided |= isinstance(budget.rationing, Lottery) and seed is None
    ordered = sorted(everybody, key=lambda one: _key(budget, one, closes_on, seed))
    left_fen = math.inf if budget.cap_fen is None else budget.cap_fen - committed_fen
    left_places = math.inf if budget.places is None else budget.places - committed_places
    full = False
    places = []
    for position, one in enumerate(ordered, 1):
        if undecided:
            allotment = Allotment.OPEN
        elif one.amount_fen is None or (isinstance(budget.rationing, NeedOrder) and one.need is None):
            allotment = Allotment.INCOMPLETE
        elif not full and left_places >= 1 and one.amount_fen <= left_fen:
            allotment = Allotment.GRANTED
            left_places, left_fen = left_places - 1, left_fen - one.amount_fen
        else:
            full = True
            allotment = Allotment.WAITING if budget.waiting_list else Allotment.USED_UP
        places.append(Place(one.claim_id, position, allotment))
    return places


def lot(seed: str, claim_id: str) -> str:
    """The lot of a claim, lowest first: sha256 of seed and claim, which anybody can compute once the seed is out."""
    return hashlib.sha256(f"{seed}\n{claim_id}".encode()).hexdigest()


def entrants_digest(claim_ids: Sequence[str]) -> str:
    """The sha256 of all entrants' ids in order: published with the draw, it shows that none was added afterwards."""
    return hashlib.sha256("\n".join(sorted(claim_ids)).encode()).hexdigest()


def _key(
    budget: Budget, one: Applicant, closes_on: date | None, seed: str | None
) -> tuple[bool, float, datetime | str, str]:
    digest = lot("", one.claim_id)
    late = closes_on is not None and one.claimed_at.astimezone(LOCAL).date() > closes_on
    match budget.rationing:
        case Lottery() if seed is not None and not late:
            return late, 0.0, lot(seed, one.claim_id), digest
        case NeedOrder(smallest_first=smallest_first) if not late:
            need = math.inf if one.need is None else one.need if smallest_first else -one.need
            return late, need, one.claimed_at, digest
        case _:
            return late, 0.0, one.claimed_at, digest
