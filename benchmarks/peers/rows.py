"""Engines that judge one subject at a time: CEL (Rust), zen-engine (Rust) and json-logic (Python).

Each rule is compiled once. An engine that raises is answered for by ERROR: its caller would have no verdict.
Dates are given as days since 1970, and an unknown fact as null, which is the only unknown these engines have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import cel
import zen
from json_logic import jsonLogic

from benchmarks.rules import Rule, Test, Value, write
from benchmarks.vocabulary import COLUMNS
from domain.facts import FactType

ERROR = object()
"""The engine raised instead of answering."""
Row = Mapping[str, Any]
_EPOCH = date(1970, 1, 1)


def plain(facts: Row) -> dict[str, Any]:
    """A profile in the values that JSON has: dates as days since 1970."""
    return {name: (value - _EPOCH).days if isinstance(value, date) else value for name, value in facts.items()}


class Cel:
    name = "CEL (Rust)"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.programs = [
            cel.compile(write(rule, _cel_test, _infix(" && ", " || "), lambda x: f"(!{x})")) for rule in rules
        ]

    def run(self, rows: Sequence[Row]) -> list[list[Any]]:
        """Each subject's answers; the facts are handed over once a subject."""
        answers = []
        for row in rows:
            context = cel.Context(variables=dict(row))
            answers.append([_answer(program.execute, context) for program in self.programs])
        return answers


class Zen:
    name = "zen-engine (Rust)"

    def __init__(self, rules: Sequence[Rule]) -> None:
        written = [write(rule, _zen_test, _infix(" and ", " or "), lambda x: f"(not ({x}))") for rule in rules]
        self.expressions = [zen.compile_expression(text) for text in written]

    def run(self, rows: Sequence[Row]) -> list[list[Any]]:
        return [[_answer(expression.evaluate, row) for expression in self.expressions] for row in rows]


class JsonLogic:
    name = "json-logic (Python)"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = [write(rule, _json_test, _json_join, _json_not) for rule in rules]

    def run(self, rows: Sequence[Row]) -> list[list[Any]]:
        return [[_answer(partial(jsonLogic, rule), row) for rule in self.rules] for row in rows]


def _answer(engine: Callable[[Any], Any], facts: Any) -> Any:
    try:
        return engine(facts)
    except Exception:  # noqa: BLE001  # whatever an engine raises, it gave no verdict, and that is what is counted
        return ERROR


def _infix(every: str, some: str) -> Callable[[bool, list[str]], str]:
    return lambda conjunctive, items: f"({(every if conjunctive else some).join(items)})"


def _cel_test(test: Test) -> str:
    # CEL compares a double with a double and an int with an int.
    literal = _decimal if COLUMNS[test.fact].type is FactType.NUMBER else _literal
    match test.operator:
        case "between":
            low, high = (literal(value) for value in test.values)
            return f"({test.fact} >= {low} && {test.fact} <= {high})"
        case "in":
            return f"({test.fact} in [{', '.join(literal(word) for word in test.values)}])"
        case "is":
            return f"({test.fact} == {literal(test.value)})"
        case symbol:
            return f"({test.fact} {symbol} {literal(test.value)})"


def _zen_test(test: Test) -> str:
    match test.operator:
        case "between":
            low, high = (_literal(value) for value in test.values)
            return f"({test.fact} in [{low}..{high}])"
        case "in":
            return f"({test.fact} in [{', '.join(_literal(word) for word in test.values)}])"
        case "is":
            return f"({test.fact} == {_literal(test.value)})"
        case symbol:
            return f"({test.fact} {symbol} {_literal(test.value)})"


def _json_test(test: Test) -> dict[str, Any]:
    fact = {"var": test.fact}
    match test.operator:
        case "between":
            low, high = (_number(value) for value in test.values)
            return {"<=": [low, fact, high]}
        case "in":
            return {"in": [fact, list(test.values)]}
        case "is":
            return {"==": [fact, test.value]}
        case symbol:
            return {symbol: [fact, _number(test.value)]}


def _json_join(conjunctive: bool, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"and" if conjunctive else "or": items}


def _json_not(item: dict[str, Any]) -> dict[str, Any]:
    return {"!": [item]}


def _number(value: Value) -> Value:
    return (value - _EPOCH).days if isinstance(value, date) else value


def _decimal(value: Value) -> str:
    assert isinstance(value, int | float)
    return repr(float(value))


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(_number(value))
