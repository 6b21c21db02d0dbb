"""Drafts: the list, a new one, and the editor, whose form and text say the same and which keeps what anybody saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from api.console import case_text
from api.console.comparing import compared
from api.console.drafting import Desktop, from_details, from_form, from_text, from_text_form, in_page
from api.console.pages import Form, Posted, Signed, Visit, whole_number
from api.console.picks import picks
from api.console.routes import parameters
from api.console.routes.catalogue import draft_id_of
from api.console.starting import new_text
from catalogue.lifecycle import EDITABLE, OPEN, DraftState
from delivery.terms import local_day
from domain.errors import DraftChanged, DuixianError
from domain.facts import Audience
from domain.policy import domains_of
from workbench.records import Draft
from workbench.roles import Act
from workbench.weighing import PARAMETER

router = APIRouter()
MAX_SHOWN = 200


@router.get("/drafts")
def drafts(visit: Signed) -> Response:
    """Those under way, or (`?state=`) those in one state."""
    asked = visit.request.query_params.get("state", "")
    states = {DraftState(asked)} if asked in list(DraftState) else set(OPEN)
    found = visit.parts.desk.drafts(visit.officer, states, kind=None)
    return visit.page(
        "pages/drafts.html",
        drafts=found[:MAX_SHOWN],
        more=max(0, len(found) - MAX_SHOWN),
        states=list(DraftState),
        chosen=asked,
        may_write=visit.may(Act.WRITE),
    )


@router.get("/drafts/new")
def blank(visit: Signed) -> Response:
    """What a new policy needs first: a name, for whom it is, where it belongs."""
    places = [(audience, domains_of(audience)) for audience in Audience]
    return visit.page("pages/new_draft.html", new_draft=uuid4(), agency=visit.officer.agency_id, places=places)


@router.post("/drafts/new")
def begin_new(visit: Signed, form: Posted) -> Response:
    """Begin a draft of a new policy from these; the rest is a frame to be filled in."""
    text = new_text(form, visit.officer.agency_id, local_day(visit.services.clock()))
    made = visit.parts.desk.create(visit.officer, text=text, draft_id=draft_id_of(form.get("draft")))
    return visit.go(f"/console/drafts/{made.draft_id}")


@router.get("/drafts/{draft_id}")
def edit(visit: Signed, draft_id: UUID) -> Response:
    """The editor; for those who may not write, or once subjects are served, the same to be read."""
    draft = visit.parts.desk.draft(visit.officer, draft_id)
    if draft.kind == PARAMETER:
        return parameters.page(visit, draft)
    desktop = from_text(visit, draft.text)
    offered = picks(visit.services.catalogue, desktop.look.audience, desktop.day, visit.language)
    return visit.page("pages/draft.html", **_editor(visit, draft, desktop), picks=offered)


@router.post("/drafts/{draft_id}/look")
def look(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """What is typed, looked at: nothing is saved. `view` says which side was typed on; `act` changes the form."""
    draft = visit.parts.desk.draft(visit.officer, draft_id)
    desktop = _desktop(visit, form)
    side, acted = form.get("view"), bool(form.get("act"))
    return visit.page(
        "parts/looked.html",
        headers={"HX-Trigger-After-Settle": "looked"},
        **_editor(visit, draft, desktop),
        redrawn=acted or desktop.view is None or side not in ("form", "details"),
        details_redrawn=acted or side != "details",
        written=side in ("form", "details") or form.get("act") in case_text.ACTS,
    )


@router.post("/drafts/{draft_id}/count")
def count(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """How many the rule holds for now, of everybody."""
    visit.parts.desk.draft(visit.officer, draft_id)
    look_ = _desktop(visit, form).look
    found, refusal = None, None
    if look_.rule is not None:
        today = local_day(visit.services.clock())
        try:
            found = visit.parts.population.count(look_.audience, look_.rule, visit.services.catalogue, today)
        except DuixianError as error:
            refusal = error
    return visit.page("parts/count.html", count=found, refusal=refusal, audience=look_.audience)


@router.post("/drafts/{draft_id}/save")
def save(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """Save on top of the revision that was opened; where somebody else saved, show both texts and lose neither."""
    desktop, desk = _desktop(visit, form), visit.parts.desk
    revision = form.whole("revision") or 0
    try:
        draft = desk.save(visit.officer, draft_id, revision, desktop.text)
    except DraftChanged:
        theirs = desk.draft(visit.officer, draft_id)
        base = _text_of(visit, draft_id, revision)
        conflict = compared(visit.services.catalogue, base, theirs.text, desktop.text)
        headers = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML show:top"}
        return visit.page("parts/conflict.html", 409, headers, theirs=theirs, conflict=conflict, revision=revision)
    checked = form.get("then") == "check"
    if checked:
        draft = desk.check(visit.officer, draft_id, draft.revision).draft
    return visit.page(
        "parts/saved.html", headers={"HX-Trigger": "saved"}, **_editor(visit, draft, desktop), checked=checked
    )


@router.get("/drafts/{draft_id}/history")
def history(visit: Signed, draft_id: UUID) -> Response:
    """What happened to the draft, and each revision of its text against the one before."""
    desk, who = visit.parts.desk, visit.officer
    draft = desk.draft(who, draft_id)
    revisions = desk.revisions(who, draft_id)
    asked = visit.request.query_params.get("revision", "")
    number = whole_number(asked, 6)
    chosen = draft.revision if number is None else number
    text = _text_of(visit, draft_id, chosen)
    before = _text_of(visit, draft_id, chosen - 1)
    return visit.page(
        "pages/history.html",
        draft=draft,
        events=list(reversed(desk.events(who, draft_id))),
        revisions=list(reversed(revisions)),
        chosen=chosen,
        change=compared(visit.services.catalogue, None, before or "", text or ""),
        first=before is None,
    )


@router.post("/drafts/{draft_id}/withdraw")
def withdraw(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """Give a draft up that serves nobody yet; its texts stay."""
    visit.parts.desk.withdraw(visit.officer, draft_id, form.whole("revision") or 0, form.get("note").strip())
    return visit.go("/console/drafts", said="withdrawn")


def _desktop(visit: Visit, form: Form) -> Desktop:
    ways = {"form": from_form, "details": from_details}
    return ways.get(form.get("view"), from_text_form)(visit, form)


def _editor(visit: Visit, draft: Draft, desktop: Desktop) -> dict[str, Any]:
    editable = draft.state in EDITABLE and visit.may(Act.WRITE, draft.agency_id)
    return in_page(desktop, draft=draft, editable=editable)


def _text_of(visit: Visit, draft_id: UUID, revision: int) -> str | None:
    """The text of a revision; None where there is none of that number."""
    held = {one.revision for one in visit.parts.desk.revisions(visit.officer, draft_id)}
    return visit.parts.desk.revision_text(visit.officer, draft_id, revision) if revision in held else None
