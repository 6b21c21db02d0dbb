"""Rules of the eligibility language worked out for whole columns, as domain/evaluate.py does for one subject.

Made for derived facts, a rule at a time. The matcher is for policies by the thousand, and rests on this layer.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.evaluate import COMPARE
from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf, Within
from domain.facts import WORDS
from domain.regions import lies_in
from domain.terms import Constant, FactRef, Term
from features.terms import Columns, Doubles, Setting, column_of


def truth_of(expression: Expression, columns: Columns, setting: Setting) -> pa.Array:
    """Whether the rule holds for each row: bool[rows], null where that is unknown.

    `columns` hold the facts that the rule reads. Raises UnknownParameter.
    """
    match expression:
        case Clause():
            return _clause(expression, columns, setting)
        case Not(item=item):
            return pc.invert(truth_of(item, columns, setting))
        case All(items=items):
            return reduce(pc.and_kleene, (truth_of(item, columns, setting) for item in items))
        case AnyOf(items=items):
            return reduce(pc.or_kleene, (truth_of(item, columns, setting) for item in items))
        case AtLeast(count=count, items=items):
            met = [truth_of(item, columns, setting) for item in items]
            surely, possibly = (sum(_mask(one, unknown).astype(np.int64) for one in met) for unknown in (False, True))
            return _truth(np.asarray(surely >= count), np.asarray((surely < count) & (possibly >= count)))


def _clause(clause: Clause, columns: Columns, setting: Setting) -> pa.Array:
    if isinstance(clause.left, FactRef) and setting.facts[clause.left.name].type in WORDS:
        return _words(clause, columns)

    def doubles(term: Term) -> Doubles:
        return column_of(term, columns, setting)

    left = doubles(clause.left)
    match clause.test:
        case Compare(operator=symbol, right=right):
            return _compared(symbol, left, doubles(right))
        case Between(low=low, high=high):
            return pc.and_kleene(_compared(">=", left, doubles(low)), _compared("<=", left, doubles(high)))
        case OneOf(values=values, negated=negated):
            found = np.logical_or.reduce([left == doubles(Constant(value)) for value in values])
            return _truth(found != negated, np.isnan(left))
    raise AssertionError(f"{clause.text!r} tests no word and no number")


def _words(clause: Clause, columns: Columns) -> pa.Array:
    assert isinstance(clause.left, FactRef)
    left = _texts(columns[clause.left.name])
    match clause.test:
        case Compare(operator=symbol, right=right):
            other = _texts(columns[right.name]) if isinstance(right, FactRef) else _literal(right)
            return (pc.equal if symbol == "==" else pc.not_equal)(left, other)
        case OneOf(values=values, negated=negated):
            return _truth(_mask(pc.is_in(left, pa.array(values, pa.string())), False) != negated, _unknown(left))
        case Within(regions=regions, negated=negated):
            places = pc.unique(left.drop_null()).to_pylist()
            inside = [place for place in places if any(lies_in(place, region) for region in regions)]
            around = [place for place in places if any(lies_in(region, place) for region in regions)]
            surely, perhaps = (_mask(pc.is_in(left, pa.array(some, pa.string())), False) for some in (inside, around))
            return _truth(surely != negated, _unknown(left) | (perhaps & ~surely))
    raise AssertionError(f"{clause.text!r} compares words by order")


def _compared(symbol: str, left: Doubles, right: Doubles) -> pa.Array:
    return _truth(np.asarray(COMPARE[symbol](left, right)), np.isnan(left) | np.isnan(right))


def _truth(met: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(met, mask=unknown)


def _mask(truth: pa.Array, unknown: bool) -> npt.NDArray[np.bool_]:
    """Truth as numpy has it, with `unknown` in place of what is unknown."""
    return np.asarray(truth.fill_null(unknown).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _unknown(column: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.cast(pa.string())


def _literal(term: Term) -> pa.Scalar:
    assert isinstance(term, Constant)
    return pa.scalar(term.value, pa.string())
