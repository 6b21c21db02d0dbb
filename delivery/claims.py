"""What becomes of a claim at its subject's word: seen, claimed, withdrawn, confirmed; and its timeline.

Every step locks the row, goes through the one transition function and writes an event. A step said twice is one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.records import Provenance, claim_id_of, stored
from delivery.terms import local_day, period_of, settlement_of
from domain.claim import TRANSITIONS, ClaimEvent, ClaimState, transition
from domain.decision import Decision, Verdict
from domain.errors import NotEligible
from domain.policy import DeliveryMode, Policy
from storage import claims, decisions, payments
from storage.claims import Claim, Move
from storage.connection import Connection

__all__ = ["TimelineEntry", "claim", "confirm", "move_many", "open_claim", "see", "step_of", "timeline", "withdraw"]

_UNCLAIMED = frozenset({ClaimState.PUSHED, ClaimState.SEEN})


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to a claim; `amount_fen` where money was granted, sent, arrived or came back."""

    at: datetime
    event: ClaimEvent
    state: ClaimState
    actor: str
    cause: str | None
    amount_fen: int | None


def see(connection: Connection, claim_id: UUID, subject_id: str, now: datetime) -> Claim:
    """The subject has seen the offer; later states stay. Raises UnknownClaim."""
    held = claims.lock(connection, claim_id, subject_id)
    return _step(connection, held, ClaimEvent.SEE, now) if held.state is ClaimState.PUSHED else held


def claim(connection: Connection, claim_id: UUID, subject_id: str, now: datetime) -> Claim:
    """The subject wants it: one click. A claim on its way stays as it is.

    Raises UnknownClaim, and IllegalTransition for one that is refused, expired or withdrawn.
    """
    held = claims.lock(connection, claim_id, subject_id)
    on_its_way = held.state not in _UNCLAIMED and held.live
    return held if on_its_way else _step(connection, held, ClaimEvent.CLAIM, now)


def open_claim(
    connection: Connection,
    subject_id: str,
    policy: Policy,
    decision: Decision,
    provenance: Provenance,
    now: datetime,
) -> Claim:
    """The subject claims what was never pushed; where there is a live claim of the period, that one is claimed.

    Raises NotEligible unless `decision` says eligible, and for a policy that is only told (`inform`).
    """
    period = period_of(policy, local_day(now))
    held = claims.live(connection, subject_id, policy.id, period)
    if held is not None:
        return claim(connection, held.claim_id, subject_id, now)
    _refuse_unclaimable(policy, decision)
    number = claims.count(connection, subject_id, policy.id, period)
    draft = Claim(
        claim_id=claim_id_of(subject_id, policy.id, period, number),
        subject_id=subject_id,
        audience=policy.audience,
        policy_id=policy.id,
        policy_version=policy.version,
        period=period,
        delivery_mode=policy.delivery_mode,
        settlement=settlement_of(policy),
        amount_fen=decision.amount_fen,
        state=transition(None, ClaimEvent.CLAIM),
        revision=1,
        payment_attempts=0,
        cause=None,
        due_at=now,
        opened_at=now,
        updated_at=now,
    )
    if not claims.begin(connection, [draft]):
        # Somebody else began it between our look and our insert: theirs is the one claim.
        held = claims.live(connection, subject_id, policy.id, period)
        return claim(connection, held.claim_id if held else draft.claim_id, subject_id, now)
    kept = stored(decision, "claim", provenance, now, claim_id=draft.claim_id)
    decisions.record(connection, [kept])
    claims.write_first_events(connection, [draft], ClaimEvent.CLAIM, "subject", [kept.decision_id])
    return draft


def withdraw(connection: Connection, claim_id: UUID, subject_id: str, now: datetime) -> Claim:
    """The subject does not want it (any more). Raises UnknownClaim, and IllegalTransition once it is approved."""
    held = claims.lock(connection, claim_id, subject_id)
    return held if held.state is ClaimState.WITHDRAWN else _step(connection, held, ClaimEvent.WITHDRAW, now)


def confirm(connection: Connection, claim_id: UUID, subject_id: str, now: datetime) -> Claim:
    """The subject says that it has arrived. Raises UnknownClaim, and IllegalTransition before it was delivered."""
    held = claims.lock(connection, claim_id, subject_id)
    said = held.state in (ClaimState.CONFIRMED, ClaimState.RATED)
    return held if said else _step(connection, held, ClaimEvent.CONFIRM, now)


def move_many(
    connection: Connection, event: ClaimEvent, claim_ids: Sequence[UUID], now: datetime, actor: str = "subject"
) -> int:
    """The same step of many claims at once, for simulated people; returns how many moved.

    Claims in a state from which the event does not lead are left alone.
    """
    held = [one for one in claims.lock_many(connection, claim_ids) if (one.state, event) in TRANSITIONS]
    claims.move(connection, [step_of(one, event, now, actor) for one in held])
    return len(held)


def step_of(held: Claim, event: ClaimEvent, now: datetime, actor: str, cause: str | None = None) -> Move:
    """The move that `event` makes of a locked claim. Raises IllegalTransition."""
    after = transition(held.state, event)
    match after:
        case ClaimState.CLAIMED | ClaimState.APPROVED:
            due_at: datetime | None = now  # the worker has the next word
        case ClaimState.SEEN:
            due_at = held.due_at  # the offer lapses, or is granted, when it would have
        case _:
            due_at = None
    return Move(claim=held, event=event, to_state=after, actor=actor, at=now, cause=cause, due_at=due_at)


def timeline(connection: Connection, claim_id: UUID, subject_id: str) -> list[TimelineEntry]:
    """What happened to the subject's claim, oldest first. Raises UnknownClaim."""
    held = claims.get(connection, claim_id, subject_id)
    sums = {payment.attempt: payment.amount_fen for payment in payments.of_claim(connection, claim_id)}
    entries = []
    attempt = 0
    for event in claims.events(connection, claim_id):
        attempt += event.event is ClaimEvent.SUBMIT_PAYMENT
        granted = event.event in (ClaimEvent.APPROVE, ClaimEvent.PROVIDE)
        moved = event.event in (ClaimEvent.SUBMIT_PAYMENT, ClaimEvent.SETTLE, ClaimEvent.RETURN)
        amount_fen = held.amount_fen if granted else sums.get(attempt) if moved else None
        entries.append(TimelineEntry(event.at, event.event, event.to_state, event.actor, event.cause, amount_fen))
    return entries


def _step(connection: Connection, held: Claim, event: ClaimEvent, now: datetime) -> Claim:
    return claims.move(connection, [step_of(held, event, now, "subject")])[0]


def _refuse_unclaimable(policy: Policy, decision: Decision) -> None:
    if policy.delivery_mode is DeliveryMode.INFORM:
        raise NotEligible(
            f"{policy.title.en} is not claimed here.",
            next_step=f"It is told for information; ask {policy.agency.en} how to use it.",
            policy_id=policy.id,
        )
    if decision.verdict is not Verdict.ELIGIBLE:
        missing = ", ".join(decision.missing_facts)
        unmet = "; ".join(reason.clause for reason in decision.reasons if reason.decisive)
        raise NotEligible(
            f"{policy.title.en} cannot be claimed: the verdict is {decision.verdict}.",
            next_step=f"Unknown so far: {missing}." if missing else f"It turns on: {unmet}.",
            policy_id=policy.id,
            verdict=decision.verdict.value,
            missing_facts=list(decision.missing_facts),
        )
