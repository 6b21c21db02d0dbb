"""This file knows the feature store: wide tables into the online store, profiles and ordered features out of it.

Feast keeps the definitions and both stores; here is what it leaves to its users. What it returns comes in an order
that differs from process to process, so features are put into the order asked for. A point-in-time join may lose or
repeat rows, so rows in and out are compared and carry their number. A backfill must not be seen by moments before it,
so reads filter by created timestamp. Definitions are applied from here, once, not by `feast apply`.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalogue.loader import DEFAULT_ROOT, load_vocabulary
from domain.calendar import start_of_day
from domain.errors import DataDamaged, FeaturesMissing, UnknownSubject
from domain.facts import Audience, FactType, Value, Vocabulary
from domain.profile import Profile
from features import wide
from features.cells import ARROW_TYPES
from features.changes import Row, after_events
from features.damage import told
from features.entities import JOIN_KEY, entity
from features.provenance import COLUMN, Assembler, LifeChange, Provenance, assemble
from features.publication import appearing_file
from features.registers import Progress
from features.sources import event_source, events_name, wide_source
from features.state import OnlineState, StateFile, rows_to_write
from features.training import point_in_time
from features.views import profile_view, service, service_name, view_name

PROJECT = "duixian"
PURPOSES = ("matching", "ranking")
CHUNK_ROWS = 2_000
"""Subjects a transaction of the online store: a progress bar that moves, and little to repeat after a kill."""
READ_ROWS = 25
"""Subjects a read of the online store: Feast makes an object a fact, and thousands at once keep the collector busy."""
_EDITION = 1
"""Part of what decides whether definitions must be applied again; raise it when views.py or sources.py change."""


@dataclass(frozen=True)
class _Change:
    changes: Mapping[str, object]
    as_of: date


class FeatureStoreHandle:
    """The feature store of one home; cheap to open, Feast is loaded by the first call that needs it.

    Safe to share between threads. `online_store` is a Feast online store configuration (such as
    `{"type": "redis", "connection_string": ...}`); left out, it is an SQLite file under `home`.
    """

    def __init__(
        self, home: Path, vocabulary: Vocabulary | None = None, online_store: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self._folder = home / "feast"
        self._vocabulary = vocabulary
        self._online_store = online_store
        self._lock = threading.RLock()
        self._services: dict[Audience, Any] = {}
        self._assemblers: dict[Audience, Assembler] = {}
        self._snapshots: dict[Audience, tuple[Path, wide.Snapshot]] = {}

    @staticmethod
    def open(
        home: Path, vocabulary: Vocabulary | None = None, online_store: Mapping[str, str] | None = None
    ) -> FeatureStoreHandle:
        """A handle on the store under `home`; without a vocabulary the catalogue's own is read when first needed."""
        return FeatureStoreHandle(home, vocabulary, online_store)

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            self._vocabulary = load_vocabulary(DEFAULT_ROOT)
        return self._vocabulary

    # Definitions

    def apply(self, vocabulary: Vocabulary) -> bool:
        """Register entities, sources, views and services; False when they are as they were."""
        self._vocabulary = vocabulary
        self._assemblers.clear()
        digest = self._definitions_digest()
        applied = self._folder / "applied.json"
        if applied.exists() and applied.read_text(encoding="utf-8") == json.dumps(digest):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        objects: list[Any] = []
        for audience in Audience:
            who = entity(audience)
            batch = wide_source(self.home, audience, wide.words_digest(vocabulary, audience))
            events = event_source(audience, batch)
            view = profile_view(audience, vocabulary, who, events)
            objects += [who, batch, events, view]
            objects += [service(service_name(audience, purpose), view) for purpose in PURPOSES]
        with self._lock, _quiet(), told(self._folder):
            self._feast.apply(objects)
            self._services.clear()
        with appearing_file(applied) as temporary:
            temporary.write_text(json.dumps(digest), encoding="utf-8")
        return True

    def add_service(self, name: str, audience: Audience, features: Sequence[str]) -> None:
        """Register the feature service of a model version: `features` are facts, in the model's order."""
        for feature in features:
            self.vocabulary.fact(audience, feature)
        with self._lock, _quiet():
            self._feast.apply([service(name, self._feast.get_feature_view(view_name(audience)), features)])

    # Writing

    def materialize(self, audience: Audience, wide_path: Path, progress: Progress | None = None) -> int:
        """Bring the online store to a wide table's state; returns how many subjects were written.

        The same table again writes nothing; another one only those who differ from the last one, who were changed by
        events since, or who are gone. After a kill the next call writes everything that may be half done.
        """
        wide_path = wide_path.resolve()
        file = StateFile(self._folder, audience)
        state = None
        with suppress(DataDamaged):  # then it is not known what the store holds, and everything is written
            state = file.read()
        if state is not None and state.complete and state.snapshot == wide_path:
            return 0
        pushed = file.pushed()
        table = rows_to_write(state, wide_path, [*self.vocabulary.of(audience), COLUMN], pushed)
        file.write(OnlineState(wide_path, complete=False))
        done = 0
        for chunk in _chunks(table):
            with self._lock, _quiet(), told(self._folder):
                self._feast.write_to_online_store(view_name(audience), df=_frame(chunk))
            done += len(chunk)
            if progress is not None:
                progress(done, len(table))
        file.forget_pushed(pushed)
        file.write(OnlineState(wide_path, complete=True))
        return len(table)

    def push(self, audience: Audience, subject_id: str, changes: Mapping[str, Value], as_of: date) -> Profile:
        """Let a life event change a subject's online profile, with what follows from it; returns the new profile.

        Raises UnknownSubject, UnknownFact or ProfileInvalid; nothing is changed then.
        """
        facts = self.vocabulary.of(audience)
        for name in changes:
            self.vocabulary.fact(audience, name)
        row = self._rows(audience, [subject_id])[0]
        if row is None:
            raise UnknownSubject(subject_id)
        snapshot = self._snapshot(audience)
        day = snapshot.as_of if snapshot else as_of
        law = snapshot.parameters if snapshot else {}
        row = after_events(row, [_Change(changes, as_of)], facts, day, law)
        # Later than the row it replaces: some online stores drop what does not come after what they hold.
        written = self._written_at(audience, subject_id)
        moment = max(start_of_day(as_of), written + timedelta(seconds=1))
        stamp = pa.timestamp("us", "UTC")
        columns = {JOIN_KEY: pa.array([subject_id])}
        columns |= {name: pa.array([row.values.get(name)], ARROW_TYPES[fact.type]) for name, fact in facts.items()}
        columns |= {name: pa.array([moment], stamp) for name in ("event_timestamp", "created_timestamp")}
        columns[COLUMN] = pa.array([row.provenance.text()])
        StateFile(self._folder, audience).add_pushed(subject_id)
        with self._lock, _quiet(), told(self._folder):
            self._feast.push(events_name(audience), _frame(pa.table(columns)))
        return self._assembled(audience)(subject_id, row.values, row.provenance.text())

    # Reading

    def loaded_snapshot(self, audience: Audience) -> str:
        """The id of the wide table that profiles are read from, life events apart. Raises FeaturesMissing."""
        state = StateFile(self._folder, audience).read()
        if state is None:
            raise FeaturesMissing(
                f"No profiles of {audience}s are loaded.",
                next_step="Run 'duixian features build' (or 'make demo') first.",
            )
        return state.snapshot.stem

    def profile(self, audience: Audience, subject_id: str, overlay: Iterable[LifeChange] = ()) -> Profile:
        """A subject's profile, each fact with source and date; `overlay` are life events to lay over it, oldest first.

        Raises UnknownSubject.
        """
        found = self.profiles(audience, [subject_id], {subject_id: overlay}).get(subject_id)
        if found is None:
            raise UnknownSubject(subject_id)
        return found

    def profiles(
        self, audience: Audience, ids: Sequence[str], overlays: Mapping[str, Iterable[LifeChange]] | None = None
    ) -> dict[str, Profile]:
        """The profiles of those `ids` that there are, in their order; `overlays` are each subject's life events."""
        make = self._assembled(audience)
        found: dict[str, Profile] = {}
        for start in range(0, len(ids), READ_ROWS):
            some = ids[start : start + READ_ROWS]
            for one, row in zip(some, self._rows(audience, some), strict=True):
                if row is not None:
                    events = list(overlays.get(one, ())) if overlays else []
                    laid = self._after(row, events, audience) if events else row
                    found[one] = make(one, laid.values, laid.provenance.text())
        return found

    def _after(self, row: Row, events: Sequence[LifeChange], audience: Audience) -> Row:
        snapshot = self._snapshot(audience)
        day = snapshot.as_of if snapshot else max(event.as_of for event in events)
        law = snapshot.parameters if snapshot else {}
        return after_events(row, events, self.vocabulary.of(audience), day, law)

    def features(self, audience: Audience, ids: Sequence[str], names: Sequence[str]) -> pa.Table:
        """The online features `names` of `ids`, a row each, in exactly these orders; raises UnknownSubject."""
        rows = self._rows(audience, ids)
        for one, row in zip(ids, rows, strict=True):
            if row is None:
                raise UnknownSubject(one)
        types = {name: ARROW_TYPES[self.vocabulary.fact(audience, name).type] for name in names}
        return pa.table(
            {name: pa.array([row.values[name] for row in rows if row], kind) for name, kind in types.items()}
        )

    def training_frame(
        self, audience: Audience, entity_rows: pa.Table, features: Sequence[str] | None = None
    ) -> pa.Table:
        """The facts of each row's subject as they were known at its `event_timestamp`.

        `entity_rows`: subject_id, event_timestamp (timestamp with zone), and any other columns; returned as they are,
        in their order, followed by `features` (all facts if None) in that order. Raises FeaturesMissing when no row
        finds a snapshot that was known at its moment, DataDamaged when a join did not return every row once.
        """
        names = list(self.vocabulary.of(audience)) if features is None else list(features)
        types = {name: ARROW_TYPES[self.vocabulary.fact(audience, name).type] for name in names}
        with self._lock, _quiet():
            return point_in_time(self._feast, audience, entity_rows, types)

    def _assembled(self, audience: Audience) -> Assembler:
        if audience not in self._assemblers:
            self._assemblers[audience] = assemble(self.vocabulary.of(audience), audience)
        return self._assemblers[audience]

    # Feast

    @cached_property
    def _feast(self) -> Any:
        # Nobody is told that this runs.
        os.environ.setdefault("FEAST_USAGE", "False")
        with _quiet():
            from feast import FeatureStore, RepoConfig  # noqa: PLC0415 -- takes seconds to import

            own = {"type": "features.online.SubjectRowOnlineStore", "path": str(self._folder.resolve() / "online.db")}
            online = self._online_store or own
            config = RepoConfig(
                project=PROJECT,
                provider="local",
                # 0: definitions change by apply() only, so they are never read again for a request.
                registry={"path": str(self._folder.resolve() / "registry.db"), "cache_ttl_seconds": 0},
                # The default file store drops rows: five impressions of one moment came back as two.
                offline_store={"type": "duckdb"},
                online_store=dict(online),
                entity_key_serialization_version=3,
            )
            return FeatureStore(config=config)

    def _rows(self, audience: Audience, ids: Sequence[str]) -> list[Row | None]:
        """Each subject's values and provenance, or None for one who is not there."""
        if not ids:
            return []
        facts = self.vocabulary.of(audience)
        found = self._online(audience, ids).to_dict()
        days = [name for name, fact in facts.items() if fact.type is FactType.DATE]
        for name in days:
            found[name] = [value.date() if isinstance(value, datetime) else None for value in found[name]]
        columns = [found[name] for name in facts]
        return [
            Row(dict(zip(facts, values, strict=True)), Provenance.parse(text)) if text else None
            for text, *values in zip(found[COLUMN], *columns, strict=True)
        ]

    def _written_at(self, audience: Audience, subject_id: str) -> datetime:
        """The event timestamp of a subject's online row."""
        found = self._online(audience, [subject_id]).to_dict(include_event_timestamps=True)
        return datetime.fromtimestamp(found[f"{COLUMN}__ts"][0], UTC)

    def _online(self, audience: Audience, ids: Sequence[str]) -> Any:
        with self._lock, told(self._folder):
            if audience not in self._services:
                if not (self._folder / "applied.json").exists():
                    raise FeaturesMissing(
                        f"The feature store under {self.home} has no definitions.",
                        next_step="Run 'duixian features build' (or 'make demo') first.",
                    )
                self._services[audience] = self._feast.get_feature_service(service_name(audience, "matching"))
            return self._feast.get_online_features(features=self._services[audience], entity_rows={JOIN_KEY: list(ids)})

    def _snapshot(self, audience: Audience) -> wide.Snapshot | None:
        """What the online store's table was made from, read once a table."""
        state = StateFile(self._folder, audience).read()
        if state is None or not state.snapshot.exists():
            return None
        known: tuple[Path, wide.Snapshot] | None = self._snapshots.get(audience)
        if known is None or known[0] != state.snapshot:
            known = (state.snapshot, wide.Snapshot.of(state.snapshot))
            self._snapshots[audience] = known
        return known[1]

    def _definitions_digest(self) -> str:
        words = {audience: wide.words_digest(self.vocabulary, audience) for audience in Audience}
        given = json.dumps([_EDITION, words, str(self.home.resolve()), self._online_store and dict(self._online_store)])
        return hashlib.sha256(given.encode()).hexdigest()


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, len(table), CHUNK_ROWS):
        # Feast reads the first record batch of what it is given, and only that.
        yield table.slice(start, CHUNK_ROWS).combine_chunks()


def _frame(table: pa.Table) -> Any:
    """Arrow types kept inside pandas: plain pandas would turn whole numbers with unknowns into floats."""
    import pandas as pd  # noqa: PLC0415 -- only where Feast wants a frame

    return table.to_pandas(types_mapper=pd.ArrowDtype)


@contextmanager
def _quiet() -> Iterator[None]:
    """Feast and ibis call functions that their own dependencies have deprecated; nobody here can mend that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield
