"""The two homes, and the demo's start page. They hold no data: a script reads the API with the subject's token."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from api import openapi
from api.auth import Parts, issue_token
from api.language import ChosenLanguage, Language
from api.schemas.access import SessionAnswer, SessionRequest
from domain.errors import UnknownSubject
from domain.facts import Audience

FOLDER = Path(__file__).resolve().parent.parent
TEXTS: dict[str, dict[str, str]] = {
    language: json.loads((FOLDER / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("zh", "en")
}
templates = Jinja2Templates(FOLDER / "templates")
templates.env.filters["unquoted"] = lambda text: text.replace("`", "")
templates.env.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Style, script and icon; a browser asks each time whether they are still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be revalidated before each use: an update must not meet an old script."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/citizen")
def citizen_home(request: Request, language: ChosenLanguage, parts: Parts) -> HTMLResponse:
    """A citizen's home."""
    return _page(request, "home.html", language, parts, audience=Audience.CITIZEN)


@router.get("/enterprise")
def enterprise_home(request: Request, language: ChosenLanguage, parts: Parts) -> HTMLResponse:
    """An enterprise's home."""
    return _page(request, "home.html", language, parts, audience=Audience.ENTERPRISE)


@router.get("/")
def start(request: Request, language: ChosenLanguage, parts: Parts) -> HTMLResponse:
    """What this is, and whom to look around as; in the demo only."""
    _demo_only(parts)
    samples = [(subject_id, line.text(language)) for subject_id, line in parts.samples()]
    return _page(
        request,
        "start.html",
        language,
        parts,
        console=parts.console is not None,
        citizens=[one for one in samples if parts.audience_of(one[0]) is Audience.CITIZEN],
        enterprises=[one for one in samples if parts.audience_of(one[0]) is Audience.ENTERPRISE],
    )


@router.get("/docs")
def docs(request: Request, language: ChosenLanguage, parts: Parts) -> HTMLResponse:
    """The API's description to be read: the usual pages for it load their scripts from elsewhere."""
    described = request.app.openapi()
    shapes = described["components"]["schemas"]
    routes: dict[str, list[tuple[str, str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            routes[operation["tags"][0]].append((method.upper(), path, operation))
    return _page(
        request,
        "docs.html",
        language,
        parts,
        tags=described["tags"],
        routes=routes,
        about=openapi.about(),
        examples_of=lambda schema: shapes[schema["$ref"].rsplit("/", 1)[1]].get("examples", []),
    )


@router.post("/demo/session")
def demo_session(wanted: SessionRequest, parts: Parts) -> SessionAnswer:
    """A short-lived token for one of the sample subjects; in the demo only."""
    _demo_only(parts)
    if wanted.subject_id not in {subject_id for subject_id, _ in parts.samples()}:
        raise UnknownSubject(wanted.subject_id)
    audience = parts.audience_of(wanted.subject_id)
    now = parts.clock()
    minutes = parts.settings.token_minutes
    return SessionAnswer(
        token=issue_token(parts.settings.token_key, wanted.subject_id, audience, minutes, now),
        subject_id=wanted.subject_id,
        audience=audience,
        expires_at=now + timedelta(minutes=minutes),
    )


def _demo_only(parts: Parts) -> None:
    if not parts.settings.demo:
        raise HTTPException(404)


def _page(request: Request, name: str, language: Language, parts: Parts, **context: Any) -> HTMLResponse:
    context |= {"language": language, "text": TEXTS[language], "demo": parts.settings.demo}
    response = templates.TemplateResponse(request, name, context)
    response.headers["Content-Language"] = language
    return response
