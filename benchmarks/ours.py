"""The matcher as the benchmark calls it: the one place that names its functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.agreement import FALSE, TRUE, UNKNOWN, Answers, answers_of
from benchmarks.policies import plain_rules, policies
from benchmarks.rules import Rule
from benchmarks.vocabulary import AS_OF, AUDIENCE, vocabulary
from catalogue.loader import Catalogue
from domain.decision import Verdict
from domain.policy import Policy
from domain.profile import Fact, FactStatus, Profile
from matcher.batch.bitmaps import lower
from matcher.batch.coded import CodedColumn, CodedTable, code_table, recode
from matcher.batch.columns import Codes
from matcher.batch.match import Verdicts, count_table, match_table
from matcher.coding import codings
from matcher.compile import Program, compile_policies
from matcher.online.match import VERDICTS, OnlineMatcher
from matcher.outlook.flips import CityForecast
from matcher.outlook.timeline import Timeline
from matcher.reasons.explain import Explanation

Facts = Mapping[str, Any]
_READ_ROWS = 65_536
"""Rows that are read from Parquet at a time: a piece of the matcher's."""


def compiled(read: Sequence[Policy]) -> Program:
    return compile_policies(read, vocabulary(), {}, AUDIENCE, AS_OF)


def prepare(program: Program) -> None:
    """Make what both executors run of a program, as a service does before it answers."""
    lower(program, codings(program))
    OnlineMatcher.of(program)


def program_of(rules: Sequence[Rule]) -> Program:
    return compiled(policies(rules))


class Batch:
    """One table against one program; the output's memory is kept from call to call, as a nightly run keeps it."""

    def __init__(self, table: pa.Table, program: Program) -> None:
        self.table = table
        self.program = program
        self._last: Verdicts | None = None

    @cached_property
    def coded(self) -> CodedTable:
        return code_table(self.program, self.table, self.table.num_rows)

    def repeated(self, times: int) -> Batch:
        """The same coded subjects so many times over."""
        more = Batch(self.table, self.program)
        columns = {}
        for key, one in self.coded.columns.items():
            codes = cast("Codes", np.tile(one.codes, times))
            columns[key] = CodedColumn(one.coding, codes)
        more.coded = CodedTable(self.rows * times, columns)
        return more

    def from_arrow(self) -> None:
        """Coding and matching, to dense planes."""
        self._last = match_table(self.program, self.table, reuse=self._last)

    def from_codes(self) -> None:
        """Matching alone, to dense planes."""
        self._last = match_table(self.program, self.coded, reuse=self._last)

    def counts(self, threads: int | None = None) -> int:
        """Pairs of a subject and a policy it is eligible for, from coded columns."""
        return int(count_table(self.program, self.coded, threads=threads)[:, 0].sum())

    @property
    def rows(self) -> int:
        return self.coded.rows

    @property
    def pairs(self) -> int:
        return self.rows * len(self.program.policies)

    @property
    def code_bytes(self) -> int:
        """What the coded columns that the rules read take."""
        return bytes_of(self.coded, self.program)

    @property
    def plane_bytes(self) -> int:
        """What the true and the unknown planes take, a bit a pair each."""
        return 2 * self.pairs // 8

    def answers(self, start: int, rows: int) -> Answers:
        """The verdicts of `rows` subjects from `start`, through coding."""
        found = match_table(self.program, self.table.slice(start, rows))
        return answers_of(found.all_true(), found.all_unknown())


_ANSWER_OF = {Verdict.INELIGIBLE: FALSE, Verdict.UNKNOWN: UNKNOWN, Verdict.ELIGIBLE: TRUE}


class Online:
    """One subject at a time."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.matcher = OnlineMatcher.of(program)

    def verdicts(self, facts: Facts) -> object:
        return self.matcher.verdicts(facts)

    def explained(self, facts: Facts, profile: Profile, count: int) -> object:
        """All verdicts, and `count` policies explained: first those the subject is or may be eligible for."""
        answer = self.matcher.answer(facts)
        explanation = Explanation(self.program, profile, answer)
        places = np.flatnonzero(answer.verdicts)[:count]
        if places.size < count:
            places = np.argsort(answer.verdicts == 0, kind="stable")[:count]
        return [explanation.decision(place) for place in places.tolist()]

    def answers(self, people: Sequence[Facts]) -> Answers:
        codes = np.array([_ANSWER_OF[verdict] for verdict in VERDICTS], dtype=np.int8)
        return np.stack([codes[self.matcher.verdicts(facts)] for facts in people], axis=1)


def profile_of(facts: Facts) -> Profile:
    """The facts as the feature store gives them, each with its source and date."""
    known = {name: Fact(value, "city", AS_OF, FactStatus.KNOWN) for name, value in facts.items() if value is not None}
    return Profile("1", AUDIENCE, known)


class City:
    """The whole city in its Parquet file, read in batches."""

    def __init__(self, path: Path, policies: int) -> None:
        self.path = path
        self.program = program_of(plain_rules(policies))
        with pq.ParquetFile(path) as file:
            self.rows: int = file.metadata.num_rows

    def warm_up(self) -> None:
        """Load the loops by a first small block."""
        some = pa.Table.from_batches([next(self.read())]).slice(0, 100)
        Batch(some, self.program).from_arrow()

    def counts(self) -> int:
        """Eligible pairs."""
        return int(count_table(self.program, self.read())[:, 0].sum())

    def planes(self) -> Verdicts:
        return match_table(self.program, self.read(), rows=self.rows)

    def coded(self) -> CodedTable:
        return code_table(self.program, self.read(), self.rows)

    def recoded(self, coded: CodedTable, program: Program) -> CodedTable:
        """`coded` with the columns that `program` asks more of, read and coded again."""
        missing = [program.columns[number].fact for number in coded.missing(program)]
        return recode(coded, program, self.read([name for name in missing if name is not None]))

    def flips(self, rules: Sequence[Rule], first: date, last: date) -> int:
        """Verdicts that turn from one day to the next, from `first` to `last`."""
        catalogue = Catalogue(vocabulary(), {}, tuple(policies(rules)), digest="")
        forecast = CityForecast(Timeline(catalogue, AUDIENCE), first, last)
        blocks = (pa.Table.from_batches([batch]) for batch in self.read(forecast.columns))
        return sum(table.num_rows for table in forecast.flips(blocks))

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The facts that any rule reads, or `columns`; categories come coded as Parquet holds them."""
        words = [name for name, fact in vocabulary().of(AUDIENCE).items() if fact.categories]
        with pq.ParquetFile(self.path, pre_buffer=False, read_dictionary=words) as file:
            yield from file.iter_batches(batch_size=_READ_ROWS, columns=list(columns or self.program.facts))


def bytes_of(coded: CodedTable, program: Program) -> int:
    """What the coded columns of one program take."""
    return sum(column.codes.nbytes for column in coded.of(program))
