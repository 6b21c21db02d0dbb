"""This file knows which of a register's imported rows count: of its last complete list and of what came after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.quality import ImportReport
from features.registers import FACTS, QUARANTINE, import_folder


@dataclass(frozen=True)
class RegisterRows:
    """One register's usable rows: the last complete list and what came after it, or all imports."""

    name: str
    rows: pa.Table
    complete: ImportReport | None
    quarantined: pa.Array


def read_rows(home: Path, name: str, reports: list[ImportReport], as_of: date) -> RegisterRows:
    complete = max(
        (one for one in reports if one.complete_list and (one.as_of_newest or "") <= as_of.isoformat()),
        key=_order,
        default=None,
    )
    if complete is not None:
        # Whoever left a complete list is no longer in the register, so older rows no longer count.
        reports = [one for one in reports if _order(one) >= _order(complete)]
    tables = []
    for one in reports:
        table = pq.read_table(import_folder(home, one) / FACTS)
        if (one.as_of_newest or "") > as_of.isoformat():
            table = table.filter(pc.less_equal(table["as_of"], pa.scalar(as_of)))
        tables.append(table.append_column("sequence", pa.repeat(pa.scalar(one.sequence, pa.int64()), len(table))))
    rows = pa.concat_tables(tables, promote_options="default").combine_chunks()
    if complete is None:
        return RegisterRows(name, rows, None, pa.array([], pa.string()))
    rejected = [pq.read_table(import_folder(home, one) / QUARANTINE, columns=["subject_id"]) for one in reports]
    return RegisterRows(name, rows, complete, pa.concat_tables(rejected)["subject_id"].combine_chunks())


def _order(report: ImportReport) -> tuple[str, int]:
    return report.as_of_newest or "", report.sequence


def latest_rows(subjects: pa.Array, rows: pa.Table) -> pa.Array:
    """For each subject the row that counts: of its latest date, of two of one date that of the later import."""
    at = pc.index_in(rows["subject_id"], value_set=subjects).combine_chunks().to_numpy(zero_copy_only=False)
    order = np.lexsort((rows["sequence"].to_numpy(), rows["as_of"].cast(pa.int32()).to_numpy()))
    chosen = np.full(len(subjects), -1, np.int64)
    # Of several assignments to one place the last one stands.
    chosen[at[order]] = order
    return pa.array(chosen, mask=chosen < 0)
