"""This file knows how facts follow from other facts: ages and months, shares, the small low-profit enterprise.

Each derivation has two executors: over Arrow columns for a whole table, and over one subject's values for a life
event; a property test holds them equal. Unknown in, unknown out (Kleene: a condition that fails settles a
conjunction whatever else is unknown). A result outside the vocabulary's bounds contradicts itself and is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import NUMERIC, Audience, FactDefinition, Value
from features.calendar import completed_months, months_column

Columns = Mapping[str, pa.Array]
Parameters = Mapping[str, Decimal]


@dataclass(frozen=True)
class Moment:
    """When, and under which law: the date for ages and months, and the thresholds in force then."""

    as_of: date
    parameters: Parameters


@dataclass(frozen=True)
class Derivation:
    """One fact from `sources`: `column` from their Arrow columns, `value` from one subject's values."""

    sources: tuple[str, ...]
    column: Callable[[list[pa.Array], Moment], pa.Array]
    value: Callable[[list[Value], Moment], Value]


def _months(unit: int) -> tuple[Callable[[list[pa.Array], Moment], pa.Array], Callable[[list[Value], Moment], Value]]:
    def column(given: list[pa.Array], moment: Moment) -> pa.Array:
        months, meant = months_column(given[0], moment.as_of)
        return pa.array(months // unit, pa.int64(), mask=~meant)

    def value(given: list[Value], moment: Moment) -> Value:
        if not isinstance(given[0], date):
            return None
        months = completed_months(given[0], moment.as_of)
        return None if months is None else months // unit

    return column, value


def _percent_column(given: list[pa.Array], _: Moment) -> pa.Array:
    part, whole = (column.cast(pa.float64()) for column in given)
    meant = pc.greater(whole, 0.0)
    return pc.if_else(meant, pc.divide(pc.multiply(part, 100.0), pc.if_else(meant, whole, 1.0)), None)


def _percent_value(given: list[Value], _: Moment) -> Value:
    part, whole = map(_number, given)
    return None if part is None or whole is None or whole <= 0 else part * 100.0 / whole


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


SMALL_LOW_PROFIT_LIMITS = (
    ("taxable_income_cny_year", "small_low_profit_income_cny_year"),
    ("employees_count", "small_low_profit_employees_persons"),
    ("total_assets_cny", "small_low_profit_assets_cny"),
)
"""Each fact may be at most the parameter; see catalogue/parameters/derived_facts.yaml for the law."""


def _small_column(given: list[pa.Array], moment: Moment) -> pa.Array:
    met = pc.invert(given[-1])
    for column, (_, name) in zip(given, SMALL_LOW_PROFIT_LIMITS, strict=False):
        limit = moment.parameters.get(name)
        within = pa.nulls(len(column), pa.bool_()) if limit is None else pc.less_equal(column, float(limit))
        met = pc.and_kleene(met, within)
    return met


def _small_value(given: list[Value], moment: Moment) -> Value:
    restricted = given[-1]
    met: list[bool | None] = [None if restricted is None else not restricted]
    for value, (_, name) in zip(given, SMALL_LOW_PROFIT_LIMITS, strict=False):
        limit, number = moment.parameters.get(name), _number(value)
        met.append(None if limit is None or number is None else number <= float(limit))
    return False if False in met else None if None in met else True


def _since(source: str, unit: int = 1) -> Derivation:
    return Derivation((source,), *_months(unit))


def _share(part: str, whole: str) -> Derivation:
    return Derivation((part, whole), _percent_column, _percent_value)


DERIVATIONS: Mapping[Audience, Mapping[str, Derivation]] = {
    Audience.CITIZEN: {
        "age_years": _since("birth_date", 12),
        "months_since_graduation": _since("graduated_on"),
        "months_since_skill_certificate": _since("skill_certified_on"),
        "months_since_discharge": _since("discharged_on"),
    },
    Audience.ENTERPRISE: {
        "months_since_registered": _since("registered_on"),
        "months_since_high_tech": _since("high_tech_certified_on"),
        "rd_intensity_percent": _share("rd_expense_cny_year", "revenue_cny_year"),
        "rd_staff_share_percent": _share("rd_staff_count", "employees_count"),
        "disabled_employees_share_percent": _share("disabled_employees_count", "insured_employees_count"),
        "small_low_profit": Derivation(
            (*(fact for fact, _ in SMALL_LOW_PROFIT_LIMITS), "restricted_industry"), _small_column, _small_value
        ),
    },
}
"""Facts that follow from the subject's own; those of its household are in features/household.py."""


def derive_columns(
    audience: Audience, columns: Columns, moment: Moment, facts: Mapping[str, FactDefinition]
) -> dict[str, pa.Array]:
    """All derived facts of a table from the columns of its known facts (equally long, typed as the vocabulary says)."""
    return {
        name: _bounded(derivation.column([columns[source] for source in derivation.sources], moment), facts[name])
        for name, derivation in DERIVATIONS[audience].items()
        if name in facts and all(source in columns for source in derivation.sources)
    }


def derive_values(
    audience: Audience,
    values: Mapping[str, Value],
    moment: Moment,
    facts: Mapping[str, FactDefinition],
    changed: frozenset[str] | None = None,
) -> dict[str, Value]:
    """One subject's derived facts from its own values; with `changed`, only those that rest on a changed one."""
    found: dict[str, Value] = {}
    for name, derivation in DERIVATIONS[audience].items():
        if name in facts and (changed is None or changed.intersection(derivation.sources)):
            value = derivation.value([values.get(source) for source in derivation.sources], moment)
            found[name] = value if _within(value, facts[name]) else None
    return found


def _bounded(column: pa.Array, fact: FactDefinition) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if fact.type not in NUMERIC:
        return column
    meant = column.is_valid().to_numpy(zero_copy_only=False)
    numbers = column.fill_null(0).to_numpy(zero_copy_only=False)
    if fact.minimum is not None:
        meant = meant & (numbers >= fact.minimum)
    if fact.maximum is not None:
        meant = meant & (numbers <= fact.maximum)
    return pa.array(np.where(meant, numbers, 0), column.type, mask=~meant)


def _within(value: Value, fact: FactDefinition) -> bool:
    if not isinstance(value, int | float) or fact.type not in NUMERIC:
        return True
    return not (
        (fact.minimum is not None and value < fact.minimum) or (fact.maximum is not None and value > fact.maximum)
    )
