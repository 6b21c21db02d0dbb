"""A table of subjects against every policy, column by column.

Each distinct predicate becomes two planes of booleans, one value a subject: `true`, and `possible` (true or unknown).
`all` is the conjunction of its items' planes, `any` the disjunction, and `not` swaps the two planes and inverts them;
a subject is unknown where it is possible and not true. This is Kleene's logic on columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.amount import benefit_amount_fen, benefit_fact, proportional_terms
from domain.errors import ProfileInvalid
from domain.facts import FactType
from domain.policy import Brackets, PerUnit, Policy, Share
from domain.terms import fact_names
from features.terms import Setting, column_of, doubles
from matcher.compile import Column, Inverse, Leaf, Node, Predicate, Program, Quorum
from matcher.spans import Cells, Words

Plane = npt.NDArray[np.bool_]
BLOCK_ROWS = 65_536  # Bounds the memory of the predicates' planes: 100 predicates take 13 MB.
_DOUBLE_SLACK = 1e-12  # Two roundings of a double's 2**-52, with room; nearer to a half fen decimals decide.


@dataclass(frozen=True)
class Verdicts:
    """`true` and `possible`: bool[policies, subjects]; unknown is possible and not true."""

    program: Program
    true: Plane
    possible: Plane

    @property
    def unknown(self) -> Plane:
        return self.possible & ~self.true

    def counts(self) -> npt.NDArray[np.int64]:
        """int64[policies, 3]: eligible, unknown, ineligible."""
        eligible = self.true.sum(axis=1)
        unknown = self.unknown.sum(axis=1)
        return np.stack([eligible, unknown, self.true.shape[1] - eligible - unknown], axis=1)


def match_table(program: Program, table: pa.Table, progress: Callable[[int, int], None] | None = None) -> Verdicts:
    """Match every row; raises ProfileInvalid where a column that a rule reads is missing or of the wrong type."""
    rows = table.num_rows
    _check_columns(program, table)
    true = np.empty((len(program.policies), rows), dtype=np.bool_)
    possible = np.empty_like(true)
    for start in range(0, rows, BLOCK_ROWS):
        block = table.slice(start, BLOCK_ROWS)
        stop = start + block.num_rows
        values = [_values(program, column, block) for column in program.columns]
        planes = [_predicate_planes(predicate, values[predicate.column]) for predicate in program.predicates]
        for i, tree in enumerate(program.trees):
            true[i, start:stop], possible[i, start:stop] = _run(tree, planes)
        if progress:
            progress(stop, rows)
    return Verdicts(program, true, possible)


def amounts_fen(program: Program, policy: Policy, table: pa.Table) -> tuple[npt.NDArray[np.int64], Plane]:
    """Each subject's amount of one period in fen, int64[subjects], and where it is known, bool[subjects].

    Equal to domain.amount for every row: proportional amounts are taken in doubles, and again in decimals where the
    double lies too near a half fen to be rounded safely.
    """
    rows = table.num_rows
    name = benefit_fact(policy.benefit)
    if name is None:
        amount = benefit_amount_fen(policy.benefit, {}, program.parameters) or 0
        return np.full(rows, amount, dtype=np.int64), np.ones(rows, dtype=np.bool_)
    x, known = _numbers(table[name])
    form = policy.benefit.form
    if isinstance(form, Brackets):
        steps = [float(step.from_) for step in form.steps]
        paid = [0] + [benefit_amount_fen(policy.benefit, {name: step}, program.parameters) or 0 for step in steps]
        return np.array(paid, dtype=np.int64)[np.searchsorted(steps, x, side="right")], known
    assert isinstance(form, Share | PerUnit)
    rate, cap = proportional_terms(form, program.parameters)
    estimate = np.maximum(x, 0.0) * float(rate * 100)
    if cap is not None:
        estimate = np.minimum(estimate, float(cap * 100))
    fen = np.floor(estimate + 0.5).astype(np.int64)
    near_half = np.abs(estimate - np.floor(estimate) - 0.5) <= np.maximum(np.abs(estimate), 1.0) * _DOUBLE_SLACK
    for row in np.flatnonzero(known & near_half):
        value = table[name][int(row)].as_py()
        fen[row] = benefit_amount_fen(policy.benefit, {name: value}, program.parameters) or 0
    return fen, known


def _run(node: Node, planes: list[tuple[Plane, Plane]]) -> tuple[Plane, Plane]:
    if isinstance(node, Leaf):
        return planes[node.predicate]
    if isinstance(node, Inverse):
        true, possible = _run(node.item, planes)
        return ~possible, ~true
    if isinstance(node, Quorum):
        planes_below = [_run(item, planes) for item in node.items]
        true, possible = (np.sum([pair[i] for pair in planes_below], axis=0) >= node.count for i in (0, 1))
        return true, possible
    join = np.logical_and if node.conjunctive else np.logical_or
    below = [_run(item, planes) for item in node.items]
    return reduce(join, (true for true, _ in below)), reduce(join, (possible for _, possible in below))


def _values(program: Program, column: Column, block: pa.Table) -> pa.ChunkedArray | npt.NDArray[np.float64]:
    """A column's values in one block: doubles, NaN where unknown, or words as Arrow holds them."""
    if not column.ordered:
        return block[column.fact]
    if column.fact:
        return doubles(block[column.fact])
    names = fact_names(column.term)
    return column_of(
        column.term, {name: block[name] for name in names}, Setting(program.facts, program.parameters, program.as_of)
    )


def _predicate_planes(predicate: Predicate, values: pa.ChunkedArray | npt.NDArray[np.float64]) -> tuple[Plane, Plane]:
    known = ~np.isnan(values) if isinstance(values, np.ndarray) else _mask(pc.is_valid(values))
    unclear = ~known | _inside(predicate.unknown, values)
    met = _inside(predicate.true, values) & ~unclear
    return met, met | unclear


def _inside(cells: Cells, values: pa.ChunkedArray | npt.NDArray[np.float64]) -> Plane:
    if isinstance(cells, Words):
        assert isinstance(values, pa.ChunkedArray)
        wanted = pa.array(sorted(cells.values, key=str), type=values.type)
        among = _mask(pc.is_in(values, value_set=wanted))
        return ~among if cells.negated else among
    inside = np.zeros(len(values), dtype=np.bool_)
    for span in cells:
        inside |= (values >= span.low) & (values < span.high)
    return inside


def _numbers(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.float64], Plane]:
    """Doubles (dates as days since 1970) with zero where unknown, and where they are known."""
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    known = _mask(pc.is_valid(column))
    # Unsafe only by name: whole numbers beyond 2**53 are rounded as Python rounds them for one profile.
    return pc.fill_null(column.cast(pa.float64(), safe=False), 0.0).to_numpy(), known


def _mask(column: pa.ChunkedArray) -> Plane:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _check_columns(program: Program, table: pa.Table) -> None:
    for name, fact in program.facts.items():
        if table.column_names.count(name) > 1:
            raise ProfileInvalid(
                f"The table has {table.column_names.count(name)} columns {name!r}.",
                next_step="Build the wide table again ('duixian features build').",
                fact=name,
            )
        if name not in table.column_names:
            raise ProfileInvalid(
                f"The table has no column {name!r}, which a rule reads.",
                next_step="Build the wide table again with this vocabulary ('duixian features build').",
                fact=name,
            )
        if not _FITS[fact.type](table.schema.field(name).type):
            raise ProfileInvalid(
                f"Column {name!r} is {table.schema.field(name).type}, which does not hold {fact.type} facts.",
                next_step="Import the register again with a mapping that gives this fact its type.",
                fact=name,
            )
        if fact.type is FactType.NUMBER and not pc.all(pc.is_finite(table[name]), min_count=0).as_py():
            raise ProfileInvalid(
                f"Column {name!r} holds NaN or infinite values; an unknown fact is null.",
                next_step="Import the register again: the import puts such rows into quarantine.",
                fact=name,
            )


_FITS: dict[FactType, Callable[[pa.DataType], bool]] = {
    FactType.INTEGER: pa.types.is_integer,
    FactType.NUMBER: lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
    FactType.BOOLEAN: pa.types.is_boolean,
    FactType.CATEGORY: pa.types.is_string,
    FactType.DATE: pa.types.is_date32,
    FactType.REGION: pa.types.is_string,
    FactType.TEXT: pa.types.is_string,
}
