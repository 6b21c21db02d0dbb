"""The city's bank: a process of its own with a durable book, which delays, rejects and returns payments.

    python -m world.bank --port 0 --data DIR --seed N --delay-s 0.5 --reject-share 0.02 --return-share 0.01

It prints one line of JSON with its address when it is ready. It shares no code and no database with Duixian; the HTTP
interface is all there is between them. The same payment id is one payment, however often it is sent. What becomes of
a payment follows from the seed and the payment id alone, so that a run can be repeated.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from world.bank_book import Book, Order, Temper

MAX_BATCH = 500


class Batch(BaseModel):
    """Up to 500 orders, each answered on its own."""

    payments: list[Order] = Field(max_length=MAX_BATCH)


class Ids(BaseModel):
    """Payments that somebody asks about."""

    payment_ids: list[uuid.UUID] = Field(max_length=MAX_BATCH)


def create_app(book: Book) -> FastAPI:
    """The bank's HTTP interface on a book."""
    app = FastAPI(title="City bank", docs_url=None, redoc_url=None)
    mute = threading.Semaphore(book.temper.mute_writes)

    def perhaps_mute() -> None:
        if mute.acquire(blocking=False):
            time.sleep(3600)  # booked, and the caller will never know

    @app.get("/book")
    def name() -> dict[str, str]:
        return {"book_id": book.book_id}

    @app.post("/payments", status_code=202)
    def pay(order: Order) -> Any:
        answer = book.accept([order], time.time())[0]
        perhaps_mute()
        if answer["status"] == "conflict":
            return JSONResponse(answer, status_code=409)
        return answer

    @app.post("/payments/batch")
    def pay_batch(batch: Batch) -> dict[str, Any]:
        answers = book.accept(batch.payments, time.time())
        perhaps_mute()
        return {"payments": answers}

    @app.post("/payments/query")
    def query(asked: Ids) -> dict[str, Any]:
        return {"payments": book.known(asked.payment_ids, time.time())}

    @app.get("/payments/{payment_id}")
    def payment(payment_id: uuid.UUID) -> Any:
        found = book.known([payment_id], time.time())
        return found[0] if found else JSONResponse({"detail": "no such payment"}, status_code=404)

    @app.get("/statement")
    def statement(
        since: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
    ) -> dict[str, Any]:
        return {"book_id": book.book_id, "entries": book.statement(since, limit, time.time())}

    @app.get("/accounts/{account}")
    def account(account: str) -> dict[str, Any]:
        return {"account": account, "balance_fen": book.balance_fen(account, time.time())}

    @app.get("/totals")
    def totals() -> dict[str, Any]:
        return book.totals(time.time())

    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the bank until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m world.bank", description="The city's bank, as a process.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--data", type=Path, required=True, help="folder of the bank's book")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay-s", type=float, default=0.5, help="mean seconds from order to settlement")
    parser.add_argument("--reject-share", type=float, default=0.02)
    parser.add_argument("--return-share", type=float, default=0.01, help="settled, and sent back later")
    parser.add_argument("--mute-writes", type=int, default=0, help="requests that are booked but never answered")
    given = parser.parse_args(arguments)
    temper = Temper(given.seed, given.delay_s, given.reject_share, given.return_share, given.mute_writes)
    app = create_app(book := Book(given.data, temper))
    with socket.create_server(("127.0.0.1", given.port)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        sys.stdout.write(json.dumps({"url": url, "book_id": book.book_id}) + "\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
