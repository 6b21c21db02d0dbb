"""The whole way with the bank as the process that it is."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import httpx
import pytest

from delivery import claims as steps
from delivery.approval import approve_due
from delivery.bank import BankClient
from delivery.payments import submit_due
from delivery.settlement import settle
from delivery.worker import WorkReport, run, run_once
from domain.claim import ClaimEvent, ClaimState
from domain.errors import BankUnavailable, DataDamaged
from storage import claims, payments
from storage.connection import Begin
from storage.summary import figures


def ask(url: str, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(url + path, trust_env=False).json()
    return answer


def settled_fen(url: str) -> int:
    return int(ask(url, "/totals").get("settled", {}).get("amount_fen", 0))


def work_until(done, begin, bank, rules, policies, grounds) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, "the work did not end"
        run_once(begin, bank, rules.recheck, policies, grounds, datetime.now(UTC))


def test_everything_claimed_ends_and_our_sum_is_the_bank_s(
    city: Begin, pushed, policies, rules, grounds, now, bank_process
) -> None:
    held = pushed("grant", [f"p{number}" for number in range(300)])
    url = bank_process.start("--delay-s", "0.02", "--reject-share", "0.1", "--return-share", "0.1", "--seed", "5")

    def done() -> bool:
        with city() as connection:
            waiting = claims.counts(connection).get(ClaimState.PUSHED, 0)
            return claims.in_work(connection) + waiting == 0

    with BankClient(url) as bank:
        for _ in range(4):  # the bank sends some back after they had settled, and those are tried again
            work_until(done, city, bank, rules, policies, grounds)
            time.sleep(0.1)
            settle(city, bank, policies, datetime.now(UTC))
        work_until(done, city, bank, rules, policies, grounds)
    with city() as connection:
        assert payments.paid_fen(connection) == settled_fen(url)
        assert payments.open_count(connection) == 0
        attempts = [one.payment_attempts for claim in held for one in claims.of_subject(connection, claim.subject_id)]
        assert max(attempts) > 1
        assert figures(connection).paid_fen == 300_00 * claims.counts(connection)[ClaimState.PAID]


def test_a_bank_killed_after_it_accepted_pays_once(
    city: Begin, pushed, policies, rules, grounds, now, bank_process
) -> None:
    (claim,) = pushed("grant")
    url = bank_process.start("--mute-writes", "1", "--delay-s", "0", "--reject-share", "0", "--return-share", "0")
    with BankClient(url, timeout_s=0.5) as bank:
        with city() as connection:
            approve_due(connection, rules.recheck, policies, grounds, now)
        report = submit_due(city, bank, now)
        assert (report.begun, report.unanswered) == (1, 1)
    bank_process.kill()
    with BankClient(url, timeout_s=0.5) as bank:
        down = run_once(city, bank, rules.recheck, policies, grounds, now)
        assert down.submitted is None
    url = bank_process.start("--delay-s", "0", "--reject-share", "0", "--return-share", "0")
    later = now + timedelta(minutes=1)
    with BankClient(url) as bank:
        assert submit_due(city, bank, later).accepted == 1
        settle(city, bank, policies, later)
    with city() as connection:
        assert claims.get(connection, claim.claim_id, "p1").state is ClaimState.PAID
        (payment,) = payments.of_claim(connection, claim.claim_id)
        assert payment.state == "paid"
    assert ask(url, "/totals") == {"settled": {"payments": 1, "amount_fen": 30000}}
    assert ask(url, "/accounts/p1")["balance_fen"] == 30000


def test_the_worker_works_until_it_is_stopped(city: Begin, pushed, policies, rules, grounds, bank_process) -> None:
    (claim,) = pushed("allowance")
    url = bank_process.start("--delay-s", "0", "--reject-share", "0", "--return-share", "0")
    stop = threading.Event()
    with BankClient(url) as bank:
        worker = threading.Thread(
            target=run,
            args=(city, bank, rules.recheck, policies, lambda: grounds, lambda: datetime.now(UTC), stop),
            kwargs={"interval_s": 0.02},
        )
        worker.start()
        with city() as connection:
            steps.claim(connection, claim.claim_id, "p1", datetime.now(UTC))
        deadline = time.monotonic() + 10
        state = ClaimState.CLAIMED
        while state is not ClaimState.PAID and time.monotonic() < deadline:
            time.sleep(0.02)
            with city() as connection:
                state = claims.get(connection, claim.claim_id, "p1").state
        stop.set()
        worker.join(5)
    assert state is ClaimState.PAID
    assert not worker.is_alive()


def test_the_worker_outlives_a_file_that_cannot_be_read_for_a_while(city: Begin, policies, rules, bank) -> None:
    stop = threading.Event()
    asked: list[int] = []

    def damaged() -> NoReturn:
        asked.append(len(asked))
        if len(asked) == 3:
            stop.set()
        raise DataDamaged("wide/citizen/x.parquet")

    run(city, bank, rules.recheck, policies, damaged, lambda: datetime.now(UTC), stop, interval_s=0)
    assert len(asked) == 3


def test_a_bank_that_is_away_is_one_clear_error(bank_process) -> None:
    url = bank_process.start()
    bank_process.kill()
    with BankClient(url) as bank, pytest.raises(BankUnavailable, match="gave no answer"):
        bank.book_id()


def test_an_idle_round_is_recognised(city: Begin, bank, policies, rules, grounds, now, pushed) -> None:
    assert run_once(city, bank, rules.recheck, policies, grounds, now).idle
    (claim,) = pushed("allowance")
    with city() as connection:
        steps.move_many(connection, ClaimEvent.CLAIM, [claim.claim_id], now)
    report: WorkReport = run_once(city, bank, rules.recheck, policies, grounds, now)
    assert not report.idle
