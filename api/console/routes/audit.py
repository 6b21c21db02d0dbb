"""The audit log, newest first, and its proof."""

from __future__ import annotations

import json

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Signed, whole_number
from domain.errors import AuditBroken
from storage import audit
from workbench.roles import Act, require

router = APIRouter()
ENTRIES = 50
_LONGEST = 200


@router.get("/audit")
def log(visit: Signed) -> Response:
    """Entries, `before` a sequence, `about` one thing, by `who`."""
    require(visit.officer, Act.READ_AUDIT)
    asked = visit.request.query_params
    before = asked.get("before", "")
    about, who = (asked.get(name, "").strip()[:_LONGEST] for name in ("about", "who"))
    with visit.services.connect() as connection:
        entries = audit.newest(
            connection,
            limit=ENTRIES + 1,
            before=whole_number(before, 15),
            about=about or None,
            who=who or None,
        )
    shown = entries[:ENTRIES]
    return visit.page(
        "pages/audit.html",
        rows=shown,
        before=shown[-1].sequence if len(entries) > ENTRIES else None,
        about=about,
        who=who,
        newest=not before,
        plain=_plain,
    )


@router.post("/audit/verify")
def verify(visit: Signed) -> Response:
    """Recompute the chain and hold it against its anchors; the answer is put into the page."""
    require(visit.officer, Act.READ_AUDIT)
    try:
        proved, broken = visit.parts.log.verify(), None
    except AuditBroken as error:
        proved, broken = None, error
    return visit.page("parts/audit_proof.html", proved=proved, broken=broken)


def _plain(value: object) -> str:
    """A value of an entry as people read it; what is nested stays as it was written."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
