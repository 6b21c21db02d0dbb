"""This file knows how life events lie over a table of facts: where one is newer than the register, it counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ProfileInvalid
from domain.facts import FactDefinition, FactType, Value
from features.cells import ARROW_TYPES

SCHEMA = pa.schema(
    [("subject_id", pa.string()), ("fact", pa.string()), ("value_json", pa.string()), ("as_of", pa.date32())]
)


@dataclass(frozen=True)
class Overlay:
    """Per fact, the last event of each subject: `at` are rows of the subject table."""

    facts: Mapping[str, Events]

    @staticmethod
    def of(table: pa.Table | None, subjects: pa.Array, facts: Mapping[str, FactDefinition], as_of: date) -> Overlay:
        """Sort events (SCHEMA, oldest first) by fact; those after `as_of` or of unknown subjects do not count.

        Raises ProfileInvalid for a value that its fact refuses.
        """
        if table is None or not table.num_rows:
            return Overlay({})
        table = table.select(SCHEMA.names).cast(SCHEMA)
        table = table.filter(pc.less_equal(table["as_of"], pa.scalar(as_of)))
        rows = pc.index_in(table["subject_id"], value_set=subjects)
        table = table.append_column("at", rows).filter(rows.is_valid())
        # Stable: of two events of one day the one that came later stays last.
        table = table.take(np.argsort(table["as_of"].cast(pa.int32()).to_numpy(), kind="stable"))
        found = {}
        for name in pc.unique(table["fact"]).to_pylist():
            if name in facts:
                found[name] = Events.of(table.filter(pc.equal(table["fact"], name)), facts[name])
        return Overlay(found)


@dataclass(frozen=True)
class Events:
    """One fact's events: the subject's row, the value, the date."""

    at: np.ndarray[Any, np.dtype[np.int64]]
    values: pa.Array
    as_of: pa.Array

    @staticmethod
    def of(table: pa.Table, fact: FactDefinition) -> Events:
        last = {row: i for i, row in enumerate(table["at"].to_pylist())}
        table = table.take(pa.array(list(last.values()), pa.int64()))
        values = [event_value(fact, json.loads(text or "null")) for text in table["value_json"].to_pylist()]
        return Events(
            table["at"].to_numpy().astype(np.int64),
            pa.array(values, ARROW_TYPES[fact.type]),
            table["as_of"].combine_chunks(),
        )

    def over(self, column: pa.Array, days: pa.Array) -> tuple[pa.Array, Events]:
        """The column with those events laid over that are not older than `days` (date32), and these events."""
        there = days.take(pa.array(self.at))
        newer = pc.fill_null(pc.greater_equal(self.as_of, there), True).to_numpy(zero_copy_only=False)
        used = Events(self.at[newer], self.values.filter(pa.array(newer)), self.as_of.filter(pa.array(newer)))
        mask = np.zeros(len(column), np.bool_)
        mask[used.at] = True
        order = np.argsort(used.at)
        return pc.replace_with_mask(column, pa.array(mask), used.values.take(order)), used


def event_value(fact: FactDefinition, value: object) -> Value:
    """An event's JSON value as the fact has it (a date from ISO text), or ProfileInvalid."""
    if fact.type is FactType.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ProfileInvalid(
                f"Fact {fact.name!r} is {value!r}, which is no date.",
                next_step="Give it as YYYY-MM-DD, or null if it is unknown.",
                fact=fact.name,
            ) from error
    if fact.type is FactType.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    given: Any = value
    fact.check(given)
    checked: Value = given
    return checked


def digest(table: pa.Table | None) -> str:
    """A digest of the events, in any order of rows: the order in which a database gives them means nothing."""
    if table is None or not table.num_rows:
        return "none"
    rows = sorted(map(repr, table.select(SCHEMA.names).to_pylist()))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
