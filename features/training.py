"""This file knows how training rows get the facts that were known at their moment, each row once and in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import DataDamaged, FeaturesMissing, ProfileInvalid
from domain.facts import Audience
from features.entities import JOIN_KEY
from features.provenance import COLUMN
from features.views import view_name


def point_in_time(feast: Any, audience: Audience, rows: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The columns of `rows` as they are, then the features named in `types`, in its order and types.

    `feast`: the FeatureStore. `rows`: subject_id, event_timestamp (with zone) and any others. Raises FeaturesMissing
    when no row finds a snapshot that was known at its moment, DataDamaged when the join did not return every row once.
    """
    clash = [name for name in rows.column_names if name in types]
    if clash:
        raise ProfileInvalid(
            f"Column {clash[0]!r} of the entity rows is also a fact.", next_step="Give the column another name."
        )
    # Only what the join needs goes in: through pandas, whole numbers with unknowns would come back as floats.
    numbered = rows.select([JOIN_KEY, "event_timestamp"])
    numbered = numbered.append_column("entity_row", pa.array(range(len(rows)), pa.int64()))
    found = feast.get_historical_features(
        entity_df=numbered.to_pandas(),
        features=[f"{view_name(audience)}:{name}" for name in (*types, COLUMN)],
        # Without it, a backfill made today is seen by rows of last year.
        filter_by_created_timestamp=True,
    ).to_arrow()
    ordered = found.take(pc.sort_indices(found["entity_row"]))
    if not ordered["entity_row"].equals(numbered["entity_row"]):
        raise DataDamaged(
            "The point-in-time join", f"{len(rows)} rows went in, {len(found)} came out or not the same ones"
        )
    if len(ordered) and ordered[COLUMN].null_count == len(ordered):
        raise FeaturesMissing(
            "No row finds a snapshot that was known at its moment.",
            next_step="Build the wide table with a created_at before the rows' event_timestamp.",
        )
    columns = dict(zip(rows.column_names, rows.columns, strict=True))
    return pa.table(columns | {name: ordered[name].cast(kind) for name, kind in types.items()})
