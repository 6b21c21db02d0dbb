"""Room in a budget: which of the claims that the rules admit are granted now, which keep a place, and why.

The whole queue of a policy is put in its published order each time, so that nobody who is looked at later is overtaken
by one who is looked at now. The lock on the policy's budget is held to the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from delivery.terms import local_day
from domain.budget import Budget, Lottery, NeedOrder
from domain.calendar import start_of_day
from domain.policy import Policy
from domain.rationing import Allotment, Applicant, Place, ration
from storage import budgets
from storage.budgets import Queued
from storage.claims import Claim
from storage.connection import Connection

__all__ = ["CAUSES", "Needs", "Room", "needs_unknown", "room", "take_room"]

Needs = Callable[[Policy, Sequence[str]], Sequence[float | None]]
"""How great the need of each of these subjects is by the policy's order; None where it is not known."""


def needs_unknown(_policy: Policy, subject_ids: Sequence[str]) -> Sequence[float | None]:
    """Where no facts are at hand: whose need is not known keeps a place and is granted nothing."""
    return [None] * len(subject_ids)


CAUSES: Mapping[Allotment, str] = {
    Allotment.WAITING: "waiting-list",
    Allotment.USED_UP: "budget-used-up",
    Allotment.OPEN: "claiming-open",
    Allotment.INCOMPLETE: "need-unknown",
}
NO_BUDGET = "no-budget"
_NOT_READY = frozenset({"facts-missing", "amount-unknown"})


@dataclass(frozen=True)
class Room:
    """A budget in its period: what is granted, and the queue in its order."""

    budget: Budget
    period_from: date
    period_to: date
    committed_fen: int
    committed_places: int
    queue: Sequence[Place]

    @property
    def left_fen(self) -> int | None:
        return None if self.budget.cap_fen is None else max(self.budget.cap_fen - self.committed_fen, 0)

    @property
    def left_places(self) -> int | None:
        return None if self.budget.places is None else max(self.budget.places - self.committed_places, 0)

    def count(self, allotment: Allotment) -> int:
        """How many in the queue."""
        return sum(place.allotment is allotment for place in self.queue)


def room(
    connection: Connection,
    policy: Policy,
    now: datetime,
    needs: Needs,
    amounts: Mapping[UUID, int | None] | None = None,
) -> Room | None:
    """The policy's budget and queue today; None where it has no budget, or none for this year.

    `amounts`: of claims that have just been judged; the others have what they were last found to come to.
    """
    budget, today = policy.budget, local_day(now)
    window = budget.window(today) if budget else None
    if budget is None or window is None:
        return None
    first, last = window
    since, until = _instants(first, last)
    fen, places = budgets.committed(connection, policy.id, since, until)
    queued = budgets.queue(connection, policy.id)
    draw = budgets.find_draw(connection, policy.id, first) if isinstance(budget.rationing, Lottery) else None
    applicants = _applicants(policy, queued, needs, amounts or {})
    seed = draw.seed if draw else None
    order = ration(budget, applicants, today, committed_fen=fen, committed_places=places, seed=seed)
    return Room(budget, first, last, fen, places, order)


def take_room(
    connection: Connection, admitted: Iterable[tuple[Claim, Policy, int | None]], now: datetime, needs: Needs
) -> dict[UUID, str]:
    """Of the claims that the rules admit (with policy and amount), those that get no room now, each with the cause.

    Claims of policies without a budget always get it. Others for whom there is room, but who were not looked at now,
    are looked at next.
    """
    by_policy: dict[str, list[tuple[Claim, Policy, int | None]]] = {}
    for one in admitted:
        if one[1].budget is not None:
            by_policy.setdefault(one[1].id, []).append(one)
    left_out: dict[UUID, str] = {}
    for policy_id, asking in sorted(by_policy.items()):
        budgets.lock(connection, policy_id)
        amounts = {claim.claim_id: 0 if amount is None else amount for claim, _, amount in asking}
        found = room(connection, asking[0][1], now, needs, amounts)
        if found is None:
            left_out |= dict.fromkeys(amounts, NO_BUDGET)
            continue
        allotments = {UUID(place.claim_id): place.allotment for place in found.queue}
        left_out |= {
            claim_id: CAUSES[allotments[claim_id]]
            for claim_id in amounts
            if allotments[claim_id] is not Allotment.GRANTED
        }
        others = [one for one, what in allotments.items() if what is Allotment.GRANTED and one not in amounts]
        if others:
            budgets.wake(connection, others, now)
    return left_out


def _applicants(
    policy: Policy, queued: Sequence[Queued], needs: Needs, amounts: Mapping[UUID, int | None]
) -> list[Applicant]:
    assert policy.budget is not None, "only asked about policies that have one"
    by_need = isinstance(policy.budget.rationing, NeedOrder)
    need = needs(policy, [one.subject_id for one in queued]) if by_need else [None] * len(queued)
    return [
        Applicant(str(one.claim_id), one.claimed_at, _amount(one, amounts), of_one)
        for one, of_one in zip(queued, need, strict=True)
    ]


def _amount(one: Queued, amounts: Mapping[UUID, int | None]) -> int | None:
    if one.claim_id in amounts:
        return amounts[one.claim_id]
    # Not ready to be granted: it must hold up nobody. A service costs nothing, but takes a place.
    return None if one.cause in _NOT_READY else one.amount_fen or 0


def _instants(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of the period to the first after it; a budget for all time is as long as times can be."""
    if first == date.min:
        first, last = date(1900, 1, 1), date(9998, 12, 31)
    return start_of_day(first), start_of_day(date.fromordinal(last.toordinal() + 1))
