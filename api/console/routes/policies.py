"""One policy: where it comes from, what it says in words, what it gives, whom it serves, what can be done with it."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.pages import Signed, Visit
from api.console.reading import (
    benefit_in_words,
    cases_shown,
    day_shown,
    operand_label,
    parameters_shown,
    rule_in_words,
)
from catalogue.checks import REFERENCE
from catalogue.lifecycle import OPEN
from delivery.terms import local_day
from domain.errors import UnknownPolicy
from domain.policy import Policy
from workbench.roles import Act

router = APIRouter()
_UNITS = {"once": "cny", "month": "cny_per_month", "year": "cny_per_year"}


@router.get("/policies/{policy_id}")
def policy(visit: Signed, policy_id: str) -> Response:
    """A policy that serves. Raises UnknownPolicy."""
    found = visit.services.catalogue.policy(policy_id)
    return _page(visit, found, consultation=False)


@router.get("/consultations/{policy_id}")
def consultation(visit: Signed, policy_id: str) -> Response:
    """What was only put out for comment: read and tried out, never published."""
    found = next((one for one in visit.parts.consultations() if one.id == policy_id), None)
    if found is None:
        raise UnknownPolicy(policy_id)
    return _page(visit, found, consultation=True)


def _page(visit: Visit, found: Policy, *, consultation: bool) -> Response:
    words, desk = visit.services.catalogue, visit.parts.desk
    day = day_shown(found, local_day(visit.services.clock()))
    benefit = benefit_in_words(found, words.vocabulary)
    unit = _UNITS[benefit.period.value] if benefit.period else "cny"
    drafts = desk.drafts(visit.officer, OPEN, policy_id=found.id)
    return visit.page(
        "pages/policy.html",
        policy=found,
        consultation=consultation,
        day=day,
        rule=rule_in_words(found, words, day),
        benefit=benefit,
        amount=lambda operand: operand_label(operand, words, day, unit),
        percent=lambda operand: operand_label(operand, words, day, "percent"),
        parameters=parameters_shown(found, words, day),
        cases=cases_shown(found, words, REFERENCE),
        unit=words.vocabulary.units.get,
        drafts=drafts,
        link=_link(found.document.url),
        standing=None if consultation else next(iter(desk.history(found.id)[-1:]), None),
        may_draft=visit.may(Act.WRITE, found.agency.zh),
        new_draft=uuid4(),
    )


def _link(address: str | None) -> str | None:
    """An address that can be followed: a document's text may hold any."""
    return address if address and urlsplit(address).scheme in ("http", "https") else None
