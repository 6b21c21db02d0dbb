"""What a citizen lives on: this file knows schooling, work, wages, pensions and insurance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts
from world.households import DAYS_PER_YEAR, HEAD, MATE, SPOUSE, People
from world.marginals import Marginals

STAGES = ("none", "nursery", "kindergarten", "primary", "junior", "senior", "vocational", "university", "postgraduate")
EDUCATION = ("primary", "junior", "senior", "college", "bachelor", "master", "doctor")
STATUS = ("employed", "self_employed", "flexible", "unemployed", "student", "retired", "inactive")
EMPLOYED, SELF_EMPLOYED, FLEXIBLE, UNEMPLOYED, STUDENT, RETIRED, INACTIVE = range(len(STATUS))
PENSION = ("employee", "resident", "none")
INSURANCE = ("employee", "resident", "none")
SKILL = ("none", "junior", "intermediate", "senior", "technician", "senior_technician")

_SCHOOLING = np.array(  # weights of EDUCATION by age from 20 in decades (the last: 70 and over), migrants first
    [
        [[0.02, 0.24, 0.26, 0.22, 0.22, 0.035, 0.005],
         [0.03, 0.32, 0.21, 0.19, 0.20, 0.045, 0.005],
         [0.13, 0.52, 0.16, 0.10, 0.075, 0.013, 0.002],
         [0.27, 0.55, 0.11, 0.05, 0.018, 0.002, 0.0],
         [0.45, 0.41, 0.10, 0.025, 0.014, 0.001, 0.0],
         [0.60, 0.28, 0.08, 0.025, 0.014, 0.001, 0.0]],
        [[0.005, 0.03, 0.14, 0.30, 0.43, 0.085, 0.01],
         [0.005, 0.04, 0.14, 0.27, 0.41, 0.115, 0.02],
         [0.01, 0.12, 0.22, 0.27, 0.29, 0.08, 0.01],
         [0.06, 0.34, 0.28, 0.18, 0.125, 0.013, 0.002],
         [0.15, 0.42, 0.27, 0.10, 0.057, 0.003, 0.0],
         [0.41, 0.30, 0.14, 0.075, 0.07, 0.004, 0.001]],
    ]
)  # fmt: skip
# Weights of STATUS for those of working age who found nothing and do not study, migrants first.
_WORK = np.array([[0.78, 0.02, 0.11, 0.014, 0, 0, 0.076], [0.76, 0.015, 0.08, 0.04, 0, 0, 0.105]])
_GRADUATION_AGE = np.array([12, 15, 18, 21, 22, 25, 29])


@dataclass(frozen=True, slots=True)
class Schooling:
    """Shapes (persons,): school stage, highest completed education, day of graduation and whether there is one."""

    stage: NDArray[np.int8]
    education: NDArray[np.int8]
    graduated_day: NDArray[np.int32]
    graduated: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Livelihood:
    """Shapes (persons,); money in yuan. `employer` is the index of an enterprise of the chunk, or -1."""

    status: NDArray[np.int8]
    employer: NDArray[np.int64]
    wage_cny_month: NDArray[np.float32]
    pension: NDArray[np.int8]
    pension_cny_month: NDArray[np.float32]
    income_cny_month: NDArray[np.float32]
    medical_cny_year: NDArray[np.float32]
    tertiary: NDArray[np.bool_]

    @property
    def employed(self) -> NDArray[np.bool_]:
        return np.asarray(self.status == EMPLOYED)


def schooling(draws: Draws, people: People) -> Schooling:
    """Stage by age, education by cohort and origin, never higher than the age allows."""
    n, age = len(people), people.age
    draw = draws.uniform(n)
    stage = np.select(
        [age < 2, age == 2, age < 6, age < 11, age < 15, age < 18],
        [0, np.where(draw < 0.3, 1, 0), np.where(draw < 0.97, 2, 0), 3, 4,
         np.where(draw < 0.62, 5, np.where(draw < 0.95, 6, 0))],
        0,
    )  # fmt: skip
    grown = (people.role != SPOUSE) & (people.role != MATE)
    studies = (age >= 18) & (age < 23) & grown & (draw < np.where(people.registered, 0.72, 0.38))
    stage = np.where(studies, 7, stage)
    postgraduate = (age >= 23) & (age < 29) & grown & (draw < np.where(people.registered, 0.12, 0.07))
    stage = np.where(postgraduate, 8, stage).astype(np.int8)

    decade = np.clip((age - 20) // 10, 0, 5)
    rows = people.registered.astype(np.int64) * 6 + decade
    education = draws.choice_by_row(_SCHOOLING.reshape(12, -1), rows)
    highest = np.searchsorted(_GRADUATION_AGE, age, side="right") - 1
    education = np.minimum(education, highest.clip(0)).astype(np.int8)
    education = np.select([stage == 7, stage == 8, (stage >= 3) & (stage <= 4)], [2, 4, 0], education)
    education = np.where((stage == 5) | (stage == 6), 1, education).astype(np.int8)

    birth_year = people.birth_day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    july = ((birth_year + _GRADUATION_AGE[education]) * 12 + 6).astype("datetime64[M]").astype("datetime64[D]")
    day = july.astype(np.int32) - draws.integers(0, 30, n)
    return Schooling(stage, education, day, (day <= people.today) & (age >= 12))


def livelihood(
    draws: Draws,
    people: People,
    school: Schooling,
    founder: NDArray[np.bool_],
    seats: tuple[NDArray[np.int64], NDArray[np.float32]],
    disability: Array,
    marginals: Marginals,
) -> Livelihood:
    """Work and income; `seats` are the enterprises' employees (running total) and average wages (yuan a month)."""
    n, age, tertiary = len(people), people.age, school.education >= 3
    retires_at = np.where(people.male, 60, np.where(tertiary, 55, 50)) + 2 * draws.uniform(n)
    status = draws.choice_by_row(_WORK, people.registered.astype(np.int64))
    status = np.where(founder & (draws.uniform(n) < 0.68), SELF_EMPLOYED, np.where(founder, EMPLOYED, status))
    status = np.where((disability > 0) & (disability < 3) & ~founder, INACTIVE, status)
    old = age >= retires_at
    insured = draws.chance(np.where(people.registered, 0.96, 0.30).astype(np.float32))
    still = old & (age < 70) & (draws.uniform(n) < 0.10)
    status = np.where(old & ~founder, np.where(insured, RETIRED, np.where(still, FLEXIBLE, INACTIVE)), status)
    status = np.where(founder & (age >= 66), np.where(insured, RETIRED, SELF_EMPLOYED), status)
    status = np.where(school.stage >= 3, STUDENT, np.where(age < 16, INACTIVE, status))
    employee_scheme = draws.chance(np.where(people.registered & ~((people.district >= 11) & (age > 70)), 0.88, 0.62)
                                   .astype(np.float32))  # fmt: skip
    pension = np.where(status == RETIRED, np.where(employee_scheme | (age < 60), 0, 1), 2).astype(np.int8)
    paid = np.where(pension == 0, draws.lognormal(5100, 0.28, n), draws.lognormal(1700, 0.14, n))
    pension_cny = np.where(pension == 2, 0, paid).round(2).astype(np.float32)

    employer = _employers(draws, status == EMPLOYED, seats[0])
    level = marginals.median_wage[school.education] * np.clip(0.62 + (age - 18) * 0.028, 0.7, 1.3)
    firm = np.ones(n, dtype=np.float32)
    linked = employer >= 0
    firm[linked] = np.clip(seats[1][employer[linked]] / 9000, 0.6, 2.2) ** 0.5
    wage = np.where(status == EMPLOYED, draws.lognormal(level * firm, 0.38, n), 0)
    apart = draws.apart()
    cheated = (wage > 0) & (wage < 6000) & apart.chance(0.008, n)  # paid less than the law allows
    floor = np.float32(marginals.minimum_wage_cny_month)
    least = np.where(cheated, floor * (0.72 + 0.27 * apart.uniform(n)), floor)
    wage = np.where(cheated, least, np.where(wage > 0, np.maximum(wage, least), 0)).round(2).astype(np.float32)
    business = np.where(status == SELF_EMPLOYED, draws.lognormal(level * 1.15, 0.7, n), 0)
    flexible = np.where(status == FLEXIBLE, draws.lognormal(4300, 0.45, n), 0)
    income = (wage * np.float32(0.84) + business + flexible + pension_cny).astype(np.float32)
    sick = 350 + 2600 * np.clip((age - 40) / 45, 0, 1) + 1200 * (disability > 0)
    medical = draws.lognormal(sick, 1.05, n).round(2)
    return Livelihood(status.astype(np.int8), employer, wage, pension, pension_cny, income, medical, tertiary)


def _employers(draws: Draws, employed: NDArray[np.bool_], seats_total: NDArray[np.int64]) -> NDArray[np.int64]:
    """Seat the employed in enterprises by size, at most one person a seat; -1 works outside the generated city."""
    employer = np.full(len(employed), -1, dtype=np.int64)
    workers = np.flatnonzero(employed)
    seats = int(seats_total[-1]) if len(seats_total) else 0
    if not seats or not len(workers):
        return employer
    draws.rng.shuffle(workers)
    taken = min(len(workers), seats)
    places = ((np.arange(taken) + draws.rng.random()) * (seats / taken)).astype(np.int64)
    employer[workers[:taken]] = np.searchsorted(seats_total, places, side="right")
    return employer


def education_facts(school: Schooling) -> Facts:
    return {
        "school_stage": Column(school.stage, categories=STAGES),
        "highest_education": Column(school.education, categories=EDUCATION),
        "graduated_on": Column(school.graduated_day, known=school.graduated),
    }


def work_facts(draws: Draws, people: People, school: Schooling, work: Livelihood, disability: Array) -> Facts:
    """The employment and social insurance register."""
    n, age, status = len(people), people.age, work.status
    years = np.clip(np.minimum(age, 60) - 21 + (2 - school.education) * 0.7, 0, 42)
    covered = np.where(people.registered, 0.88, 0.62) * np.where(work.pension == 1, 0.1, 1)
    worked = (status == EMPLOYED) | (status == RETIRED) | (status == UNEMPLOYED) | (draws.uniform(n) < 0.5)
    months = np.where(worked, years * 12 * covered * (0.55 + 0.45 * draws.uniform(n)), 0).clip(0, 600).astype(np.int32)
    months = np.where((status == EMPLOYED) & (age >= 18), np.maximum(months, 3), months)
    insurance = (months * (0.7 + 0.3 * draws.uniform(n))).astype(np.int32)
    jobless = status == UNEMPLOYED
    since = np.where(jobless, draws.lognormal(7, 0.8, n).clip(1, 60), 0).astype(np.int32)
    hard = (age >= np.where(people.male, 50, 40)) | (since >= 12) | (disability > 0)
    trade = ((status == EMPLOYED) | jobless | (status == FLEXIBLE)) & (school.education <= 4)
    certified = trade & draws.chance(np.array([0.06, 0.14, 0.22, 0.20, 0.07, 0, 0], dtype=np.float32)[school.education])
    skill = np.where(certified, 1 + draws.choice([0.34, 0.33, 0.22, 0.08, 0.03], n), 0).astype(np.int8)
    certified_day = people.today - (np.clip(age - 18, 0.2, 14) * DAYS_PER_YEAR * draws.uniform(n)).astype(np.int32)
    apart = draws.apart()
    # Who found it hard to get work and lives on odd jobs keeps the recognition for a while.
    odd_jobs = (status == FLEXIBLE) & hard & people.registered & apart.chance(0.06, n)
    works = (status == EMPLOYED) | (status == SELF_EMPLOYED) | (status == FLEXIBLE)
    saves = works & (age < 60) & apart.chance((0.22 + 0.20 * work.tertiary).astype(np.float32))
    unregistered_income = (status == SELF_EMPLOYED) | (status == FLEXIBLE)
    return {
        "employment_status": Column(status, categories=STATUS),
        "social_insurance_months": Column(months),
        "unemployment_insurance_months": Column(np.minimum(insurance, months)),
        "months_unemployed": Column(since),
        "employment_hardship": Column((jobless & hard & draws.chance(0.7, n)) | odd_jobs),
        "pension": Column(work.pension, categories=PENSION),
        "pension_cny_month": Column(work.pension_cny_month),
        "wage_cny_month": Column(work.wage_cny_month, known=~unregistered_income),
        "skill_certificate": Column(skill, categories=SKILL),
        "skill_certified_on": Column(certified_day, known=certified),
        "individual_pension_account": Column(saves),
        "work_injury_recognised": Column(draws.chance((0.006 * (status == EMPLOYED)).astype(np.float32))),
    }


def insurance_facts(draws: Draws, people: People, work: Livelihood) -> Facts:
    """Medical insurance, the provident fund and income tax, which all follow from work."""
    n, age, status = len(people), people.age, work.status
    by_work = (status == EMPLOYED) | (work.pension == 0) | ((status == FLEXIBLE) & (draws.uniform(n) < 0.6))
    resident = people.registered | (status == STUDENT) | (age < 7)
    scheme = np.where(by_work & draws.chance(0.97, n), 0, np.where(resident & draws.chance(0.97, n), 1, 2))
    fund = (status == EMPLOYED) & draws.chance((0.42 + 0.35 * work.tertiary).astype(np.float32))
    fund_months = np.where(fund, (np.clip(age - 21, 0.3, 30) * 12 * draws.uniform(n)).clip(1, 400), 0).astype(np.int32)
    # Who has just retired has not yet drawn what was saved.
    undrawn = (work.pension == 0) & (age < 63) & draws.apart().chance((0.06 + 0.10 * work.tertiary).astype(np.float32))
    fund_months = np.where(undrawn, np.clip((age - 25) * 9, 12, 400), fund_months).astype(np.int32)
    loan = fund & (age >= 25) & (age < 56) & (fund_months >= 12) & draws.chance(0.22, n)
    business = np.where(status == SELF_EMPLOYED, work.income_cny_month * 0.6, 0)
    taxable = ((work.wage_cny_month + business) * (11.4 + draws.uniform(n))).round(2)
    files = taxable > 60_000
    supports = files & draws.chance(np.where((age >= 30) & (age < 60), 0.52, 0.06).astype(np.float32))
    home_loan = loan | (
        files & (age >= 25) & (age < 55) & ((people.role == HEAD) | (people.role == SPOUSE)) & draws.chance(0.16, n)
    )
    return {
        "medical_insurance": Column(scheme.astype(np.int8), categories=INSURANCE),
        "long_term_care_insured": Column((age >= 60) & (scheme < 2) & people.registered),
        "self_paid_medical_cny_year": Column(work.medical_cny_year).unknown_where(draws.uniform(n) < 0.05),
        "provident_fund_months": Column(fund_months),
        "provident_fund_loan": Column(loan),
        "taxable_income_cny_year": Column(taxable.astype(np.float64)),
        "supports_parent_over_60": Column(supports),
        "first_home_loan": Column(home_loan),
    }
