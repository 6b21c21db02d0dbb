"""The city's bank, seen from Duixian: payment orders go out over HTTP, what became of them comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import httpx

from domain.errors import BankUnavailable

__all__ = ["MAX_BATCH", "Bank", "BankClient", "BankUnavailable", "Order", "Outcome", "Statement", "StatementEntry"]

MAX_BATCH = 500
"""Orders in one request: the bank's own limit."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the bank is asked to pay; the same `payment_id` with another content is refused."""

    payment_id: UUID
    payee: str
    amount_fen: int
    reference: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank says of a payment: pending, settled, rejected, returned, or conflict (another order has the id)."""

    payment_id: UUID
    status: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """A line of the statement; `kind`: settled, rejected or returned."""

    sequence: int
    payment_id: UUID
    kind: str
    amount_fen: int
    cause: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """Entries of one book after a sequence, oldest first."""

    book_id: str
    entries: tuple[StatementEntry, ...]


class Bank(Protocol):
    """What delivery needs of a bank. Every method raises BankUnavailable when it cannot know the answer."""

    def book_id(self) -> str:
        """The name of the bank's book; also the question whether the bank answers."""

    def submit(self, orders: Sequence[Order]) -> list[Outcome]:
        """Hand over at most MAX_BATCH orders; idempotent on the payment id."""

    def outcomes(self, payment_ids: Sequence[UUID]) -> list[Outcome]:
        """What the bank knows of at most MAX_BATCH payments; those it has never seen are left out."""

    def statement(self, after: int, limit: int = 1000) -> Statement:
        """The entries after a sequence."""


class BankClient:
    """The bank over HTTP. After BankUnavailable the outcome is unknown: ask before sending again."""

    def __init__(self, url: str, *, timeout_s: float = 5.0) -> None:
        self.url = url
        # trust_env: a proxy set for the internet is not the way to the bank.
        self._http = httpx.Client(base_url=url, timeout=timeout_s, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def book_id(self) -> str:
        """See Bank."""
        return str(self._ask("GET", "/book")["book_id"])

    def submit(self, orders: Sequence[Order]) -> list[Outcome]:
        """See Bank."""
        body = {
            "payments": [
                {
                    "payment_id": str(order.payment_id),
                    "payee": order.payee,
                    "amount_fen": order.amount_fen,
                    "reference": order.reference,
                }
                for order in orders
            ]
        }
        return _outcomes(self._ask("POST", "/payments/batch", json=body))

    def outcomes(self, payment_ids: Sequence[UUID]) -> list[Outcome]:
        """See Bank."""
        body = {"payment_ids": [str(payment_id) for payment_id in payment_ids]}
        return _outcomes(self._ask("POST", "/payments/query", json=body))

    def statement(self, after: int, limit: int = 1000) -> Statement:
        """See Bank."""
        answer = self._ask("GET", "/statement", params={"since": after, "limit": limit})
        return Statement(
            book_id=answer["book_id"],
            entries=tuple(
                StatementEntry(
                    sequence=entry["sequence"],
                    payment_id=UUID(entry["payment_id"]),
                    kind=entry["kind"],
                    amount_fen=entry["amount_fen"],
                    cause=entry["cause"],
                    at=datetime.fromisoformat(entry["at"]),
                )
                for entry in answer["entries"]
            ),
        )

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **content)
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise BankUnavailable(
                f"The bank at {self.url} gave no answer to {method} {path}: {str(error) or type(error).__name__}.",
                next_step="It is asked again by itself; check that the bank runs and the address is right.",
                url=self.url,
            ) from error
        return answer


def _outcomes(answer: dict[str, Any]) -> list[Outcome]:
    return [Outcome(UUID(one["payment_id"]), one["status"], one["cause"]) for one in answer["payments"]]
