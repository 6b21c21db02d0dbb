"""What a draft would do to the living population: figures, charts, and the way on to approval."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.charts import groups_chart, verdicts_chart
from api.console.pages import Posted, Signed
from catalogue.lifecycle import EDITABLE
from workbench.impact import DIMENSIONS

router = APIRouter()


@router.get("/drafts/{draft_id}/impact")
def impact(visit: Signed, draft_id: UUID) -> Response:
    desk = visit.parts.desk
    draft = desk.draft(visit.officer, draft_id)
    found = desk.impact(visit.officer, draft_id)
    charts = [] if found is None else [groups_chart(found, one, visit.language) for one in found.dimensions]
    return visit.page(
        "pages/impact.html",
        draft=draft,
        impact=found,
        verdicts=None if found is None else verdicts_chart(found, visit.language),
        charts=list(zip(found.dimensions, charts, strict=True)) if found else [],
        dimensions=DIMENSIONS,
        limits=desk.limits,
        editable=draft.state in EDITABLE,
    )


@router.post("/drafts/{draft_id}/impact")
def simulate(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """Check the draft first where that has not been done, then count everybody."""
    desk, revision = visit.parts.desk, form.whole("revision") or 0
    checked = desk.check(visit.officer, draft_id, revision)
    if not checked.ok:
        return visit.go(f"/console/drafts/{draft_id}", said="check_first")
    desk.simulate(visit.officer, draft_id, revision)
    return visit.go(f"/console/drafts/{draft_id}/impact")
