"""Match runs: when a whole city was matched, from which features and rules, with what result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from storage import bulk
from storage.tables import match_run as table


@dataclass(frozen=True, slots=True)
class MatchRun:
    """One pass over an audience; `verdicts` counts subject-policy pairs by verdict."""

    match_run_id: UUID
    audience: str
    as_of: date
    snapshot_id: str
    catalogue_digest: str
    model_version: str | None
    subjects: int
    verdicts: Mapping[str, int]
    started_at: datetime
    finished_at: datetime


def record(connection: Connection, run: MatchRun) -> bool:
    """Store the run; False when it was stored before."""
    return bool(bulk.insert_new(connection, table, bulk.rows_of([run])))


def latest(connection: Connection, audience: str) -> MatchRun | None:
    """The last run of an audience, if there was one."""
    columns = [table.c[name] for name in MatchRun.__dataclass_fields__]
    query = sa.select(*columns).where(table.c.audience == audience)
    row = connection.execute(query.order_by(table.c.finished_at.desc(), table.c.match_run_id).limit(1)).one_or_none()
    return MatchRun(*row) if row else None
