"""All policies, consultations and drafts, with search and filters; and a new draft."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.labels import FACET_WORDS, facet_name
from api.console.pages import Posted, Signed, Visit, whole_number
from api.console.shelf import FACETS, STATES, Found, Shelf, drafted, find
from catalogue.lifecycle import OPEN
from delivery.terms import local_day
from domain.errors import RequestInvalid
from domain.facts import Audience
from domain.policy import domains_of
from workbench.roles import Act

router = APIRouter()
PAGE_SIZE = 25
_LONGEST_SEARCH = 200


@router.get("/catalogue")
def catalogue(visit: Signed) -> Response:
    """The list; asked for in place (while somebody types), only what changes."""
    asked = visit.request.query_params
    words = asked.get("words", "")[:_LONGEST_SEARCH]
    chosen = {facet: asked.get(facet, "") for facet in FACETS}
    shelf: Shelf = visit.request.app.state.shelf
    served = shelf.items(visit.services.catalogue, visit.parts.consultations(), local_day(visit.services.clock()))
    drafts = visit.parts.desk.drafts(visit.officer, OPEN)
    lines = [*drafted(drafts, {item.policy_id: item for item in served}), *served]
    found = find(lines, words, chosen, whole_number(asked.get("page", ""), 6) or 1, PAGE_SIZE)
    kept = {name: value for name, value in {"words": words, **chosen}.items() if value}

    def address(page: int) -> str:
        return f"/console/catalogue?{urlencode({**kept, 'page': page})}"

    return visit.page(
        "parts/shelf.html" if visit.in_place else "pages/catalogue.html",
        found=found,
        words=words,
        chosen=chosen,
        options=_options(visit, found, chosen),
        address=address,
        filtered=bool(kept),
        drafts_of={draft.policy_id: draft for draft in drafts},
        may_write=visit.may(Act.WRITE),
    )


@router.post("/drafts")
def begin(visit: Signed, form: Posted) -> Response:
    """Begin a draft of a policy that serves (`policy`), or of a new one (`text`); sent twice it begins one."""
    made = visit.parts.desk.create(
        visit.officer,
        policy_id=form.get("policy") or None,
        text=form.get("text") or None,
        draft_id=draft_id_of(form.get("draft")),
    )
    return visit.go(f"/console/drafts/{made.draft_id}")


def draft_id_of(text: str) -> UUID:
    """The id that a page chose for its draft, so that a form that is sent twice begins one. Raises RequestInvalid."""
    if not text:
        return uuid4()
    try:
        return UUID(text)
    except ValueError:
        raise RequestInvalid("draft") from None


def _options(visit: Visit, found: Found, chosen: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers: its words with how many there are, those with none left out unless chosen."""
    say, text = visit.say, visit.language
    audiences = [Audience(chosen["audience"])] if chosen["audience"] in list(Audience) else list(Audience)
    named: dict[str, dict[str, str]] = {
        facet: {word.value: facet_name(facet, word).text(text) for word in words}
        for facet, words in FACET_WORDS.items()
    }
    named["domain"] = {
        word: facet_name("domain", word).text(text) for audience in audiences for word in domains_of(audience)
    }
    named["state"] = {state: say(f"shelf.{state}") for state in STATES}
    named["agency"] = {agency: agency for agency in sorted(found.counts["agency"])}
    return {
        facet: [
            (word, f"{name} ({found.counts[facet][word]:,})")
            for word, name in named[facet].items()
            if found.counts[facet].get(word) or word == chosen[facet]
        ]
        for facet in FACETS
    }
