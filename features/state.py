"""This file knows what the online store holds: which snapshot, whether completely, and who was changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.errors import DataDamaged
from domain.facts import Audience
from features import wide
from features.entities import JOIN_KEY
from features.provenance import COLUMN
from features.publication import appearing_file

_STAMPS = ("event_timestamp", "created_timestamp")


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
        """The state; None where nothing was loaded yet. Raises DataDamaged."""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return OnlineState(Path(found["snapshot"]), found["complete"] is True)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataDamaged(self._file, str(error)) from error

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


def rows_to_write(state: OnlineState | None, path: Path, columns: list[str], pushed: list[str]) -> pa.Table:
    """The rows of the wide table `path` that bring the online store from `state` to it.

    Everything, where it is not known what the store holds. Otherwise subjects who are new, who differ in one of
    `columns`, or who were `pushed`; those who are gone come with every column unknown and no provenance.
    """
    table = wide.read(path, [JOIN_KEY, *columns, *_STAMPS])
    if state is None or not state.complete or not state.snapshot.exists():
        return table
    if set(columns) - set(pq.read_schema(state.snapshot).names):
        return table
    wanted = pa.concat_arrays([_changed(state.snapshot, path, columns), pa.array(pushed, pa.string())])
    differing = table.filter(pc.is_in(table[JOIN_KEY], value_set=wanted))
    gone = _gone(state.snapshot, path)
    if not len(gone):
        return differing
    empty = {JOIN_KEY: gone, COLUMN: pa.repeat("", len(gone))}
    empty |= {name: pa.repeat(table[name][0], len(gone)) for name in _STAMPS}
    return pa.concat_tables([differing, pa.table(empty)], promote_options="default")


def _changed(old: Path, new: Path, columns: list[str]) -> pa.Array:
    """Subjects of the wide table `new` who are not in `old`, or there with another value in one of `columns`."""
    differs = " OR ".join(f'n."{name}" IS DISTINCT FROM o."{name}"' for name in columns)
    both = "read_parquet($new) n LEFT JOIN read_parquet($old) o USING (subject_id)"
    # Column names are the vocabulary's, not anybody's input.
    return _ids(f"SELECT n.subject_id FROM {both} WHERE o.subject_id IS NULL OR {differs}", old, new)  # noqa: S608


def _gone(old: Path, new: Path) -> pa.Array:
    """Subjects of the wide table `old` who are not in `new`."""
    return _ids("SELECT subject_id FROM read_parquet($old) EXCEPT SELECT subject_id FROM read_parquet($new)", old, new)


def _ids(statement: str, old: Path, new: Path) -> pa.Array:
    with duckdb.connect() as connection:
        found = connection.execute(statement, {"old": str(old), "new": str(new)}).to_arrow_table()
    return found["subject_id"].combine_chunks()
