"""Parameter versions: the dated values of law that decisions rested on, kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import distinct_on

from domain.errors import UnknownParameter
from storage import bulk, texts
from storage.tables import parameter_version as table


def publish(connection: Connection, parameters: Mapping[str, str], now: datetime) -> int:
    """Store each parameter (name to yaml) whose text differs from its newest version; returns how many were new.

    A file gives a parameter no number, so versions are counted here: going back to an earlier text is a version, too.
    """
    # Two loads at once would count the same number twice; readers are not held up.
    connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    held = {name: (version, text) for name, version, text in newest(connection)}
    rows = [
        {"name": name, "version": held.get(name, (0, ""))[0] + 1, **texts.stamped(text, now)}
        for name, text in parameters.items()
        if name not in held or held[name][1] != text
    ]
    bulk.insert(connection, table, rows)
    return len(rows)


def newest(connection: Connection) -> list[tuple[str, int, str]]:
    """(name, version, yaml) of the newest loaded version of each parameter, by name."""
    query = (
        sa.select(table.c.name, table.c.version, table.c.text)
        .ext(distinct_on(table.c.name))
        .order_by(table.c.name, table.c.version.desc())
    )
    return [(name, version, text) for name, version, text in connection.execute(query)]


def text(connection: Connection, name: str, version: int) -> str:
    """The yaml of a version. Raises UnknownParameter, and VersionAltered where it is not what was loaded."""
    query = sa.select(table.c.text, table.c.digest).where(table.c.name == name, table.c.version == version)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownParameter(f"{name} version {version}")
    return texts.checked(found.text, found.digest, f"parameter {name!r} version {version}")


def known_digests(connection: Connection) -> set[tuple[str, str]]:
    """(name, digest) of all that was ever stored."""
    return {(name, digest) for name, digest in connection.execute(sa.select(table.c.name, table.c.digest))}
