"""What every act on a draft has in common: it is allowed, it is on what was looked at, it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from catalogue.lifecycle import DraftEvent, transition
from catalogue.loader import Catalogue, load_policy_text
from catalogue.outline import outline
from delivery.terms import local_day
from domain.errors import DraftChanged
from domain.policy import Policy
from storage import drafts, policies, standings
from storage.connection import Connection
from workbench.limits import Limits
from workbench.records import Draft, Parts
from workbench.roles import Act, Officer, require

__all__ = ["APPROVAL_VOID", "Bench", "agency_of", "agency_of_version", "read_policy", "served_in"]

APPROVAL_VOID: Mapping[str, Any] = {
    "approved_by": None,
    "approved_at": None,
    "publish_on": None,
    "canary_percent": None,
}
"""Changes of a draft that lost its approval, and with it its day."""


class Bench:
    """The ground that the parts of the desk stand on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def limits(self) -> Limits:
        """Where the workbench stops and asks a person again."""
        return self._parts.limits

    def _today(self) -> date:
        return local_day(self._parts.clock())

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """One act: committed whole, then the log's head is written beside the database."""
        with self._parts.begin() as connection:
            yield connection
        self._parts.log.anchor()

    def _read(self, who: Officer, draft_id: UUID, act: Act = Act.READ) -> Draft:
        with self._parts.begin() as connection:
            draft = drafts.get(connection, draft_id)
        require(who, act, draft.agency_id)
        return draft

    def _locked(self, connection: Connection, who: Officer, act: Act, draft_id: UUID, revision: int) -> Draft:
        """The draft, to be changed. Raises UnknownDraft, NotAllowed, and DraftChanged where its text is a newer one."""
        draft = drafts.lock(connection, draft_id)
        require(who, act, draft.agency_id)
        if draft.revision != revision:
            raise DraftChanged(draft_id, draft.editor, draft.revision, draft.text)
        return draft

    def _move(
        self,
        connection: Connection,
        draft: Draft,
        event: DraftEvent,
        who: str,
        note: str = "",
        data: Mapping[str, object] | None = None,
        **changes: Any,
    ) -> Draft:
        """Take a locked draft through `event`, with its step and its entry in the log. Raises DraftMoved."""
        now = self._parts.clock()
        moved = replace(draft, state=transition(draft.state, event), updated_at=now, **changes)
        drafts.put(connection, moved)
        drafts.add_step(connection, moved, event, draft.state, who, note, now)
        self._log(connection, moved, event, who, {"note": note, **(data or {})} if note else data or {})
        return moved

    def _log(
        self, connection: Connection, draft: Draft, event: DraftEvent, who: str, data: Mapping[str, object]
    ) -> None:
        entry = {"policy_id": draft.policy_id, "revision": draft.revision, "state": draft.state.value, **data}
        self._parts.log.append(
            connection, who, f"draft.{event.value}", f"draft/{draft.draft_id}", entry, self._parts.clock()
        )


def read_policy(draft: Draft, words: Catalogue) -> Policy:
    """The draft's text as a policy. Raises CatalogueInvalid with each problem's line and column."""
    return load_policy_text(draft.text, f"{draft.policy_id}.yaml", words.vocabulary, words.parameters)


def served_in(words: Catalogue, policy_id: str) -> Policy | None:
    """The version of the policy that serves; None where none does."""
    return next((policy for policy in words.policies if policy.id == policy_id), None)


def agency_of(connection: Connection, policy_id: str) -> str | None:
    """Whose the policy is: the agency of what serves everybody, else of a canary, else of what served last.

    None where nothing of this id ever served.
    """
    standing = standings.of_policy(connection, policy_id)
    if standing is None:
        return None
    version = standing.version or standing.canary_version
    return agency_of_version(connection, policy_id, version or policies.versions(connection, policy_id)[-1].version)


def agency_of_version(connection: Connection, policy_id: str, version: int) -> str | None:
    """The agency that a stored version names. Raises UnknownPolicy."""
    return outline(policies.text(connection, policy_id, version)).agency_id
