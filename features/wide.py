"""This file knows the wide table: one row a subject with every fact as it was known on a day, and where it is from.

`home/wide/<audience>/<snapshot_id>.parquet` is immutable; its id is made from what went into it (imports, date, life
events, parameters, vocabulary, the tables that links lead to), so that building the same again does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.calendar import LOCAL, start_of_day
from domain.errors import CityMissing, DataDamaged
from domain.facts import Audience, Vocabulary
from domain.profile import Profile
from features import overlay as events
from features.cells import ARROW_TYPES
from features.joined import join_registers
from features.linked import OtherSubjects, columns_needed, linked_names
from features.provenance import COLUMN, assemble
from features.publication import appearing_file
from features.quality import ImportReport
from features.registers import Progress, imports

_EDITION = 3
"""Part of every snapshot id; raise it when the same inputs are to give another table."""
_METADATA = b"duixian"


@dataclass(frozen=True)
class Snapshot:
    """What a wide table was made from, kept in its Parquet footer."""

    audience: Audience
    as_of: date
    created_at: datetime
    imports: Mapping[str, list[str]]
    parameters: Mapping[str, Decimal]
    linked: Mapping[str, str]

    @staticmethod
    def of(path: Path) -> Snapshot:
        """Read a wide table's footer; raises DataDamaged for a file that is none."""
        try:
            found = json.loads(pq.read_schema(path).metadata[_METADATA])
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise DataDamaged(path, str(error)) from error
        return Snapshot(
            audience=Audience(found["audience"]),
            as_of=date.fromisoformat(found["as_of"]),
            created_at=datetime.fromisoformat(found["created_at"]),
            imports=found["imports"],
            parameters={name: Decimal(value) for name, value in found["parameters"].items()},
            linked=found.get("linked", {}),
        )


def build(
    home: Path,
    vocabulary: Vocabulary,
    audience: Audience,
    as_of: date,
    overlay: pa.Table | None = None,
    progress: Progress | None = None,
    *,
    parameters: Mapping[str, Decimal] | None = None,
    linked: Mapping[Audience, Path] | None = None,
    created_at: datetime | None = None,
) -> Path:
    """Build the wide table of `audience` as known on `as_of`, unless it is there already, and return its path.

    `overlay`: life events (subject_id, fact, value_json, as_of), oldest first. `parameters`: the thresholds in force
    on `as_of` that derived facts need. `linked`: the wide tables of the same day of the audiences that links lead to;
    linked facts of one that is left out are unknown. `created_at`: since when this table can have been known; a
    training read at an earlier moment does not see it. Left out, that is the start of the day `as_of`, or, for a day
    gone by, the moment of building: a backfill was not known then. Raises CityMissing when nothing is imported.
    """
    used = {
        register: reports
        for register, found in imports(home, vocabulary, audience).items()
        if (reports := [one for one in found if one.as_of_oldest and one.as_of_oldest <= as_of.isoformat()])
    }
    if not used:
        raise CityMissing(
            f"No register of {audience}s is imported that is from {as_of} or before.",
            next_step="Import one with 'duixian register import FILE --mapping MAPPING.yaml'.",
        )
    law = dict(parameters or {})
    there = {other: linked[other] for other in linked_names(vocabulary, audience) if linked and other in linked}
    path = path_of(home, audience, _snapshot_id(vocabulary, audience, as_of, used, overlay, law, there))
    if path.exists():
        with suppress(DataDamaged):  # a damaged one is built again
            Snapshot.of(path)
            return path
    moment = start_of_day(as_of)
    if created_at is None:
        now = datetime.now(LOCAL)
        created_at = moment if now.date() <= as_of else now
    others = {other: _others(vocabulary, audience, other, at) for other, at in there.items()}
    table = join_registers(home, vocabulary, audience, as_of, used, overlay, law, others, progress)
    stamp = pa.timestamp("us", "UTC")
    for name, value in (("event_timestamp", moment), ("created_timestamp", created_at)):
        table = table.append_column(pa.field(name, stamp), pa.repeat(pa.scalar(value, stamp), table.num_rows))
    # The provenance comes last: the columns before it are those of the published layout.
    provenance = table[COLUMN]
    table = table.drop_columns([COLUMN]).append_column(COLUMN, provenance)
    about: dict[str, Any] = {
        "audience": audience,
        "as_of": as_of.isoformat(),
        "created_at": created_at.isoformat(),
        "imports": {register: [one.import_id for one in reports] for register, reports in used.items()},
        "parameters": {name: str(value) for name, value in law.items()},
        "linked": {other: at.stem for other, at in there.items()},
    }
    with appearing_file(path) as temporary:
        pq.write_table(table.replace_schema_metadata({_METADATA: json.dumps(about)}), temporary, compression="zstd")
    return path


def _others(vocabulary: Vocabulary, audience: Audience, other: Audience, path: Path) -> OtherSubjects:
    facts = vocabulary.of(other)
    return OtherSubjects(facts, read(path, columns_needed(linked_names(vocabulary, audience)[other], facts)))


def path_of(home: Path, audience: Audience, snapshot_id: str) -> Path:
    """Where the wide table of that id lies, or would lie."""
    return home / "wide" / audience / f"{snapshot_id}.parquet"


def latest(home: Path, audience: Audience) -> Path:
    """The wide table of the latest date, of two of one date the one made later; CityMissing when there is none.

    By date, not by file time: a backfill of last month must not become today's profiles.
    """
    found = by_age(home, audience)
    if not found:
        raise CityMissing(
            f"There is no wide table of {audience}s.",
            next_step="Import the registers, then run 'duixian features build'.",
        )
    return found[-1]


def by_age(home: Path, audience: Audience) -> list[Path]:
    """All wide tables of an audience, the latest last; raises DataDamaged."""
    files = (home / "wide" / audience).glob("[!.]*.parquet")
    found = [(Snapshot.of(path), path.stat().st_mtime_ns, path) for path in files]
    return [path for _, _, path in sorted(found, key=lambda one: (one[0].as_of, one[0].created_at, one[1]))]


def read(path: Path, columns: list[str] | None = None, subjects: Collection[str] | None = None) -> pa.Table:
    """A wide table, or some of its columns and rows; raises DataDamaged where the file cannot be read."""
    some = None if subjects is None else pc.field("subject_id").isin(list(subjects))
    try:
        return pq.read_table(path, columns=columns, filters=some)
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(path, str(error)) from error


def row_count(path: Path) -> int:
    """How many subjects a wide table has, by its footer; raises DataDamaged where that cannot be read."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(path, str(error)) from error


def profiles(table: pa.Table, vocabulary: Vocabulary, audience: Audience) -> Iterator[Profile]:
    """The profiles of a wide table's rows, each fact with its source and date."""
    facts = vocabulary.of(audience)
    profile = assemble(facts, audience)
    names = list(facts)
    for batch in table.select(["subject_id", COLUMN, *names]).to_batches(max_chunksize=4_096):
        ids, where, *columns = (column.to_pylist() for column in batch.columns)
        for subject_id, text, *values in zip(ids, where, *columns, strict=True):
            yield profile(subject_id, dict(zip(names, values, strict=True)), text)


def fact_schema(vocabulary: Vocabulary, audience: Audience) -> pa.Schema:
    """The facts of an audience as Arrow columns, in the vocabulary's order."""
    return pa.schema([(name, ARROW_TYPES[fact.type]) for name, fact in vocabulary.of(audience).items()])


def words_digest(vocabulary: Vocabulary, audience: Audience) -> str:
    """What a wide table's columns are and mean, in six letters; every snapshot id begins with them.

    A read over several snapshots takes those of one vocabulary: columns of another do not fit together.
    """
    words = [
        (name, one.type, one.unit, one.minimum, one.maximum, repr(one.derivation))
        for name, one in vocabulary.of(audience).items()
    ]
    given = json.dumps([words, vocabulary.registers_of(audience)])
    return hashlib.sha256(given.encode()).hexdigest()[:6]


def _snapshot_id(
    vocabulary: Vocabulary,
    audience: Audience,
    as_of: date,
    used: Mapping[str, list[ImportReport]],
    overlay: pa.Table | None,
    parameters: Mapping[str, Decimal],
    linked: Mapping[Audience, Path],
) -> str:
    given = {
        "edition": _EDITION,
        "as_of": as_of.isoformat(),
        "imports": sorted((one.import_id, one.sequence) for reports in used.values() for one in reports),
        "overlay": events.digest(overlay),
        "parameters": sorted((name, str(value)) for name, value in parameters.items()),
        "linked": sorted((other, path.stem) for other, path in linked.items()),
    }
    return words_digest(vocabulary, audience) + hashlib.sha256(json.dumps(given).encode()).hexdigest()[:10]
