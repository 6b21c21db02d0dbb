"""Reviews (好差评): the subject's judgement of what arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from storage import bulk
from storage.tables import review as table


@dataclass(frozen=True, slots=True)
class Review:
    """One judgement of one claim; `grade` from 1 (very dissatisfied) to 5 (very satisfied)."""

    review_id: UUID
    claim_id: UUID
    subject_id: str
    policy_id: str
    grade: int
    words: str
    created_at: datetime


_COLUMNS = [table.c[name] for name in Review.__dataclass_fields__]


def record(connection: Connection, reviews: Sequence[Review]) -> set[UUID]:
    """Store reviews; returns the ids of those whose claim had none yet."""
    rows = bulk.rows_of(reviews)
    return set(bulk.insert_new(connection, table, rows))


def of_claim(connection: Connection, claim_id: UUID) -> Review | None:
    """The review of a claim, if there is one."""
    row = connection.execute(sa.select(*_COLUMNS).where(table.c.claim_id == claim_id)).one_or_none()
    return Review(*row) if row else None


def of_policy(connection: Connection, policy_id: str, *, limit: int = 50) -> list[Review]:
    """A policy's reviews, newest first. They name subjects: for officers, not for other subjects."""
    query = sa.select(*_COLUMNS).where(table.c.policy_id == policy_id)
    rows = connection.execute(query.order_by(table.c.created_at.desc(), table.c.review_id).limit(limit))
    return [Review(*row) for row in rows]


def summary(connection: Connection) -> list[tuple[str, int, float]]:
    """(policy, number of reviews, mean grade), by policy."""
    query = sa.select(table.c.policy_id, sa.func.count(), sa.func.avg(table.c.grade)).group_by(table.c.policy_id)
    rows = connection.execute(query.order_by(table.c.policy_id))
    return [(policy_id, number, float(mean)) for policy_id, number, mean in rows]
