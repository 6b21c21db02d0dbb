"""A register to import, made of a few rows."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalogue.loader import DEFAULT_ROOT, load_vocabulary
from domain.facts import Vocabulary
from features.quality import ImportReport
from features.registers import import_extract

ImportRows = Callable[..., ImportReport]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary(DEFAULT_ROOT)


@pytest.fixture
def import_rows(tmp_path: Path, vocabulary: Vocabulary) -> ImportRows:
    """Import rows (a list of dicts, or a table) under a mapping's text into `tmp_path/home`."""
    count = 0

    def run(mapping: str, rows: Sequence[Mapping[str, Any]] | pa.Table, home: Path | None = None) -> ImportReport:
        nonlocal count
        count += 1
        extract, text = tmp_path / f"extract{count}.parquet", tmp_path / f"mapping{count}.yaml"
        pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows)), extract)
        text.write_text(mapping, encoding="utf-8")
        return import_extract(extract, text, vocabulary, home or tmp_path / "home")

    return run
