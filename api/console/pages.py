"""How a page is made: a template, the texts and values of one language, and who is looking at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from api.console import faults, labels, language, navigation
from api.console.parts import ConsoleParts
from api.console.session import officer_id_of
from api.console.shown import Shown
from api.console.texts import Texts
from api.language import Language
from api.services import Services
from domain.decision import Verdict
from domain.errors import TokenInvalid, UnknownOfficer
from workbench.audit import SYSTEM
from workbench.roles import Act, Officer, may

FOLDER = Path(__file__).resolve().parent
MAX_FIELDS = 60_000
"""A rule of the largest size has some five fields a part."""
LONGEST_NUMBER = 12
_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals |= {
    "Act": Act,
    "name_of": labels.name_of,
    "facet_name": labels.facet_name,
    "verdicts": tuple(Verdict),
}
_environment.filters |= {"quoted": lambda text: quote(str(text), safe=""), "query": urlencode}


def render(template: str, tongue: Language, **context: Any) -> str:
    """A template's text; `say`, `shown` and `t` (a label's text) speak `tongue`."""
    shown = Shown(tongue)
    given = {
        "fault": lambda problem: faults.told(problem, tongue),
        "say": Texts(tongue),
        "shown": shown,
        "t": shown.label,
        "language": tongue,
        "officer": None,
        "here": "",
    }
    return _environment.get_template(template).render(given | context)


@dataclass(frozen=True)
class Visitor:
    """A request that nobody need have signed in for."""

    request: Request
    services: Services
    parts: ConsoleParts
    language: Language

    @property
    def say(self) -> Texts:
        return Texts(self.language)

    @property
    def in_place(self) -> bool:
        """Whether the answer goes into the page that is open, and not in its place."""
        return self.request.headers.get("hx-request") == "true"

    def page(self, template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> Response:
        """A whole page or a part of one, as the template has it. `?said=NAME` shows a message above it."""
        said = self.say.get(f"said.{self.request.query_params.get('said', '')}")
        given = {
            "request": self.request,
            "demo": self.services.settings.demo,
            "said": said,
            "switch_language": self._switched(),
        }
        response = HTMLResponse(render(template, self.language, **(given | context)), status, headers)
        response.headers["Content-Language"] = self.language
        language.keep(self.request, response)
        return response

    def go(self, path: str, said: str | None = None) -> Response:
        """Send the browser on after a change, so that a reload repeats nothing; `said` names what it reads there."""
        if said is not None:
            path += ("&" if "?" in path else "?") + urlencode({"said": said})
        if self.in_place:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=303)

    def _switched(self) -> str:
        """This page's address in the other language."""
        asked = [
            (name, value) for name, value in self.request.query_params.multi_items() if name not in ("language", "said")
        ]
        other = "zh" if self.language == "en" else "en"
        return f"{self.request.scope['path']}?{urlencode([*asked, ('language', other)])}"


@dataclass(frozen=True)
class Visit(Visitor):
    """A request of an officer who has signed in, with the roles they have now."""

    officer: Officer

    def may(self, act: Act, agency_id: str | None = None) -> bool:
        return may(self.officer, act, agency_id)

    def _naming(self) -> Callable[[str], str]:
        """Who an officer's id is, by name; looked up where a page tells of officers at all."""
        names: dict[str, str] = {}

        def named(officer_id: str) -> str:
            if not names:
                names.update({SYSTEM: self.say("by_system")} | self.parts.officers.names())
            return names.get(officer_id, officer_id)

        return named

    def page(self, template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> Response:
        given = {
            "officer": self.officer,
            "entries": navigation.entries_for(self.officer),
            "may": self.may,
            "named": self._naming(),
        }
        return super().page(template, status, headers, **(given | context))


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _visitor(request: Request) -> Visitor:
    services = _services(request)
    assert services.console is not None, "the console is mounted only where it has its parts"
    return Visitor(request, services, services.console, language.language_of(request))


def _visit(request: Request) -> Visit:
    who = _visitor(request)
    officer_id = officer_id_of(request, who.services.settings.token_key, who.services.clock())
    try:
        officer = who.parts.officers.officer(officer_id)
    except UnknownOfficer as error:
        # They left while they were signed in.
        raise TokenInvalid(error.message, next_step=error.next_step) from None
    # An officer who has published or rolled back sees it on the next page.
    who.parts.desk.catch_up()
    return Visit(who.request, who.services, who.parts, who.language, officer)


def whole_number(text: str, digits: int) -> int | None:
    """A whole number of at most so many digits, as an address or a form has it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


class Form:
    """A posted form: names with their values in the order they were sent."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self.items = items
        self._last = dict(items)

    def get(self, name: str, otherwise: str = "") -> str:
        return self._last.get(name, otherwise)

    def whole(self, name: str) -> int | None:
        """A whole number, however its thousands are marked; None for anything else."""
        text = self.get(name).replace(",", "").replace("，", "").strip()
        return whole_number(text, LONGEST_NUMBER)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.items if key == name]


async def _form(request: Request) -> Form:
    """Raises HTTPException(400) for what is no form."""
    body = await request.body()
    try:
        items = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    if any("\x00" in part for item in items for part in item):
        raise HTTPException(400)  # no browser lets anybody type one, and no text that is kept may hold it
    # Forms send line ends as CRLF; texts are kept with LF.
    return Form([(name, value.replace("\r\n", "\n")) for name, value in items])


Anyone = Annotated[Visitor, Depends(_visitor)]
Signed = Annotated[Visit, Depends(_visit)]
"""The request of an officer; without a session the answer is the sign-in page or dialog (problems.py)."""
Posted = Annotated[Form, Depends(_form)]
