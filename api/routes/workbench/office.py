"""Who asks at the desk, what they are given, and how these routes fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path
from pydantic import BaseModel

from api.auth import Caller, OfficerCaller, Parts
from api.console.parts import ConsoleParts
from api.guard import api_ring
from api.openapi import problems
from api.services import Services
from catalogue.loader import Catalogue
from delivery.terms import local_day
from domain.errors import CatalogueInvalid, ScopeMissing, TokenInvalid, UnknownDraft, UnknownOfficer
from workbench.desk import Desk
from workbench.roles import Act, Officer, require

PREFIX = "/v1/workbench"
TAG = "Workbench"
MAX_BODY_BYTES = 1536 * 1024
"""The longest draft (200,000 characters) as JSON, which may write six bytes for a Chinese character."""

RING = api_ring(PREFIX, MAX_BODY_BYTES)


@dataclass(frozen=True)
class Office:
    """A request of an officer, with the roles they have now."""

    services: Services
    parts: ConsoleParts
    officer: Officer

    @property
    def desk(self) -> Desk:
        return self.parts.desk

    @property
    def today(self) -> date:
        return local_day(self.services.clock())

    @property
    def words(self) -> Catalogue:
        """What serves those whom no canary reaches."""
        return self.services.catalogue

    def require(self, act: Act) -> None:
        """Raise NotAllowed where no role of the officer allows this."""
        require(self.officer, act)


def _office(services: Parts, caller: Caller) -> Office:
    assert services.console is not None, "these routes are there only where the desk is"
    if not isinstance(caller, OfficerCaller):
        raise ScopeMissing("officer", next_step="The workbench needs an officer's own token: 'duixian token --help'.")
    try:
        officer = services.console.officers.officer(caller.officer_id)
    except UnknownOfficer:
        # They left since the token was made.
        raise TokenInvalid(
            "This token is not valid, or no longer.", next_step="Ask an administrator whether you still work here."
        ) from None
    return Office(services, services.console, officer)


AtDesk = Annotated[Office, Depends(_office)]
"""Stands first among a route's parameters: who may not ask is told nothing about what they asked."""


def _draft_id(
    draft_id: Annotated[str, Path(description="A draft's id.", examples=["5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11"])],
) -> UUID:
    try:
        return UUID(draft_id)
    except ValueError:
        # What is no id of a draft is an unknown draft: no second way to tell them apart.
        raise UnknownDraft(draft_id) from None


DraftId = Annotated[UUID, Depends(_draft_id)]
PolicyId = Annotated[str, Path(max_length=100, examples=["elderly-comprehensive-allowance"])]


@contextmanager
def reading_text() -> Iterator[None]:
    """Around what reads a draft's text: its faults are mended in the draft, not in files."""
    try:
        yield
    except CatalogueInvalid as error:
        step = "Mend these places in the text and save it; checking the draft lists them one by one."
        raise CatalogueInvalid(error.problems, next_step=step) from error


UNKNOWN_DRAFT = {
    "code": "unknown-draft",
    "detail": "There is no draft '5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11'.",
    "next_step": "The drafts that you can read are listed in the workbench.",
    "data": {"draft_id": "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11"},
}
UNKNOWN_POLICY = {
    "code": "unknown-policy",
    "detail": "There is no policy 'elderly-allowance'.",
    "next_step": "Did you mean 'elderly-comprehensive-allowance'?",
    "data": {"policy_id": "elderly-allowance", "did_you_mean": "elderly-comprehensive-allowance"},
}
DRAFT_CHANGED = {
    "code": "draft-changed",
    "detail": "'li.na' saved revision 3 of this draft meanwhile; yours is kept from overwriting it.",
    "next_step": "Compare the two texts, take over what you need, and save on top of the newest revision.",
    "data": {
        "draft_id": "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11",
        "editor": "li.na",
        "revision": 3,
        "text": "id: elderly-comprehensive-allowance\nversion: 2\n",
    },
}
DRAFT_MOVED = {
    "code": "draft-moved",
    "detail": "A draft that is submitted allows no check.",
    "next_step": "Open the draft again: its timeline shows what happened to it meanwhile.",
    "data": {"state": "submitted", "event": "check"},
}
UNREADABLE = {
    "code": "catalogue-invalid",
    "detail": "The catalogue has 1 problem:\nrent-subsidy.yaml:18:7: There is no fact 'ag'. Did you mean 'age'?\n",
    "next_step": "Mend these places in the text and save it; checking the draft lists them one by one.",
    "data": {"problems": ["rent-subsidy.yaml:18:7: There is no fact 'ag'. Did you mean 'age'?"]},
}
_NOT_ALLOWED = {
    "code": "not-allowed",
    "detail": "'wang.fang' (officer) may not approve for '上海市民政局'.",
    "next_step": "Ask somebody who may, or an administrator for the role ('duixian officer').",
    "data": {"officer_id": "wang.fang", "act": "approve", "agency_id": "上海市民政局", "roles": ["officer"]},
}
_TOO_LARGE = {"detail": f"A request body may hold at most {MAX_BODY_BYTES} bytes."}


def failures(
    *statuses: int, body: bool = False, repeated: tuple[type[BaseModel], str] | None = None, **examples: dict[str, Any]
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route of the desk: these statuses and those that each of them has; `body`: it takes one."""
    each = {401, 403, 503, *statuses} | ({400, 413, 422} if body else set())
    known: dict[str, dict[str, Any]] = {
        "s403": _NOT_ALLOWED,
        "s404": UNKNOWN_DRAFT,
        "s409": DRAFT_CHANGED,
        "s413": _TOO_LARGE,
    }
    return problems(*sorted(each), repeated=repeated, **(known | examples))
