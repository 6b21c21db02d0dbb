from datetime import timedelta

import pytest

from delivery import claims as steps
from delivery.approval import approve_due
from delivery.payments import Patience, submit_due
from delivery.records import payment_id_of
from delivery.settlement import settle
from domain.claim import ClaimState
from domain.errors import BankUnavailable
from storage import claims, messages, payments
from storage.connection import Begin


@pytest.fixture
def approved(city: Begin, pushed, policies, rules, grounds, now):
    """Claims of the monthly allowance that are approved and wait for their money."""

    def make(*subjects: str):
        held = pushed("allowance", subjects or ("p1",))
        with city() as connection:
            for one in held:
                steps.claim(connection, one.claim_id, one.subject_id, now)
            approve_due(connection, rules.recheck, policies, grounds, now)
        return held

    return make


def state_of(city: Begin, claim) -> tuple[ClaimState, tuple[str, ...]]:
    with city() as connection:
        held = claims.get(connection, claim.claim_id, claim.subject_id)
        return held.state, tuple(one.state for one in payments.of_claim(connection, claim.claim_id))


def test_money_arrives_once_and_is_told(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    report = submit_due(city, bank, now)
    assert (report.begun, report.accepted, report.unanswered) == (1, 1, 0)
    assert state_of(city, claim) == (ClaimState.PAYING, ("accepted",))
    assert settle(city, bank, policies, now).paid == 0
    bank.tell_all("settled")
    assert settle(city, bank, policies, now).paid == 1
    assert settle(city, bank, policies, now).paid == 0
    assert submit_due(city, bank, now).begun == 0
    assert state_of(city, claim) == (ClaimState.PAID, ("paid",))
    with city() as connection:
        assert payments.paid_fen(connection) == 7500
        letters = [one for one in messages.inbox(connection, "p1") if one.purpose == "payment"]
        assert [one.content["zh"]["body"][:5] for one in letters] == ["75元已到"]
        told = steps.timeline(connection, claim.claim_id, "p1")
        assert [(one.event.value, one.amount_fen) for one in told[-3:]] == [
            ("approve", 7500),
            ("submit_payment", 7500),
            ("settle", 7500),
        ]


def test_an_unanswered_order_is_asked_about_and_not_sent_twice(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    bank.lose_replies = True
    assert submit_due(city, bank, now).unanswered == 1
    assert state_of(city, claim) == (ClaimState.PAYING, ("sending",))
    bank.lose_replies = False
    assert submit_due(city, bank, now).accepted == 0, "the order is still in somebody's hands"
    assert submit_due(city, bank, now + timedelta(seconds=31)).accepted == 1
    assert bank.submissions == 1
    bank.tell_all("settled")
    settle(city, bank, policies, now)
    assert state_of(city, claim) == (ClaimState.PAID, ("paid",))


def test_an_order_that_never_arrived_is_sent_again_under_the_same_id(city: Begin, bank, approved, now) -> None:
    (claim,) = approved()
    bank.lose_replies = True
    submit_due(city, bank, now)
    bank.orders.clear()
    bank.status.clear()
    bank.lose_replies = False
    assert submit_due(city, bank, now + timedelta(seconds=31)).accepted == 1
    assert list(bank.orders) == [payment_id_of(claim.claim_id, 1)]


def test_the_statement_may_come_before_the_answer(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    bank.lose_replies = True
    submit_due(city, bank, now)
    bank.tell_all("settled")
    assert settle(city, bank, policies, now).paid == 1
    assert state_of(city, claim) == (ClaimState.PAID, ("paid",))


def test_no_payment_begins_while_the_bank_is_down(city: Begin, bank, approved, now) -> None:
    (claim,) = approved()
    bank.down = True
    with pytest.raises(BankUnavailable):
        submit_due(city, bank, now)
    assert state_of(city, claim) == (ClaimState.APPROVED, ())


@pytest.mark.parametrize("kind", ["rejected", "returned"])
def test_money_that_came_back_is_tried_again_and_then_left_with_its_cause(
    city: Begin, bank, approved, policies, now, kind
) -> None:
    (claim,) = approved()
    for attempt in (1, 2, 3):
        assert submit_due(city, bank, now).begun == 1
        if kind == "returned":
            bank.tell_all("settled")
            settle(city, bank, policies, now)
        bank.tell(payment_id_of(claim.claim_id, attempt), kind, "the account was closed")
        settle(city, bank, policies, now)
        assert state_of(city, claim) == (ClaimState.RETURNED, (kind,) * attempt)
    assert submit_due(city, bank, now + timedelta(days=365)).begun == 0
    with city() as connection:
        held = claims.get(connection, claim.claim_id, "p1")
        assert (held.cause, held.due_at, held.payment_attempts) == ("the account was closed", None, 3)
        assert payments.paid_fen(connection) == 0
        last = next(one for one in messages.inbox(connection, "p1") if "officer" in one.content["en"]["body"])
        assert last.purpose == "payment"


def test_settled_and_returned_in_one_statement_are_both_booked(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    submit_due(city, bank, now)
    bank.tell_all("settled")
    bank.tell(payment_id_of(claim.claim_id, 1), "returned", "closed")
    report = settle(city, bank, policies, now)
    assert (report.paid, report.returned) == (1, 1)
    assert state_of(city, claim) == (ClaimState.RETURNED, ("returned",))


def test_a_late_or_repeated_word_never_moves_a_payment_back(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    submit_due(city, bank, now)
    payment_id = payment_id_of(claim.claim_id, 1)
    for kind in ("settled", "settled", "rejected"):
        bank.tell(payment_id, kind)
    settle(city, bank, policies, now)
    assert state_of(city, claim) == (ClaimState.PAID, ("paid",))


def test_a_return_after_the_confirmation_is_told_and_left_to_a_person(
    city: Begin, bank, approved, policies, now
) -> None:
    (claim,) = approved()
    submit_due(city, bank, now)
    bank.tell_all("settled")
    settle(city, bank, policies, now)
    with city() as connection:
        steps.confirm(connection, claim.claim_id, "p1", now)
    bank.tell(payment_id_of(claim.claim_id, 1), "returned", "closed")
    settle(city, bank, policies, now)
    assert state_of(city, claim) == (ClaimState.CONFIRMED, ("returned",))
    with city() as connection:
        assert claims.get(connection, claim.claim_id, "p1").cause == "closed"
        assert any("officer" in one.content["en"]["body"] for one in messages.inbox(connection, "p1"))


def test_another_order_under_our_id_or_another_amount_stops_for_a_person(
    city: Begin, bank, approved, policies, now
) -> None:
    first, second = approved("p1", "p2")
    order = payment_id_of(first.claim_id, 1)
    bank.orders[order] = None
    submit_due(city, bank, now)
    bank.tell(payment_id_of(second.claim_id, 1), "settled", amount_fen=1)
    settle(city, bank, policies, now)
    assert state_of(city, first) == (ClaimState.PAYING, ("disputed",))
    assert state_of(city, second) == (ClaimState.PAYING, ("disputed",))
    assert submit_due(city, bank, now + timedelta(days=1)).begun == 0


def test_an_accepted_payment_without_a_word_on_the_statement_is_asked_about(
    city: Begin, bank, approved, policies, now
) -> None:
    first, second = approved("p1", "p2")
    submit_due(city, bank, now)
    bank.status[payment_id_of(first.claim_id, 1)] = ("settled", None)
    del bank.status[payment_id_of(second.claim_id, 1)]
    assert settle(city, bank, policies, now).paid == 0
    assert settle(city, bank, policies, now + timedelta(minutes=11)).paid == 1
    assert state_of(city, first) == (ClaimState.PAID, ("paid",))
    assert state_of(city, second) == (ClaimState.PAYING, ("disputed",))


def test_an_entry_that_is_not_ours_is_kept_and_counted(city: Begin, bank, approved, policies, now) -> None:
    (claim,) = approved()
    submit_due(city, bank, now)
    stranger = payment_id_of(claim.claim_id, 99)
    bank.orders[stranger] = bank.orders[payment_id_of(claim.claim_id, 1)]
    bank.tell(stranger, "settled")
    assert settle(city, bank, policies, now).unmatched == 1
    assert settle(city, bank, policies, now).unmatched == 0


def test_two_workers_reading_the_same_statement_book_it_once(
    city: Begin, bank, approved, policies, now, monkeypatch
) -> None:
    first, second = approved("p1", "p2")
    submit_due(city, bank, now)
    bank.tell_all("settled")
    read = bank.statement

    def overtaken(after: int, limit: int = 1000):
        page = read(after, limit)
        monkeypatch.setattr(bank, "statement", read)
        assert settle(city, bank, policies, now).paid == 2
        return page

    monkeypatch.setattr(bank, "statement", overtaken)
    assert settle(city, bank, policies, now).paid == 0
    assert {state_of(city, one) for one in (first, second)} == {(ClaimState.PAID, ("paid",))}


def test_nothing_half_written_when_the_order_s_transaction_breaks(
    city: Begin, bank, approved, now, monkeypatch
) -> None:
    (claim,) = approved()

    def breaks(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(claims, "move", breaks)
        with pytest.raises(RuntimeError, match="power cut"):
            submit_due(city, bank, now)
    assert state_of(city, claim) == (ClaimState.APPROVED, ())
    assert bank.submissions == 0
    assert submit_due(city, bank, now, patience=Patience()).accepted == 1
