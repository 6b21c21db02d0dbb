"""The console's failures, told as pages: what is wrong, what to do next, in the reader's language.

A failure while a part of a page is exchanged is told in that page, above its content, and what was typed stays. Without
a session a page sends its reader to sign in; an exchange is answered with a dialog in place, after which it is sent
again (static/console.js).
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.console import refusals
from api.console.language import language_of
from api.console.pages import render
from api.console.texts import Texts
from api.errors import TITLES
from domain.errors import CatalogueInvalid, DuixianError

logger = logging.getLogger("duixian.api")

_HTTP = {400: "bad-request", 403: "foreign-origin", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}
IN_PLACE = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML show:top"}


def install(app: FastAPI) -> None:
    """Answer every failure of the console's application with a page or a part of one."""
    app.add_exception_handler(DuixianError, _duixian)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)


def too_large(request: Request) -> Response:
    return _told(request, 413, "body-too-large")


def unreadable(request: Request) -> Response:
    return _told(request, 400, "bad-request")


def failed(request: Request) -> Response:
    """The answer to a failure of ours."""
    return _told(request, 500, "internal-error")


def in_words(error: DuixianError, say: Texts) -> tuple[str, str, str]:
    """(title, what is wrong, next step): the console's own words, else the error's, which are English."""
    title = say.get(f"problem.{error.code}.title")
    label = TITLES.get(error.code)
    title = title or (label.text(say.language) if label else say("problem.other.title"))
    if said := refusals.told(error, say.language):
        return title, *said
    try:
        return title, say(f"problem.{error.code}.what", **error.data), say(f"problem.{error.code}.next", **error.data)
    except (KeyError, IndexError, ValueError):
        return title, error.message, error.next_step


def _duixian(request: Request, error: Exception) -> Response:
    assert isinstance(error, DuixianError)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return _sign_in(request)
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # These speak of files, hosts and commands: of use to whoever runs this, none of the reader's business.
        logger.error("%s %s: %s: %s", request.method, request.url.path, error.code, error, exc_info=error)
        down = error.http_status == HTTPStatus.SERVICE_UNAVAILABLE
        return _told(request, error.http_status, "unavailable" if down else "internal-error")
    say = Texts(language_of(request))
    title, what, step = in_words(error, say)
    problems = error.problems if isinstance(error, CatalogueInvalid) else ()
    return _problem(request, error.http_status, title=title, what=what, step=step, problems=problems)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _told(request, error.status_code, _HTTP.get(error.status_code, "other"))


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _told(request, 422, "request-invalid")


def _sign_in(request: Request) -> Response:
    language = language_of(request)
    if request.headers.get("hx-request") == "true":
        headers = {"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"}
        services = request.app.state.services
        assert services.console is not None
        people = services.console.officers.everybody() if services.settings.demo else []
        page = render("parts/sign_in_dialog.html", language, demo=services.settings.demo, people=people, refused=False)
        return HTMLResponse(page, 401, headers)
    if request.method != "GET":
        return _told(request, 401, "token-invalid")
    asked = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/console/sign-in?{urlencode({'next': asked})}", status_code=303)


def _told(request: Request, status: int, name: str) -> Response:
    say = Texts(language_of(request))
    words = {part: say(f"problem.{name}.{part}") for part in ("title", "what")}
    return _problem(request, status, **words, step=say(f"problem.{name}.next"))


def _problem(request: Request, status: int, *, problems: Any = (), **words: str) -> Response:
    in_place = request.headers.get("hx-request") == "true"
    template = "parts/problem.html" if in_place else "pages/problem.html"
    page = render(template, language_of(request), status=status, problems=problems, **words)
    return HTMLResponse(page, status, IN_PLACE if in_place else None)
