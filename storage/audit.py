"""The audit log's rows: added one at a time, in one order, each with the digest of the one before."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import audit_entry as table

ROWS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class EntryRow:
    sequence: int
    at: datetime
    who: str
    act: str
    about: str
    data: Mapping[str, Any]
    previous: str
    digest: str


_COLUMNS = [table.c[name] for name in EntryRow.__dataclass_fields__]


def head(connection: Connection, *, to_append: bool = False) -> EntryRow | None:
    """The newest entry; None of an empty log. `to_append`: nobody else appends until this transaction ends."""
    if to_append:
        connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    row = connection.execute(sa.select(*_COLUMNS).order_by(table.c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else EntryRow(*row)


def append(connection: Connection, entry: EntryRow) -> None:
    connection.execute(sa.insert(table).values(**vars(entry)))


def entries(connection: Connection) -> Generator[EntryRow, None, None]:
    """All, oldest first, a few thousand in memory at a time; close it where it is not read to its end."""
    query = sa.select(*_COLUMNS).order_by(table.c.sequence).execution_options(yield_per=ROWS_AT_A_TIME)
    with connection.execute(query) as rows:
        for row in rows:
            yield EntryRow(*row)


def newest(
    connection: Connection, *, limit: int, before: int | None = None, about: str | None = None, who: str | None = None
) -> list[EntryRow]:
    """The newest `limit` entries, newest first: those `before` a sequence, `about` one thing, by `who`."""
    query = sa.select(*_COLUMNS).order_by(table.c.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.sequence < before)
    if about is not None:
        query = query.where(table.c.about == about)
    if who is not None:
        query = query.where(table.c.who == who)
    return [EntryRow(*row) for row in connection.execute(query)]
