"""Money out, and what became of it: orders to the bank under stable ids, the bank's statement back.

No transaction is open while the bank is asked: a slow bank must not hold our rows. What is not known is asked about
before it is sent again, and sent again only under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from delivery import letters
from delivery.bank import MAX_BATCH, Bank, Order, Outcome, StatementEntry
from delivery.claims import step_of
from delivery.records import notice, payment_id_of
from delivery.terms import PAYMENT
from domain.claim import TRANSITIONS, ClaimEvent, ClaimState
from domain.errors import BankUnavailable
from domain.policy import Policy
from storage import claims, messages, payments
from storage.claims import Claim, Move
from storage.connection import Begin, Connection
from storage.messages import Message
from storage.payments import BankEntry, Payment


@dataclass(frozen=True)
class Patience:
    """When to ask the bank again, and how often a payment that came back is tried.

    `unanswered`: after an order without an answer. `accepted`: after an order whose end the statement has not told.
    `returned`: from a return to the next attempt, of at most `attempts`.
    """

    unanswered: timedelta = timedelta(seconds=30)
    accepted: timedelta = timedelta(minutes=10)
    returned: timedelta = timedelta(0)
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """`begun` are new, `accepted` the bank has, `unanswered` are asked about later, `disputed` need a person."""

    begun: int
    accepted: int
    unanswered: int
    disputed: int


@dataclass(frozen=True, slots=True)
class SettleReport:
    """Payments by what the bank told of them; `unmatched` entries concern no payment of ours."""

    paid: int
    rejected: int
    returned: int
    unmatched: int


def submit_due(
    begin: Begin,
    bank: Bank,
    now: datetime,
    limit: int = MAX_BATCH,
    patience: Patience = Patience(),
) -> SubmitReport:
    """Send approved claims that carry money to the bank, and settle orders of which it never answered.

    Raises BankUnavailable when the bank does not answer at all; no payment is begun then.
    """
    bank.book_id()
    limit = min(limit, MAX_BATCH)
    with begin() as connection:
        stale = payments.lock_due(connection, "sending", now, limit)
        payments.lease(connection, stale, now + patience.unanswered)
    known = bank.outcomes([payment.payment_id for payment in stale]) if stale else []
    seen = {outcome.payment_id for outcome in known}
    with begin() as connection:
        fresh = _begin(connection, now, limit, patience)
    unsent = [payment for payment in stale if payment.payment_id not in seen]
    answered = list(known)
    unanswered = 0
    for batch in (unsent, fresh):
        try:
            answered += bank.submit([_order(payment) for payment in batch]) if batch else []
        except BankUnavailable:
            unanswered += len(batch)  # the order may have arrived: it stays `sending` until the bank says
    with begin() as connection:
        accepted, disputed = _book_answers(connection, answered, now, patience)
    return SubmitReport(len(fresh), accepted, unanswered, disputed)


def settle(
    begin: Begin,
    bank: Bank,
    policies: Mapping[str, Policy],
    now: datetime,
    patience: Patience = Patience(),
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
            _dispute(
                connection,
                {one.payment_id for one in silent if one.payment_id not in told},
                "accepted",
                "unknown-to-the-bank",
            )
    return total


def _begin(connection: Connection, now: datetime, limit: int, patience: Patience) -> list[Payment]:
    """Turn due claims into payments that are about to be sent; returned ones begin their next attempt."""
    again = claims.lock_due(connection, [ClaimState.RETURNED], now, limit)
    claims.move(connection, [step_of(claim, ClaimEvent.RETRY_PAYMENT, now, "system") for claim in again])
    due = claims.lock_due(connection, [ClaimState.APPROVED], now, limit, settlement=PAYMENT)
    started = [
        Payment(
            payment_id=payment_id_of(claim.claim_id, claim.payment_attempts + 1),
            claim_id=claim.claim_id,
            attempt=claim.payment_attempts + 1,
            payee=claim.subject_id,
            amount_fen=claim.amount_fen or 0,
            state="sending",
            cause=None,
            due_at=now + patience.unanswered,
            created_at=now,
        )
        for claim in due
    ]
    payments.begin(connection, started)
    claims.move(
        connection,
        [
            replace(
                step_of(claim, ClaimEvent.SUBMIT_PAYMENT, now, "system"), payment_attempts=claim.payment_attempts + 1
            )
            for claim in due
        ],
    )
    return started


def _book_answers(
    connection: Connection, answered: Sequence[Outcome], now: datetime, patience: Patience
) -> tuple[int, int]:
    """The bank has these orders; how they end, its statement says."""
    conflicts = {outcome.payment_id for outcome in answered if outcome.status == "conflict"}
    disputed = _dispute(connection, conflicts, "sending", "conflict-at-the-bank")
    held = payments.lock_many(connection, {outcome.payment_id for outcome in answered} - conflicts)
    accepted = [
        replace(one, state="accepted", due_at=now + patience.accepted) for one in held if one.state == "sending"
    ]
    payments.change(connection, accepted)
    return len(accepted), disputed


def _dispute(connection: Connection, payment_ids: Set[UUID], state: str, cause: str) -> int:
    """Stop payments still in `state`: money may have moved in a way we cannot tell, so only a person may go on."""
    claims.lock_many(connection, {one.claim_id for one in payments.find(connection, payment_ids)})
    held = [one for one in payments.lock_many(connection, payment_ids) if one.state == state]
    payments.change(connection, [replace(one, state="disputed", cause=cause, due_at=None) for one in held])
    for payment in held:
        claims.note(connection, payment.claim_id, cause)
    return len(held)


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
            if move is None:
                claims.note(connection, payment.claim_id, after.cause or after.state)
                continue
            moves.append(move)
            policy = policies.get(move.claim.policy_id)
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
    content = letters.returned(policy, last=claim.due_at is None)
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


def _order(payment: Payment) -> Order:
    return Order(payment.payment_id, payment.payee, payment.amount_fen, reference=str(payment.claim_id))


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
