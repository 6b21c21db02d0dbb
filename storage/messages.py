"""The inbox: what a subject was told, and whether it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.errors import UnknownMessage
from storage import bulk
from storage.tables import message as table

Content = Mapping[str, Mapping[str, str]]
"""{"zh": {"title": ..., "body": ...}, "en": {...}}"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its id is made from its cause, so that one cause tells once."""

    message_id: UUID
    subject_id: str
    audience: str
    purpose: str
    policy_id: str
    policy_version: int
    claim_id: UUID | None
    period: str
    template: str
    content: Content
    match_run_id: UUID | None
    rank: int | None
    created_at: datetime
    read_at: datetime | None = None
    channel: str = "inbox"


_COLUMNS = [table.c[name] for name in Message.__dataclass_fields__]


def send(connection: Connection, messages: Sequence[Message]) -> set[UUID]:
    """Put messages into the inboxes; returns the ids of those that were not there yet."""
    rows = bulk.rows_of(messages)
    return set(bulk.insert_new(connection, table, rows))


def inbox(connection: Connection, subject_id: str, *, limit: int = 50, before: datetime | None = None) -> list[Message]:
    """The subject's messages, newest first; `before` pages back.

    Messages of one moment stay on one page, which may so hold a few more than `limit`: the next page begins before it.
    """
    query = sa.select(*_COLUMNS).where(table.c.subject_id == subject_id)
    if before is not None:
        query = query.where(table.c.created_at < before)
    rows = connection.execute(query.order_by(table.c.created_at.desc()).fetch(limit, with_ties=True))
    found = sorted((Message(*row) for row in rows), key=lambda one: (one.rank or 0, one.message_id))
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def unread(connection: Connection, subject_id: str) -> int:
    """How many of the subject's messages are unread."""
    query = sa.select(sa.func.count()).where(table.c.subject_id == subject_id, table.c.read_at.is_(None))
    return connection.execute(query).scalar_one()


def mark_read(connection: Connection, message_id: UUID, subject_id: str, now: datetime) -> Message:
    """The subject's message, read at `now` if it was unread. Raises UnknownMessage."""
    statement = (
        sa.update(table)
        .where(table.c.message_id == message_id, table.c.subject_id == subject_id)
        .values(read_at=sa.func.coalesce(table.c.read_at, now))
        .returning(*_COLUMNS)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise UnknownMessage(message_id)
    return Message(*row)


def told_since(
    connection: Connection, purposes: Sequence[str], since: datetime, subject_ids: Sequence[str] | None
) -> dict[str, int]:
    """How many messages of `purposes` each subject got since then; subjects without one are left out."""
    query = sa.select(table.c.subject_id, sa.func.count().label("told")).where(
        table.c.purpose.in_(purposes), table.c.created_at >= since
    )
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return {row.subject_id: row.told for row in connection.execute(query.group_by(table.c.subject_id))}


def informed(connection: Connection, subject_ids: Sequence[str] | None) -> set[tuple[str, str, str]]:
    """(subject, policy, period) of every message about a policy that is only told, never claimed."""
    query = sa.select(table.c.subject_id, table.c.policy_id, table.c.period).where(table.c.purpose == "inform")
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return {(subject_id, policy_id, period) for subject_id, policy_id, period in connection.execute(query)}


def who_was_informed(
    connection: Connection, policy_id: str, period: str, subject_ids: Sequence[str] | None
) -> set[str]:
    """As `informed`, of one policy and period: the subjects (None: of all) who had such a message."""
    query = sa.select(table.c.subject_id).where(
        table.c.purpose == "inform", table.c.policy_id == policy_id, table.c.period == period
    )
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return set(connection.execute(query).scalars())
