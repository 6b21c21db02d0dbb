"""Vocabulary versions: the words in which loaded rules and kept facts are written, kept for good."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.errors import UnknownVocabulary
from storage import bulk, texts
from storage.tables import vocabulary_version as table


def publish(connection: Connection, text: str, now: datetime) -> int:
    """Store the yaml unless it is the newest version already; returns the version that it is now."""
    # Two loads at once would count the same number twice; readers are not held up.
    connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    version, held = newest(connection) or (0, None)
    if held == text:
        return version
    bulk.insert(connection, table, [{"version": version + 1, **texts.stamped(text, now)}])
    return version + 1


def newest(connection: Connection) -> tuple[int, str] | None:
    """The newest loaded version and its yaml; None before anything was loaded."""
    query = sa.select(table.c.version, table.c.text).order_by(table.c.version.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return None if found is None else (found.version, found.text)


def text(connection: Connection, version: int) -> str:
    """The yaml of a version. Raises UnknownVocabulary, and VersionAltered where it is not what was loaded."""
    query = sa.select(table.c.text, table.c.digest).where(table.c.version == version)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownVocabulary(version)
    return texts.checked(found.text, found.digest, f"vocabulary version {version}")


def known_digests(connection: Connection) -> set[str]:
    """Of every vocabulary that was ever stored."""
    return set(connection.execute(sa.select(table.c.digest)).scalars())
