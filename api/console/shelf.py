"""The catalogue as a list to look through: what serves, what was put out for comment, and what is being drafted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.loader import Catalogue
from domain.facts import Label
from domain.policy import Policy
from workbench.records import Draft

FACETS = ("audience", "domain", "kind", "level", "agency", "delivery", "verification", "state")
STATES = ("serves", "not_in_force", "consultation", "draft")
_FIELD = re.compile(r"^(audience|domain|kind|level|delivery|verification):[ \t]*([a-z_]+)[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Item:
    """One line of the list. `facets` has a word for each of FACETS, empty where it is not known.

    `address` is its page's below /console; `searched` all that a search looks through, folded to one case.
    """

    address: str
    policy_id: str
    title: Label
    summary: Label | None
    agency: Label
    version: int | None
    facets: Mapping[str, str]
    searched: str
    draft: Draft | None = None


@dataclass(frozen=True)
class Found:
    """One page of what was found; `counts` says of each facet how many there were for each of its words."""

    items: Sequence[Item]
    total: int
    page: int
    pages: int
    counts: Mapping[str, Mapping[str, int]]


class Shelf:
    """Keeps the list of what serves until something else serves: it would be most of the work of a visit."""

    def __init__(self) -> None:
        self._of: tuple[Catalogue, Sequence[Policy], date] | None = None
        self._kept: tuple[Item, ...] = ()

    def items(self, catalogue: Catalogue, consultations: Sequence[Policy], today: date) -> tuple[Item, ...]:
        held = self._of
        if held is None or held[0] is not catalogue or held[1] is not consultations or held[2] != today:
            served = [
                _of_policy(one, "serves" if one.in_force(today) else "not_in_force") for one in catalogue.policies
            ]
            open_ = [_of_policy(one, "consultation") for one in consultations]
            self._kept = tuple(sorted([*served, *open_], key=_order))
            self._of = (catalogue, consultations, today)
        return self._kept


def drafted(drafts: Iterable[Draft], served: Mapping[str, Item]) -> list[Item]:
    """The drafts as lines; what they are about is what serves under their id, or what their text says of itself."""
    return [_of_draft(draft, served.get(draft.policy_id)) for draft in drafts]


def find(items: Iterable[Item], words: str, chosen: Mapping[str, str], page: int, size: int) -> Found:
    """Those that hold all `words` and the chosen word of each facet; a `page`, from 1, that there is not is mended.

    A facet is counted over what all other facets leave.
    """
    wanted = [word for word in words.casefold().split() if word]
    asked = [(facet, word) for facet, word in chosen.items() if word]
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    found: list[Item] = []
    for item in items:
        if any(word not in item.searched for word in wanted):
            continue
        misses = [facet for facet, word in asked if item.facets[facet] != word]
        if not misses:
            found.append(item)
        if len(misses) <= 1:
            for facet in misses or FACETS:
                counts[facet][item.facets[facet]] += 1
    if wanted:
        found.sort(key=_rank(wanted))
    pages = max(1, -(-len(found) // size))
    page = min(max(1, page), pages)
    return Found(found[(page - 1) * size : page * size], len(found), page, pages, counts)


def _rank(wanted: Sequence[str]) -> Callable[[Item], int]:
    """What bears a word in its title comes before what only mentions it; otherwise the order stays."""

    def rank(item: Item) -> int:
        title = f"{item.title.zh} {item.title.en}".casefold()
        return -sum(word in title for word in wanted)

    return rank


def _order(item: Item) -> tuple[str, str, str]:
    return item.facets["audience"], item.facets["domain"], item.policy_id


def _of_policy(policy: Policy, state: str) -> Item:
    document = policy.document
    told = (policy.id, policy.title, policy.summary, policy.agency, document.title, document.number or "")
    return Item(
        address=f"consultations/{policy.id}" if state == "consultation" else f"policies/{policy.id}",
        policy_id=policy.id,
        title=policy.title,
        summary=policy.summary,
        agency=policy.agency,
        version=policy.version,
        facets={
            "audience": policy.audience.value,
            "domain": policy.domain,
            "kind": policy.kind.value,
            "level": policy.level.value,
            "agency": policy.agency.zh,
            "delivery": policy.delivery_mode.value,
            "verification": policy.verification.value,
            "state": state,
        },
        searched=_folded(told),
    )


def _of_draft(draft: Draft, served: Item | None) -> Item:
    said = {**(served.facets if served else {}), **dict(_FIELD.findall(draft.text))}
    return Item(
        address=f"drafts/{draft.draft_id}",
        policy_id=draft.policy_id,
        title=draft.title,
        summary=served.summary if served else None,
        agency=Label(draft.agency_id, served.agency.en if served else draft.agency_id),
        version=draft.version,
        facets={facet: said.get(facet, "") for facet in FACETS} | {"agency": draft.agency_id, "state": "draft"},
        searched=_folded((draft.policy_id, draft.title, draft.agency_id)),
        draft=draft,
    )


def _folded(told: Iterable[Label | str]) -> str:
    return " ".join(one if isinstance(one, str) else f"{one.zh} {one.en}" for one in told).casefold()
