"""From a decision to push to what the subject finds: message, claim and decision in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery import letters
from delivery.decide import History, Push, Settings
from delivery.records import Provenance, claim_id_of, message_id_of, stored
from delivery.terms import settlement_of, start_of_local_day
from domain.claim import ClaimEvent, transition
from domain.decision import Decision, Verdict
from domain.errors import NotEligible
from domain.policy import DeliveryMode
from storage import claims, consents, decisions, messages
from storage.claims import Claim
from storage.connection import Connection
from storage.messages import Message

__all__ = ["Provenance", "PushReport", "history", "left_out", "push"]


@dataclass(frozen=True, slots=True)
class PushReport:
    """`claims` of the `messages` opened a claim; `skipped` were there already, or not wanted any more."""

    messages: int
    claims: int
    skipped: int


def history(connection: Connection, now: datetime, subject_ids: Sequence[str] | None = None) -> History:
    """What `decide` must know of these subjects (None: of all): what they have, what they were told, who said no."""
    return History(
        taken=claims.taken(connection, subject_ids) | messages.informed(connection, subject_ids),
        told_today=messages.told_since(connection, ("offer", "inform"), start_of_local_day(now), subject_ids),
        opted_out=consents.opted_out(connection, subject_ids),
    )


def left_out(connection: Connection, policy_id: str, period: str, subject_ids: Sequence[str] | None = None) -> set[str]:
    """Those of the subjects (None: of all) to whom `decide` would not push the policy in that period.

    They said no, or have it, or were told. The day's cap only delays a push; it leaves nobody out.
    """
    return (
        consents.opted_out(connection, subject_ids)
        | claims.who_had(connection, policy_id, period, subject_ids)
        | messages.who_was_informed(connection, policy_id, period, subject_ids)
    )


def push(
    connection: Connection,
    pushes: Sequence[Push],
    explain: Callable[[Push], Decision],
    provenance: Provenance,
    now: datetime,
    settings: Settings = Settings(),  # noqa: B008 - frozen
) -> PushReport:
    """Write pushes that were not made before: the claim (pushed), its decision and event, and the message.

    A policy in `inform` mode makes a message and no claim: there is nothing to follow, and what must not happen
    twice is the message. `explain` is asked only about what is new, and must find it eligible by the rules: raises
    NotEligible otherwise. Consent is read again here, since it may have changed after `decide`. The policies'
    versions must have been published.
    """
    opted_out = consents.opted_out(connection, [one.subject_id for one in pushes])
    wanted = [one for one in pushes if one.subject_id not in opted_out]

    offers = {claim_id_of(one.subject_id, one.policy.id, one.period, 0): one for one in wanted if _claimable(one)}
    drafts = [_draft(claim_id, one, now, settings) for claim_id, one in offers.items()]
    begun = claims.begin(connection, drafts)  # ids are of the first claim of a period: no push repeats itself
    new = [claim for claim in drafts if claim.claim_id in begun]
    made = [
        stored(_checked(explain(offers[claim.claim_id])), "push", provenance, now, claim_id=claim.claim_id)
        for claim in new
    ]
    decisions.record(connection, made)
    claims.write_first_events(connection, new, ClaimEvent.PUSH, "system", [one.decision_id for one in made])
    offered = messages.send(connection, [_message(offers[one.claim_id], one, provenance, now) for one in new])

    hints = {_hint_id(one): one for one in wanted if not _claimable(one)}
    hinted = messages.send(connection, [_message(one, None, provenance, now) for one in hints.values()])
    decisions.record(
        connection,
        [
            stored(_checked(explain(one)), "push", provenance, now, claim_id=None, about=message_id)
            for message_id, one in hints.items()
            if message_id in hinted
        ],
    )
    sent = len(offered) + len(hinted)
    return PushReport(messages=sent, claims=len(new), skipped=len(pushes) - sent)


def _claimable(one: Push) -> bool:
    return one.policy.delivery_mode is not DeliveryMode.INFORM


def _checked(decision: Decision) -> Decision:
    if decision.verdict is not Verdict.ELIGIBLE:
        raise NotEligible(
            f"{decision.policy_id!r} was to be pushed to a subject who is {decision.verdict} by its rule.",
            next_step="The candidates are older than the facts: match again; nothing was pushed.",
            policy_id=decision.policy_id,
            verdict=decision.verdict.value,
        )
    return decision


def _draft(claim_id: UUID, one: Push, now: datetime, settings: Settings) -> Claim:
    automatic = one.policy.delivery_mode is DeliveryMode.AUTO
    return Claim(
        claim_id=claim_id,
        subject_id=one.subject_id,
        audience=one.policy.audience,
        policy_id=one.policy.id,
        policy_version=one.policy.version,
        period=one.period,
        delivery_mode=one.policy.delivery_mode,
        settlement=settlement_of(one.policy),
        amount_fen=one.amount_fen,
        state=transition(None, ClaimEvent.PUSH),
        revision=1,
        payment_attempts=0,
        cause=None,
        due_at=now + (settings.objection_window if automatic else settings.offer_valid),
        opened_at=now,
        updated_at=now,
    )


def _hint_id(one: Push) -> UUID:
    return message_id_of(f"{one.subject_id}\n{one.policy.id}\n{one.period}", "inform")


def _message(one: Push, claim: Claim | None, provenance: Provenance, now: datetime) -> Message:
    purpose = "offer" if claim else "inform"
    return Message(
        message_id=message_id_of(claim.claim_id, purpose) if claim else _hint_id(one),
        subject_id=one.subject_id,
        audience=one.policy.audience,
        purpose=purpose,
        policy_id=one.policy.id,
        policy_version=one.policy.version,
        claim_id=claim.claim_id if claim else None,
        period=one.period,
        template=f"{purpose}-1",
        content=letters.offer(one.policy, one.amount_fen),
        match_run_id=provenance.match_run_id,
        rank=one.rank,
        created_at=now,
    )
