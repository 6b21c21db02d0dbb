"""One wide table kept ready: the codes that rules were asked with, the breakdown, and facts as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue
from delivery.engine import left_out
from delivery.terms import period_of
from domain.errors import WideTableStale
from domain.facts import FactDefinition, Vocabulary
from domain.policy import Policy
from duixian.coded import kept_codes
from features import wide
from features.fact_days import FactDays, fact_days
from features.wide import Snapshot
from matcher.batch.coded import CodedColumn, CodedTable, facts_to_read, recode
from matcher.compile import Program
from storage.connection import Begin
from workbench.breakdown import Breakdown, breakdown_facts, breakdowns

TRIED_COLUMNS = 64
"""Columns coded for rules that were tried out; beyond them those that were coded first are dropped."""
FEW = 10_000
"""So many subjects are looked up in the database one by one; of more, all that it knows are read."""


class LivingTable:
    """All subjects of an audience by the wide table at `path`; safe to share between threads.

    Rules that are being written ask for thresholds that nobody asked for before. Their columns are coded in memory on
    top of those that matching keeps on disk, and not on top of each other: a day of trying makes no column wider.
    """

    def __init__(self, home: Path, begin: Begin, path: Path) -> None:
        self.path = path
        self._home = home
        self.snapshot = Snapshot.of(path)
        self._names = frozenset(pq.read_schema(path).names)
        self._begin = begin
        self._base = kept_codes(home, self.snapshot.audience, path)
        self._tried: dict[str, CodedColumn] = {}
        self._breakdowns: tuple[Vocabulary, tuple[Breakdown, ...]] | None = None
        self._fact_days: FactDays | None = None
        self._lock = Lock()

    @property
    def snapshot_id(self) -> str:
        return self.path.stem

    @property
    def rows(self) -> int:
        return self._base.rows

    def take_up(self, coded: CodedTable) -> None:
        """Use these codes of the table, which matching keeps."""
        with self._lock:
            self._base = coded
            self._tried.clear()

    def coded(self, program: Program) -> CodedTable:
        """Codes that answer the program's rule; raises ProfileInvalid as matching does."""
        with self._lock:
            base, tried = self._base, dict(self._tried)
        held = CodedTable(base.rows, {**base.columns, **tried})
        if held.covers(program):
            return held
        coded = recode(base, program, self.facts(facts_to_read(base, program)))
        fresh = {key: column for key, column in coded.columns.items() if base.columns.get(key) is not column}
        with self._lock:
            if self._base is base:
                self._tried = dict([*(self._tried | fresh).items()][-TRIED_COLUMNS:])
        return coded

    def facts(self, names: Sequence[str]) -> pa.Table:
        """These facts of everybody. Raises WideTableStale for one that the table does not have."""
        if lacking := [name for name in names if name not in self._names]:
            raise WideTableStale(
                f"The wide table {self.snapshot_id} has no fact {', '.join(map(repr, lacking))}, which a rule reads.",
                next_step="Build the wide table again with this vocabulary ('duixian features build').",
                facts=lacking,
                snapshot_id=self.snapshot_id,
            )
        return wide.read(self.path, columns=list(names))

    def breakdowns(self, words: Catalogue) -> Sequence[Breakdown]:
        """The audience's dimensions, worked out once for a vocabulary."""
        held = self._breakdowns
        if held is None or held[0] is not words.vocabulary:
            audience = self.snapshot.audience
            names = [name for name in breakdown_facts(audience, words.vocabulary) if name in self._names]
            table = self.facts(names)
            held = self._breakdowns = (words.vocabulary, breakdowns(audience, words.vocabulary, table))
        return held[1]

    def wanting(self, policy: Policy, as_of: date, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Who in `rows` would be told of the policy on that day: has not opted out, had it, or been told."""
        period = period_of(policy, as_of)
        few = self._ids(rows) if len(rows) <= FEW else None
        with self._begin() as connection:
            others = left_out(connection, policy.id, period, None if few is None else few.to_pylist())
        if not others:
            return np.ones(len(rows), np.bool_)
        ids = self._ids(rows) if few is None else few
        found = pc.is_in(ids, value_set=pa.array(sorted(others), ids.type))
        return ~np.asarray(found.to_numpy(zero_copy_only=False))

    def statistics(self, facts: Mapping[str, FactDefinition], as_of: date) -> Mapping[str, FactStatistics]:
        """How well each of the facts is known, and how fresh it is on the day."""
        held = self._fact_days
        if held is None:
            held = self._fact_days = fact_days(self._home, self.path, facts)
        found = {}
        for name, fact in facts.items():
            known = held.known.get(name, 0)
            fresh = held.fresh(fact, as_of) / known if known else 1.0  # of nobody nothing is stale
            found[name] = FactStatistics(known / held.rows if held.rows else 1.0, fresh)
        return found

    def _ids(self, rows: npt.NDArray[np.intp]) -> pa.Array:
        column = wide.read(self.path, columns=["subject_id"])["subject_id"]
        return column.take(pa.array(rows)).combine_chunks()
