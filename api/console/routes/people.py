"""Officers and agencies, for administrators."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Posted, Signed, Visit
from domain.errors import OfficerInvalid
from workbench.officers import CODE_VALID
from workbench.roles import Act, Role, require

router = APIRouter()


@router.get("/people")
def people(visit: Signed) -> Response:
    require(visit.officer, Act.MANAGE)
    return _page(visit)


@router.post("/people")
def set_officer(visit: Signed, form: Posted) -> Response:
    """Add an officer or change one."""
    words = form.all("role")
    if any(word not in set(Role) for word in words):
        raise OfficerInvalid("There is no such role.", next_step=f"Roles are {', '.join(Role)}.")
    visit.parts.officers.set_officer(
        form.get("officer_id").strip(),
        form.get("name"),
        form.get("agency").strip(),
        {Role(word) for word in words},
        active=form.get("active") == "yes",
        by=visit.officer,
    )
    return visit.go("/console/people", said="officer_kept")


@router.post("/people/agency")
def set_agency(visit: Signed, form: Posted) -> Response:
    citywide = form.get("citywide") == "yes"
    visit.parts.officers.set_agency(form.get("agency").strip(), citywide=citywide, by=visit.officer)
    return visit.go("/console/people", said="agency_kept")


@router.post("/people/code")
def code(visit: Signed, form: Posted) -> Response:
    """A sign-in code, shown this once."""
    officer_id = form.get("officer_id")
    made = visit.parts.officers.code_for(officer_id, by=visit.officer)
    return _page(visit, code=made, code_for=officer_id)


def _page(visit: Visit, code: str | None = None, code_for: str | None = None) -> Response:
    officers = visit.parts.officers
    return visit.page(
        "pages/people.html",
        people=officers.everybody(),
        agencies=officers.agencies(),
        roles=list(Role),
        code=code,
        code_for=code_for,
        minutes=int(CODE_VALID.total_seconds() // 60),
    )
