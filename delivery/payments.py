"""Money out: orders to the bank under stable ids, begun only for what was approved.

No transaction is open while the bank is asked: a slow bank must not hold our rows. What is not known is asked about
before it is sent again, and sent again only under the same id. What becomes of an order, delivery/settlement.py books.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from delivery.bank import MAX_BATCH, Bank, Order, Outcome
from delivery.claims import step_of
from delivery.records import payment_id_of
from delivery.terms import PAYMENT
from domain.claim import ClaimEvent, ClaimState
from domain.errors import BankUnavailable
from storage import claims, payments
from storage.connection import Begin, Connection
from storage.payments import Payment


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
    disputed = dispute(connection, conflicts, "sending", "conflict-at-the-bank")
    held = payments.lock_many(connection, {outcome.payment_id for outcome in answered} - conflicts)
    accepted = [
        replace(one, state="accepted", due_at=now + patience.accepted) for one in held if one.state == "sending"
    ]
    payments.change(connection, accepted)
    return len(accepted), disputed


def dispute(connection: Connection, payment_ids: Set[UUID], state: str, cause: str) -> int:
    """Stop payments still in `state`: money may have moved in a way we cannot tell, so only a person may go on."""
    claims.lock_many(connection, {one.claim_id for one in payments.find(connection, payment_ids)})
    held = [one for one in payments.lock_many(connection, payment_ids) if one.state == state]
    payments.change(connection, [replace(one, state="disputed", cause=cause, due_at=None) for one in held])
    for payment in held:
        claims.note(connection, payment.claim_id, cause)
    return len(held)


def _order(payment: Payment) -> Order:
    return Order(payment.payment_id, payment.payee, payment.amount_fen, reference=str(payment.claim_id))
