"""From approved to serving, by stages, and back in one step; what serves whom, and since when."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Posted, Signed
from catalogue.lifecycle import DraftState
from delivery.terms import local_day
from domain.errors import ReleaseInvalid

router = APIRouter()
_ON_THE_WAY = {DraftState.APPROVED, DraftState.SCHEDULED, DraftState.CANARY}
RECENT = 30


@router.get("/publishing")
def publishing(visit: Signed) -> Response:
    """What is approved and not everywhere yet, and the last changes of what serves."""
    desk = visit.parts.desk
    words = visit.services.catalogue
    standings = desk.standings()
    # A catalogue is loaded whole: its rows say nothing beside each other.
    changed = [one for one in standings if one.cause != "loaded"]
    recent = sorted(changed, key=lambda one: one.sequence, reverse=True)[:RECENT]
    return visit.page(
        "pages/publishing.html",
        drafts=desk.drafts(visit.officer, _ON_THE_WAY, kind=None),
        recent=recent,
        loaded=len(standings) - len(changed),
        titles={policy.id: policy.title for policy in words.policies},
        today=local_day(visit.services.clock()),
        limits=desk.limits,
    )


@router.get("/policies/{policy_id}/standing")
def standing(visit: Signed, policy_id: str) -> Response:
    """Which version of one policy served whom, and the ways back."""
    policy = visit.services.catalogue.policy(policy_id)
    return visit.page(
        "pages/standing.html",
        policy=policy,
        rows=list(reversed(visit.parts.desk.history(policy_id))),
        today=local_day(visit.services.clock()),
    )


@router.post("/drafts/{draft_id}/schedule")
def schedule(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """`percent` 100: everybody at once."""
    percent = form.whole("percent")
    visit.parts.desk.schedule(
        visit.officer,
        draft_id,
        form.whole("revision") or 0,
        _day(form.get("day")),
        None if percent == 100 else percent,
    )
    return visit.go("/console/publishing", said="scheduled")


@router.post("/drafts/{draft_id}/release")
def release(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """`to`: the share (canary), or everybody (published)."""
    to = DraftState.CANARY if form.get("to") == DraftState.CANARY else DraftState.PUBLISHED
    visit.parts.desk.release(visit.officer, draft_id, form.whole("revision") or 0, to)
    return visit.go("/console/publishing", said="released")


@router.post("/policies/{policy_id}/roll-back")
def roll_back(visit: Signed, policy_id: str, form: Posted) -> Response:
    visit.parts.desk.roll_back(visit.officer, policy_id, form.get("reason"), sequence=form.whole("sequence"))
    return visit.go("/console/publishing", said="rolled_back")


@router.post("/policies/{policy_id}/retire")
def retire(visit: Signed, policy_id: str, form: Posted) -> Response:
    visit.parts.desk.retire(
        visit.officer, policy_id, _day(form.get("day")), form.get("reason"), sequence=form.whole("sequence")
    )
    return visit.go(f"/console/policies/{policy_id}/standing", said="retired")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReleaseInvalid(f"{text[:40]!r} is no day.", next_step="Choose a day, such as 2027-01-01.") from None
