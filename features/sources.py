"""This file knows where the feature store reads from: the folder of wide tables, and life events as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domain.facts import Audience


def events_name(audience: Audience) -> str:
    """The name of the push source by which a life event reaches the online store."""
    return f"{audience}_life_events"


def wide_source(home: Path, audience: Audience, words: str) -> Any:
    """All wide tables of an audience in one vocabulary (`words`), each row known from its `created_timestamp` on."""
    from feast import FileSource  # noqa: PLC0415 -- takes seconds to import
    from feast.data_format import ParquetFormat  # noqa: PLC0415 -- comes with feast

    return FileSource(
        name=f"{audience}_wide",
        # A pattern, so that every snapshot counts in a point-in-time read; a file that is being made has no such name.
        path=str(home.resolve() / "wide" / audience / f"{words}*.parquet"),
        file_format=ParquetFormat(),
        timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp",
    )


def event_source(audience: Audience, batch: Any) -> Any:
    """The push source of an audience's life events over its wide source."""
    from feast import PushSource  # noqa: PLC0415 -- takes seconds to import

    return PushSource(name=events_name(audience), batch_source=batch)
