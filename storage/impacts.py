"""Impacts of drafts, as they were worked out and read: kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import impact as table


@dataclass(frozen=True)
class ImpactRow:
    """`figures`: the impact as JSON, with the snapshot of the population that it was counted on."""

    impact_id: UUID
    draft_id: UUID
    revision: int
    snapshot_id: str
    figures: Mapping[str, Any]
    made_by: str
    made_at: datetime


_COLUMNS = [table.c[name] for name in ImpactRow.__dataclass_fields__]


def add(connection: Connection, row: ImpactRow) -> None:
    connection.execute(sa.insert(table).values(**vars(row)))


def get(connection: Connection, impact_id: UUID) -> ImpactRow:
    return ImpactRow(*connection.execute(sa.select(*_COLUMNS).where(table.c.impact_id == impact_id)).one())


def of_draft(connection: Connection, draft_id: UUID) -> list[ImpactRow]:
    """All impacts of a draft, oldest first."""
    query = sa.select(*_COLUMNS).where(table.c.draft_id == draft_id).order_by(table.c.made_at, table.c.impact_id)
    return [ImpactRow(*row) for row in connection.execute(query)]
