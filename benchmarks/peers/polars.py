"""Polars: each distinct test once, then every policy over these columns; its booleans are three-valued.

Of the ways tried (one select that leaves finding common parts to Polars, chains of & and |, blocks of 16,000 to 250,000
rows, lazy, streaming) this is the fastest, so it is the one that is compared.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from benchmarks.rules import Rule, Test, distinct_tests, write
from benchmarks.vocabulary import COLUMNS
from domain.facts import FactType


class Polars:
    """All of the machine: Polars uses its own pool of threads."""

    name = "Polars, deduplicated"

    def __init__(self, table: pa.Table, rules: Sequence[Rule]) -> None:
        self.frame = frame_of(table)
        tests = distinct_tests(rules)
        names = {test: f"test_{index}" for index, test in enumerate(tests)}
        self.tests = [_test(test).alias(names[test]) for test in tests]
        self.policies = [
            write(rule, lambda test: pl.col(names[test]), _join, operator.invert).alias(f"policy_{index}")
            for index, rule in enumerate(rules)
        ]

    def run(self) -> pl.DataFrame:
        """One boolean column a policy, null where unknown: a plane of values and a plane of validity."""
        return self.frame.select(self.tests).select(self.policies)


def frame_of(table: pa.Table) -> pl.DataFrame:
    """The population as Polars likes it best: categories as enums of their words."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    enums = {name: pl.Enum(column.words) for name, column in COLUMNS.items() if column.type is FactType.CATEGORY}
    return frame.with_columns(pl.col(name).cast(pl.String).cast(enum) for name, enum in enums.items())


def _test(test: Test) -> pl.Expr:
    column = pl.col(test.fact)
    match test.operator:
        case "<":
            return column < test.value
        case "<=":
            return column <= test.value
        case ">":
            return column > test.value
        case ">=":
            return column >= test.value
        case "between":
            return column.is_between(*test.values)
        case "in":
            return column.is_in(list(test.values))
        case "is":
            return column if test.value else ~column


def _join(conjunctive: bool, items: list[pl.Expr]) -> pl.Expr:
    return pl.all_horizontal(items) if conjunctive else pl.any_horizontal(items)
