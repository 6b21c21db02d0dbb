import pytest

from delivery import claims as steps
from delivery.reviews import review, review_many
from domain.claim import ClaimEvent, ClaimState
from domain.errors import IllegalTransition, ReviewInvalid, UnknownClaim
from storage import claims, reviews
from storage.connection import Begin


@pytest.fixture
def provided(city: Begin, pushed, now):
    held = pushed("service", ("p1", "p2", "p3"))
    with city() as connection:
        for event in (ClaimEvent.CLAIM, ClaimEvent.APPROVE, ClaimEvent.PROVIDE):
            steps.move_many(connection, event, [one.claim_id for one in held], now)
    return held


def test_a_review_rates_the_claim_once(city: Begin, provided, now) -> None:
    claim = provided[0]
    with city() as connection:
        made = review(connection, claim.claim_id, "p1", 5, "  很满意 ", now)
        assert (made.grade, made.words) == (5, "很满意")
        assert claims.get(connection, claim.claim_id, "p1").state is ClaimState.RATED
        assert reviews.of_claim(connection, claim.claim_id) == made
        assert reviews.of_policy(connection, "service") == [made]
        with pytest.raises(IllegalTransition):
            review(connection, claim.claim_id, "p1", 1, "", now)
        assert reviews.summary(connection) == [("service", 1, 5.0)]


def test_a_confirmed_claim_can_still_be_judged(city: Begin, provided, now) -> None:
    with city() as connection:
        steps.confirm(connection, provided[0].claim_id, "p1", now)
        assert review(connection, provided[0].claim_id, "p1", 1, "", now).grade == 1


def test_only_the_subject_judges_and_only_what_was_delivered(city: Begin, pushed, provided, now) -> None:
    with city() as connection, pytest.raises(UnknownClaim):
        review(connection, provided[0].claim_id, "p2", 5, "", now)
    (claim,) = pushed("allowance")
    with pytest.raises(IllegalTransition), city() as connection:
        review(connection, claim.claim_id, "p1", 5, "", now)
    with city() as connection:
        assert reviews.of_claim(connection, claim.claim_id) is None


@pytest.mark.parametrize(("grade", "words"), [(0, ""), (6, ""), (-1, ""), (5, "x" * 2001)])
def test_a_review_outside_the_scale_is_refused(city: Begin, provided, now, grade, words) -> None:
    with pytest.raises(ReviewInvalid), city() as connection:
        review(connection, provided[0].claim_id, "p1", grade, words, now)


def test_many_judge_at_once_and_twice_counts_once(city: Begin, provided, now) -> None:
    said = [(one.claim_id, grade, "") for one, grade in zip(provided, (5, 4, 3), strict=True)]
    with city() as connection:
        assert review_many(connection, said, now) == 3
        assert review_many(connection, said, now) == 0
        assert reviews.summary(connection) == [("service", 3, 4.0)]
