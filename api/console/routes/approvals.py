"""The second pair of eyes: what waits for a reviewer, and one draft as a reviewer must see it before saying yes."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Posted, Signed
from catalogue.difference import difference
from catalogue.ladder import ladder
from catalogue.lifecycle import DraftState
from delivery.terms import local_day
from domain.errors import CatalogueInvalid
from workbench.weighing import PARAMETER, parts_of

router = APIRouter()


@router.get("/approvals")
def queue(visit: Signed) -> Response:
    """What has been submitted, the longest waiting first."""
    waiting = visit.parts.desk.drafts(visit.officer, {DraftState.SUBMITTED}, kind=None)
    return visit.page("pages/approvals.html", drafts=sorted(waiting, key=lambda draft: draft.updated_at))


@router.get("/drafts/{draft_id}/approval")
def approval(visit: Signed, draft_id: UUID) -> Response:
    """Difference, impact, findings and history on one page, above the two answers that there are."""
    parts, desk, who = visit.parts, visit.parts.desk, visit.officer
    draft = desk.draft(who, draft_id)
    today = local_day(visit.services.clock())
    words = visit.services.catalogue
    try:
        changed = parts_of(draft, words, today)
    except CatalogueInvalid:
        # Its faults stand beside its text; there is nothing to compare yet.
        return visit.go(f"/console/drafts/{draft_id}", said="check_first")
    policy = changed[0].policy if draft.kind != PARAMETER else None
    statistics = parts.known(policy.audience, today) if policy else None
    impact = desk.impact(who, draft_id)
    many = impact is not None and desk.limits.tells_many(impact.messages, impact.subjects)
    events = desk.events(who, draft_id)
    return visit.page(
        "pages/approval.html",
        draft=draft,
        policy=policy,
        changed=[(one, difference(one.served, one.policy, words, one.words)) for one in changed],
        impact=impact,
        findings=parts.lint(policy, words, statistics, today) if policy else (),
        ladder=ladder(policy, words.vocabulary, statistics) if policy else None,
        events=events,
        own=who.officer_id in desk.hands(who, draft_id),
        to_confirm=impact.messages if impact and many else None,
        limits=desk.limits,
    )


@router.post("/drafts/{draft_id}/submit")
def submit(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    visit.parts.desk.submit(visit.officer, draft_id, form.whole("revision") or 0, form.get("note"))
    return visit.go(f"/console/drafts/{draft_id}/approval", said="submitted")


@router.post("/drafts/{draft_id}/approve")
def approve(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    visit.parts.desk.approve(
        visit.officer,
        draft_id,
        form.whole("revision") or 0,
        confirmed_messages=form.whole("messages"),
        impact_id=_id(form.get("impact_id")),
    )
    return visit.go("/console/approvals", said="approved")


@router.post("/drafts/{draft_id}/send-back")
def send_back(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    visit.parts.desk.send_back(visit.officer, draft_id, form.whole("revision") or 0, form.get("reason"))
    return visit.go("/console/approvals", said="sent_back")


def _id(text: str) -> UUID:
    """The figures that were read; what names none is no impact's id, so that nobody approves unread figures."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
