from datetime import timedelta

from delivery import claims as steps
from domain.claim import ClaimEvent, ClaimState
from storage import funnel
from storage.connection import Begin


def test_every_step_is_counted_once_a_claim_and_what_ended_says_why(city: Begin, pushed, now) -> None:
    made = {one.subject_id: one.claim_id for one in pushed("allowance", [f"p{n}" for n in range(6)])}

    def go(subject_id: str, *events: ClaimEvent) -> None:
        for minute, event in enumerate(events, 1):
            with city() as connection:
                steps.move_many(connection, event, [made[subject_id]], now + timedelta(minutes=minute))

    delivered = (ClaimEvent.CLAIM, ClaimEvent.APPROVE, ClaimEvent.SUBMIT_PAYMENT, ClaimEvent.SETTLE)
    go("p1", ClaimEvent.SEE)
    go("p2", ClaimEvent.CLAIM)
    go("p3", *delivered)
    go("p4", ClaimEvent.SEE, *delivered, ClaimEvent.CONFIRM, ClaimEvent.RATE)
    go("p5", ClaimEvent.EXPIRE)
    with city() as connection:
        found = funnel.of_policy(connection, "allowance")

    assert (found.told, found.seen, found.claimed, found.approved, found.delivered) == (6, 4, 3, 2, 2)
    assert (found.confirmed, found.rated, found.delivered_fen, found.grade) == (1, 1, 150_00, None)
    assert found.ended == {(ClaimState.EXPIRED, None): 1}
    assert found.waiting == {(ClaimState.CLAIMED, None): 1}
    assert found.to_money == timedelta(minutes=3)


def test_hints_are_counted_apart_and_a_policy_without_claims_is_all_zeros(city: Begin, pushed) -> None:
    with city() as connection:
        empty = funnel.of_policy(connection, "allowance")

    assert (empty.told, empty.hinted, empty.rated, empty.to_money, empty.ended) == (0, 0, 0, None, {})
