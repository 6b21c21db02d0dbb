import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from world.bank_book import CITY, CITY_FUNDS_FEN, Book, Order, Temper


def order(number: int, amount_fen: int = 100, payee: str = "p1") -> Order:
    return Order(payment_id=uuid.UUID(int=number), payee=payee, amount_fen=amount_fen, reference=f"claim {number}")


def test_the_same_order_is_paid_once_however_often_it_comes(tmp_path: Path) -> None:
    book = Book(tmp_path, Temper(reject_share=0, return_share=0, delay_s=1))
    for now in (0.0, 0.1, 50.0):
        book.accept([order(1)], now)
    assert book.balance_fen("p1", 100.0) == 100
    assert book.accept([order(1)], 200.0)[0]["status"] == "settled"
    assert len(book.statement(0, 10, 300.0)) == 1
    assert book.balance_fen(CITY, 300.0) == CITY_FUNDS_FEN - 100


@pytest.mark.parametrize("changed", [{"amount_fen": 101}, {"payee": "p2"}])
def test_another_order_under_the_same_id_is_a_conflict(tmp_path: Path, changed: dict[str, Any]) -> None:
    book = Book(tmp_path, Temper(reject_share=0, return_share=0))
    book.accept([order(1)], 0.0)
    assert book.accept([order(1, **changed)], 1.0)[0]["status"] == "conflict"
    assert book.balance_fen("p1", 100.0) == 100


def test_nothing_settles_before_its_delay_and_the_statement_has_an_order(tmp_path: Path) -> None:
    book = Book(tmp_path, Temper(reject_share=0, return_share=0, delay_s=10))
    book.accept([order(number) for number in range(1, 21)], 0.0)
    assert book.statement(0, 100, 4.9) == []
    entries = book.statement(0, 100, 15.1)
    assert [entry["sequence"] for entry in entries] == list(range(1, 21))
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert book.statement(15, 3, 16.0) == entries[15:18]


def test_shares_of_rejects_and_returns_are_as_asked_and_follow_from_the_seed(tmp_path: Path) -> None:
    temper = Temper(seed=7, reject_share=0.2, return_share=0.1)
    fates = [temper.fate(str(uuid.UUID(int=number)))[0] for number in range(5000)]
    assert fates.count("rejected") / 5000 == pytest.approx(0.2, abs=0.02)
    assert fates.count("returned") / 5000 == pytest.approx(0.1, abs=0.02)
    assert fates == [temper.fate(str(uuid.UUID(int=number)))[0] for number in range(5000)]
    assert fates != [Temper(8, reject_share=0.2, return_share=0.1).fate(str(uuid.UUID(int=n)))[0] for n in range(5000)]


def test_money_is_neither_made_nor_lost(tmp_path: Path) -> None:
    book = Book(tmp_path, Temper(reject_share=0.2, return_share=0.2, delay_s=1))
    book.accept([order(number, amount_fen=number, payee=f"p{number % 7}") for number in range(1, 301)], 0.0)
    for now in (0.7, 1.3, 10.0):
        totals = book.totals(now)
        held = sum(book.balance_fen(f"p{number}", now) for number in range(7))
        # What is to be returned has settled first, and is still with its payee.
        assert held == totals.get("settled", {"amount_fen": 0})["amount_fen"]
        assert book.balance_fen(CITY, now) == CITY_FUNDS_FEN - held
    assert set(book.totals(10.0)) == {"settled", "rejected", "returned"}
    kinds = [entry["kind"] for entry in book.statement(0, 1000, 10.0)]
    assert kinds.count("settled") == sum(book.totals(10.0)[kind]["payments"] for kind in ("settled", "returned"))


def test_the_city_s_account_never_goes_below_zero(tmp_path: Path) -> None:
    book = Book(tmp_path, Temper(reject_share=0, return_share=0, delay_s=0))
    many = 1_000
    book.accept([order(number, amount_fen=10**12) for number in range(1, many + 3)], 0.0)
    assert book.totals(1.0)["rejected"]["payments"] == 2
    assert book.balance_fen(CITY, 1.0) == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    processes: list[subprocess.Popen[str]] = []

    def make(*options: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "world.bank", "--data", str(tmp_path / "bank"), *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())["url"]

    yield make
    for process in processes:
        process.kill()
        process.communicate()


def test_what_was_answered_survives_kill_9(start) -> None:
    process, url = start("--delay-s", "0.05", "--reject-share", "0", "--return-share", "0")
    payments = [json.loads(order(number).model_dump_json()) for number in range(1, 401)]
    acknowledged: set[str] = set()

    def pay(payment: dict[str, Any]) -> None:
        try:
            answer = http.post("/payments", json=payment)
        except httpx.HTTPError:
            return
        if answer.status_code == 202:
            acknowledged.add(payment["payment_id"])

    with httpx.Client(base_url=url, trust_env=False) as http, ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(pay, payment) for payment in payments]
        while len(acknowledged) < 30:
            time.sleep(0.005)
        process.kill()
        for job in jobs:
            job.result()
    assert 30 <= len(acknowledged) < 400
    _, url = start("--delay-s", "0.05", "--reject-share", "0", "--return-share", "0")
    with httpx.Client(base_url=url, trust_env=False) as http:
        known = http.post("/payments/query", json={"payment_ids": sorted(acknowledged)}).json()
        assert {one["payment_id"] for one in known["payments"]} == acknowledged
        http.post("/payments/batch", json={"payments": payments}).raise_for_status()
        time.sleep(0.15)
        assert http.get("/totals").json() == {"settled": {"payments": 400, "amount_fen": 40000}}
        assert http.get("/accounts/p1").json()["balance_fen"] == 40000


def test_the_interface_says_what_it_does_not_take(start) -> None:
    _, url = start()
    with httpx.Client(base_url=url, trust_env=False) as http:
        good = json.loads(order(1).model_dump_json())
        assert http.post("/payments", json=good).status_code == 202
        assert http.post("/payments", json=good | {"amount_fen": 5}).status_code == 409
        assert http.post("/payments", json=good | {"amount_fen": 0}).status_code == 422
        assert http.post("/payments/batch", json={"payments": [good] * 501}).status_code == 422
        assert http.get(f"/payments/{uuid.UUID(int=9)}").status_code == 404
        assert http.get(f"/payments/{uuid.UUID(int=1)}").json()["amount_fen"] == 100
        assert http.get("/statement", params={"since": -1}).status_code == 422
        assert http.get("/book").json()["book_id"] == http.get("/statement").json()["book_id"]
