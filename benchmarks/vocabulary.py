"""The 40 facts of the benchmark's population: a made-up city's registers, with the thresholds its policies use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary

AUDIENCE = Audience.CITIZEN
AS_OF = date(2026, 11, 24)
"""The day on which all rules are judged; dates are drawn around it."""


@dataclass(frozen=True)
class Column:
    """One fact: `thresholds` that policies like to use (numbers, or days before AS_OF), or the `words` it can be.

    `weight`: how often policies ask for it, beside 1 for every fact.
    """

    name: str
    type: FactType
    unit: str = "none"
    thresholds: Sequence[int] = ()
    words: Sequence[str] = ()
    weight: int = 0

    def threshold(self, index: int) -> int | date:
        value = self.thresholds[index]
        return AS_OF - timedelta(days=value) if self.type is FactType.DATE else value


def _integers() -> list[Column]:
    kind = FactType.INTEGER
    ages = (0, 3, 6, 12, 14, 16, 18, 20, 22, 24, 25, 28, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90)
    return [
        Column("age_years", kind, "years", ages, weight=6),
        Column("social_insurance_months", kind, "months", (1, 3, 6, 12, 24, 36, 60, 120, 180), weight=3),
        Column("pension_months", kind, "months", (12, 36, 60, 120, 180)),
        Column("household_size", kind, "persons", (2, 3, 4, 5)),
        Column("children", kind, "persons", (1, 2, 3)),
        Column("residence_months", kind, "months", (6, 12, 24, 36, 60, 84)),
        Column("volunteer_hours", kind, "hours", (20, 50, 100, 200, 500)),
    ]


def _numbers() -> list[Column]:
    kind = FactType.NUMBER
    incomes = (12000, 24000, 30000, 36000, 50000, 60000, 80000, 100000, 120000, 150000, 200000, 300000, 500000)
    lines = (810, 1000, 1215, 1620, 2000, 2430, 3000, 4000, 5000, 8000)
    return [
        Column("income_cny_year", kind, "cny_per_year", incomes, weight=4),
        Column("household_income_cny_month", kind, "cny_per_month", lines, weight=3),
        Column("dwelling_m2", kind, "m2", (10, 13, 15, 18, 20, 30, 60, 90, 120, 144)),
        Column("rent_cny_month", kind, "cny_per_month", (500, 800, 1200, 2000, 3000, 5000)),
        Column("medical_expense_cny_year", kind, "cny_per_year", (1000, 3000, 5000, 10000, 20000, 50000)),
        Column("assets_cny", kind, "cny", (10000, 50000, 100000, 200000, 500000, 1000000, 3000000)),
        Column("tuition_cny_year", kind, "cny_per_year", (1000, 3000, 6000, 8000, 12000)),
    ]


def _categories() -> list[Column]:
    kind = FactType.CATEGORY
    return [
        Column("district", kind, words=[f"district_{i:02}" for i in range(16)], weight=5),
        Column(
            "household_register",
            kind,
            words=("local_urban", "local_rural", "other_urban", "other_rural", "foreign"),
            weight=5,
        ),
        Column(
            "education",
            kind,
            words=("none", "primary", "middle", "high", "college", "bachelor", "master", "doctor"),
            weight=2,
        ),
        Column(
            "employment",
            kind,
            words=("employed", "self_employed", "unemployed", "retired", "student", "flexible"),
            weight=3,
        ),
        Column("marital_status", kind, words=("single", "married", "divorced", "widowed")),
        Column("medical_insurance", kind, words=("employee", "resident", "none", "other"), weight=2),
        Column("housing", kind, words=("owned", "rented", "public", "dormitory", "none")),
        Column("industry", kind, words=[f"industry_{i:02}" for i in range(20)]),
        Column("disability_level", kind, words=("none", "first", "second", "third", "fourth")),
        Column("school", kind, words=("none", "kindergarten", "primary", "middle", "high", "university")),
        Column("skill_certificate", kind, words=("none", "junior", "middle", "senior", "technician", "expert")),
    ]


def _booleans() -> list[Column]:
    names = (
        "veteran", "low_income", "single_parent", "owns_dwelling", "owns_car", "owns_business", "pregnant", "talent",
        "volunteer", "first_job",
    )  # fmt: skip
    return [Column(name, FactType.BOOLEAN) for name in names]


def _dates() -> list[Column]:
    days_ago = (180, 365, 730, 1095, 1825, 3650, 6570, 9125, 12775, 16425, 21900, 25550)
    names = ("born_on", "graduated_on", "registered_on", "job_lost_on", "married_on")
    return [Column(name, FactType.DATE, thresholds=days_ago) for name in names]


COLUMNS: Mapping[str, Column] = {
    column.name: column for column in (*_integers(), *_numbers(), *_categories(), *_booleans(), *_dates())
}

_UNITS = sorted({column.unit for column in COLUMNS.values()})


def vocabulary() -> Vocabulary:
    """The facts as the project's own vocabulary, so that its compiler reads the policies as any city's."""
    facts = {
        column.name: FactDefinition(
            name=column.name,
            audience=AUDIENCE,
            type=column.type,
            unit=column.unit,
            label=Label(column.name, column.name),
            register="city",
            fresh_days=365,
            categories={word: Label(word, word) for word in column.words},
        )
        for column in COLUMNS.values()
    }
    return Vocabulary(
        facts={AUDIENCE: facts, **{other: {} for other in Audience if other is not AUDIENCE}},
        registers={"city": Label("城市登记", "City register")},
        units={unit: Label(unit, unit) for unit in _UNITS},
    )
