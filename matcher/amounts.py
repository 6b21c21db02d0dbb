"""What one policy comes to for every subject of a table, equal to domain.amount row by row.

Proportional amounts are taken in doubles. Where a double lies too near a point at which the rounding turns, the
amount is taken again in decimals, once for each distinct quantity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.amount import (
    benefit_amount_fen,
    benefit_facts,
    benefit_quantity,
    operand_yuan,
    proportional_terms,
    quantity_fen,
    table_fen,
)
from domain.benefit import Benefit, Brackets, PerUnit, RoundingMode, Share, Table
from domain.errors import ProfileInvalid
from domain.policy import Policy
from features.terms import Setting, column_of
from matcher.compile import Program

Fen = npt.NDArray[np.int64]
Known = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
_DOUBLE_SLACK = 1e-12  # Two roundings of a double's 2**-52, with room.
_MOST_FEN = 2.0**62


def amounts_fen(program: Program, policy: Policy, table: pa.Table) -> tuple[Fen, Known]:
    """Each subject's amount of one period in fen, int64[subjects] (0 where unknown), and where it is known.

    Raises ProfileInvalid where a quantity is so large that no sum of money can be meant.
    """
    benefit, parameters = policy.benefit, program.parameters
    quantity = benefit_quantity(benefit)
    if quantity is None:
        amount = benefit_amount_fen(benefit, {}, parameters, program.as_of) or 0
        return np.full(table.num_rows, amount, dtype=np.int64), np.ones(table.num_rows, dtype=np.bool_)
    if isinstance(benefit.form, Table):
        return _of_words(benefit, benefit.form, table[benefit.form.fact], parameters)
    columns = {name: table[name] for name in benefit_facts(benefit)}
    x = column_of(quantity, columns, Setting({}, parameters, program.as_of))
    known = ~np.isnan(x)
    x = np.where(known, x, 0.0)
    form = benefit.form
    if isinstance(form, Brackets):
        paid = [0] + [benefit.rounding.fen(operand_yuan(step.amount, parameters)) for step in form.steps]
        steps = [_first_double(step.from_) for step in form.steps]
        fen = np.array(paid, dtype=np.int64)[np.searchsorted(steps, x, side="right")]
    else:
        assert isinstance(form, Share | PerUnit)
        fen = _proportional(policy, form, x, parameters)
    return np.where(known, fen, 0), known


def _of_words(
    benefit: Benefit, form: Table, column: pa.ChunkedArray, parameters: Mapping[str, Decimal]
) -> tuple[Fen, Known]:
    """A table's amounts: the last two stand for a word that is not listed, and for an unknown one."""
    words = list(form.amounts)
    amounts = [table_fen(benefit, word, parameters) for word in words]
    amounts += [
        None if form.otherwise is None else benefit.rounding.fen(operand_yuan(form.otherwise, parameters)),
        None,
    ]
    column = column.cast(pa.string())
    place = pc.fill_null(pc.index_in(column, value_set=pa.array(words, pa.string())), len(words)).to_numpy()
    place = np.where(pc.is_valid(column).to_numpy(), place, len(words) + 1)
    known = np.array([amount is not None for amount in amounts])[place]
    return np.array([amount or 0 for amount in amounts], dtype=np.int64)[place], known


def _first_double(bound: Decimal) -> float:
    """The least double that, read as a decimal, reaches `bound`."""
    nearest = float(bound)
    return nearest if Decimal(repr(nearest)) >= bound else math.nextafter(nearest, math.inf)


def _proportional(policy: Policy, form: Share | PerUnit, x: Doubles, parameters: Mapping[str, Decimal]) -> Fen:
    benefit = policy.benefit
    terms, rounding = proportional_terms(form, parameters), benefit.rounding
    coins_a_yuan = 100 // rounding.to.fen
    with np.errstate(over="ignore"):
        coins = np.maximum(x, 0.0) * float(terms.rate * coins_a_yuan)
    slack = np.maximum(coins, 1.0) * _DOUBLE_SLACK
    turns_at = 0.5 if rounding.mode is RoundingMode.HALF_UP else 0.0
    doubtful = np.abs(coins - turns_at - np.rint(coins - turns_at)) <= slack
    settled = np.full(len(x), -1, dtype=np.int64)
    for bound, beyond in ((terms.floor, np.less), (terms.cap, np.greater)):
        if bound is not None:
            edge = float(bound * coins_a_yuan)
            # Nearer to the edge either side is rounded alike, or the rounding turns there and the row is doubtful.
            settled[beyond(coins, edge) & (np.abs(coins - edge) > slack)] = rounding.fen(terms.bounded(bound))
    free = settled < 0
    if np.any(coins[free] * rounding.to.fen > _MOST_FEN):
        raise ProfileInvalid(
            f"What {policy.id!r} comes to for some subjects is more money than there is.",
            next_step="Check the registers for amounts in a wrong unit, or give the benefit a cap.",
            policy_id=policy.id,
        )
    rounded = _ROUNDED[rounding.mode](np.where(free, coins, 0.0)).astype(np.int64) * rounding.to.fen
    fen = np.where(free, rounded, settled)
    rows = np.flatnonzero(doubtful & free)
    distinct, place = np.unique(x[rows], return_inverse=True)
    exact = [quantity_fen(benefit, value, parameters) for value in distinct.tolist()]
    fen[rows] = np.array(exact, dtype=np.int64)[place]
    return fen


_ROUNDED: Mapping[RoundingMode, Callable[[Doubles], Doubles]] = {
    RoundingMode.HALF_UP: lambda coins: np.floor(coins + 0.5),
    RoundingMode.DOWN: np.floor,
    RoundingMode.UP: np.ceil,
}
