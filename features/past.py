"""This file knows a profile as it once was: a row of an old wide table with the life events that came in after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow.parquet as pq

from domain.errors import SnapshotMissing
from domain.facts import Audience, Value, Vocabulary
from domain.profile import Profile
from features import wide
from features.changes import Row, after_events
from features.provenance import COLUMN, LifeChange, Provenance, assemble


class PastProfiles:
    """The profiles of some subjects in one wide table, made as the feature store made them then."""

    def __init__(self, home: Path, vocabulary: Vocabulary, audience: Audience, snapshot_id: str) -> None:
        """Raises SnapshotMissing and DataDamaged."""
        self.snapshot_id = snapshot_id
        self._path = wide.path_of(home, audience, snapshot_id)
        if not self._path.exists():
            raise SnapshotMissing(
                f"The snapshot {snapshot_id} of {audience}s is gone: there is no {self._path}.",
                next_step="Put the file back from a backup; docs/operating.md says what to keep.",
                snapshot_id=snapshot_id,
            )
        self._about = wide.Snapshot.of(self._path)
        self._facts = vocabulary.of(audience)
        there = set(pq.read_schema(self._path).names)
        self._names = [name for name in self._facts if name in there]
        self._assemble = assemble(self._facts, audience)
        self._rows: dict[str, Row] = {}

    def read(self, subject_ids: Collection[str]) -> None:
        """Take up these subjects' rows, in place of those read before."""
        table = wide.read(self._path, ["subject_id", COLUMN, *self._names], subject_ids)
        columns = table.to_pydict()
        ids, texts = columns.pop("subject_id"), columns.pop(COLUMN)
        nothing: dict[str, Value] = dict.fromkeys(self._facts)
        self._rows = {
            subject_id: Row(nothing | dict(zip(columns, values, strict=True)), Provenance.parse(text))
            for subject_id, text, *values in zip(ids, texts, *columns.values(), strict=True)
        }

    def profile(self, subject_id: str, events: Iterable[LifeChange]) -> Profile:
        """One of the subjects read, with `events` (oldest first) laid over. Raises SnapshotMissing without its row."""
        row = self._rows.get(subject_id)
        if row is None:
            raise SnapshotMissing(
                f"The snapshot {self.snapshot_id} has no row of {subject_id}.",
                next_step="Put the file back from a backup that has it.",
                snapshot_id=self.snapshot_id,
                subject_id=subject_id,
            )
        about = self._about
        row = after_events(row, events, self._facts, about.as_of, about.parameters)
        return self._assemble(subject_id, row.values, row.provenance.text())


def snapshot_before(home: Path, audience: Audience, snapshot_id: str) -> str | None:
    """The id of the wide table that was the latest one before this; None for the first. Raises DataDamaged."""
    ids = [path.stem for path in wide.by_age(home, audience)]
    at = ids.index(snapshot_id) if snapshot_id in ids else 0
    return ids[at - 1] if at else None
