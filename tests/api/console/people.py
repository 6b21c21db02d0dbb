"""The small city's people as a population that drafts are tried on: measured as the living one is, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue
from delivery.engine import left_out
from delivery.terms import period_of
from domain.expression import Expression
from domain.facts import Audience
from domain.policy import Policy
from features.wide import fact_schema
from matcher.batch.coded import CodedTable, code_table
from matcher.compile import Program
from storage.connection import Begin
from tests.api.conftest import City
from workbench.breakdown import Breakdown, breakdown_facts, breakdowns
from workbench.counting import count_rule
from workbench.impact import Count, Impact
from workbench.measuring import Side, measure
from workbench.records import Progress


@dataclass
class _Subjects:
    """One audience's profiles as a table (workbench.measuring.Subjects)."""

    table: pa.Table
    ids: Sequence[str]
    begin: Begin
    snapshot_id: str = "few-people"

    @property
    def rows(self) -> int:
        return len(self.ids)

    def coded(self, program: Program) -> CodedTable:
        return code_table(program, self.table, self.rows)

    def facts(self, names: Sequence[str]) -> pa.Table:
        return self.table.select(list(names))

    def breakdowns(self, words: Catalogue) -> Sequence[Breakdown]:
        audience = Audience.CITIZEN if self.ids[0].startswith("C") else Audience.ENTERPRISE
        return breakdowns(audience, words.vocabulary, self.facts(breakdown_facts(audience, words.vocabulary)))

    def wanting(self, policy: Policy, as_of: date, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        ids = [self.ids[row] for row in rows]
        with self.begin() as connection:
            others = left_out(connection, policy.id, period_of(policy, as_of), ids)
        return np.array([one not in others for one in ids], np.bool_)


class FewPeople:
    """The city's profiles as they are at each question."""

    def __init__(self, city: City) -> None:
        self.city = city

    def impact(
        self, draft: Policy, served: Policy | None, words: Catalogue, as_of: date, progress: Progress | None = None
    ) -> Impact:
        before = Side(served, words) if served else None
        return measure(before, Side(draft, words), self._subjects(draft.audience), as_of, progress)

    def count(self, audience: Audience, rule: Expression, words: Catalogue, as_of: date) -> Count:
        subjects = self._subjects(audience)
        eligible, unknown, ineligible = count_rule(audience, rule, words, subjects, as_of)
        return Count(eligible, unknown, ineligible, subjects.rows, 0.001)

    def statistics(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics]:
        return {}

    def _subjects(self, audience: Audience) -> _Subjects:
        found = {one.subject_id: one.values() for one in self.city.profiles.values() if one.audience is audience}
        rows: list[dict[str, Any]] = [{"subject_id": name, **values} for name, values in sorted(found.items())]
        schema = fact_schema(self.city.catalogue.vocabulary, audience).insert(0, pa.field("subject_id", pa.string()))
        return _Subjects(pa.Table.from_pylist(rows, schema), sorted(found), self.city.begin)
