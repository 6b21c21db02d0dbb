"""DuckDB: SQL's three-valued logic, each distinct test once in a subquery, then every policy a boolean column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa

from benchmarks.rules import Rule, Test, Value, distinct_tests, write


class DuckDB:
    """All of the machine: DuckDB uses its own threads."""

    name = "DuckDB"

    def __init__(self, table: pa.Table, rules: Sequence[Rule]) -> None:
        self.connection = duckdb.connect()
        self.connection.register("arrow", table)
        self.connection.execute("CREATE TABLE subjects AS SELECT * FROM arrow")
        names = {test: f"test_{index}" for index, test in enumerate(distinct_tests(rules))}
        tests = ", ".join(f"{_test(test)} AS {name}" for test, name in names.items())
        columns = ", ".join(
            f"{write(rule, names.__getitem__, _join, _invert)} AS policy_{i}" for i, rule in enumerate(rules)
        )
        # OFFSET 0 keeps the optimiser from writing the tests back into each policy.
        self.query = f"SELECT {columns} FROM (SELECT {tests} FROM subjects OFFSET 0)"  # noqa: S608  # our own rules

    def run(self) -> pa.Table:
        """One boolean column a policy, null where unknown, in the order of the rows."""
        return self.connection.execute(self.query).to_arrow_table()


def _test(test: Test) -> str:
    match test.operator:
        case "between":
            low, high = (_literal(value) for value in test.values)
            return f"({test.fact} BETWEEN {low} AND {high})"
        case "in":
            return f"({test.fact} IN ({', '.join(_literal(word) for word in test.values)}))"
        case "is":
            return test.fact if test.value else f"(NOT {test.fact})"
        case symbol:
            return f"({test.fact} {symbol} {_literal(test.value)})"


def _join(conjunctive: bool, items: list[str]) -> str:
    return f"({(' AND ' if conjunctive else ' OR ').join(items)})"


def _invert(item: str) -> str:
    return f"(NOT {item})"


def _literal(value: Value) -> str:
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)
