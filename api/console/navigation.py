"""The console's menu: one entry a part, each for those who may do something there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.roles import Act, Officer, may


@dataclass(frozen=True)
class Entry:
    """`name` is the entry's text below `menu.` and what a page calls itself; `icon` one of static/vendor/icons."""

    name: str
    path: str
    icon: str
    act: Act = Act.READ


ENTRIES: Sequence[Entry] = (
    Entry("catalogue", "/console/catalogue", "books"),
    Entry("parameters", "/console/parameters", "variable"),
    Entry("drafts", "/console/drafts", "pencil"),
    Entry("approvals", "/console/approvals", "clipboard-check"),
    Entry("publishing", "/console/publishing", "rocket"),
    Entry("audit", "/console/audit", "shield-lock", Act.READ_AUDIT),
    Entry("people", "/console/people", "users", Act.MANAGE),
)


def entries_for(officer: Officer) -> list[Entry]:
    return [entry for entry in ENTRIES if may(officer, entry.act)]
