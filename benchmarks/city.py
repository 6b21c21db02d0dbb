"""A city on disk: the distinct population repeated to 25 million rows in one Parquet file, made once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from benchmarks import population, vocabulary

SUBJECT_ID = "subject_id"
ROW_GROUP_ROWS = 250_000  # A group's columns fit beside the matcher's blocks in half a gigabyte.


def city_file(folder: Path, distinct: pa.Table, repeats: int) -> Path:
    """The city's file in `folder`: `distinct` with ids, repeated, zstd-compressed; made if it is not there."""
    path = folder / f"city-{distinct.num_rows}x{repeats}-{_edition()}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Appears whole or not at all: a run that is stopped leaves no half city for the next one.
    unfinished = path.with_suffix(".unfinished")
    console = Console(stderr=True)
    ids = pa.array([f"{number:08}" for number in range(distinct.num_rows)])
    distinct = distinct.add_column(0, SUBJECT_ID, ids)
    with pq.ParquetWriter(unfinished, distinct.schema, compression="zstd") as writer:
        for _ in track(range(repeats), f"Writing {path.name}, once", console=console, transient=True):
            writer.write_table(distinct, row_group_size=ROW_GROUP_ROWS)
    unfinished.rename(path)
    return path


def _edition() -> str:
    """Part of the name, so that another way of drawing or writing the population makes another file."""
    sources = [Path(str(module.__file__)) for module in (population, vocabulary)]
    text = "".join(path.read_text(encoding="utf-8") for path in [*sources, Path(__file__)])
    return hashlib.sha256(text.encode()).hexdigest()[:8]
