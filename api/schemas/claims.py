"""A claim from push to money, and the judgement at its end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from api.labels import EVENT_LABELS, STATE_LABELS
from api.schemas.base import Answer, Label, Request, Text, example
from delivery.claims import TimelineEntry
from domain.claim import TRANSITIONS, ClaimEvent, ClaimState
from domain.policy import DeliveryMode, Policy
from storage.claims import Claim
from storage.reviews import Review

SUBJECT_ACTIONS = (ClaimEvent.CLAIM, ClaimEvent.CONFIRM, ClaimEvent.RATE, ClaimEvent.WITHDRAW)
MAX_WORDS = 500


class ClaimRequest(Request):
    """Which policy to claim."""

    model_config = ConfigDict(json_schema_extra=example({"policy_id": "elderly-comprehensive-allowance"}))

    policy_id: Text = Field(min_length=1, max_length=100)


class ReviewRequest(Request):
    """How good the delivery was."""

    model_config = ConfigDict(json_schema_extra=example({"grade": 5, "words": "第二天就到账了，很方便。"}))

    grade: int = Field(ge=1, le=5, strict=True, description="1 very dissatisfied to 5 very satisfied")
    words: Text = Field(default="", max_length=MAX_WORDS, description="Plain text; markup is kept as text.")


class ReviewAnswer(Answer):
    """The subject's judgement."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"grade": 5, "words": "第二天就到账了，很方便。", "created_at": "2026-11-26T02:00:00Z"}
        )
    )

    grade: int
    words: str
    created_at: datetime

    @classmethod
    def of(cls, review: Review) -> ReviewAnswer:
        return cls(grade=review.grade, words=review.words, created_at=review.created_at)


_CLAIM = {
    "claim_id": "0d4c2f56-31a5-5a57-8c3e-6f0d0f1c2b3a",
    "policy_id": "elderly-comprehensive-allowance",
    "policy_version": 1,
    "policy_title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
    "period": "2026-11",
    "delivery_mode": "one_click",
    "settlement": "payment",
    "amount_fen": 15000,
    "state": "paid",
    "state_label": {"zh": "已到账", "en": "Paid"},
    "cause": None,
    "actions": ["confirm", "rate"],
    "opened_at": "2026-11-24T01:00:00Z",
    "updated_at": "2026-11-25T01:00:00Z",
}


class ClaimAnswer(Answer):
    """A subject's case for one policy and period."""

    model_config = ConfigDict(json_schema_extra=example(_CLAIM))

    claim_id: UUID
    policy_id: str
    policy_version: int
    policy_title: Label | None = Field(description="Null when the catalogue no longer holds the policy.")
    period: str = Field(description="once, a year (2026) or a month (2026-11)")
    delivery_mode: DeliveryMode
    settlement: str = Field(description="payment: by the bank; provision: by the agency")
    amount_fen: int | None
    state: ClaimState
    state_label: Label
    cause: str | None
    actions: list[ClaimEvent] = Field(description="What its subject can do with it now.")
    opened_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, claim: Claim, policy: Policy | None) -> ClaimAnswer:
        return cls(
            claim_id=claim.claim_id,
            policy_id=claim.policy_id,
            policy_version=claim.policy_version,
            policy_title=Label.of(policy.title) if policy else None,
            period=claim.period,
            delivery_mode=DeliveryMode(claim.delivery_mode),
            settlement=claim.settlement,
            amount_fen=claim.amount_fen,
            state=claim.state,
            state_label=Label.of(STATE_LABELS[claim.state]),
            cause=claim.cause,
            actions=[action for action in SUBJECT_ACTIONS if (claim.state, action) in TRANSITIONS],
            opened_at=claim.opened_at,
            updated_at=claim.updated_at,
        )


class ClaimsAnswer(Answer):
    """A subject's claims, newest first."""

    model_config = ConfigDict(json_schema_extra=example({"claims": [_CLAIM]}))

    claims: list[ClaimAnswer]


_STEP = {
    "at": "2026-11-25T01:00:00Z",
    "event": "settle",
    "label": {"zh": "款项到账", "en": "Money arrived"},
    "state": "paid",
    "actor": "bank",
    "cause": None,
    "amount_fen": 15000,
}


class Step(Answer):
    """One thing that happened to a claim."""

    model_config = ConfigDict(json_schema_extra=example(_STEP))

    at: datetime
    event: ClaimEvent
    label: Label
    state: ClaimState = Field(description="The state it led to.")
    actor: str = Field(description="subject, system, officer or bank")
    cause: str | None
    amount_fen: int | None

    @classmethod
    def of(cls, entry: TimelineEntry) -> Step:
        return cls(
            at=entry.at,
            event=entry.event,
            label=Label.of(EVENT_LABELS[entry.event]),
            state=entry.state,
            actor=entry.actor,
            cause=entry.cause,
            amount_fen=entry.amount_fen,
        )


class ClaimDetail(Answer):
    """A claim with all that happened to it, oldest first."""

    model_config = ConfigDict(json_schema_extra=example({"claim": _CLAIM, "timeline": [_STEP], "review": None}))

    claim: ClaimAnswer
    timeline: list[Step]
    review: ReviewAnswer | None

    @classmethod
    def of(
        cls, claim: Claim, policy: Policy | None, timeline: list[TimelineEntry], review: Review | None
    ) -> ClaimDetail:
        return cls(
            claim=ClaimAnswer.of(claim, policy),
            timeline=[Step.of(entry) for entry in timeline],
            review=ReviewAnswer.of(review) if review else None,
        )
