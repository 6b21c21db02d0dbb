"""One profile against every policy, in microseconds.

A matcher is made once for a program and kept with it. What a profile holds is read into codes (reading.py), a compiled
loop (scalar.py) looks the codes up in the program's tables (tables.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.amount import benefit_amount_fen
from domain.decision import Verdict
from domain.facts import Value
from domain.policy import Policy
from matcher.compile import Program
from matcher.online import scalar
from matcher.online.reading import Reader
from matcher.online.tables import tables_of

VERDICTS = (Verdict.INELIGIBLE, Verdict.UNKNOWN, Verdict.ELIGIBLE)
"""What a byte of `OnlineMatcher.verdicts` says: 0, 1 or 2."""


class Match(NamedTuple):
    """One policy's verdict; `amount_fen` of one period, None unless eligible or possible and known."""

    policy: Policy
    verdict: Verdict
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One profile's verdicts, uint8[policies], and its code in each column, int32[columns]."""

    verdicts: npt.NDArray[np.uint8]
    codes: npt.NDArray[np.int32]


class OnlineMatcher:
    """Judges profiles by one program; may be used from many threads at once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        tables = tables_of(program)
        self._reader = Reader(tables.slots)
        self._tables = (
            tables.limits, tables.quantity_steps, tables.quantity_starts, tables.constants, tables.column_source,
            tables.cuts, tables.cut_starts, tables.row_starts, tables.masks,
            tables.rule_steps, tables.rule_starts, tables.states,
        )  # fmt: skip

    @staticmethod
    def of(program: Program) -> OnlineMatcher:
        """The program's matcher, made when it is first asked for."""
        return program.once(OnlineMatcher)

    def answer(self, values: Mapping[str, Value]) -> Answer:
        """Judge one profile; a fact that is missing from `values` is unknown, names that no rule reads are ignored.

        Raises ProfileInvalid for a value that its fact's definition refuses.
        """
        facts, unknown = self._reader.read(values)
        verdicts = np.empty(len(self.program.policies), np.uint8)
        codes = np.empty(len(self.program.columns), np.int32)
        if not scalar.decide(facts, unknown, *self._tables, codes, verdicts):
            raise self._reader.refused(values)
        return Answer(verdicts, codes)

    def verdicts(self, values: Mapping[str, Value]) -> npt.NDArray[np.uint8]:
        """uint8[policies], each a place in VERDICTS; otherwise as `answer`."""
        return self.answer(values).verdicts

    def matches(self, values: Mapping[str, Value], answer: Answer | None = None) -> list[Match]:
        """The policies that the profile is eligible for or may be, in the program's order, with their amounts.

        `answer` is that of the same values, where they have been judged already.
        """
        verdicts = (answer or self.answer(values)).verdicts
        return [self.match(i, int(verdicts[i]), values) for i in np.flatnonzero(verdicts).tolist()]

    def match(self, policy: int, verdict: int, values: Mapping[str, Value]) -> Match:
        """The match of `program.policies[policy]`, `verdict` being a place in VERDICTS."""
        program = self.program
        one = program.policies[policy]
        amount = benefit_amount_fen(one.benefit, values, program.parameters, program.as_of) if verdict else None
        return Match(one, VERDICTS[verdict], amount)


def match_profile(program: Program, values: Mapping[str, Value]) -> list[Match]:
    """The verdict of every policy, in the order of `program.policies`; otherwise as `OnlineMatcher.answer`."""
    matcher = OnlineMatcher.of(program)
    return [matcher.match(i, verdict, values) for i, verdict in enumerate(matcher.verdicts(values).tolist())]
