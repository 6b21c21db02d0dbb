"""Signing in by a one-time code, and out; in the demo, by choosing an officer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.console import session
from api.console.pages import Anyone, Posted, Visitor
from domain.errors import SignInRefused
from workbench.roles import Officer

router = APIRouter()
HOME = "/console/catalogue"
_LONGEST_CODE = 200


@router.get("/sign-in")
def ask(visitor: Anyone) -> Response:
    """The page that asks for a code."""
    return _ask(visitor, visitor.request.query_params.get("next", ""))


@router.post("/sign-in")
def sign_in(visitor: Anyone, form: Posted) -> Response:
    """Take a code, and go on to where the officer came from; in place: close the dialog and go on with what waits."""
    try:
        code = form.get("code")
        if len(code) > _LONGEST_CODE:
            raise SignInRefused
        officer = visitor.parts.officers.redeem(code)
    except SignInRefused:
        return _ask(visitor, form.get("next"), refused=True)
    return _welcome(visitor, officer, form.get("next"))


@router.post("/sign-in/demo")
def sign_in_as(visitor: Anyone, form: Posted) -> Response:
    """Be one of the demo's officers; with real ones there is no such page."""
    if not visitor.services.settings.demo:
        raise HTTPException(404)
    officers = visitor.parts.officers
    return _welcome(visitor, officers.redeem(officers.code_for(form.get("officer"))), form.get("next"))


@router.post("/sign-out")
def sign_out(visitor: Anyone) -> Response:
    response = visitor.go("/console/sign-in", said="signed_out")
    session.sign_out(response)
    return response


def _ask(visitor: Visitor, following: str, *, refused: bool = False) -> Response:
    people = visitor.parts.officers.everybody() if visitor.services.settings.demo else []
    template = "parts/sign_in_dialog.html" if visitor.in_place else "pages/sign_in.html"
    # A refused code is no failure of the exchange: the dialog or page is shown again.
    return visitor.page(template, people=people, refused=refused, following=_own_path(following))


def _welcome(visitor: Visitor, officer: Officer, following: str) -> Response:
    settings, minutes = visitor.services.settings, visitor.parts.session_minutes
    token = session.session_token(settings.token_key, officer.officer_id, minutes, visitor.services.clock())
    if visitor.in_place:
        response = Response(status_code=204, headers={"HX-Trigger": "signed-in"})
    else:
        response = visitor.go(_own_path(following))
    session.sign_in(response, visitor.request, token, minutes)
    return response


def _own_path(path: str) -> str:
    """Where to go on; what leads out of the console is not followed."""
    inside = path.startswith("/console/") and "\\" not in path and path.isprintable()
    return path if inside and not path.startswith("/console/sign-") else HOME
