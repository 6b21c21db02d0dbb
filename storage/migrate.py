"""The schema up, down, and held against storage/tables.py; works from an installed package."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from domain.errors import MigrationDrift
from storage import connection as way
from storage.tables import metadata

_HERE = Path(__file__).parent / "migrations"
# Two processes that start together must not both migrate; any constant of our own names the lock.
_MIGRATION_LOCK = 7_163_500


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`. All or nothing. Raises DatabaseUnavailable."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str = "base") -> None:
    """Take the schema back to `revision`; to `base` drops every table and its rows."""
    _run(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The schema's revision; None for a database without our tables."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def new_revision(url: str, message: str) -> None:
    """Write a draft of the next migration from what differs between the database and storage/tables.py."""
    _run(url, lambda config: command.revision(config, message, autogenerate=True))


def check(url: str) -> None:
    """Prove on a scratch database beside `url`'s that the migrations go up and down and build storage/tables.py.

    Raises MigrationDrift with the differences: columns, constraints, indexes and triggers alike.
    """
    parsed = way.driver_url(url)
    name = f"duixian_check_{uuid.uuid4().hex[:12]}"
    admin = way.engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    scratch = parsed.set(database=name).render_as_string(hide_password=False)
    try:
        upgrade(scratch)
        _raise_on_drift(scratch)
        downgrade(scratch)
        with _connected(scratch) as connection:
            left = _shape(connection, "public")
        if left:
            raise MigrationDrift("The downgrade to base leaves: " + "; ".join(sorted(left)), next_step=_NEXT_STEP)
        upgrade(scratch)
        _raise_on_drift(scratch)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


_NEXT_STEP = "Mend the migration in storage/migrations/versions, or add one for the change in storage/tables.py."


def _raise_on_drift(url: str) -> None:
    with _connected(url) as connection:
        migrated = _shape(connection, "public")
        connection.execute(sa.text("CREATE SCHEMA declared"))
        connection.execute(sa.text("SET LOCAL search_path TO declared"))
        metadata.create_all(connection, checkfirst=False)
        declared = _shape(connection, "declared")
        connection.rollback()
    if migrated != declared:
        lines = [f"only in the migrations: {line}" for line in sorted(migrated - declared)]
        lines += [f"only in storage/tables.py: {line}" for line in sorted(declared - migrated)]
        raise MigrationDrift(
            "The migrations and storage/tables.py differ:\n" + "\n".join(lines) + "\n",
            next_step=_NEXT_STEP,
            differences=lines,
        )


_SHAPE = """
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace) AND c.relkind = 'r'
   AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace)
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = CAST(:schema AS text)
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace) AND NOT t.tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(p.oid)
  FROM pg_proc p WHERE p.pronamespace = CAST(CAST(:schema AS text) AS regnamespace)
"""


def _shape(connection: Connection, schema: str) -> set[str]:
    """Everything of ours that the schema holds, one line each, without the schema's own name."""
    lines = connection.execute(sa.text(_SHAPE), {"schema": schema}).scalars()
    return {line.replace(f"{schema}.", "") for line in lines if "alembic_version" not in line}


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = way.engine(url, pool_size=1)
    try:
        with way.transactions(engine)() as connection:
            yield connection
    finally:
        engine.dispose()


def _run(url: str, action: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    with _connected(url) as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))  # a change of a large table takes its time
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        action(config)
