"""For lack of which facts verdicts are unknown, counted over many subjects at a time.

Which clauses keep a verdict open is what matcher/reasons/grounds.py (`open_clauses`) says of one subject: those that
are unanswered, and stand in no part of the rule whose answer stands without them. Here it is worked out from the codes
of the rule's columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.terms import fact_names
from matcher.batch.coded import CodedColumn, CodedTable
from matcher.compile import Program
from matcher.upright import TRUE, UNKNOWN, Bytes, Group, Test, states_of, upright

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Facts = Callable[[Sequence[str]], pa.Table]
PIECE_ROWS = 1 << 18
"""Unknown subjects looked at in one go: each part of the rule takes a byte for each of them."""


def open_facts(program: Program, coded: CodedTable, unknown: Mask, facts: Facts) -> dict[str, int]:
    """For each fact that the rule reads, in how many of the `unknown` subjects it keeps the verdict open.

    A fact keeps it open where an open clause reads it and it is unknown. An open clause whose facts are all known
    rests on all of them: a region known too coarsely, a date that lies ahead, a division by zero. So every unknown
    subject is counted with one fact at least, and with each of those that could settle a part; not with one that is
    unknown in a part of the rule that is settled anyway. The most frequent facts come first, of equals those that the
    rule reads first; facts that keep nothing open are left out.

    `program` holds one rule; `coded` covers it; `unknown`, bool[subjects], are those whose verdict is unknown;
    `facts` gives facts of all subjects as they are, and is asked for those that stand together in one quantity.
    """
    rule = _Rule(program, coded)
    together = sorted({name for column in program.columns if not column.fact for name in fact_names(column.term)})
    table = facts(together) if together else None
    null = {name: table[name].is_null().to_numpy() for name in together} if table is not None else {}
    rows = np.flatnonzero(unknown)
    counts = dict.fromkeys(program.facts, 0)
    for start in range(0, len(rows), PIECE_ROWS):
        piece = rows[start : start + PIECE_ROWS]
        keeps: dict[str, Mask] = {}
        for column, opened in rule.open_columns(piece):
            for name, here in _of_column(program, column, opened, null, piece):
                keeps[name] = keeps[name] | here if name in keeps else here
        for name, here in keeps.items():
            counts[name] += int(np.count_nonzero(here))
    found = {name: count for name, count in counts.items() if count}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _of_column(
    program: Program, column: int, opened: Mask, null: Mapping[str, Mask], rows: Rows
) -> Iterator[tuple[str, Mask]]:
    """The facts of one column, each with the rows in which it keeps open what reads the column."""
    term = program.columns[column]
    if term.fact is not None:
        yield term.fact, opened
        return
    absent = {name: null[name][rows] for name in fact_names(term.term)}
    all_known = ~reduce(np.logical_or, absent.values())
    for name, here in absent.items():
        yield name, opened & (here | all_known)


@dataclass(frozen=True)
class _Part:
    """A part of the rule with its answers, uint8[rows] of FALSE, UNKNOWN or TRUE."""

    item: Test | Group
    answers: Bytes
    parts: tuple[_Part, ...] = ()


class _Rule:
    def __init__(self, program: Program, coded: CodedTable) -> None:
        [tree] = program.trees
        self.program = program
        self.columns: Sequence[CodedColumn] = coded.of(program)
        self.root = upright(tree)

    def open_columns(self, rows: Rows) -> Iterator[tuple[int, Mask]]:
        """The columns that open clauses ask, with the rows in which these are open; a column can come twice."""
        codes = {number: column.codes[rows] for number, column in enumerate(self.columns)}
        root = self._answered(self.root, codes)
        yield from self._open(root, root.answers == UNKNOWN)

    def _answered(self, item: Test | Group, codes: Mapping[int, npt.NDArray[np.integer]]) -> _Part:
        if isinstance(item, Test):
            states = states_of(self.program, [column.coding for column in self.columns], item)
            return _Part(item, states[codes[self.program.predicates[item.predicate].column]])
        parts = tuple(self._answered(one, codes) for one in item.items)
        return _Part(item, _joined(item.count, [part.answers for part in parts]), parts)

    def _open(self, part: _Part, opened: Mask) -> Iterator[tuple[int, Mask]]:
        if isinstance(part.item, Test):
            yield self.program.predicates[part.item.predicate].column, opened
        for below in part.parts:
            yield from self._open(below, opened & (below.answers == UNKNOWN))


def _joined(count: int, answers: Sequence[Bytes]) -> Bytes:
    """Whether at least `count` hold."""
    if count == len(answers):
        return reduce(np.minimum, answers)
    if count == 1:
        return reduce(np.maximum, answers)
    surely = sum((one == TRUE).astype(np.int32) for one in answers)
    possibly = sum((one >= UNKNOWN).astype(np.int32) for one in answers)
    found: Bytes = (np.asarray(surely >= count).astype(np.uint8) + np.asarray(possibly >= count)).astype(np.uint8)
    return found
