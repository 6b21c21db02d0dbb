"""The subject's judgement of what arrived (好差评): five grades and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from delivery.claims import step_of
from domain.claim import TRANSITIONS, ClaimEvent
from domain.errors import ReviewInvalid
from storage import claims, reviews
from storage.claims import Claim
from storage.connection import Connection
from storage.reviews import Review

GRADES = range(1, 6)
"""1 very dissatisfied, 2 dissatisfied, 3 fair, 4 satisfied, 5 very satisfied."""
MAX_WORDS = 2000
"""Characters; as the table's own limit."""


def review(connection: Connection, claim_id: UUID, subject_id: str, grade: int, words: str, now: datetime) -> Review:
    """The subject judges its claim once, after it was paid or provided.

    Raises UnknownClaim (also for another's claim), IllegalTransition before delivery or the second time, and
    ReviewInvalid for a grade outside 1-5 or too many words.
    """
    words = _checked(grade, words)
    held = claims.lock(connection, claim_id, subject_id)
    claims.move(connection, [step_of(held, ClaimEvent.RATE, now, "subject")])
    made = _review(held, grade, words, now)
    reviews.record(connection, [made])
    return made


def review_many(connection: Connection, judgements: Sequence[tuple[UUID, int, str]], now: datetime) -> int:
    """Many judgements (claim, grade, words) at once, for simulated people; returns how many counted.

    Claims that were not delivered, or are judged already, are left alone. Raises ReviewInvalid.
    """
    said = {claim_id: (grade, _checked(grade, words)) for claim_id, grade, words in judgements}
    held = [one for one in claims.lock_many(connection, said) if (one.state, ClaimEvent.RATE) in TRANSITIONS]
    claims.move(connection, [step_of(one, ClaimEvent.RATE, now, "subject") for one in held])
    reviews.record(connection, [_review(one, *said[one.claim_id], now) for one in held])
    return len(held)


def _checked(grade: int, words: str) -> str:
    if grade not in GRADES:
        raise ReviewInvalid(
            f"There is no grade {grade}.", next_step="Give a grade from 1 (worst) to 5 (best).", grade=grade
        )
    words = words.replace("\x00", "").strip()
    if len(words) > MAX_WORDS:
        raise ReviewInvalid(
            f"The words are {len(words)} characters long.",
            next_step=f"Say it in at most {MAX_WORDS} characters.",
            length=len(words),
        )
    return words


def _review(claim: Claim, grade: int, words: str, now: datetime) -> Review:
    return Review(
        review_id=uuid5(claim.claim_id, "review"),
        claim_id=claim.claim_id,
        subject_id=claim.subject_id,
        policy_id=claim.policy_id,
        grade=grade,
        words=words,
        created_at=now,
    )
