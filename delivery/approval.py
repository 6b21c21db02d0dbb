"""Approval: the entitlement is looked at again before anything is granted; the rules admit, nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from delivery import letters
from delivery.budgeting import CAUSES, Needs, needs_unknown, take_room
from delivery.claims import step_of
from delivery.records import Grounds, notice, stored
from delivery.terms import PROVISION
from domain.claim import ClaimEvent, ClaimState
from domain.decision import Decision, Verdict
from domain.errors import DuixianError, UnknownPolicy
from domain.facts import Audience
from domain.policy import DeliveryMode, Policy
from domain.rationing import Allotment
from storage import claims, decisions, messages
from storage.claims import Claim, Move
from storage.connection import Connection
from storage.decisions import StoredDecision

Recheck = Callable[[Sequence[Claim]], Sequence[Decision | DuixianError]]
"""Each claim's decision on today's facts and rules, in order; an error for one of which it cannot tell."""

# An unknown fact may be known after the registers' next delivery, which is nightly.
LOOK_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ApprovalReport:
    """What one round did; `provided` are among the `approved`, `deferred` wait for a fact or a service."""

    started: int = 0
    expired: int = 0
    approved: int = 0
    provided: int = 0
    refused: int = 0
    deferred: int = 0

    @property
    def total(self) -> int:
        """How many claims were touched."""
        return self.started + self.expired + self.approved + self.refused + self.deferred


@dataclass(frozen=True, slots=True)
class _Judged:
    claim: Claim
    policy: Policy
    stored: StoredDecision


def approve_due(
    connection: Connection,
    recheck: Recheck,
    policies: Mapping[str, Policy],
    grounds: Grounds,
    now: datetime,
    limit: int = 500,
    needs: Needs = needs_unknown,
) -> ApprovalReport:
    """One round over at most `limit` claims of each kind that are due.

    Automatic grants whose objection window is over count as claimed; other offers past their time expire. Each claim
    is then decided anew: eligible is approved (a provision is granted at once, money waits for the bank), ineligible
    is refused with its reasons and a message that names the way to a person. Unknown is never refused: it waits a day.
    Where the policy's budget has no room left, a claim keeps its place on the waiting list; without one it is refused.
    """
    started, expired = _end_offers(connection, now, limit)
    judged: list[_Judged] = []
    deferred: dict[Claim, str] = {}
    due = claims.lock_due(connection, [ClaimState.CLAIMED], now, limit)
    for claim, found in zip(due, recheck(due), strict=True):
        policy = policies.get(claim.policy_id)
        if isinstance(found, DuixianError):
            deferred[claim] = found.code  # one claim that cannot be judged does not hold up the others
        elif policy is None:
            deferred[claim] = UnknownPolicy.code
        else:
            kept = stored(found, "approval", grounds[Audience(claim.audience)], now, claim_id=claim.claim_id)
            judged.append(_Judged(claim, policy, kept))
    decisions.record(connection, [one.stored for one in judged])

    verdicts = {verdict: [one for one in judged if one.stored.decision.verdict is verdict] for verdict in Verdict}
    payable = [one for one in verdicts[Verdict.ELIGIBLE] if _payable(one)]
    asking = [(one.claim, one.policy, one.stored.decision.amount_fen) for one in payable]
    left_out = take_room(connection, asking, now, needs)
    granted = [one for one in payable if one.claim.claim_id not in left_out]
    used_up = [one for one in payable if left_out.get(one.claim.claim_id) == CAUSES[Allotment.USED_UP]]
    deferred |= {
        one.claim: left_out[one.claim.claim_id]
        for one in payable
        if one.claim.claim_id in left_out and one not in used_up
    }
    deferred |= {one.claim: "amount-unknown" for one in verdicts[Verdict.ELIGIBLE] if not _payable(one)}
    deferred |= {one.claim: "facts-missing" for one in verdicts[Verdict.UNKNOWN]}
    refused = verdicts[Verdict.INELIGIBLE]
    claims.postpone(connection, [claim.claim_id for claim in deferred], now + LOOK_AGAIN_AFTER, list(deferred.values()))
    provided = _grant(connection, granted, now)
    _refuse(connection, refused, now, "not-entitled", letters.refused)
    _refuse(connection, used_up, now, CAUSES[Allotment.USED_UP], letters.used_up)
    return ApprovalReport(started, expired, len(granted), provided, len(refused) + len(used_up), len(deferred))


def _payable(one: _Judged) -> bool:
    return one.stored.decision.amount_fen is not None or one.claim.settlement == PROVISION


def _end_offers(connection: Connection, now: datetime, limit: int) -> tuple[int, int]:
    due = claims.lock_due(connection, [ClaimState.PUSHED, ClaimState.SEEN], now, limit)
    moves = [
        step_of(one, ClaimEvent.CLAIM if one.delivery_mode == DeliveryMode.AUTO else ClaimEvent.EXPIRE, now, "system")
        for one in due
    ]
    claims.move(connection, moves)
    started = sum(move.event is ClaimEvent.CLAIM for move in moves)
    return started, len(moves) - started


def _grant(connection: Connection, granted: Sequence[_Judged], now: datetime) -> int:
    """Approve, and provide at once where no money is to move; returns how many were provided."""
    approved = claims.move(connection, [_judgement(one, ClaimEvent.APPROVE, now) for one in granted])
    free = [
        (claim, one.policy)
        for claim, one in zip(approved, granted, strict=True)
        if claim.settlement == PROVISION or claim.amount_fen == 0
    ]
    provided = claims.move(connection, [step_of(claim, ClaimEvent.PROVIDE, now, "system") for claim, _ in free])
    messages.send(
        connection,
        [
            notice(claim, "claim", "provided", letters.provided(policy), now)
            for claim, (_, policy) in zip(provided, free, strict=True)
        ],
    )
    return len(provided)


def _refuse(
    connection: Connection,
    refused: Sequence[_Judged],
    now: datetime,
    cause: str,
    letter: Callable[[Policy], letters.Content],
) -> None:
    claims.move(connection, [_judgement(one, ClaimEvent.REFUSE, now, cause=cause) for one in refused])
    messages.send(connection, [notice(one.claim, "claim", "refused", letter(one.policy), now) for one in refused])


def _judgement(one: _Judged, event: ClaimEvent, now: datetime, cause: str | None = None) -> Move:
    move = step_of(one.claim, event, now, "system", cause)
    return replace(move, decision_id=one.stored.decision_id, amount_fen=one.stored.decision.amount_fen)
