"""How the figures of an impact are found: both rules matched, then who changes place, what it costs, who is told.

Everything is worked out for whole columns; tests hold the figures to those of one subject after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from catalogue.loader import Catalogue
from domain.amount import PERIODS_PER_YEAR, benefit_amount_fen, benefit_facts, benefit_quantity, yearly_fen
from domain.policy import Policy
from matcher.amounts import amounts_fen
from matcher.batch.coded import CodedTable
from matcher.batch.match import match_table
from matcher.compile import Program, compile_policies
from workbench.basis import basis_of
from workbench.breakdown import Breakdown, Places
from workbench.impact import Counts, Group, Impact, Missing
from workbench.open_facts import open_facts
from workbench.tally import counted, summed

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Progress = Callable[[int, int | None], object]
INELIGIBLE, UNKNOWN, ELIGIBLE = range(3)
_STEPS = 5


@dataclass(frozen=True)
class Side:
    """A policy with the words and parameters that it is read with."""

    policy: Policy
    words: Catalogue

    def program(self, as_of: date) -> Program:
        """Its rule compiled; raises ParameterExpired and UnknownFact."""
        parameters = self.words.parameters_at(as_of)
        return compile_policies([self.policy], self.words.vocabulary, parameters, self.policy.audience, as_of)


class Subjects(Protocol):
    """All subjects of one audience, by one wide table; every answer has them in the same order."""

    @property
    def snapshot_id(self) -> str: ...

    @property
    def rows(self) -> int: ...

    def coded(self, program: Program) -> CodedTable:
        """Codes that answer the program's rule."""
        ...

    def facts(self, names: Sequence[str]) -> pa.Table:
        """These facts of everybody."""
        ...

    def breakdowns(self, words: Catalogue) -> Sequence[Breakdown]:
        """The audience's dimensions, labelled by these words."""
        ...

    def wanting(self, policy: Policy, as_of: date, rows: Rows) -> Mask:
        """Who of the subjects in `rows` would be told of the policy on that day, bool[rows].

        Not who has opted out, nor who has had it, or was told of it, in the day's period.
        """
        ...


def measure(
    before: Side | None, after: Side, subjects: Subjects, as_of: date, progress: Progress | None = None
) -> Impact:
    """What `after` would do beside `before`, the one that serves; both are judged on `as_of`.

    `after` is judged as if it were in force. `before` is None where no policy serves, and counts as none where it is
    not in force on the day. `progress` is called with the subjects done and all of them. Raises ParameterExpired,
    UnknownFact, and what `subjects` raise.
    """
    if before and not before.policy.in_force(as_of):
        before = None
    done = _Report(progress, subjects.rows)
    then = _Judged(before, subjects, as_of) if before else None
    done()
    now = _Judged(after, subjects, as_of)
    done()
    states_before = np.zeros(subjects.rows, np.uint8) if then is None else then.states
    gain = np.flatnonzero((now.states == ELIGIBLE) & (states_before != ELIGIBLE))
    told = gain[subjects.wanting(after.policy, as_of, gain)] if len(gain) else gain
    done()
    facts = after.words.vocabulary.of(after.policy.audience)
    open_ones = open_facts(now.program, subjects.coded(now.program), now.states == UNKNOWN, subjects.facts)
    done()
    moves = states_before * np.uint8(3) + now.states
    whole = _Sums.of(np.zeros(subjects.rows, np.uint8), 1, moves, then, now, told)
    groups = [
        group
        for one in subjects.breakdowns(after.words)
        for group in _groups(one, _Sums.of(one.places, len(one.words), moves, then, now, told))
    ]
    done()
    policy = after.policy
    budget_fen, places = _budget(policy, as_of)
    table = whole.moves[0]
    return Impact(
        policy_id=policy.id,
        version=policy.version,
        audience=policy.audience,
        as_of=as_of,
        snapshot_id=subjects.snapshot_id,
        subjects=subjects.rows,
        before=None if then is None else _counts(table.sum(axis=1)),
        after=_counts(table.sum(axis=0)),
        gain=len(gain),
        lose=int(table[ELIGIBLE, :ELIGIBLE].sum()),
        lose_unknown=int(table[ELIGIBLE, UNKNOWN]),
        becomes_unknown=int(table[:, UNKNOWN].sum() - table[UNKNOWN, UNKNOWN]),
        missing=tuple(Missing(name, facts[name].label, count) for name, count in open_ones.items()),
        cost_before_fen_year=None if then is None else whole.cost_before[0],
        cost_after_fen_year=whole.cost_after[0],
        amount_unknown_before=0 if then is None else then.amounts.unknown,
        amount_unknown=now.amounts.unknown,
        budget_fen=budget_fen,
        places=places,
        messages=len(told),
        groups=tuple(groups),
        basis=basis_of(
            policy,
            before.policy if before else None,
            after.words,
            subjects.snapshot_id,
            as_of,
            served_words=before.words if before else None,
        ),
    )


class _Judged:
    """One side's verdicts, uint8[subjects] of INELIGIBLE, UNKNOWN or ELIGIBLE, and what the eligible get."""

    def __init__(self, side: Side, subjects: Subjects, as_of: date) -> None:
        self.program = side.program(as_of)
        verdicts = match_table(self.program, subjects.coded(self.program))
        self.states = verdicts.true(0) * np.uint8(ELIGIBLE) + verdicts.unknown(0) * np.uint8(UNKNOWN)
        self.amounts = _Amounts.of(self.program, np.flatnonzero(self.states == ELIGIBLE), subjects)


@dataclass(frozen=True)
class _Amounts:
    """`fen` a period of those in `rows`, `periods` of them a year; of `unknown` others the amount is unknown."""

    rows: Rows
    fen: npt.NDArray[np.int64]
    periods: int
    unknown: int

    @staticmethod
    def of(program: Program, eligible: Rows, subjects: Subjects) -> _Amounts:
        [policy] = program.policies
        benefit = policy.benefit
        periods = yearly_fen(benefit, 1)
        if benefit_quantity(benefit) is None:
            amount = benefit_amount_fen(benefit, {}, program.parameters, program.as_of) or 0
            return _Amounts(eligible, np.full(len(eligible), amount, np.int64), periods, 0)
        fen, known = amounts_fen(program, policy, subjects.facts(benefit_facts(benefit)).take(pa.array(eligible)))
        return _Amounts(eligible[known], fen[known], periods, int(np.count_nonzero(~known)))

    def by(self, places: Places, groups: int) -> list[int]:
        """Fen a year of each group."""
        return [fen * self.periods for fen in summed(self.fen, places[self.rows], groups)]


@dataclass(frozen=True)
class _Sums:
    """Figures by group. `moves`: subjects by group, state before and state after."""

    moves: npt.NDArray[np.int64]
    cost_before: Sequence[int]
    cost_after: Sequence[int]
    messages: npt.NDArray[np.int64]

    @staticmethod
    def of(places: Places, groups: int, moves: Places, then: _Judged | None, now: _Judged, told: Rows) -> _Sums:
        return _Sums(
            moves=counted(places, groups, moves, 9).reshape(groups, 3, 3),
            cost_before=[0] * groups if then is None else then.amounts.by(places, groups),
            cost_after=now.amounts.by(places, groups),
            messages=np.bincount(places[told], minlength=groups),
        )


def _groups(one: Breakdown, sums: _Sums) -> list[Group]:
    """The groups in which there are subjects."""
    return [
        Group(
            dimension=one.dimension,
            word=one.words[i],
            label=one.labels[i],
            subjects=int(table.sum()),
            before=int(table[ELIGIBLE].sum()),
            after=int(table[:, ELIGIBLE].sum()),
            gain=int(table[:ELIGIBLE, ELIGIBLE].sum()),
            lose=int(table[ELIGIBLE, :ELIGIBLE].sum()),
            unknown=int(table[:, UNKNOWN].sum()),
            becomes_unknown=int(table[:, UNKNOWN].sum() - table[UNKNOWN, UNKNOWN]),
            cost_before_fen_year=sums.cost_before[i],
            cost_after_fen_year=sums.cost_after[i],
            messages=int(sums.messages[i]),
        )
        for i, table in enumerate(sums.moves)
        if table.any()
    ]


def _budget(policy: Policy, as_of: date) -> tuple[int | None, int | None]:
    """The cap in fen for a year, and the places of one period; None where there is no such limit on that day."""
    budget = policy.budget
    if budget is None or budget.window(as_of) is None:
        return None, None
    cap = budget.cap_fen
    return None if cap is None else cap * PERIODS_PER_YEAR[budget.period], budget.places


def _counts(by_state: npt.NDArray[np.int64]) -> Counts:
    return Counts(*(int(by_state[state]) for state in (ELIGIBLE, UNKNOWN, INELIGIBLE)))


class _Report:
    def __init__(self, progress: Progress | None, rows: int) -> None:
        self._progress, self._rows, self._steps = progress, rows, 0

    def __call__(self) -> None:
        self._steps += 1
        if self._progress:
            self._progress(self._rows * self._steps // _STEPS, self._rows)
