"""The console as an application of its own, mounted below /console: other answers to failures than the API's."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from api.console import problems
from api.console.origin import require_own_origin
from api.console.pages import FOLDER
from api.console.routes import (
    approvals,
    audit,
    catalogue,
    delivery,
    drafts,
    entry,
    impact,
    parameters,
    people,
    policies,
    publishing,
)
from api.console.session import PATH
from api.console.shelf import Shelf
from api.guard import SECURITY_HEADERS, Guard, Ring
from api.routes.pages import Assets
from api.services import Services

MAX_BODY_BYTES = 1024 * 1024
"""A draft's text, sent as a form: Chinese takes nine bytes a character there."""

_PARTS = (entry, catalogue, policies, parameters, drafts, impact, approvals, publishing, delivery, audit, people)

RING = Ring(
    prefix=PATH,
    max_body_bytes=MAX_BODY_BYTES,
    headers=SECURITY_HEADERS
    | {
        # Forms are sent, to here only; the design system draws its marks from data: images of its style sheet.
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        # The origin of a form is checked, and browsers hide it from a site that asks for no referrer.
        "Referrer-Policy": "same-origin",
    },
    refused=problems.too_large,
    unreadable=problems.unreadable,
    failed=problems.failed,
)


def mount(app: FastAPI, services: Services) -> None:
    """Add the console to `app`."""
    console = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(require_own_origin)],
    )
    console.state.services = services
    console.state.shelf = Shelf()
    for part in _PARTS:
        console.include_router(part.router)
    console.mount("/static", Assets(directory=FOLDER / "static"), name="console-static")
    problems.install(console)
    # A mounted application answers a fault of ours by itself, barely, and then cuts the connection: unless this ring,
    # which lies inside, has answered before.
    console.add_middleware(Guard, rings=(RING,))

    @app.get(PATH, include_in_schema=False)
    def home(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{PATH}/catalogue{query}", status_code=307)

    app.mount(PATH, console, name="console")
