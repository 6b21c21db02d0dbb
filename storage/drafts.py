"""Drafts, each revision of their text, and what happened to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as pg_insert

from catalogue.lifecycle import DraftEvent, DraftState
from domain.errors import UnknownDraft
from domain.facts import Label
from storage import texts
from storage.tables import draft as table
from storage.tables import draft_event, draft_revision

__all__ = ["Draft", "DraftStep", "Revision"]


@dataclass(frozen=True)
class Draft:
    """A text on its way, with its newest revision.

    `policy_id`: of a parameter's draft the parameter's name. `title` and `version`: as the newest text that could be
    read has them. `base_version`: what served when the draft was begun. `canary_percent` None: everybody at once.
    """

    draft_id: UUID
    kind: str
    policy_id: str
    agency_id: str
    title: Label
    state: DraftState
    revision: int
    text: str
    base_version: int | None
    version: int | None
    author: str
    editor: str
    impact_id: UUID | None
    approved_by: str | None
    approved_at: datetime | None
    publish_on: date | None
    canary_percent: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class DraftStep:
    """One thing that happened to a draft; `officer_id`: or "system"."""

    sequence: int
    event: DraftEvent
    from_state: DraftState | None
    to_state: DraftState
    revision: int
    officer_id: str
    note: str
    at: datetime


@dataclass(frozen=True)
class Revision:
    revision: int
    editor: str
    at: datetime
    digest: str


_KEPT = [name for name in Draft.__dataclass_fields__ if name != "text"]
_JOINED = sa.select(*[table.c[name] for name in _KEPT], draft_revision.c.text).join_from(
    table,
    draft_revision,
    (draft_revision.c.draft_id == table.c.draft_id) & (draft_revision.c.revision == table.c.revision),
)


def add(connection: Connection, draft: Draft) -> bool:
    """Store a new draft with its first revision; False: one of this id is there, and nothing was changed."""
    statement = pg_insert(table).values(_row(draft)).on_conflict_do_nothing().returning(table.c.draft_id)
    if connection.execute(statement).one_or_none() is None:
        return False
    add_revision(connection, draft)
    return True


def add_revision(connection: Connection, draft: Draft) -> None:
    """Store the draft's text under its revision."""
    connection.execute(
        sa.insert(draft_revision).values(
            draft_id=draft.draft_id,
            revision=draft.revision,
            text=draft.text,
            digest=texts.digest_of(draft.text),
            editor=draft.editor,
            at=draft.updated_at,
        )
    )


def put(connection: Connection, draft: Draft) -> None:
    """Write the draft's row as it is now; whoever calls has locked it."""
    connection.execute(sa.update(table).where(table.c.draft_id == draft.draft_id).values(_row(draft)))


def get(connection: Connection, draft_id: UUID) -> Draft:
    """Raises UnknownDraft."""
    return _one(connection, draft_id, _JOINED.where(table.c.draft_id == draft_id))


def lock(connection: Connection, draft_id: UUID) -> Draft:
    """As `get`; nobody else changes it until the transaction ends."""
    # Locked first, then read: a joined row that was locked while waiting would show the revision before.
    connection.execute(sa.select(table.c.draft_id).where(table.c.draft_id == draft_id).with_for_update())
    return get(connection, draft_id)


def find(
    connection: Connection,
    *,
    agency_id: str | None = None,
    states: Collection[DraftState] = (),
    policy_id: str | None = None,
    kind: str | None = "policy",
) -> list[Draft]:
    """The newest first: of one agency (None: of all), in some states (none given: in any), of one policy.

    `kind` "parameter": drafts of parameters, of which `policy_id` is the name; None: of both.
    """
    query = _JOINED.order_by(table.c.updated_at.desc(), table.c.draft_id)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if agency_id is not None:
        query = query.where(table.c.agency_id == agency_id)
    if states:
        query = query.where(table.c.state.in_(sorted(states)))
    if policy_id is not None:
        query = query.where(table.c.policy_id == policy_id)
    return [_draft(row) for row in connection.execute(query)]


def due(connection: Connection, today: date) -> list[Draft]:
    """Those scheduled whose day has come, the longest waiting first."""
    query = _JOINED.where(table.c.state == DraftState.SCHEDULED, table.c.publish_on <= today)
    return [_draft(row) for row in connection.execute(query.order_by(table.c.publish_on, table.c.draft_id))]


def add_step(
    connection: Connection,
    draft: Draft,
    event: DraftEvent,
    from_state: DraftState | None,
    officer_id: str,
    note: str,
    now: datetime,
) -> None:
    """Write that `event` led to the draft's state; whoever calls has locked the draft."""
    last = sa.select(sa.func.coalesce(sa.func.max(draft_event.c.sequence), 0) + 1)
    connection.execute(
        sa.insert(draft_event).values(
            draft_id=draft.draft_id,
            sequence=last.where(draft_event.c.draft_id == draft.draft_id).scalar_subquery(),
            event=event,
            from_state=from_state,
            to_state=draft.state,
            revision=draft.revision,
            officer_id=officer_id,
            note=note,
            at=now,
        )
    )


def steps(connection: Connection, draft_id: UUID) -> list[DraftStep]:
    """What happened to the draft, oldest first."""
    columns = [draft_event.c[name] for name in DraftStep.__dataclass_fields__]
    query = sa.select(*columns).where(draft_event.c.draft_id == draft_id).order_by(draft_event.c.sequence)
    return [
        DraftStep(
            row.sequence,
            DraftEvent(row.event),
            DraftState(row.from_state) if row.from_state else None,
            DraftState(row.to_state),
            row.revision,
            row.officer_id,
            row.note,
            row.at,
        )
        for row in connection.execute(query)
    ]


def revisions(connection: Connection, draft_id: UUID) -> list[Revision]:
    """All revisions of the text, oldest first."""
    columns = [draft_revision.c[name] for name in Revision.__dataclass_fields__]
    query = sa.select(*columns).where(draft_revision.c.draft_id == draft_id).order_by(draft_revision.c.revision)
    return [Revision(*row) for row in connection.execute(query)]


def revision_text(connection: Connection, draft_id: UUID, revision: int) -> str:
    """The text of a revision. Raises UnknownDraft, and VersionAltered where it is not what was saved."""
    query = sa.select(draft_revision.c.text, draft_revision.c.digest).where(
        draft_revision.c.draft_id == draft_id, draft_revision.c.revision == revision
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownDraft(f"{draft_id} revision {revision}")
    return texts.checked(found.text, found.digest, f"draft {draft_id} revision {revision}")


def _one(connection: Connection, draft_id: UUID, query: sa.Select[Any]) -> Draft:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownDraft(draft_id)
    return _draft(row)


def _draft(row: Any) -> Draft:
    values = dict(row._mapping)
    title = values.pop("title")
    return Draft(**{**values, "title": Label(title["zh"], title["en"]), "state": DraftState(values["state"])})


def _row(draft: Draft) -> dict[str, object]:
    row = {name: getattr(draft, name) for name in _KEPT}
    return {**row, "title": {"zh": draft.title.zh, "en": draft.title.en}}
