import itertools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from delivery import claims as steps
from delivery.inbox import read
from domain.claim import TRANSITIONS, ClaimEvent, ClaimState
from domain.decision import Verdict
from domain.errors import IllegalTransition, NotEligible, UnknownClaim, UnknownMessage
from storage import claims, decisions, messages
from storage.claims import Claim
from storage.connection import Begin

BY_SUBJECT: dict[ClaimEvent, Callable[..., Claim]] = {
    ClaimEvent.SEE: steps.see,
    ClaimEvent.CLAIM: steps.claim,
    ClaimEvent.WITHDRAW: steps.withdraw,
    ClaimEvent.CONFIRM: steps.confirm,
}
# A step that was taken already, or overtaken, is no mistake of the subject's.
UNCHANGED = {
    *((state, ClaimEvent.SEE) for state in ClaimState if state is not ClaimState.PUSHED),
    *(
        (state, ClaimEvent.CLAIM)
        for state in ClaimState
        if state not in {ClaimState.PUSHED, ClaimState.SEEN}
        and state not in {ClaimState.REFUSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN}
    ),
    (ClaimState.WITHDRAWN, ClaimEvent.WITHDRAW),
    (ClaimState.CONFIRMED, ClaimEvent.CONFIRM),
    (ClaimState.RATED, ClaimEvent.CONFIRM),
}

# One way to each state, by the domain's own edges.
WAYS = {
    ClaimState.PUSHED: (),
    ClaimState.SEEN: ("see",),
    ClaimState.CLAIMED: ("claim",),
    ClaimState.APPROVED: ("claim", "approve"),
    ClaimState.PAYING: ("claim", "approve", "submit_payment"),
    ClaimState.PAID: ("claim", "approve", "submit_payment", "settle"),
    ClaimState.PROVIDED: ("claim", "approve", "provide"),
    ClaimState.CONFIRMED: ("claim", "approve", "provide", "confirm"),
    ClaimState.RATED: ("claim", "approve", "provide", "rate"),
    ClaimState.REFUSED: ("claim", "refuse"),
    ClaimState.RETURNED: ("claim", "approve", "submit_payment", "return"),
    ClaimState.EXPIRED: ("expire",),
    ClaimState.WITHDRAWN: ("withdraw",),
}


def lead(city: Begin, claim: Claim, state: ClaimState, now) -> None:
    with city() as connection:
        for event in WAYS[state]:
            assert steps.move_many(connection, ClaimEvent(event), [claim.claim_id], now) == 1


@pytest.mark.parametrize(("state", "event"), list(itertools.product(ClaimState, BY_SUBJECT)), ids=str)
def test_a_subject_s_step_moves_along_an_edge_or_is_refused(city: Begin, pushed, now, state, event) -> None:
    (claim,) = pushed()
    lead(city, claim, state, now)
    with city() as connection:
        lines = len(claims.events(connection, claim.claim_id))
        if (state, event) in UNCHANGED:
            assert BY_SUBJECT[event](connection, claim.claim_id, "p1", now).state is state
            grown = 0
        elif (state, event) in TRANSITIONS:
            after = BY_SUBJECT[event](connection, claim.claim_id, "p1", now)
            assert after == claims.get(connection, claim.claim_id, "p1")
            assert after.state is TRANSITIONS[state, event]
            grown = 1
        else:
            with pytest.raises(IllegalTransition):
                BY_SUBJECT[event](connection, claim.claim_id, "p1", now)
            grown = 0
        history = claims.events(connection, claim.claim_id)
        assert len(history) == lines + grown
        assert [line.revision for line in history] == list(range(1, lines + grown + 1))
        assert [line.from_state for line in history[1:]] == [line.to_state for line in history[:-1]]


def test_another_subject_s_claim_looks_like_none(city: Begin, pushed, now) -> None:
    (claim,) = pushed()
    for step in BY_SUBJECT.values():
        with pytest.raises(UnknownClaim), city() as connection:
            step(connection, claim.claim_id, "p2", now)
    with pytest.raises(UnknownClaim), city() as connection:
        steps.timeline(connection, claim.claim_id, "p2")
    with city() as connection:
        assert claims.get(connection, claim.claim_id, "p1").state is ClaimState.PUSHED


def test_reading_an_offer_marks_it_and_its_claim_as_seen(city: Begin, pushed, now) -> None:
    (claim,) = pushed()
    with city() as connection:
        (offer,) = messages.inbox(connection, "p1")
        assert messages.unread(connection, "p1") == 1
        assert read(connection, offer.message_id, "p1", now).read_at == now
        assert read(connection, offer.message_id, "p1", now + timedelta(hours=1)).read_at == now
        assert messages.unread(connection, "p1") == 0
        seen = claims.get(connection, claim.claim_id, "p1")
        assert (seen.state, seen.due_at) == (ClaimState.SEEN, claim.due_at)
    with pytest.raises(UnknownMessage), city() as connection:
        read(connection, offer.message_id, "p2", now)


def test_a_claim_that_was_never_pushed_begins_at_the_claim(city: Begin, policies, rules, provenance, now) -> None:
    with city() as connection:
        claim = steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now)
        assert (claim.state, claim.amount_fen, claim.period) == (ClaimState.CLAIMED, 7500, "2026-11")
        (kept,) = decisions.of_claim(connection, claim.claim_id)
        assert kept.occasion == "claim"
        assert steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now) == (
            claim
        )


def test_opening_a_pushed_claim_claims_that_one(city: Begin, pushed, policies, rules, provenance, now) -> None:
    (claim,) = pushed()
    with city() as connection:
        opened = steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now)
        assert (opened.claim_id, opened.state) == (claim.claim_id, ClaimState.CLAIMED)


def test_a_closed_claim_may_be_opened_anew_and_keeps_its_history(
    city: Begin, pushed, policies, rules, provenance, now
) -> None:
    (claim,) = pushed()
    with city() as connection:
        steps.withdraw(connection, claim.claim_id, "p1", now)
        again = steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now)
        assert again.claim_id != claim.claim_id
        assert {one.state for one in claims.of_subject(connection, "p1")} == {ClaimState.WITHDRAWN, ClaimState.CLAIMED}


@pytest.mark.parametrize(("verdict", "told"), [(Verdict.UNKNOWN, "age_years"), (Verdict.INELIGIBLE, ">= 60")])
def test_only_the_eligible_can_claim_and_are_told_why_not(
    city: Begin, policies, rules, provenance, now, verdict, told
) -> None:
    rules.verdicts["p1", "allowance"] = verdict
    with pytest.raises(NotEligible, match=told), city() as connection:
        steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now)


def test_a_policy_that_is_only_told_is_not_claimed(city: Begin, policies, rules, provenance, now) -> None:
    with pytest.raises(NotEligible, match="not claimed here"), city() as connection:
        steps.open_claim(connection, "p1", policies["hint"], rules("p1", "hint"), provenance, now)


def test_two_connections_opening_the_same_make_one_claim(city: Begin, policies, rules, provenance, now) -> None:
    start = threading.Barrier(4)
    got: list[Claim] = []

    def click() -> None:
        with city() as connection:
            start.wait()
            got.append(
                steps.open_claim(connection, "p1", policies["allowance"], rules("p1", "allowance"), provenance, now)
            )

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert len({one.claim_id for one in got}) == 1
    assert len(got) == 4
    with city() as connection:
        (claim,) = claims.of_subject(connection, "p1")
        assert len(claims.events(connection, claim.claim_id)) == 1


def test_claim_and_withdrawal_at_once_leave_one_consistent_history(city: Begin, pushed, now) -> None:
    held = pushed(subjects=[f"p{number}" for number in range(10)])
    errors: list[BaseException] = []

    def take(step, subject_id: str, claim: Claim) -> None:
        try:
            with city() as connection:
                step(connection, claim.claim_id, subject_id, now)
        except IllegalTransition:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    for claim in held:
        both = [
            threading.Thread(target=take, args=(step, claim.subject_id, claim))
            for step in (steps.claim, steps.withdraw)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert errors == []
    with city() as connection:
        for claim in held:
            history = claims.events(connection, claim.claim_id)
            now_held = claims.get(connection, claim.claim_id, claim.subject_id)
            assert (len(history), history[-1].to_state) == (now_held.revision, now_held.state)
            assert now_held.state is ClaimState.WITHDRAWN


def test_the_database_itself_refuses_a_second_live_claim(city: Begin, pushed, now) -> None:
    (claim,) = pushed()
    with pytest.raises(IntegrityError, match="claim_one_live_per_period"), city() as connection:
        connection.exec_driver_sql(
            "INSERT INTO claim SELECT gen_random_uuid(), subject_id, audience, policy_id, policy_version, period,"
            " delivery_mode, settlement, amount_fen, state, revision, payment_attempts, cause, due_at, opened_at,"
            " updated_at FROM claim WHERE claim_id = %(id)s",
            {"id": claim.claim_id},
        )


def test_many_claims_move_at_once_and_others_are_left_alone(city: Begin, pushed, now) -> None:
    held = pushed(subjects=[f"p{number}" for number in range(50)])
    lead(city, held[0], ClaimState.PAID, now)
    with city() as connection:
        assert steps.move_many(connection, ClaimEvent.CLAIM, [one.claim_id for one in held], now) == 49
        assert claims.counts(connection) == {ClaimState.CLAIMED: 49, ClaimState.PAID: 1}


def test_the_timeline_tells_what_happened_in_order(city: Begin, pushed, now) -> None:
    (claim,) = pushed()
    lead(city, claim, ClaimState.SEEN, now + timedelta(minutes=1))
    with city() as connection:
        steps.claim(connection, claim.claim_id, "p1", now + timedelta(minutes=2))
        told = steps.timeline(connection, claim.claim_id, "p1")
    assert [(entry.event.value, entry.state.value) for entry in told] == [
        ("push", "pushed"),
        ("see", "seen"),
        ("claim", "claimed"),
    ]
    assert told == sorted(told, key=lambda entry: entry.at)
