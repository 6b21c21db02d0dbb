"""A city on disk: the distinct population repeated to 25 million rows in one Parquet file, made once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from benchmarks import population, vocabulary

ROW_GROUP_ROWS = 250_000  # A group's columns fit beside the matcher's blocks in half a gigabyte.


def city_file(folder: Path, distinct: pa.Table, repeats: int) -> Path:
    """The city's file in `folder`: `distinct` repeated, zstd-compressed; made if it is not there."""
    path = folder / f"city-{distinct.num_rows}x{repeats}-{_edition()}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Appears whole or not at all: a run that is stopped leaves no half city for the next one.
    unfinished = path.with_suffix(".unfinished")
    console = Console(stderr=True)
    with pq.ParquetWriter(unfinished, distinct.schema, compression="zstd") as writer:
        for _ in track(range(repeats), f"Writing {path.name}, once", console=console, transient=True):
            writer.write_table(distinct, row_group_size=ROW_GROUP_ROWS)
    unfinished.rename(path)
    return path


def _edition() -> str:
    """Part of the name, so that another way of drawing the population makes another file."""
    text = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (population, vocabulary))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
