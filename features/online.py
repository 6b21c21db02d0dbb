"""This file knows an online store for Feast that keeps a subject's whole profile in one row of an SQLite file.

Feast's own SQLite store keeps a row a feature: 80 facts are 80 inserts and 21 kB a subject, this one 1 kB and one.
Feast loads the class by its path (`type: features.online.SubjectRowOnlineStore`), its way to add an online store;
nothing else imports this module, since it imports Feast.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.Value_pb2 import RepeatedValue
from feast.repo_config import FeastConfigBaseModel

Written = tuple[Any, dict[str, Any], datetime, datetime | None]
"""Entity key, feature values, event and created timestamp, as Feast hands a row over."""

_KEYS_A_QUERY = 10_000
"""SQLite takes 32,766 variables a statement."""


class SubjectRowOnlineStoreConfig(FeastConfigBaseModel):
    type: Literal["features.online.SubjectRowOnlineStore"] = "features.online.SubjectRowOnlineStore"
    path: str


class SubjectRowOnlineStore(OnlineStore):
    """One table a view: entity key, layout, values, times.

    The values are a Feast RepeatedValue; the layout says which features they are, in order. Layouts are few, so the
    names are not repeated a row. Not to be shared between threads without a lock.
    """

    _connection: sqlite3.Connection | None = None

    def online_write_batch(
        self, config: Any, table: Any, data: Sequence[Written], progress: Callable[[int], Any] | None
    ) -> None:
        connection = self._open(config)
        name = _table(config, table)
        every = {feature.name for feature in table.features}
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"INSERT OR REPLACE INTO {name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608 -- a quoted name of Feast's
                self._encoded(connection, config, table, data, every),
            )
        if progress is not None:
            progress(len(data))

    def online_read(
        self, config: Any, table: Any, entity_keys: Sequence[Any], requested_features: list[str] | None = None
    ) -> list[tuple[datetime | None, dict[str, Any] | None]]:
        connection = self._open(config)
        keys = [_key(config, key) for key in entity_keys]
        rows: dict[bytes, tuple[int, bytes, int]] = {}
        for start in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[start : start + _KEYS_A_QUERY]
            found = connection.execute(
                f"SELECT entity_key, layout, features, event_us FROM {_table(config, table)}"  # noqa: S608 -- quoted
                f" WHERE entity_key IN ({','.join('?' * len(some))})",
                some,
            )
            rows |= {key: (layout, features, event_us) for key, layout, features, event_us in found}
        layouts = {layout: self._names(connection, layout) for layout in {row[0] for row in rows.values()}}
        wanted = None if requested_features is None else set(requested_features)
        answers: list[tuple[datetime | None, dict[str, Any] | None]] = []
        for key in keys:
            row = rows.get(key)
            if row is None:
                answers.append((None, None))
                continue
            values = dict(zip(layouts[row[0]], RepeatedValue.FromString(row[1]).val, strict=True))
            if wanted is not None:
                values = {name: value for name, value in values.items() if name in wanted}
            answers.append((datetime.fromtimestamp(row[2] / 1e6, UTC), values))
        return answers

    def update(
        self,
        config: Any,
        tables_to_delete: Sequence[Any],
        tables_to_keep: Sequence[Any],
        entities_to_delete: Sequence[Any],
        entities_to_keep: Sequence[Any],
        partial: bool,
    ) -> None:
        connection = self._open(config)
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS layout (layout INTEGER PRIMARY KEY, names TEXT UNIQUE)")
            for table in tables_to_keep:
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {_table(config, table)} (entity_key BLOB PRIMARY KEY,"
                    " layout INTEGER NOT NULL, features BLOB NOT NULL, event_us INTEGER NOT NULL, created_us INTEGER)"
                    " WITHOUT ROWID"
                )
            for table in tables_to_delete:
                connection.execute(f"DROP TABLE IF EXISTS {_table(config, table)}")

    def teardown(self, config: Any, tables: Sequence[Any], entities: Sequence[Any]) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        Path(config.online_store.path).unlink(missing_ok=True)

    def _open(self, config: Any) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(config.online_store.path, check_same_thread=False, isolation_level=None)
            # Feast ends a store by dropping it.
            weakref.finalize(self, self._connection.close)
            # Requests read on while a snapshot is loaded. A load that a power cut undoes is simply made again.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        return self._connection

    def _encoded(
        self, connection: sqlite3.Connection, config: Any, table: Any, data: Sequence[Written], every: set[str]
    ) -> Iterator[tuple[bytes, int, bytes, int, int | None]]:
        layouts: dict[tuple[str, ...], int] = {}
        for entity_key, given, event, created in data:
            values = given if given.keys() >= every else self._merged(config, table, entity_key, given)
            names = tuple(values)
            if names not in layouts:
                layouts[names] = _layout(connection, names)
            features = RepeatedValue(val=values.values()).SerializeToString()
            yield _key(config, entity_key), layouts[names], features, _microseconds(event), _microseconds(created)

    def _merged(self, config: Any, table: Any, entity_key: Any, given: dict[str, Any]) -> dict[str, Any]:
        """A write of some features leaves the subject's others as they are."""
        before = self.online_read(config, table, [entity_key])[0][1]
        return {**(before or {}), **given}

    @staticmethod
    def _names(connection: sqlite3.Connection, layout: int) -> list[str]:
        row = connection.execute("SELECT names FROM layout WHERE layout = ?", (layout,)).fetchone()
        names: list[str] = json.loads(row[0])
        return names


def _layout(connection: sqlite3.Connection, names: tuple[str, ...]) -> int:
    text = json.dumps(names)
    connection.execute("INSERT OR IGNORE INTO layout (names) VALUES (?)", (text,))
    number: int = connection.execute("SELECT layout FROM layout WHERE names = ?", (text,)).fetchone()[0]
    return number


def _table(config: Any, table: Any) -> str:
    return '"{}"'.format(f"{config.project}_{table.name}".replace('"', '""'))


def _key(config: Any, entity_key: Any) -> bytes:
    key: bytes = serialize_entity_key(
        entity_key, entity_key_serialization_version=config.entity_key_serialization_version
    )
    return key


def _microseconds(moment: datetime | None) -> Any:
    if moment is None:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1e6)
