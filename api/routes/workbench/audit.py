"""The audit log, newest first, and its proof."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.routes.workbench.office import PREFIX, TAG, AtDesk, failures
from api.schemas.workbench.audit import AuditEntriesAnswer, AuditEntryAnswer, AuditProofAnswer
from domain.errors import AuditBroken
from storage import audit
from workbench.roles import Act

router = APIRouter(prefix=f"{PREFIX}/audit", tags=[TAG])

MAX_PAGE = 500
_LARGEST_SEQUENCE = 2**63 - 1


@router.get(
    "/entries",
    summary="Who did what",
    description="The log's entries, newest first, a page at a time. For auditors and administrators.",
    responses=failures(422),
)
def entries(
    office: AtDesk,
    before: Annotated[
        int | None, Query(ge=1, le=_LARGEST_SEQUENCE, description="The `next` of the page before.")
    ] = None,
    about: Annotated[str | None, Query(max_length=200, description="Only of one thing, such as `policy/ID`.")] = None,
    who: Annotated[str | None, Query(max_length=100, description="Only of one officer.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many on a page.")] = 100,
) -> AuditEntriesAnswer:
    """One page."""
    office.require(Act.READ_AUDIT)
    with office.services.connect() as connection:
        found = audit.newest(connection, limit=limit + 1, before=before, about=about, who=who)
    page = found[:limit]
    return AuditEntriesAnswer(
        entries=[AuditEntryAnswer.of(entry) for entry in page],
        next=page[-1].sequence if len(found) > limit else None,
    )


@router.get(
    "/proof",
    summary="Whether the log is what was written",
    description="Recomputes the whole chain of digests and holds it against the anchors outside the database. A log "
    "that was tampered with answers 200, too, with `holds` false.",
    responses=failures(),
)
def proof(office: AtDesk) -> AuditProofAnswer:
    """Recomputed at each request."""
    office.require(Act.READ_AUDIT)
    try:
        return AuditProofAnswer.of(office.parts.log.verify())
    except AuditBroken as broken:
        return AuditProofAnswer.of(broken)
