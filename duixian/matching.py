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
from features import wide
from matcher.amounts import amounts_fen
from matcher.batch.match import Verdicts, match_table
from matcher.compile import Program
from storage import match_runs


@dataclass(frozen=True)
class Matched:
    """One run: the wide table at `source` that was matched, its verdicts, and where they lie."""

    run_id: UUID
    as_of: date
    source: Path
    verdicts: Verdicts
    path: Path

    @property
    def snapshot_id(self) -> str:
        return self.source.stem

    @cached_property
    def table(self) -> pa.Table:
        """The wide table itself, read when it is first asked for: verdicts need none of it."""
        return wide.read(self.source)

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


def match_audience(
    runtime: Runtime, audience: Audience, as_of: date, now: datetime, bar: ProgressBar, program: Program | None = None
) -> Matched:
    """Match the latest wide table; the same table, rules and date give the same run again, without writing twice.

    `program`: other rules than those in force (an officer's draft); such a run is neither kept nor recorded.
    """
    source = wide.latest(runtime.home, audience)
    chosen = program or runtime.program(audience, as_of)
    with bar(f"Matching {audience} rules") as report:
        population = coded_population(runtime.home, audience, source, chosen)
        verdicts = match_table(chosen, population, progress=report)
    name = f"{audience}/{source.stem}/{runtime.catalogue.digest}/{as_of}"
    run_id = uuid5(NAMESPACE_URL, f"duixian/match/{name}")
    folder = runtime.home / "matches" / audience / str(run_id)
    matched = Matched(run_id, as_of, source, verdicts, folder / "verdicts.parquet")
    if program is None:
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
                    catalogue_digest=runtime.catalogue.digest,
                    model_version=None,
                    subjects=verdicts.rows,
                    verdicts=matched.totals(),
                    started_at=now,
                    finished_at=now,
                ),
            )
    return matched


def _write(folder: Path, matched: Matched) -> None:
    """One nullable boolean column a policy, null for unknown; visible only when complete."""
    verdicts = matched.verdicts
    columns = {"subject_id": wide.read(matched.source, columns=["subject_id"])["subject_id"]}
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
