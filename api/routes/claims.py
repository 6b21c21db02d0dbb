"""One claim: its timeline, and what its subject does with it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from api.auth import CallingSubject, Parts
from api.openapi import problems
from api.schemas.claims import ClaimAnswer, ClaimDetail, ReviewAnswer, ReviewRequest
from delivery import claims as delivery
from delivery import reviews as judgements
from domain.errors import UnknownClaim, UnknownPolicy
from domain.policy import Policy
from storage import claims, reviews
from storage.claims import Claim

router = APIRouter(prefix="/v1/claims", tags=["Claims"])

_UNKNOWN = {
    "code": "unknown-claim",
    "detail": "There is no claim '0d4c2f56-31a5-5a57-8c3e-6f0d0f1c2b3a' of yours.",
    "next_step": "The claims you can see are listed in your inbox.",
    "data": {"claim_id": "0d4c2f56-31a5-5a57-8c3e-6f0d0f1c2b3a"},
}


def _claim_id(
    claim_id: Annotated[str, Path(description="A claim of the caller's.", examples=[_UNKNOWN["data"]["claim_id"]])],
) -> UUID:
    try:
        return UUID(claim_id)
    except ValueError:
        # What is no id of a claim is an unknown claim: no second way to tell them apart.
        raise UnknownClaim(claim_id) from None


ClaimId = Annotated[UUID, Depends(_claim_id)]


@router.get(
    "/{claim_id}",
    summary="A claim with its timeline",
    description="Everything that happened to it, oldest first, from push to money.",
    responses=problems(401, 403, 404, 503, s404=_UNKNOWN),
)
def read_claim(claim_id: ClaimId, caller: CallingSubject, parts: Parts) -> ClaimDetail:
    """The claim, its timeline and its review."""
    with parts.connect() as connection:
        claim = claims.get(connection, claim_id, caller.subject_id)
        timeline = delivery.timeline(connection, claim_id, caller.subject_id)
        review = reviews.of_claim(connection, claim_id)
    return ClaimDetail.of(claim, _policy_of(claim, parts), timeline, review)


@router.post(
    "/{claim_id}/confirm",
    summary="Confirm that it arrived",
    description="The subject says that the money or the service has arrived. Saying it again changes nothing.",
    responses=problems(401, 403, 404, 409, 503, s404=_UNKNOWN),
)
def confirm(claim_id: ClaimId, caller: CallingSubject, parts: Parts) -> ClaimAnswer:
    """Move the claim to confirmed."""
    with parts.connect() as connection:
        claim = delivery.confirm(connection, claim_id, caller.subject_id, parts.clock())
    return ClaimAnswer.of(claim, _policy_of(claim, parts))


@router.post(
    "/{claim_id}/withdraw",
    summary="Withdraw a claim",
    description="Possible until it is approved. Withdrawing again changes nothing; it can be claimed anew.",
    responses=problems(401, 403, 404, 409, 503, s404=_UNKNOWN),
)
def withdraw(claim_id: ClaimId, caller: CallingSubject, parts: Parts) -> ClaimAnswer:
    """Move the claim to withdrawn."""
    with parts.connect() as connection:
        claim = delivery.withdraw(connection, claim_id, caller.subject_id, parts.clock())
    return ClaimAnswer.of(claim, _policy_of(claim, parts))


@router.post(
    "/{claim_id}/review",
    status_code=201,
    summary="Judge the delivery",
    description="A grade from 1 to 5 and words, once, after the money or the service has arrived.",
    responses=problems(
        401,
        403,
        404,
        409,
        422,
        503,
        s404=_UNKNOWN,
        s409={
            "detail": "A claim that is rated cannot be changed by rate.",
            "data": {"state": "rated", "event": "rate"},
        },
    ),
)
def review(claim_id: ClaimId, judged: ReviewRequest, caller: CallingSubject, parts: Parts) -> ReviewAnswer:
    """Keep the judgement."""
    with parts.connect() as connection:
        made = judgements.review(connection, claim_id, caller.subject_id, judged.grade, judged.words, parts.clock())
    return ReviewAnswer.of(made)


def _policy_of(claim: Claim, parts: Parts) -> Policy | None:
    try:
        return parts.serving(claim.subject_id).catalogue.policy(claim.policy_id)
    except UnknownPolicy:
        return None
