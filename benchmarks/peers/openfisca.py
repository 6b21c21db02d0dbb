"""OpenFisca-core: each fact and each policy a variable, formulas over whole numpy columns, on one thread as it is made.

OpenFisca knows no unknown: a null becomes the variable's default value (0, false, no category, 1970-01-01).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.rules import Rule, Test, write
from benchmarks.vocabulary import COLUMNS
from domain.facts import FactType

_PERIOD = "2026"
_PERSON = build_entity(key="person", plural="persons", label="Person", is_person=True)
_ABSENT = -1
"""Of a category, in place of the first word, which OpenFisca's own Enum would take: kinder to it."""

Column = npt.NDArray[Any]
Formula = Callable[[Any, Any], Column]


class OpenFisca:
    """One thread: OpenFisca has no other way."""

    name = "OpenFisca-core"

    def __init__(self, table: pa.Table, rules: Sequence[Rule]) -> None:
        self.rows = table.num_rows
        self.policies = [f"policy_{index}" for index in range(len(rules))]
        self.system = TaxBenefitSystem([_PERSON])
        for column in COLUMNS.values():
            self.system.add_variable(_variable(column.name, float if column.type is FactType.NUMBER else int))
        for name, rule in zip(self.policies, rules, strict=True):
            self.system.add_variable(_variable(name, bool, _formula(rule)))
        self.inputs = {name: _input(name, table[name]) for name in COLUMNS}
        self.simulation = self._fresh()

    def _fresh(self) -> Any:
        simulation = SimulationBuilder().build_default_simulation(self.system, self.rows)
        for name, values in self.inputs.items():
            simulation.set_input(name, _PERIOD, values)
        return simulation

    def prepare(self) -> None:
        """Forget what was computed: OpenFisca keeps every variable's value. Not part of the time."""
        self.simulation = self._fresh()

    def run(self) -> list[Column]:
        """Each policy's column; true or false, nothing else."""
        return [self.simulation.calculate(name, _PERIOD) for name in self.policies]


def _variable(name: str, kind: type, formula: Formula | None = None) -> type:
    about = {"value_type": kind, "entity": _PERSON, "definition_period": DateUnit.YEAR, "label": name}
    return type(name, (Variable,), {**about, "__module__": __name__, **({"formula": formula} if formula else {})})


def _formula(rule: Rule) -> Formula:
    def formula(person: Any, period: Any) -> Column:
        found: Column = write(rule, lambda test: _test(test, person, period), _join, operator.invert)
        return found

    return formula


def _test(test: Test, person: Any, period: Any) -> Column:
    values: Column = person(test.fact, period)
    match test.operator:
        case "between":
            low, high = (_coded(test.fact, value) for value in test.values)
            return _join(True, [values >= low, values <= high])
        case "in":
            return _join(False, [values == _coded(test.fact, word) for word in test.values])
        case symbol:
            met: Column = _OPERATORS[symbol](values, _coded(test.fact, test.value))
            return met


def _join(conjunctive: bool, items: list[Column]) -> Column:
    joined: Column = reduce(operator.and_ if conjunctive else operator.or_, items)
    return joined


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.eq,
}


def _coded(fact: str, value: Any) -> Any:
    """A threshold as the columns hold values: words by position, dates as days."""
    column = COLUMNS[fact]
    if column.type is FactType.CATEGORY:
        return list(column.words).index(value)
    return int(np.datetime64(value, "D").astype(np.int64)) if column.type is FactType.DATE else value


def _input(name: str, column: pa.ChunkedArray) -> Column:
    kind = COLUMNS[name].type
    if kind is FactType.CATEGORY:
        words = pa.array(COLUMNS[name].words)
        column = pc.index_in(column.cast(pa.string()), words).fill_null(_ABSENT)
    if kind is FactType.DATE:
        column = column.cast(pa.int32())
    dtype = np.float32 if kind is FactType.NUMBER else np.int32  # what OpenFisca itself keeps
    return np.asarray(column.fill_null(False if kind is FactType.BOOLEAN else 0).to_numpy(), dtype=dtype)
