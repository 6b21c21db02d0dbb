"""Which version of each policy serves whom: rows that are only added, in one order for all policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import distinct_on

from storage import bulk
from storage.tables import parameter_version, vocabulary_version
from storage.tables import standing as table

__all__ = ["Mark", "NewStanding", "Standing"]


@dataclass(frozen=True)
class NewStanding:
    """What is to hold from now on: `version` serves all, but the `canary_percent` whom `canary_version` serves.

    `version` None: nobody, or the canary's share alone. `last_day`: after it the version serves nobody any more.
    `restores`: of a rollback, the sequence of the row that holds again. `officer_id`: or "system".
    """

    policy_id: str
    version: int | None
    cause: str
    officer_id: str
    at: datetime
    last_day: date | None = None
    canary_version: int | None = None
    canary_percent: int | None = None
    restores: int | None = None
    reason: str = ""
    draft_id: UUID | None = None


@dataclass(frozen=True)
class Standing(NewStanding):
    """A row of the table; `sequence` counts over all policies, without a gap."""

    sequence: int = 0

    def serves(self) -> tuple[int | None, date | None, int | None, int | None]:
        """Whom it serves what: two rows that serve the same differ only in why."""
        return self.version, self.last_day, self.canary_version, self.canary_percent


@dataclass(frozen=True)
class Mark:
    """How far what is served has come; anything that changes it moves the mark."""

    standing: int
    vocabulary: int
    parameters: int


_NAMES = list(Standing.__dataclass_fields__)
_COLUMNS = [table.c[name] for name in _NAMES]


def lock(connection: Connection) -> None:
    """Nobody else changes what is served until this transaction ends; readers are not held up."""
    connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def add(connection: Connection, rows: Sequence[NewStanding]) -> None:
    """Add rows in their order; takes the lock, so that who reads up to a sequence has seen all before it."""
    lock(connection)
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0))).scalar_one()
    written = [
        {"sequence": last + number, **{name: getattr(row, name) for name in NewStanding.__dataclass_fields__}}
        for number, row in enumerate(rows, 1)
    ]
    bulk.insert(connection, table, written)


def current(connection: Connection) -> list[Standing]:
    """The newest row of every policy, by policy; those that serve nobody too."""
    query = (
        sa.select(*_COLUMNS).ext(distinct_on(table.c.policy_id)).order_by(table.c.policy_id, table.c.sequence.desc())
    )
    return [_standing(row) for row in connection.execute(query)]


def of_policy(connection: Connection, policy_id: str) -> Standing | None:
    """The newest row of one policy; None where it never served."""
    query = sa.select(*_COLUMNS).where(table.c.policy_id == policy_id).order_by(table.c.sequence.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _standing(row)


def history(connection: Connection, policy_id: str) -> list[Standing]:
    """All rows of one policy, oldest first."""
    query = sa.select(*_COLUMNS).where(table.c.policy_id == policy_id).order_by(table.c.sequence)
    return [_standing(row) for row in connection.execute(query)]


def mark(connection: Connection) -> Mark:
    """Cheap enough to be asked every second."""
    query = sa.select(
        sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0)).scalar_subquery(),
        sa.select(sa.func.coalesce(sa.func.max(vocabulary_version.c.version), 0)).scalar_subquery(),
        # Versions of a parameter count without a gap and are kept for good, so their number tells them all.
        sa.select(sa.func.count()).select_from(parameter_version).scalar_subquery(),
    )
    return Mark(*connection.execute(query).one())


def _standing(row: sa.Row[Any]) -> Standing:
    return Standing(**row._mapping)
