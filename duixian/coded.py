"""The coded columns of the latest wide table, kept as an Arrow file: a changed policy is matched without its facts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from domain.errors import DataDamaged
from domain.facts import Audience
from features import wide
from features.publication import appearing_file
from matcher.batch.coded import CodedTable, facts_to_read, recode
from matcher.compile import Program


def coded_population(home: Path, audience: Audience, source: Path, program: Program) -> CodedTable:
    """The wide table at `source` in the codes that `program` needs; only what is not kept yet is read and coded.

    Raises DataDamaged where the wide table cannot be read, ProfileInvalid where it holds what no fact can be.
    """
    path, held = _path(home, audience, source), kept_codes(home, audience, source)
    names = facts_to_read(held, program)
    if not names:
        return held
    coded = recode(held, program, wide.read(source, columns=list(names)))
    _keep(path, coded)
    return coded


def kept_codes(home: Path, audience: Audience, source: Path) -> CodedTable:
    """What is kept of the wide table at `source`, mapped into memory; no columns where nothing can be used.

    Raises DataDamaged where the wide table cannot be read.
    """
    rows, held = wide.row_count(source), _kept(_path(home, audience, source))
    return CodedTable(rows, {}) if held is None or held.rows != rows else held


def _path(home: Path, audience: Audience, source: Path) -> Path:
    return home / "coded" / audience / f"{source.stem}.arrow"


def _kept(path: Path) -> CodedTable | None:
    """Mapped into memory, not read; None where there is none, or none that can be read: then it is made again."""
    try:
        return CodedTable.from_arrow(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    except (pa.ArrowException, OSError, DataDamaged):
        return None


def _keep(path: Path, coded: CodedTable) -> None:
    """Of earlier wide tables nothing is kept: nobody matches them again."""
    table = coded.to_arrow()
    with (
        appearing_file(path) as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    for other in path.parent.glob("[!.]*.arrow"):
        if other != path:
            other.unlink(missing_ok=True)
