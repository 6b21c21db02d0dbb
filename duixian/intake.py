"""From a register's extract to what the rules and the pages read: snapshot, wide table, online store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

import world
from domain.errors import CityMissing
from domain.facts import Audience
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from features import wide
from features.linked import linked_names
from features.quality import ImportReport
from features.registers import import_extract
from storage import imports, life_events

CITY_MAPPINGS = Path(world.__file__).parent / "mappings"


def import_register(runtime: Runtime, extract: Path, mapping: Path, now: datetime, bar: ProgressBar) -> ImportReport:
    """Take one extract over and enter the import in the database's list, where an auditor finds it."""
    with bar(f"Register {mapping.stem}") as report_progress:
        report = import_extract(extract, mapping, runtime.catalogue.vocabulary, runtime.home, report_progress)
    entry = imports.RegisterImport(
        import_id=report.import_id,
        register=report.register,
        audience=report.audience,
        rows=report.rows_accepted,
        quarantined=report.rows_quarantined,
        report=report.to_json(),
        imported_at=now,
    )
    with runtime.begin() as connection:
        imports.record(connection, entry)
    return report


def import_city(runtime: Runtime, city: Path, now: datetime, bar: ProgressBar) -> Iterator[ImportReport]:
    """All registers of a synthetic city, through the same door as any other."""
    extracts = city / "extracts"
    if not extracts.is_dir():
        raise CityMissing(
            f"{city} holds no extracts/ folder.", next_step=f"Run 'duixian city generate --out {city}' first."
        )
    for mapping in sorted(CITY_MAPPINGS.glob("*.yaml")):
        yield import_register(runtime, extracts / mapping.stem, mapping, now, bar)


def build_wide(runtime: Runtime, audience: Audience, as_of: date, bar: ProgressBar) -> Path:
    """The wide table of `audience` at `as_of`: the latest of every fact, life events included.

    The tables that its links lead to are built first.
    """
    with runtime.begin() as connection:
        events = life_events.overlay(connection, audience, as_of)
    columns = list(zip(*events, strict=True)) or [(), (), (), ()]
    overlay = pa.table(
        {
            "subject_id": pa.array(columns[0], pa.string()),
            "fact": pa.array(columns[1], pa.string()),
            "value_json": pa.array(columns[2], pa.string()),
            "as_of": pa.array(columns[3], pa.date32()),
        }
    )
    catalogue = runtime.catalogue
    linked: dict[Audience, Path] = {}
    for other in linked_names(catalogue.vocabulary, audience):
        with suppress(CityMissing):  # no register of theirs is imported: what is linked to them is unknown
            linked[other] = build_wide(runtime, other, as_of, bar)
    with bar(f"Profiles of {audience}s") as report:
        return wide.build(
            runtime.home,
            catalogue.vocabulary,
            audience,
            as_of,
            parameters=catalogue.parameters_at(as_of),
            overlay=overlay,
            linked=linked,
            progress=report,
        )


def load_online(runtime: Runtime, audience: Audience, path: Path, bar: ProgressBar) -> int:
    """Bring the online store to the wide table's state; returns the number of subjects written."""
    with bar(f"Online store, {audience}s") as report:
        runtime.store.apply(runtime.catalogue.vocabulary)
        return runtime.store.materialize(audience, path, report)
