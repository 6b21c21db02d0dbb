"""What became of the money: the bank's statement is booked, and payments and claims follow it.

The bank's word is final and may come late or twice: entries have a sequence, each is booked once, and none moves a
payment back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from delivery import letters
from delivery.bank import MAX_BATCH, Bank, Outcome, StatementEntry
from delivery.claims import step_of
from delivery.payments import Patience, dispute
from delivery.records import notice
from domain.claim import TRANSITIONS, ClaimEvent
from domain.policy import Policy
from storage import claims, messages, payments
from storage.claims import Claim, Move
from storage.connection import Begin, Connection
from storage.messages import Message
from storage.payments import BankEntry, Payment


@dataclass(frozen=True, slots=True)
class SettleReport:
    """Payments by what the bank told of them; `unmatched` entries concern no payment of ours."""

    paid: int
    rejected: int
    returned: int
    unmatched: int


def settle(
    begin: Begin,
    bank: Bank,
    policies: Mapping[str, Policy],
    now: datetime,
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> SettleReport:
    """Book what the bank's statement tells, page by page; then ask about payments of which it has told nothing.

    Raises BankUnavailable; what was booked until then stays booked.
    """
    book_id = bank.book_id()
    total = SettleReport(0, 0, 0, 0)
    while True:
        with begin() as connection:
            after = payments.last_entry(connection, book_id)
        page = bank.statement(after)
        if not page.entries or page.book_id != book_id:
            break
        with begin() as connection:
            payments.lock_statement(connection)
            last = payments.last_entry(connection, book_id)
            entries = [entry for entry in page.entries if entry.sequence > last]
            payments.book_entries(connection, [_kept(book_id, entry) for entry in entries], now)
            total = _sum(total, _apply(connection, entries, policies, now, patience))
    with begin() as connection:
        silent = payments.lock_due(connection, "accepted", now, MAX_BATCH)
        payments.lease(connection, silent, now + patience.accepted)
    if silent:
        told = {outcome.payment_id: outcome for outcome in bank.outcomes([one.payment_id for one in silent])}
        with begin() as connection:
            payments.lock_statement(connection)
            ended = [_as_entry(one, told[one.payment_id], now) for one in silent if one.payment_id in told]
            total = _sum(total, _apply(connection, [one for one in ended if one], policies, now, patience))
        with begin() as connection:
            dispute(
                connection,
                {one.payment_id for one in silent if one.payment_id not in told},
                "accepted",
                "unknown-to-the-bank",
            )
    return total


def _apply(
    connection: Connection,
    entries: Sequence[StatementEntry],
    policies: Mapping[str, Policy],
    now: datetime,
    patience: Patience,
) -> SettleReport:
    """Let payments and claims follow the bank's entries, in their order."""
    ours = {one.payment_id: one for one in payments.find(connection, {entry.payment_id for entry in entries})}
    # Claims before payments, as everywhere, so that nobody waits for anybody in a ring.
    held = {one.claim_id: one for one in claims.lock_many(connection, {one.claim_id for one in ours.values()})}
    ours = {one.payment_id: one for one in payments.lock_many(connection, ours)}
    report = SettleReport(0, 0, 0, 0)
    for wave in _waves(entries):
        changed: list[Payment] = []
        moves: list[Move] = []
        told: list[Message] = []
        for entry in wave:
            payment = ours.get(entry.payment_id)
            if payment is None:
                report = replace(report, unmatched=report.unmatched + 1)
                continue
            after = _after(payment, entry, now)
            if after is None:
                continue  # a late or repeated word never moves a payment back
            changed.append(after)
            ours[payment.payment_id] = after
            field = {"paid": "paid", "rejected": "rejected", "returned": "returned"}.get(after.state)
            if field:
                report = replace(report, **{field: getattr(report, field) + 1})
            move = _move(held[payment.claim_id], after, now, patience)
            policy = policies.get(held[payment.claim_id].policy_id)
            if move is None:
                claims.note(connection, payment.claim_id, after.cause or after.state)
                if policy is not None and after.state == "returned":
                    told.append(_returned(policy, held[payment.claim_id], after, now, last=True))
                continue
            moves.append(move)
            if policy is not None:
                told.append(_letter(policy, move, after, now))
        payments.change(connection, changed)
        for claim in claims.move(connection, moves):
            held[claim.claim_id] = claim
        messages.send(connection, told)
    return report


def _after(payment: Payment, entry: StatementEntry, now: datetime) -> Payment | None:
    """The payment after the bank's entry; None when the entry says nothing new about it."""
    if entry.amount_fen != payment.amount_fen and payment.state != "disputed":
        return replace(payment, state="disputed", cause="amount-differs", due_at=None)
    match (payment.state, entry.kind):
        case ("sending" | "accepted", "settled"):
            return replace(payment, state="paid", cause=None, due_at=None, settled_at=entry.at)
        case ("sending" | "accepted", "rejected"):
            return replace(payment, state="rejected", cause=entry.cause, due_at=None, settled_at=entry.at)
        case ("sending" | "accepted" | "paid", "returned"):
            return replace(payment, state="returned", cause=entry.cause, due_at=None, returned_at=entry.at)
        case _:
            return None


def _move(claim: Claim, payment: Payment, now: datetime, patience: Patience) -> Move | None:
    """The claim's step after its payment's; None when the claim is past it (its subject has confirmed already)."""
    if payment.state == "disputed":
        return None
    event = ClaimEvent.SETTLE if payment.state == "paid" else ClaimEvent.RETURN
    if (claim.state, event) not in TRANSITIONS:
        return None
    move = step_of(claim, event, now, "bank", payment.cause)
    again = event is ClaimEvent.RETURN and claim.payment_attempts < patience.attempts
    return replace(move, due_at=now + patience.returned) if again else move


def _letter(policy: Policy, move: Move, payment: Payment, now: datetime) -> Message:
    claim = move.after()
    if move.event is ClaimEvent.SETTLE:
        return notice(claim, "payment", "paid", letters.paid(policy, claim), now, payment.payment_id)
    return _returned(policy, claim, payment, now, last=claim.due_at is None)


def _returned(policy: Policy, claim: Claim, payment: Payment, now: datetime, *, last: bool) -> Message:
    content = letters.returned(policy, last=last)
    return notice(claim, "payment", "returned", content, now, payment.payment_id)


def _waves(entries: Sequence[StatementEntry]) -> list[list[StatementEntry]]:
    """The entries in order, cut so that each part has at most one for a payment."""
    waves: list[list[StatementEntry]] = []
    depth: dict[object, int] = {}
    for entry in entries:
        at = depth.get(entry.payment_id, 0)
        depth[entry.payment_id] = at + 1
        if at == len(waves):
            waves.append([])
        waves[at].append(entry)
    return waves


def _kept(book_id: str, entry: StatementEntry) -> BankEntry:
    return BankEntry(book_id, entry.sequence, entry.payment_id, entry.kind, entry.amount_fen, entry.cause, entry.at)


def _as_entry(payment: Payment, outcome: Outcome, now: datetime) -> StatementEntry | None:
    if outcome.status == "pending":
        return None
    return StatementEntry(0, payment.payment_id, outcome.status, payment.amount_fen, outcome.cause, now)


def _sum(left: SettleReport, right: SettleReport) -> SettleReport:
    return SettleReport(
        left.paid + right.paid,
        left.rejected + right.rejected,
        left.returned + right.returned,
        left.unmatched + right.unmatched,
    )
