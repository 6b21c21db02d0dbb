"""Life events: what changed in a subject's life after the last register import."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.errors import LifeEventInvalid
from storage import bulk
from storage.tables import life_event as table

Json = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """`changes` maps facts to their new values (dates as YYYY-MM-DD text; None: unknown from now on)."""

    event_id: UUID
    subject_id: str
    audience: str
    kind: str
    changes: Mapping[str, Json]
    as_of: date
    received_at: datetime


def record(connection: Connection, event: LifeEvent) -> bool:
    """Store the event; False when it was here before under this id (nothing changes then).

    Raises LifeEventInvalid when the id is another event's: taking that for a repetition would lose this one.
    """
    if bulk.insert_new(connection, table, bulk.rows_of([event])):
        return True
    columns = [table.c[name] for name in LifeEvent.__dataclass_fields__]
    held = LifeEvent(*connection.execute(sa.select(*columns).where(table.c.event_id == event.event_id)).one())
    if replace(held, received_at=event.received_at) != event:
        raise LifeEventInvalid(
            f"Another event was reported under the id {event.event_id} before.",
            next_step="Give each event an id of its own; send it again unchanged only.",
            event_id=str(event.event_id),
        )
    return False


def of_subject(connection: Connection, subject_id: str) -> list[LifeEvent]:
    """A subject's events, oldest first."""
    return of_subjects(connection, [subject_id]).get(subject_id, [])


def of_subjects(connection: Connection, subject_ids: Collection[str]) -> dict[str, list[LifeEvent]]:
    """Each subject's events, oldest first; those without any are left out."""
    columns = [table.c[name] for name in LifeEvent.__dataclass_fields__]
    wanted = table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text)))
    found: dict[str, list[LifeEvent]] = {}
    for row in connection.execute(sa.select(*columns).where(wanted).order_by(table.c.as_of, table.c.received_at)):
        event = LifeEvent(*row)
        found.setdefault(event.subject_id, []).append(event)
    return found


def overlay(connection: Connection, audience: str, as_of: date) -> list[tuple[str, str, str, date]]:
    """(subject, fact, value as JSON text, date): per subject and fact the latest event of `as_of` or before."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (subject_id, change.key) subject_id, change.key, change.value::text, as_of"
            " FROM life_event, jsonb_each(changes) AS change"
            " WHERE audience = :audience AND as_of <= :as_of"
            " ORDER BY subject_id, change.key, as_of DESC, received_at DESC, event_id"
        ),
        {"audience": audience, "as_of": as_of},
    )
    return [(subject_id, fact, value, day) for subject_id, fact, value, day in rows]
