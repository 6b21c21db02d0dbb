"""What one subject reads about itself: recommendations, inbox, claims, profile; and the claim it makes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import CallingSubject, OwnSubject, Parts
from api.language import ChosenLanguage
from api.openapi import problems
from api.schemas.bundle import BundleAnswer
from api.schemas.claims import ClaimAnswer, ClaimRequest, ClaimsAnswer
from api.schemas.messages import InboxAnswer, MessageAnswer
from api.schemas.outlook import OutlookAnswer
from api.schemas.profile import ProfileAnswer
from api.schemas.recommendations import RecommendationsAnswer
from catalogue.loader import Catalogue
from delivery import claims as delivery
from delivery import inbox
from delivery.terms import local_day, period_of
from domain.claim import CLOSED, ClaimState
from domain.decision import Decision, Verdict
from domain.errors import NotClaimable, NotEligible, UnknownMessage
from domain.policy import DeliveryMode, Policy
from matcher.outlook.sentences import OutlookSentences
from matcher.outlook.subject import outlook
from matcher.outlook.timeline import Timeline
from matcher.reasons.sentences import Sentences
from storage import claims, messages

router = APIRouter(prefix="/v1", tags=["Subjects"])
OUTLOOK = timedelta(days=365)
"""How far ahead a subject is told what time will change."""

_NOT_ELIGIBLE = {
    "code": "not-eligible",
    "detail": "Comprehensive allowance for the elderly cannot be claimed: the verdict is ineligible.",
    "next_step": "Read 'data.reasons'; if a fact is wrong, have its register correct it.",
    "data": {
        "policy_id": "elderly-comprehensive-allowance",
        "verdict": "ineligible",
        "reasons": ["Not met: Age must be at least 65 years; on record: 64 years (Population register, 2026-11-01)."],
        "missing_facts": [],
    },
}


@router.get(
    "/subjects/{subject_id}/recommendations",
    summary="What the subject is entitled to",
    description="The policies that the rules allow now (`entitled`) and those that only a missing fact keeps open "
    "(`possible`), best first, with amount and reasons. A model orders them and never adds or drops one.",
    responses=problems(401, 404, 422, 503),
)
def recommendations(subject: OwnSubject, language: ChosenLanguage, parts: Parts) -> RecommendationsAnswer:
    """Match, order, explain, and say what is claimed already."""
    today = local_day(parts.clock())
    serving = parts.serving(subject.subject_id)
    found = serving.recommend(parts.profile(subject.audience, subject.subject_id), today)
    with parts.connect() as connection:
        held = claims.of_subject(connection, subject.subject_id)
    policies = {one.policy.id: one.policy for one in found.entitled + found.possible}
    current = {
        claim.policy_id: claim
        for claim in held
        if claim.state not in CLOSED
        and claim.policy_id in policies
        and claim.period == period_of(policies[claim.policy_id], today)
    }
    return RecommendationsAnswer.of(found, serving.catalogue.vocabulary, language, current)


@router.get(
    "/subjects/{subject_id}/bundle",
    summary="What the subject best takes together",
    description="Some policies exclude each other, of some only the highest is paid, some have a common cap. Of what "
    "the subject is entitled to, this is the lawful choice that comes to most in a year, and for everything left out "
    "the rule and its document. It is advice: it claims nothing and closes nothing.",
    responses=problems(401, 404, 503),
)
def bundle(subject: OwnSubject, language: ChosenLanguage, parts: Parts) -> BundleAnswer:
    """Match, and choose by how policies combine."""
    today = local_day(parts.clock())
    serving = parts.serving(subject.subject_id)
    found = serving.bundle(parts.profile(subject.audience, subject.subject_id), today)
    titles = {policy.id: policy.title for policy in serving.catalogue.policies_of(subject.audience)}
    return BundleAnswer.of(found, titles, subject.subject_id, today, language)


@router.get(
    "/subjects/{subject_id}/outlook",
    summary="What lies ahead of the subject",
    description="What will turn within a year if only time passes, and on which day; what is out of reach by one "
    "condition, and by how much; and the one fact worth asking for next, with why. It decides and claims nothing.",
    responses=problems(401, 404, 422, 503),
)
def read_outlook(subject: OwnSubject, language: ChosenLanguage, parts: Parts) -> OutlookAnswer:
    """Carry the profile a year through time, and try what it lacks."""
    today = local_day(parts.clock())
    timeline = Timeline(parts.serving(subject.subject_id).catalogue, subject.audience)
    values = parts.profile(subject.audience, subject.subject_id).values()
    found = outlook(timeline, values, today, today + OUTLOOK)
    sentences = OutlookSentences(timeline.vocabulary, subject.audience, language)
    return OutlookAnswer.of(found, sentences, subject.subject_id)


@router.get(
    "/subjects/{subject_id}/inbox",
    summary="What the subject was told",
    description="Messages, newest first. Reading the list marks nothing as seen.",
    responses=problems(401, 404, 422, 503),
)
def read_inbox(
    subject: OwnSubject,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=100, description="How many; those of one moment come together.")] = 50,
    before: Annotated[
        datetime | None,
        Query(description="Only older ones: the `created_at` of the last message of the page before."),
    ] = None,
) -> InboxAnswer:
    """One page of messages."""
    with parts.connect() as connection:
        found = messages.inbox(connection, subject.subject_id, limit=limit, before=before)
        unread = messages.unread(connection, subject.subject_id)
    return InboxAnswer(unread=unread, messages=[MessageAnswer.of(message) for message in found])


@router.post(
    "/messages/{message_id}/seen",
    summary="Mark a message as seen",
    description="An offer in it counts as seen as well. Marking it again changes nothing.",
    responses=problems(
        401,
        403,
        404,
        503,
        s404={
            "code": "unknown-message",
            "detail": "There is no message '7c2f7f0e-6b7c-5b0a-9a35-2f6f1f0a1d11' of yours.",
            "next_step": "The messages you can read are listed in your inbox.",
            "data": {"message_id": "7c2f7f0e-6b7c-5b0a-9a35-2f6f1f0a1d11"},
        },
    ),
)
def see_message(message_id: str, caller: CallingSubject, parts: Parts) -> MessageAnswer:
    """Mark it, and answer with it."""
    try:
        wanted = UUID(message_id)
    except ValueError:
        raise UnknownMessage(message_id) from None
    with parts.connect() as connection:
        return MessageAnswer.of(inbox.read(connection, wanted, caller.subject_id, parts.clock()))


@router.get(
    "/subjects/{subject_id}/claims",
    summary="The subject's claims",
    description="All of them, newest first, with what the subject can do with each now.",
    responses=problems(401, 404, 503),
)
def list_claims(subject: OwnSubject, parts: Parts) -> ClaimsAnswer:
    """Every claim of the subject."""
    with parts.connect() as connection:
        held = claims.of_subject(connection, subject.subject_id)
    policies = {policy.id: policy for policy in parts.serving(subject.subject_id).catalogue.policies}
    return ClaimsAnswer(claims=[ClaimAnswer.of(claim, policies.get(claim.policy_id)) for claim in held])


@router.post(
    "/subjects/{subject_id}/claims",
    status_code=201,
    summary="Claim a policy",
    description="Claims what was pushed or recommended. Eligibility is checked again first. Claiming again answers "
    "with the live claim of the period (200); there is never a second one.",
    responses=problems(401, 404, 409, 422, 503, repeated=(ClaimAnswer, "It was claimed already."), s409=_NOT_ELIGIBLE),
)
def make_claim(
    subject: OwnSubject, wanted: ClaimRequest, language: ChosenLanguage, parts: Parts, response: Response
) -> ClaimAnswer:
    """One click: at most one live claim a subject, policy and period."""
    now = parts.clock()
    today = local_day(now)
    serving = parts.serving(subject.subject_id)
    policy = serving.catalogue.policy(wanted.policy_id)
    period = period_of(policy, today)
    with parts.connect() as connection:
        held = claims.live(connection, subject.subject_id, policy.id, period)
    if held is not None and held.state not in (ClaimState.PUSHED, ClaimState.SEEN):
        response.status_code = 200
        return ClaimAnswer.of(held, policy)
    _refuse_unclaimable(policy, subject, today.isoformat(), policy.in_force(today))
    decision = serving.decide(parts.profile(subject.audience, subject.subject_id), policy.id, today)
    if decision.verdict is not Verdict.ELIGIBLE:
        raise _not_eligible(policy, decision, Sentences(serving.catalogue.vocabulary, language), serving.catalogue)
    provenance = serving.provenance()
    with parts.connect() as connection:
        made = delivery.open_claim(connection, subject.subject_id, policy, decision, provenance, now)
    # A pushed claim was there before; its claiming is new all the same. Another request's is neither.
    response.status_code = 201 if made.updated_at == now else 200
    return ClaimAnswer.of(made, policy)


@router.get(
    "/subjects/{subject_id}/profile",
    summary="What is held about the subject",
    description="Every fact with its value, unit, source and date, in the vocabulary's order. An unknown fact is null.",
    responses=problems(401, 404, 422, 503),
)
def profile(subject: OwnSubject, language: ChosenLanguage, parts: Parts) -> ProfileAnswer:
    """The whole profile."""
    held = parts.profile(subject.audience, subject.subject_id)
    return ProfileAnswer.of(held, parts.catalogue.vocabulary, language, local_day(parts.clock()))


def _refuse_unclaimable(policy: Policy, subject: OwnSubject, today: str, in_force: bool) -> None:
    if policy.audience is not subject.audience:
        raise NotClaimable(
            f"{policy.title.en} is for {policy.audience}s.",
            next_step="Choose one of your own recommendations.",
            policy_id=policy.id,
        )
    if not in_force:
        raise NotClaimable(
            f"{policy.title.en} is not in force on {today}.",
            next_step="Choose one of your own recommendations.",
            policy_id=policy.id,
        )
    if policy.delivery_mode is DeliveryMode.INFORM:
        raise NotClaimable(
            f"{policy.title.en} is not claimed here.",
            next_step=f"Ask {policy.agency.en} how to use it.",
            policy_id=policy.id,
        )


def _not_eligible(policy: Policy, decision: Decision, sentences: Sentences, catalogue: Catalogue) -> NotEligible:
    missing = decision.missing_facts
    return NotEligible(
        f"{policy.title.en} cannot be claimed: the verdict is {decision.verdict}.",
        next_step=f"Not known so far: {', '.join(missing)}."
        if missing
        else "Read 'data.reasons'; if a fact is wrong, have its register correct it.",
        policy_id=policy.id,
        verdict=decision.verdict.value,
        reasons=sentences.of(decision, catalogue.vocabulary.of(policy.audience)),
        missing_facts=list(missing),
    )
