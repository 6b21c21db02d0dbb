"""A whole audience against all its policies: verdicts kept as Parquet, the run and its counts in the database."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from domain.facts import Audience
from duixian.coded import coded_population
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from duixian.served import Served
from features import wide
from matcher.amounts import amounts_fen
from matcher.batch.coded import CodedColumn, CodedTable
from matcher.batch.match import Verdicts, match_table
from matcher.compile import Program
from storage import match_runs

Members = npt.NDArray[np.bool_]
"""Which rows of a wide table are in a slice: bool[subjects]."""


@dataclass(frozen=True)
class Matched:
    """One run over one slice of people: the wide table at `source`, its verdicts, where they lie, by what `served`.

    `members` and `buckets` None: without a canary everybody is in the one slice.
    """

    run_id: UUID
    as_of: date
    source: Path
    verdicts: Verdicts
    path: Path
    served: Served
    place: int
    members: Members | None = None
    buckets: range | None = None

    @property
    def snapshot_id(self) -> str:
        return self.source.stem

    @cached_property
    def table(self) -> pa.Table:
        """The slice's rows of the wide table, read when they are first asked for: verdicts need none of it."""
        table = wide.read(self.source)
        return table if self.members is None else table.filter(pa.array(self.members))

    @property
    def program(self) -> Program:
        return self.verdicts.program

    def totals(self) -> Mapping[str, int]:
        eligible, unknown, ineligible = (int(n) for n in self.verdicts.counts().sum(axis=0))
        return {"eligible": eligible, "unknown": unknown, "ineligible": ineligible}

    def amounts(self) -> npt.NDArray[np.int64]:
        """Fen of one period, int64[policies, subjects]; -1 where it is unknown."""
        rows = []
        for policy in self.program.policies:
            fen, known = amounts_fen(self.program, policy, self.table)
            rows.append(np.where(known, fen, -1))
        return np.stack(rows) if rows else np.zeros((0, self.verdicts.rows), dtype=np.int64)


def match_audience(runtime: Runtime, audience: Audience, as_of: date, now: datetime, bar: ProgressBar) -> list[Matched]:
    """Match the latest wide table, a slice of people at a time; where no canary runs, that is one.

    Everybody is in one slice and is matched by the one catalogue that serves them. The same table, rules and date give
    the same runs again, without writing twice.
    """
    served, source = runtime.served, wide.latest(runtime.home, audience)
    memberships = _memberships(source, served)
    return [
        _match_slice(runtime, served, place, members, source, audience, as_of, now, bar)
        for place, members in zip(served.places, memberships, strict=True)
    ]


def _match_slice(
    runtime: Runtime,
    served: Served,
    place: int,
    members: Members | None,
    source: Path,
    audience: Audience,
    as_of: date,
    now: datetime,
    bar: ProgressBar,
) -> Matched:
    program = served.program_of(audience, as_of, place)
    with bar(f"Matching {audience} rules") as report:
        population = coded_population(runtime.home, audience, source, program)
        verdicts = match_table(program, _only(population, members), progress=report)
    digest = served.catalogue_of(place).digest
    name = f"{audience}/{source.stem}/{digest}/{as_of}"
    buckets = None if members is None or served.loaded is None else served.loaded.slices[place].buckets
    if buckets is not None:
        name += f"/{buckets.start}-{buckets.stop}"
    run_id = uuid5(NAMESPACE_URL, f"duixian/match/{name}")
    folder = runtime.home / "matches" / audience / str(run_id)
    matched = Matched(run_id, as_of, source, verdicts, folder / "verdicts.parquet", served, place, members, buckets)
    if not folder.exists():
        _write(folder, matched)
    with runtime.begin() as connection:
        match_runs.record(
            connection,
            match_runs.MatchRun(
                match_run_id=run_id,
                audience=audience,
                as_of=as_of,
                snapshot_id=source.stem,
                catalogue_digest=digest,
                model_version=None,
                subjects=verdicts.rows,
                verdicts=matched.totals(),
                started_at=now,
                finished_at=now,
            ),
        )
    return matched


def _memberships(source: Path, served: Served) -> list[Members | None]:
    """Who of the table is in which slice; None where one slice is everybody."""
    if len(served.places) == 1:
        return [None]
    ids = wide.read(source, columns=["subject_id"])["subject_id"].to_pylist()
    places = np.fromiter((served.place_of(one) for one in ids), np.int64, len(ids))
    return [places == place for place in served.places]


def _only(population: CodedTable, members: Members | None) -> CodedTable:
    if members is None:
        return population
    columns = {key: CodedColumn(column.coding, column.codes[members]) for key, column in population.columns.items()}
    return CodedTable(int(members.sum()), columns)


def _write(folder: Path, matched: Matched) -> None:
    """One nullable boolean column a policy, null for unknown; visible only when complete."""
    verdicts = matched.verdicts
    ids = wide.read(matched.source, columns=["subject_id"])["subject_id"]
    columns = {"subject_id": ids if matched.members is None else ids.filter(pa.array(matched.members))}
    for i, policy in enumerate(matched.program.policies):
        columns[policy.id] = pa.array(verdicts.true(i), mask=verdicts.unknown(i))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True)
    try:
        pq.write_table(pa.table(columns), draft / "verdicts.parquet", compression="zstd")
        versions = {policy.id: policy.version for policy in matched.program.policies}
        manifest = {"as_of": str(matched.as_of), "snapshot_id": matched.snapshot_id, "policies": versions}
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=1))
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
