"""Which rows of a table can turn on which days of a range, found clause by clause before any policy is matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.calendar import day_number
from domain.expression import Clause
from domain.facts import FIRST_POSSIBLE_YEAR, FactType
from domain.policy import Policy
from features.cells import ARROW_TYPES
from matcher.batch.match import match_table
from matcher.batch.verdicts import Verdicts
from matcher.compile import Program, compile_policies
from matcher.outlook.timeline import Timeline

Marks = npt.NDArray[np.uint64]
"""uint64[rows, words]: bit n of a row says that a clause turns for it on the n-th day of the range."""
MOST_PROGRAMS = 80
"""Compiled for a day and kept: those of a month, and what its clauses take."""
_FIRST, _LAST = day_number(date(FIRST_POSSIBLE_YEAR, 1, 1)), day_number(date(2199, 12, 31))


@dataclass(frozen=True)
class Turn:
    """One day and its eve: the policies that are in force on both under one law, and those that are not."""

    eve: date
    day: date
    moving: tuple[Policy, ...]
    crossing: tuple[Policy, ...]


class Judge:
    """The batch executor on any day of a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._programs: dict[tuple[date, tuple[str, ...]], Program] = {}

    def at(self, table: pa.Table, policies: Sequence[Policy], day: date) -> Verdicts:
        """The verdicts of a table's subjects on `day`."""
        return match_table(self._program(policies, day), self.timeline.columns(table, day))

    def _program(self, policies: Sequence[Policy], day: date) -> Program:
        """Kept for a while: a pool after the other asks for the same. Ids are distinct, those of clauses too."""
        key = (day, tuple(policy.id for policy in policies))
        if key not in self._programs:
            if len(self._programs) >= MOST_PROGRAMS:
                del self._programs[next(iter(self._programs))]
            timeline = self.timeline
            self._programs[key] = compile_policies(
                policies, timeline.vocabulary, timeline.parameters(day), timeline.audience, day
            )
        return self._programs[key]


class ClauseMarks:
    """Which rows a clause turns for, and on which days; `own` are the clauses that move, each with a policy it is from.

    A clause that rests on one date alone is judged once for every date that there is, others for all rows.
    """

    def __init__(self, judge: Judge, turns: Sequence[Turn], own: Mapping[Clause, Policy]) -> None:
        self.judge = judge
        self.timeline = judge.timeline
        self.turns = turns
        by_date: dict[str, list[Policy]] = {}
        self.others: list[Policy] = []
        for number, (clause, policy) in enumerate(own.items()):
            alone = _alone(clause, policy, number)
            sources = self.timeline.registered(clause)
            if len(sources) == 1 and all(self.timeline.facts[name].type is FactType.DATE for name in sources):
                by_date.setdefault(next(iter(sources)), []).append(alone)
            else:
                self.others.append(alone)
        self._named = {
            one.id: self.timeline.named(one) for one in (*self.others, *(p for some in by_date.values() for p in some))
        }
        self.by_date = {name: tuple(policies) for name, policies in by_date.items()}
        self.words = -(-len(turns) // 64)
        self._tables = {
            name: self._of_dates(name, np.arange(_FIRST, _LAST + 1, dtype=np.int32)) for name in self.by_date
        }

    def of(self, block: pa.Table) -> Marks:
        """The marks of a block's rows."""
        marks = self._turned(block, tuple(self.others))
        for name, table in self._tables.items():
            days = block[name].combine_chunks()
            known = days.is_valid().to_numpy(zero_copy_only=False)
            numbers = days.cast(pa.int32()).fill_null(_FIRST).to_numpy()
            far = numbers > _LAST
            marks |= table[np.where(far, 0, numbers - _FIRST)] * (known & ~far)[:, None].astype(np.uint64)
            if far.any():
                distinct, place = np.unique(numbers[far], return_inverse=True)
                marks[far] |= self._of_dates(name, distinct)[place]
        return marks

    def _of_dates(self, name: str, numbers: npt.NDArray[np.int32]) -> Marks:
        """The marks of every date of `numbers` (days since 1970), as if a subject had it."""
        policies = self.by_date[name]
        columns = {
            one: pa.array(numbers, pa.date32())
            if one == name
            else pa.nulls(len(numbers), ARROW_TYPES[self.timeline.facts[one].type])
            for one in self.timeline.needed(policies)
        }
        return self._turned(pa.table(columns), policies)

    def _turned(self, table: pa.Table, policies: tuple[Policy, ...]) -> Marks:
        """The rows for which one of `policies` comes out on a day otherwise than on its eve."""
        marks = np.zeros((table.num_rows, self.words), dtype=np.uint64)
        last: tuple[tuple[Policy, ...], Verdicts] | None = None
        for n, turn in enumerate(self.turns):
            # Where its law changes or is missing, all rows are matched for a clause's policies, or none.
            chosen = tuple(one for one in policies if self._stays(one, turn))
            if not chosen:
                last = None
                continue
            before = last[1] if last and last[0] == chosen else self.judge.at(table, chosen, turn.eve)
            after = self.judge.at(table, chosen, turn.day)
            last = chosen, after
            turned = (before.true_words ^ after.true_words) | (before.possible_words ^ after.possible_words)
            words = np.bitwise_or.reduce(turned, axis=0)
            bits = np.unpackbits(words.view(np.uint8), count=table.num_rows, bitorder="little")
            marks[:, n // 64] |= bits.astype(np.uint64) << np.uint64(n % 64)
        return marks

    def _stays(self, alone: Policy, turn: Turn) -> bool:
        old, new = self.timeline.parameters(turn.eve), self.timeline.parameters(turn.day)
        return all(name in old and name in new and old[name] == new[name] for name in self._named[alone.id])


def _alone(clause: Clause, policy: Policy, number: int) -> Policy:
    """A clause as if it were a policy, always in force."""
    return replace(policy, id=f"clause {number}", eligibility=clause, effective_from=date.min, effective_to=None)
