"""The application: every route, with one way to fail and one ring around it."""

from __future__ import annotations

from fastapi import FastAPI

from api import errors, openapi
from api.auth import MIN_KEY_BYTES
from api.console import app as console
from api.guard import Guard
from api.routes import claims, events, pages, policies, service, subjects
from api.routes.workbench import office, routers
from api.services import Services
from domain.errors import TokenKeyWeak


def create_app(services: Services) -> FastAPI:
    """An ASGI application over `services`. Raises TokenKeyWeak for a key shorter than HS256 asks for."""
    if len(services.settings.token_key) < MIN_KEY_BYTES:
        raise TokenKeyWeak(MIN_KEY_BYTES)
    app = FastAPI(
        title="Duixian",
        version="1",
        description=openapi.DESCRIPTION,
        openapi_url="/openapi.json",
        # The usual pages load their scripts from elsewhere, which the pages' policy forbids; /docs is ours.
        docs_url=None,
        redoc_url=None,
        # A redirect to the address without its slash would go wherever the request's Host header says.
        redirect_slashes=False,
    )
    app.state.services = services
    for noun in (subjects, claims, policies, events, service, pages):
        app.include_router(noun.router)
    app.mount("/static", pages.Assets(directory=pages.FOLDER / "static"), name="static")
    if services.console is not None:
        routers.mount(app)
        console.mount(app, services)
    app.add_middleware(Guard, rings=(console.RING, office.RING) if services.console is not None else ())
    errors.install(app)
    openapi.install(app)
    return app
