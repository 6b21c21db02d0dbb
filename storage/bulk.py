"""Many rows in one statement: the rows travel as one JSON document and PostgreSQL unfolds them.

Unlike COPY this can skip what is there already and say what was new; unlike executemany it is one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql import insert as pg_insert

# Keeps one statement's document in the low megabytes, reasons included.
ROWS_PER_STATEMENT = 2_000

Row = Mapping[str, Any]
Condition = Callable[[sa.FromClause], sa.ColumnElement[bool]]
"""A condition on the incoming row, whose columns are named as the table's."""


def insert(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert all rows; every row has the same keys. Raises IntegrityError when one is there already."""
    for chunk in chunks(rows):
        incoming = _unfolded(table, list(chunk[0]))
        connection.execute(
            sa.insert(table).from_select(list(chunk[0]), sa.select(incoming)), {"rows": _document(chunk)}
        )


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> list[Any]:
    """Insert the rows that break no uniqueness and return, of those that were new, the first primary key column."""
    key = next(iter(table.primary_key.columns))
    new: list[Any] = []
    for chunk in chunks(rows):
        incoming = sa.select(_unfolded(table, list(chunk[0])))
        statement = pg_insert(table).from_select(list(chunk[0]), incoming).on_conflict_do_nothing().returning(key)
        new.extend(connection.execute(statement, {"rows": _document(chunk)}).scalars())
    return new


def update(
    connection: Connection, table: sa.Table, rows: Sequence[Row], key: str, *, only: Condition | None = None
) -> int:
    """Set the rows' columns where `key` (and `only`) matches; returns how many rows changed."""
    changed = 0
    for chunk in chunks(rows):
        names = list(chunk[0])
        incoming = _unfolded(table, names)
        statement = sa.update(table).values({name: incoming.c[name] for name in names if name != key})
        statement = statement.where(table.c[key] == incoming.c[key])
        if only is not None:
            statement = statement.where(only(incoming))
        changed += connection.execute(statement, {"rows": _document(chunk)}).rowcount
    return changed


def rows_of(records: Iterable[Any]) -> list[Row]:
    """Dataclass instances whose fields are named as the table's columns, as rows."""
    return [{name: getattr(record, name) for name in record.__dataclass_fields__} for record in records]


def chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows in parts of a size that one statement carries well."""
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        yield rows[start : start + ROWS_PER_STATEMENT]


def _unfolded(table: sa.Table, names: Sequence[str]) -> sa.FromClause:
    columns: list[sa.Column[Any]] = [sa.Column(name, table.c[name].type) for name in names]
    document = sa.cast(sa.bindparam("rows", type_=sa.Text), JSON)
    return sa.func.json_to_recordset(document).table_valued(*columns).render_derived(name="incoming", with_types=True)


def _document(rows: Sequence[Row]) -> str:
    return orjson.dumps(list(rows)).decode()
