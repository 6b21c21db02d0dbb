"""All subjects whose verdicts turn on a day of a range if only time passes: for a whole city, every night.

Few rows can turn on a given day. A clause that rests on one date alone is judged once for each date there is: the
dates on which it comes out otherwise than the day before mark the rows, in one pass over the column. Other clauses
that move are judged for all rows on successive days. Marked rows alone are matched, on the day and on its eve, and
compared. Where a policy begins or ends, or its law changes, all rows are matched on both days for this policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.decision import Verdict
from domain.expression import Clause, clauses
from domain.policy import Policy
from matcher.outlook.marks import ClauseMarks, Judge, Marks, Turn
from matcher.outlook.timeline import Timeline

VERDICTS = (Verdict.INELIGIBLE, Verdict.UNKNOWN, Verdict.ELIGIBLE)
"""In the order of their codes: possible, and once more if true."""
SCHEMA = pa.schema(
    [
        ("subject_id", pa.string()),
        ("policy_id", pa.dictionary(pa.int16(), pa.string())),
        ("on", pa.date32()),
        ("before", pa.dictionary(pa.int8(), pa.string())),
        ("after", pa.dictionary(pa.int8(), pa.string())),
    ]
)
POOL_ROWS = 400_000
"""Marked rows are gathered to about so many before they are matched."""
COMPARED_ROWS = 65_536
"""So many are compared at a time: a byte a pair, twice."""
Codes = npt.NDArray[np.uint8]


class CityForecast:
    """A range of days, prepared once: `ended` are policies without a parameter from a day on, and which."""

    def __init__(self, timeline: Timeline, first: date, last: date) -> None:
        self.timeline = timeline
        self.days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
        self.ended: dict[str, tuple[date, str]] = {}
        own: dict[Clause, Policy] = {}
        moving: dict[date, list[Policy]] = {day: [] for day in self.days}
        crossing: dict[date, list[Policy]] = {day: [] for day in self.days}
        for policy in timeline.policies:
            moved = [one for one in dict.fromkeys(clauses(policy.eligibility)) if timeline.moves(one)]
            for day, crosses in self._judged(policy):
                if crosses:
                    crossing[day].append(policy)
                elif moved and policy.in_force(day):
                    moving[day].append(policy)
                    own |= dict.fromkeys(moved, policy)
        self.turns = [Turn(eve, day, tuple(moving[day]), tuple(crossing[day])) for eve, day in pairwise(self.days)]
        self._judge = Judge(timeline)
        self._marked = ClauseMarks(self._judge, self.turns, own)

    @property
    def columns(self) -> list[str]:
        """The columns that a block must have."""
        read = {policy.id: policy for turn in self.turns for policy in (*turn.moving, *turn.crossing)}
        return ["subject_id", *self.timeline.needed(read.values())]

    def flips(
        self, blocks: Iterable[pa.Table], progress: Callable[[int, int | None], None] | None = None
    ) -> Iterator[pa.Table]:
        """Tables of SCHEMA, as they are found. Memory is bounded by the largest block and the pool of marked rows.

        `progress` is told how many rows are read; where it raises, nothing more is given.
        """
        pool: list[tuple[pa.Table, Marks]] = []
        read = 0
        for block in blocks:
            for turn in self.turns:
                if turn.crossing:
                    yield from self._compared(block, turn, turn.crossing)
            marks = self._marked.of(block)
            rows = np.flatnonzero(marks.any(axis=1))
            pool.append((block.take(pa.array(rows)), marks[rows]))
            if sum(len(some) for _, some in pool) >= POOL_ROWS:
                yield from self._matched(pool)
                pool = []
            read += block.num_rows
            if progress:
                progress(read, None)
        if pool:
            yield from self._matched(pool)

    def _matched(self, pool: list[tuple[pa.Table, Marks]]) -> Iterator[pa.Table]:
        table = pa.concat_tables([table for table, _ in pool]).combine_chunks()
        marks = np.concatenate([marks for _, marks in pool])
        for n, turn in enumerate(self.turns):
            rows = np.flatnonzero(marks[:, n // 64] & np.uint64(1 << (n % 64)))
            if turn.moving and len(rows):
                yield from self._compared(table.take(pa.array(rows)), turn, turn.moving)

    def _compared(self, table: pa.Table, turn: Turn, policies: Sequence[Policy]) -> Iterator[pa.Table]:
        ids = pa.array([policy.id for policy in policies], pa.string())
        for start in range(0, table.num_rows, COMPARED_ROWS):
            some = table.slice(start, COMPARED_ROWS)
            before, after = (self._codes(some, policies, day) for day in (turn.eve, turn.day))
            number, row = np.nonzero(before != after)
            if len(row):
                columns = [
                    some["subject_id"].take(pa.array(row)).combine_chunks().cast(pa.string()),
                    pa.DictionaryArray.from_arrays(pa.array(number, pa.int16()), ids),
                    pa.repeat(pa.scalar(turn.day, pa.date32()), len(row)),
                    *(_worded(codes[number, row]) for codes in (before, after)),
                ]
                yield pa.Table.from_arrays(columns, schema=SCHEMA)

    def _codes(self, table: pa.Table, policies: Sequence[Policy], day: date) -> Codes:
        """uint8[policies, rows], numbers in VERDICTS; who is not in force is for nobody."""
        codes = np.zeros((len(policies), table.num_rows), dtype=np.uint8)
        force = [n for n, policy in enumerate(policies) if policy.in_force(day)]
        if force:
            found = self._judge.at(table, tuple(policies[n] for n in force), day)
            for place, n in enumerate(force):
                true = found.true(place)
                codes[n] = true.astype(np.uint8) * 2 + found.unknown(place)
        return codes

    def _judged(self, policy: Policy) -> Iterator[tuple[date, bool]]:
        """The days on which, like on their eves, the policy can be judged, and whether it or its law changes then.

        After a gap in its law it is not taken up again.
        """
        steps = self.timeline.steps(policy) | {self.days[0]}
        for eve, day in pairwise([self.days[0], *self.days]):
            missing = self.timeline.missing(policy, day) if day in steps else None
            if missing is not None:
                self.ended[policy.id] = (day, missing)
                return
            if eve != day:
                yield day, day in steps and self._crosses(policy, eve, day)

    def _crosses(self, policy: Policy, eve: date, day: date) -> bool:
        if policy.in_force(eve) is not policy.in_force(day):
            return True
        old, new = self.timeline.parameters(eve), self.timeline.parameters(day)
        return policy.in_force(day) and any(old[name] != new[name] for name in self.timeline.named(policy))


def _worded(codes: Codes) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array(VERDICTS, pa.string()))
