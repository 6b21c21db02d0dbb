"""Register imports: which extract became which snapshot, so that an auditor can find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from storage import bulk
from storage.tables import register_import as table


@dataclass(frozen=True, slots=True)
class RegisterImport:
    """`import_id` is the digest of extract and mapping; `report` is the data-quality report as JSON."""

    import_id: str
    register: str
    audience: str
    rows: int
    quarantined: int
    report: Mapping[str, Any]
    imported_at: datetime


def record(connection: Connection, entry: RegisterImport) -> bool:
    """Store the import; False when it was stored before."""
    return bool(bulk.insert_new(connection, table, bulk.rows_of([entry])))


def every(connection: Connection) -> list[RegisterImport]:
    """All imports, oldest first."""
    columns = [table.c[name] for name in RegisterImport.__dataclass_fields__]
    rows = connection.execute(sa.select(*columns).order_by(table.c.imported_at, table.c.import_id))
    return [RegisterImport(*row) for row in rows]
