"""A small population in memory, in the words of tests/matcher/rules.py with a district and an age besides."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from catalogue.loader import Catalogue
from domain.facts import Audience, FactType, Label, Value, Vocabulary
from domain.policy import DatedValue, Document, Parameter, Policy, Verification
from matcher.batch.coded import CodedTable, code_table
from matcher.compile import Program
from tests.matcher.rules import FACTS, NAME, PARAMETERS, many_profiles, table
from workbench.breakdown import Breakdown, breakdown_facts, breakdowns

DISTRICTS = {"north": Label("北区", "North"), "south": Label("南区", "South")}
VOCABULARY = Vocabulary(
    {
        Audience.CITIZEN: {
            **FACTS,
            "residence_district": replace(
                FACTS["c1"], name="residence_district", type=FactType.CATEGORY, categories=DISTRICTS
            ),
            "age_years": replace(FACTS["i1"], name="age_years"),
        },
        Audience.ENTERPRISE: {},
    },
    {"r": NAME},
    {"none": Label("", "")},
)


def words_with(parameters: Mapping[str, Decimal] = PARAMETERS, policies: Sequence[Policy] = ()) -> Catalogue:
    """A catalogue with these values in force for ever."""
    dated = {
        name: Parameter(
            name, "none", NAME, Document("d"), Verification.ILLUSTRATIVE, (DatedValue(date(1900, 1, 1), None, value),)
        )
        for name, value in parameters.items()
    }
    return Catalogue(VOCABULARY, dated, tuple(policies), "digest")


def people(seed: int, count: int) -> list[dict[str, Value]]:
    """Profiles with an id, a district and an age, some of which are unknown."""
    draw = random.Random(seed)
    return [
        {
            "subject_id": f"C{number:09}",
            "residence_district": draw.choice([None, "north", "north", "south"]),
            "age_years": draw.choice([None, 0, 5, 6, 17, 18, 34, 35, 59, 60, 69, 70, 79, 80, 104]),
            **values,
        }
        for number, values in enumerate(many_profiles(seed, count))
    ]


def table_of(rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    kinds = {"subject_id": pa.string(), "residence_district": pa.string(), "age_years": pa.int64()}
    found = table(rows)
    for name, kind in kinds.items():
        found = found.append_column(name, pa.array([row[name] for row in rows], kind))
    return found


@dataclass
class Living:
    """The rows as `workbench.measuring.Subjects`; `left_out` are the ids of those who would not be told."""

    people: Sequence[Mapping[str, Value]]
    left_out: Set[str] = field(default_factory=frozenset)
    snapshot_id: str = "snapshot"

    def __post_init__(self) -> None:
        self.table = table_of(self.people)

    @property
    def rows(self) -> int:
        return len(self.people)

    def coded(self, program: Program) -> CodedTable:
        return code_table(program, self.table, self.rows)

    def facts(self, names: Sequence[str]) -> pa.Table:
        return self.table.select(list(names))

    def breakdowns(self, words: Catalogue) -> Sequence[Breakdown]:
        audience = Audience.CITIZEN
        return breakdowns(audience, words.vocabulary, self.facts(breakdown_facts(audience, words.vocabulary)))

    def wanting(self, policy: Policy, as_of: date, rows: np.ndarray) -> np.ndarray:
        return np.array([self.people[row]["subject_id"] not in self.left_out for row in rows], np.bool_)
