"""A synthetic population of 40 facts, seeded, with 5 to 15 per cent of each fact unknown.

Distributions are rough (log-normal incomes, skewed categories, ages as in a city): what counts for matching is how
many values fall on either side of a threshold and how often they are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.vocabulary import AS_OF, COLUMNS, Column
from domain.facts import FactType

SEED = 20261124
_EPOCH_DAY = (AS_OF - date(1970, 1, 1)).days
_AS_STRINGS = frozenset({"district", "employment", "school"})
"""Categories that come as plain strings, as a register's file gives them; the others come dictionary-encoded."""

_BOOLEAN_SHARES = (0.03, 0.06, 0.04, 0.55, 0.4, 0.08, 0.01, 0.03, 0.1, 0.05)

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def population(rows: int, seed: int = SEED) -> pa.Table:
    """`rows` distinct subjects: int64, double, bool, date32, and categories as string or dictionary columns."""
    draw = np.random.default_rng(seed)
    values = {**_lives(draw, rows), **_money(draw, rows), **_words(draw, rows), **_flags(draw, rows)}
    arrays = []
    for index, column in enumerate(COLUMNS.values()):
        # 5 to 15 %, another share for each column, and independent of each other.
        unknown = draw.random(rows) < 0.05 + 0.10 * ((index * 7) % 11) / 10
        arrays.append(_array(column, values[column.name], unknown))
    return pa.table(arrays, names=list(COLUMNS))


def profiles(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Each row as facts of one subject by name, unknown facts as None: what the online path is given."""
    for batch in table.to_batches(max_chunksize=1024):
        yield from batch.to_pylist()


def _lives(draw: np.random.Generator, rows: int) -> dict[str, npt.NDArray[Any]]:
    born = _EPOCH_DAY - (np.clip(draw.normal(40, 21, rows), 0, 100) * 365.25).astype(np.int64)
    age = ((_EPOCH_DAY - born) / 365.25).astype(np.int64)
    insured = np.clip(draw.gamma(2, 40, rows) * (age > 18), 0, 480).astype(np.int64)
    return {
        "age_years": age,
        "social_insurance_months": insured,
        "pension_months": np.clip(insured - draw.integers(0, 40, rows), 0, 480),
        "household_size": draw.choice(np.arange(1, 8), rows, p=[0.2, 0.25, 0.3, 0.12, 0.08, 0.03, 0.02]),
        "children": draw.choice(np.arange(5), rows, p=[0.45, 0.35, 0.16, 0.03, 0.01]),
        "residence_months": np.minimum(draw.gamma(1.5, 80, rows).astype(np.int64), age * 12),
        "volunteer_hours": (draw.exponential(60, rows) * (draw.random(rows) < 0.2)).astype(np.int64),
        "born_on": born,
        "graduated_on": born + 22 * 365 + draw.integers(-1500, 1500, rows),
        "registered_on": _EPOCH_DAY - draw.integers(0, 15000, rows),
        "job_lost_on": _EPOCH_DAY - draw.integers(0, 3000, rows),
        "married_on": born + 27 * 365 + draw.integers(-2500, 4000, rows),
    }


def _money(draw: np.random.Generator, rows: int) -> dict[str, Doubles]:
    return {
        "income_cny_year": np.round(draw.lognormal(11, 0.8, rows) * (draw.random(rows) < 0.8), 2),
        "household_income_cny_month": np.round(draw.lognormal(8.2, 0.7, rows), 2),
        "dwelling_m2": np.round(draw.gamma(4, 20, rows), 1),
        "rent_cny_month": np.round(draw.lognormal(7.5, 0.6, rows)),
        "medical_expense_cny_year": np.round(draw.lognormal(7, 1.5, rows), 2),
        "assets_cny": np.round(draw.lognormal(12, 1.3, rows)),
        "tuition_cny_year": np.round(draw.gamma(1.2, 4000, rows), 2),
    }


def _words(draw: np.random.Generator, rows: int) -> dict[str, Integers]:
    """Positions in the column's words; the first is the most common."""
    found = {}
    for column in COLUMNS.values():
        if column.type is FactType.CATEGORY:
            share = 1 / np.arange(1, len(column.words) + 1) ** 0.8
            found[column.name] = draw.choice(len(column.words), rows, p=share / share.sum())
    return found


def _flags(draw: np.random.Generator, rows: int) -> dict[str, npt.NDArray[np.bool_]]:
    names = [column.name for column in COLUMNS.values() if column.type is FactType.BOOLEAN]
    return {name: draw.random(rows) < share for name, share in zip(names, _BOOLEAN_SHARES, strict=True)}


def _array(column: Column, values: npt.NDArray[Any], unknown: npt.NDArray[np.bool_]) -> pa.Array:
    match column.type:
        case FactType.CATEGORY:
            positions = pa.array(values.astype(np.int32), mask=unknown)
            coded = pa.DictionaryArray.from_arrays(positions, pa.array(column.words))
            return coded.cast(pa.string()) if column.name in _AS_STRINGS else coded
        case FactType.DATE:
            return pa.array(values.astype(np.int32), mask=unknown).cast(pa.date32())
        case _:
            return pa.array(values, mask=unknown)
