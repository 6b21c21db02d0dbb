"""Dated thresholds and amounts of law: what they are, who uses them, and a draft of their next values as a form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.console.pages import Form, Posted, Signed, Visit, whole_number
from api.console.reading import ParameterShown, parameter_shown
from api.console.routes.catalogue import draft_id_of
from catalogue.lifecycle import EDITABLE
from catalogue.loader import parameter_text
from delivery.terms import local_day
from domain.errors import CatalogueInvalid, DraftInvalid
from domain.policy import DatedValue, Parameter, Policy
from workbench.records import Checked, Draft
from workbench.roles import Act
from workbench.weighing import PARAMETER, naming, read_parameter

router = APIRouter()
PER_PAGE = 25
EMPTY_ROWS = 1
"""Below the values that there are, for the next one."""


@dataclass(frozen=True)
class Row:
    """One value of the form, as typed."""

    from_: str
    to: str
    value: str


@router.get("/parameters")
def parameters(visit: Signed) -> Response:
    """All that serve, with today's value; `?words=` narrows them by label, name and document."""
    words, today = visit.services.catalogue, local_day(visit.services.clock())
    asked = visit.request.query_params.get("words", "").strip()[:200]
    found = sorted((one for one in words.parameters.values() if _has(one, asked)), key=lambda one: one.name)
    pages = max(1, -(-len(found) // PER_PAGE))
    typed = visit.request.query_params.get("page", "1")
    page = min(whole_number(typed, 6) or 1, pages)

    def address(page: int) -> str:
        return f"/console/parameters?{urlencode({'words': asked, 'page': page})}"

    return visit.page(
        "pages/parameters.html",
        parameters=[parameter_shown(one, today) for one in found[(page - 1) * PER_PAGE : page * PER_PAGE]],
        page=page,
        pages=pages,
        address=address,
        words=asked,
        units=words.vocabulary.units,
    )


@router.get("/parameters/{name}")
def parameter(visit: Signed, name: str) -> Response:
    """One: its values over time, its document, the policies that name it, drafts under way."""
    words = visit.services.catalogue
    if name not in words.parameters:
        raise HTTPException(404)
    return visit.page(
        "pages/parameter.html",
        shown_one=_shown(visit, words.parameters[name]),
        policies=naming(words, name),
        drafts=[
            one for one in visit.parts.desk.drafts(visit.officer, EDITABLE, kind=PARAMETER) if one.policy_id == name
        ],
        may_write=_may_write(visit, naming(words, name)),
        new_draft=uuid4(),
        units=words.vocabulary.units,
    )


@router.post("/parameters/{name}/draft")
def begin(visit: Signed, name: str, form: Posted) -> Response:
    draft = visit.parts.desk.create_parameter(visit.officer, name, draft_id=draft_id_of(form.get("draft")))
    return visit.go(f"/console/drafts/{draft.draft_id}")


@router.post("/drafts/{draft_id}/values")
def save(visit: Signed, draft_id: UUID, form: Posted) -> Response:
    """Save the values as typed, on top of the revision that was opened, and check them if asked to."""
    desk, who = visit.parts.desk, visit.officer
    draft = desk.draft(who, draft_id)
    held = read_parameter(draft, visit.services.catalogue.vocabulary)
    rows = _typed(form)
    text = parameter_text(replace(held, values=_values(rows)))
    saved = desk.save(who, draft_id, form.whole("revision") or 0, text)
    if form.get("then") != "check":
        return visit.go(f"/console/drafts/{draft_id}", said="values_kept")
    checked = desk.check(who, draft_id, saved.revision)
    return (
        page(visit, checked.draft, checked=checked)
        if not checked.ok
        else visit.go(f"/console/drafts/{draft_id}/impact")
    )


def page(visit: Visit, draft: Draft, checked: Checked | None = None) -> Response:
    """The editor of a parameter's draft."""
    words = visit.services.catalogue
    try:
        held = read_parameter(draft, words.vocabulary)
    except CatalogueInvalid as error:
        raise DraftInvalid(
            f"The draft of {draft.policy_id!r} cannot be shown as a form: {error.problems[0]}",
            next_step="Mend it over /v1/workbench, or withdraw it and begin anew.",
        ) from error
    rows = [Row(one.from_.isoformat(), one.to.isoformat() if one.to else "", str(one.value)) for one in held.values]
    return visit.page(
        "pages/parameter_draft.html",
        draft=draft,
        shown_one=_shown(visit, held),
        rows=rows + [Row("", "", "")] * EMPTY_ROWS,
        policies=naming(words, draft.policy_id),
        editable=draft.state in EDITABLE and visit.may(Act.WRITE, draft.agency_id),
        checked=checked,
        units=words.vocabulary.units,
    )


def _typed(form: Form) -> list[Row]:
    """The rows that say anything."""
    columns = [form.all(name) for name in ("from", "to", "value")]
    rows = [Row(*(cell.strip() for cell in cells)) for cells in zip(*columns, strict=False)]
    return [row for row in rows if row != Row("", "", "")]


def _values(rows: list[Row]) -> tuple[DatedValue, ...]:
    if not rows:
        raise DraftInvalid("A parameter needs a value.", next_step="Give at least one, with its first day.")
    return tuple(sorted((_value(row) for row in rows), key=lambda one: one.from_))


def _value(row: Row) -> DatedValue:
    try:
        first, last = date.fromisoformat(row.from_), date.fromisoformat(row.to) if row.to else None
        return DatedValue(first, last, Decimal(row.value.replace(",", "").replace("，", "")))
    except (ValueError, InvalidOperation):
        raise DraftInvalid(
            f"The row {row.from_ or '?'} to {row.to or '...'}: {row.value or '?'} has no first day or no number.",
            next_step="Give a day from which it holds and a number, or leave the row empty.",
        ) from None


def _has(one: Parameter, asked: str) -> bool:
    texts = (one.name, one.label.zh, one.label.en, one.document.title, one.document.number or "")
    return all(any(word in text.lower() for text in texts) for word in asked.lower().split())


def _shown(visit: Visit, one: Parameter) -> ParameterShown:
    return parameter_shown(one, local_day(visit.services.clock()))


def _may_write(visit: Visit, policies: list[Policy]) -> bool:
    agencies = {policy.agency.zh for policy in policies}
    return visit.may(Act.WRITE) and all(visit.may(Act.WRITE, agency) for agency in agencies)
