"""Payment orders, and our copy of the bank's statement that says what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from storage import bulk
from storage.tables import bank_entry
from storage.tables import payment as table


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay one claim.

    `state`: sending (the order may or may not have reached the bank), accepted, paid, rejected, returned, or disputed
    (the bank holds another order under our id: a person must look). `due_at`: when to ask the bank; None: no need.
    """

    payment_id: UUID
    claim_id: UUID
    attempt: int
    payee: str
    amount_fen: int
    state: str
    cause: str | None
    due_at: datetime | None
    created_at: datetime
    settled_at: datetime | None = None
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BankEntry:
    """A line of the bank's statement; `sequence` counts within the bank's book."""

    book_id: str
    sequence: int
    payment_id: UUID
    kind: str
    amount_fen: int
    cause: str | None
    at: datetime


_COLUMNS = [table.c[name] for name in Payment.__dataclass_fields__]
_CHANGED = ("payment_id", "state", "cause", "due_at", "settled_at", "returned_at")
# Any constant of our own will do: it names the lock under which statements are booked one after another.
_STATEMENT_LOCK = 7_163_501


def begin(connection: Connection, payments: Sequence[Payment]) -> None:
    """Insert new payments. Raises IntegrityError when a claim has a live payment or the attempt was made before."""
    bulk.insert(connection, table, bulk.rows_of(payments))


def lock_due(connection: Connection, state: str, now: datetime, limit: int) -> list[Payment]:
    """Up to `limit` payments in `state` that are due, longest due first, locked; those of other workers are passed."""
    query = (
        sa.select(*_COLUMNS)
        .where(table.c.state == state, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.payment_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Payment(*row) for row in connection.execute(query)]


def find(connection: Connection, payment_ids: Iterable[UUID]) -> list[Payment]:
    """The payments of these ids; ids that are not ours are left out."""
    return [Payment(*row) for row in connection.execute(_of(payment_ids))]


def lock_many(connection: Connection, payment_ids: Iterable[UUID]) -> list[Payment]:
    """As `find`, and locked in the order of their ids."""
    query = _of(payment_ids).order_by(table.c.payment_id).with_for_update()
    return [Payment(*row) for row in connection.execute(query)]


def change(connection: Connection, payments: Sequence[Payment]) -> None:
    """Store state, cause and times of payments that the caller has locked."""
    bulk.update(
        connection, table, [{name: getattr(payment, name) for name in _CHANGED} for payment in payments], "payment_id"
    )


def lease(connection: Connection, payments: Sequence[Payment], until: datetime) -> list[Payment]:
    """Keep other workers off these payments until then, and return them as they are now."""
    leased = [replace(payment, due_at=until) for payment in payments]
    change(connection, leased)
    return leased


def of_claim(connection: Connection, claim_id: UUID) -> list[Payment]:
    """The payments of a claim, first attempt first."""
    query = sa.select(*_COLUMNS).where(table.c.claim_id == claim_id).order_by(table.c.attempt)
    return [Payment(*row) for row in connection.execute(query)]


def paid_fen(connection: Connection) -> int:
    """The money that has arrived and stayed, in fen."""
    query = sa.select(sa.func.coalesce(sa.func.sum(table.c.amount_fen), 0)).where(table.c.state == "paid")
    return int(connection.execute(query).scalar_one())


def open_count(connection: Connection) -> int:
    """How many payments still have an outcome to come."""
    query = sa.select(sa.func.count()).where(table.c.state.in_(("sending", "accepted")))
    return connection.execute(query).scalar_one()


def lock_statement(connection: Connection) -> None:
    """Only one transaction at a time books the bank's statement: its entries have an order."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_STATEMENT_LOCK)))


def last_entry(connection: Connection, book_id: str) -> int:
    """The sequence of the last entry of the bank's book that we have booked; 0 for none."""
    query = sa.select(sa.func.coalesce(sa.func.max(bank_entry.c.sequence), 0)).where(bank_entry.c.book_id == book_id)
    return int(connection.execute(query).scalar_one())


def book_entries(connection: Connection, entries: Sequence[BankEntry], now: datetime) -> None:
    """Copy entries of the bank's statement. Raises IntegrityError when one was booked before."""
    bulk.insert(connection, bank_entry, [{**row, "read_at": now} for row in bulk.rows_of(entries)])


def _of(payment_ids: Iterable[UUID]) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(
        table.c.payment_id == sa.func.any(sa.literal(list(payment_ids), sa.ARRAY(sa.Uuid)))
    )
