"""Impressions: which policy stood at which place of a list that somebody saw, and whether it was claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from storage import bulk
from storage.tables import claim, claim_event
from storage.tables import impression as table


@dataclass(frozen=True, slots=True)
class Impression:
    """One place of one list; `position` counts from 1, `propensity` in (0, 1] is how likely that place was."""

    slate_id: UUID
    position: int
    subject_id: str
    audience: str
    policy_id: str
    policy_version: int
    surface: str
    propensity: float
    amount_fen: int | None
    model_version: str | None
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class ImpressionOutcome:
    """An impression and whether the subject claimed that policy afterwards (1) or not (0)."""

    impression: Impression
    claimed: int


_COLUMNS = [table.c[name] for name in Impression.__dataclass_fields__]


def record(connection: Connection, impressions: Sequence[Impression]) -> None:
    """Store impressions. A list shown again is a new slate."""
    for chunk in bulk.chunks(impressions):
        bulk.insert(connection, table, bulk.rows_of(chunk))


def frame(connection: Connection, audience: str, since: datetime, until: datetime) -> list[ImpressionOutcome]:
    """Impressions shown in [since, until) with their outcome so far, in the order shown."""
    claimed = sa.exists().where(
        claim.c.subject_id == table.c.subject_id,
        claim.c.policy_id == table.c.policy_id,
        claim_event.c.claim_id == claim.c.claim_id,
        claim_event.c.event == "claim",
        claim_event.c.actor == "subject",
        claim_event.c.at >= table.c.shown_at,
    )
    query = (
        sa.select(*_COLUMNS, sa.cast(claimed, sa.Integer))
        .where(table.c.audience == audience, table.c.shown_at >= since, table.c.shown_at < until)
        .order_by(table.c.shown_at, table.c.slate_id, table.c.position)
    )
    return [ImpressionOutcome(Impression(*row[:-1]), row[-1]) for row in connection.execute(query)]
