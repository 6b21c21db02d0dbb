"""The bank's book: accounts, payments and the statement in one SQLite file; what was answered is on disk."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

CITY = "city"
CITY_FUNDS_FEN = 10**15

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS book (book_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    account TEXT PRIMARY KEY, balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS payment (
    payment_id TEXT PRIMARY KEY, payee TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    reference TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('pending', 'settled', 'rejected', 'returned')),
    cause TEXT, due_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS payment_due ON payment (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, payment_id TEXT NOT NULL, kind TEXT NOT NULL,
    amount_fen INTEGER NOT NULL, cause TEXT, at REAL NOT NULL
) STRICT;
INSERT OR IGNORE INTO account VALUES ('{CITY}', {CITY_FUNDS_FEN});
"""  # noqa: S608 - constants of this module


class Order(BaseModel):
    """A payment out of the city's account."""

    payment_id: uuid.UUID
    payee: str = Field(min_length=1, max_length=200)
    amount_fen: int = Field(gt=0, le=10**12)
    reference: str = Field(default="", max_length=200)


@dataclass(frozen=True)
class Temper:
    """How the bank behaves. `mute_writes`: so many first requests are booked and then never answered."""

    seed: int = 0
    delay_s: float = 0.5
    reject_share: float = 0.02
    return_share: float = 0.01
    mute_writes: int = 0

    def fate(self, payment_id: str) -> tuple[str, float]:
        """(how the payment ends, its delay in seconds), from seed and id alone."""
        digest = hashlib.sha256(f"{self.seed}:{payment_id}".encode()).digest()
        draw, pace = (int.from_bytes(part, "big") / 2**64 for part in (digest[:8], digest[8:16]))
        delay_s = self.delay_s * (0.5 + pace)
        if draw < self.reject_share:
            return "rejected", delay_s
        return ("returned" if draw < self.reject_share + self.return_share else "settled"), delay_s


class Book:
    """Accounts, payments and the statement in one SQLite file; what is answered is on disk."""

    def __init__(self, folder: Path, temper: Temper) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.temper = temper
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "bank.sqlite", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if not self._db.execute("SELECT 1 FROM book").fetchone():
                self._db.execute("INSERT INTO book VALUES (?)", [str(uuid.uuid4())])
        self.book_id: str = self._db.execute("SELECT book_id FROM book").fetchone()[0]

    def accept(self, orders: Iterable[Order], now: float) -> list[dict[str, Any]]:
        """Book the orders, and say of each what is known of it; `conflict` where the id has another order."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            answers = []
            for order in orders:
                payment_id = str(order.payment_id)
                content = (order.payee, order.amount_fen, order.reference)
                _, delay_s = self.temper.fate(payment_id)
                self._db.execute(
                    "INSERT INTO payment VALUES (?, ?, ?, ?, 'pending', NULL, ?) ON CONFLICT DO NOTHING",
                    [payment_id, *content, now + delay_s],
                )
                *held, status, cause = self._db.execute(
                    "SELECT payee, amount_fen, reference, status, cause FROM payment WHERE payment_id = ?",
                    [payment_id],
                ).fetchone()
                if tuple(held) != content:
                    status, cause = "conflict", "another order has this payment id"
                answers.append({"payment_id": payment_id, "status": status, "cause": cause})
        return answers

    def known(self, payment_ids: Iterable[uuid.UUID], now: float) -> list[dict[str, Any]]:
        """What is known of these payments; those never seen are left out."""
        self._advance(now)
        wanted = json.dumps([str(payment_id) for payment_id in payment_ids])
        rows = self._read(
            "SELECT payment_id, status, cause, payee, amount_fen, reference FROM payment"
            " WHERE payment_id IN (SELECT value FROM json_each(?))",
            wanted,
        )
        names = ("payment_id", "status", "cause", "payee", "amount_fen", "reference")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def statement(self, after: int, limit: int, now: float) -> list[dict[str, Any]]:
        """The entries after a sequence, oldest first."""
        self._advance(now)
        rows = self._read(
            "SELECT sequence, payment_id, kind, amount_fen, cause, at FROM entry"
            " WHERE sequence > ? ORDER BY sequence LIMIT ?",
            after,
            limit,
        )
        names = ("sequence", "payment_id", "kind", "amount_fen", "cause")
        return [
            dict(zip(names, row[:-1], strict=True)) | {"at": datetime.fromtimestamp(row[-1], UTC).isoformat()}
            for row in rows
        ]

    def balance_fen(self, account: str, now: float) -> int:
        """An account's balance; 0 for one that never received anything."""
        self._advance(now)
        rows = self._read("SELECT balance_fen FROM account WHERE account = ?", account)
        return int(rows[0][0]) if rows else 0

    def totals(self, now: float) -> dict[str, dict[str, int]]:
        """Number and sum of payments by status."""
        self._advance(now)
        rows = self._read("SELECT status, count(*), sum(amount_fen) FROM payment GROUP BY status")
        return {status: {"payments": number, "amount_fen": amount} for status, number, amount in rows}

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _advance(self, now: float) -> None:
        """Let everything happen that is due by now, in the order in which it falls due."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            while due := self._db.execute(
                "SELECT payment_id, payee, amount_fen, status, due_at FROM payment WHERE due_at <= ?"
                " ORDER BY due_at, payment_id LIMIT 1000",
                [now],
            ).fetchall():
                for payment_id, payee, amount_fen, status, due_at in due:
                    self._happen(payment_id, payee, amount_fen, status, due_at)

    def _happen(self, payment_id: str, payee: str, amount_fen: int, status: str, at: float) -> None:
        fate, delay_s = self.temper.fate(payment_id)
        if status == "settled":
            self._transfer(payee, CITY, amount_fen)
            self._end(payment_id, "returned", amount_fen, "the account was closed", at)
        elif fate == "rejected":
            self._end(payment_id, "rejected", amount_fen, "the account cannot receive payments", at)
        elif not self._transfer(CITY, payee, amount_fen):
            self._end(payment_id, "rejected", amount_fen, "the city's account is not covered", at)
        else:
            self._end(payment_id, "settled", amount_fen, None, at, due_at=at + delay_s if fate == "returned" else None)

    def _transfer(self, source: str, target: str, amount_fen: int) -> bool:
        taken = self._db.execute(
            "UPDATE account SET balance_fen = balance_fen - ?1 WHERE account = ?2 AND balance_fen >= ?1",
            [amount_fen, source],
        )
        if not taken.rowcount:
            return False
        self._db.execute(
            "INSERT INTO account VALUES (?2, ?1) ON CONFLICT DO UPDATE SET balance_fen = balance_fen + ?1",
            [amount_fen, target],
        )
        return True

    def _end(
        self, payment_id: str, kind: str, amount_fen: int, cause: str | None, at: float, due_at: float | None = None
    ) -> None:
        self._db.execute(
            "UPDATE payment SET status = ?, cause = ?, due_at = ? WHERE payment_id = ?",
            [kind, cause, due_at, payment_id],
        )
        self._db.execute(
            "INSERT INTO entry (payment_id, kind, amount_fen, cause, at) VALUES (?, ?, ?, ?, ?)",
            [payment_id, kind, amount_fen, cause, at],
        )
