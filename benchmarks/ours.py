"""The matcher as the benchmark calls it: the one place that names its functions."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from benchmarks.agreement import Answers, answers_of
from benchmarks.policies import policies
from benchmarks.rules import Rule
from benchmarks.vocabulary import AS_OF, AUDIENCE, vocabulary
from matcher.batch import Verdicts, match_table
from matcher.compile import Program, compile_policies


def program_of(rules: Sequence[Rule]) -> Program:
    return compile_policies(policies(rules), vocabulary(), {}, AUDIENCE, AS_OF)


class Batch:
    """One table against one program; the output's memory is kept from call to call, as a nightly run keeps it."""

    name = "Duixian"

    def __init__(self, table: pa.Table, program: Program) -> None:
        # Dictionary columns are read as what they stand for.
        schema = [(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
        self.table = table.cast(pa.schema(schema))
        self.program = program

    def from_arrow(self) -> Verdicts:
        """Coding and matching, to dense planes."""
        return match_table(self.program, self.table)

    def from_codes(self) -> Verdicts:
        return match_table(self.program, self.table)

    @property
    def code_bytes(self) -> int:
        """What the coded columns that the rules read take."""
        return int(self.table.num_rows) * len(self.program.columns)

    @property
    def plane_bytes(self) -> int:
        """What the true and the unknown planes take, a bit a pair each."""
        return 2 * int(self.table.num_rows) * len(self.program.policies) // 8

    def answers(self, start: int, rows: int) -> Answers:
        """The verdicts of `rows` subjects from `start`."""
        found = match_table(self.program, self.table.slice(start, rows))
        return answers_of(found.true, found.unknown)
