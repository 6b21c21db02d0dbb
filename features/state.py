"""This file knows what the online store holds: which snapshot, whether completely, and who was changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from domain.facts import Audience
from features.publication import appearing_file


@dataclass(frozen=True)
class OnlineState:
    """The wide table that the online store was brought to; `complete` is False while, or after a kill in, a load."""

    snapshot: Path
    complete: bool


class StateFile:
    """Reads and writes one audience's state in `folder`."""

    def __init__(self, folder: Path, audience: Audience) -> None:
        self._file = folder / f"online-{audience}.json"
        self._pushed = folder / f"pushed-{audience}.txt"

    def read(self) -> OnlineState | None:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return OnlineState(Path(found["snapshot"]), found["complete"])

    def write(self, state: OnlineState) -> None:
        with appearing_file(self._file) as temporary:
            temporary.write_text(json.dumps({"snapshot": str(state.snapshot), "complete": state.complete}))

    def add_pushed(self, subject_id: str) -> None:
        """Note a subject whose online row no longer equals the snapshot's; noted before the row is written."""
        self._pushed.parent.mkdir(parents=True, exist_ok=True)
        with self._pushed.open("a", encoding="utf-8") as file:
            file.write(f"{subject_id}\n")

    def pushed(self) -> list[str]:
        return self._pushed.read_text(encoding="utf-8").split() if self._pushed.exists() else []

    def forget_pushed(self, subjects: Iterable[str]) -> None:
        """Drop the first notes, those of `subjects` in their order; what was noted since stays."""
        left = self.pushed()[len(list(subjects)) :]
        with appearing_file(self._pushed) as temporary:
            temporary.write_text("".join(f"{subject}\n" for subject in left), encoding="utf-8")


def changed_subjects(old: Path, new: Path, columns: list[str]) -> pa.Array:
    """Subjects of the wide table `new` who are not in `old`, or there with another value in one of `columns`."""
    differs = " OR ".join(f'n."{name}" IS DISTINCT FROM o."{name}"' for name in columns)
    both = "read_parquet($new) n LEFT JOIN read_parquet($old) o USING (subject_id)"
    # Column names are the vocabulary's, not anybody's input.
    return _ids(f"SELECT n.subject_id FROM {both} WHERE o.subject_id IS NULL OR {differs}", old, new)  # noqa: S608


def gone_subjects(old: Path, new: Path) -> pa.Array:
    """Subjects of the wide table `old` who are not in `new`."""
    return _ids("SELECT subject_id FROM read_parquet($old) EXCEPT SELECT subject_id FROM read_parquet($new)", old, new)


def _ids(statement: str, old: Path, new: Path) -> pa.Array:
    with duckdb.connect() as connection:
        found = connection.execute(statement, {"old": str(old), "new": str(new)}).to_arrow_table()
    return found["subject_id"].combine_chunks()
