"""What time will change in a city: the table of all verdicts that turn in a range of days, kept as Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalogue.loader import Catalogue
from domain.decision import Verdict
from domain.errors import DataDamaged
from domain.facts import Audience
from duixian.progress import ProgressBar
from features import wide
from features.publication import appearing_file
from matcher.outlook.flips import SCHEMA, CityForecast
from matcher.outlook.timeline import Timeline

BLOCK_ROWS = 1_000_000
"""Rows read at a time: some 60 columns of them take half a gigabyte."""


@dataclass(frozen=True)
class Turned:
    """`path`: the table of matcher.outlook.flips.SCHEMA. `counts`: flips by policy id and by verdict after.

    `ended`: by policy id, the day from which its law is not known, and the parameter that has no value then.
    """

    path: Path
    snapshot_id: str
    subjects: int
    counts: Mapping[tuple[str, Verdict], int]
    ended: Mapping[str, tuple[date, str]]


def forecast_audience(
    home: Path, catalogue: Catalogue, audience: Audience, first: date, last: date, bar: ProgressBar
) -> Turned:
    """All verdicts of the latest wide table that turn from `first` to `last`, both days included.

    The file appears when it is complete; a run that is stopped leaves none. Raises CityMissing and DataDamaged.
    """
    source = wide.latest(home, audience)
    query = CityForecast(Timeline(catalogue, audience), first, last)
    path = home / "forecasts" / audience / f"{first}_{last}_{source.stem}.parquet"
    counts: Counter[tuple[str, Verdict]] = Counter()
    subjects = wide.row_count(source)
    with (
        bar(f"Forecasting {audience} verdicts") as report,
        appearing_file(path) as temporary,
        pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer,
    ):
        for part in query.flips(_blocks(source, query.columns), lambda done, _: report(done, subjects)):
            writer.write_table(part)
            for row in part.group_by(["policy_id", "after"]).aggregate([([], "count_all")]).to_pylist():
                counts[row["policy_id"], Verdict(row["after"])] += row["count_all"]
    return Turned(path, source.stem, subjects, counts, query.ended)


def _blocks(source: Path, columns: list[str]) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(source) as file:
            for batch in file.iter_batches(BLOCK_ROWS, columns=columns):
                yield pa.Table.from_batches([batch])
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(source, str(error)) from error
