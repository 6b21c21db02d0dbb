"""What draws a subject to a policy's domain: this file knows which circumstances make which benefit matter.

Weights are log odds. They are the documented preferences of the behaviour model, not findings about real people.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.facts import Audience
from domain.policy import CitizenDomain, EnterpriseDomain, domains_of
from world.draws import Array

Matrix = NDArray[np.float32]


class Facts:
    """Columns of a wide table as numbers; an unknown value takes the stand-in that its reader names."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.n = table.num_rows

    def number(self, name: str, unknown: float) -> Array:
        """float64[subjects]."""
        if name not in self.table.column_names:
            return np.full(self.n, unknown)
        values = pc.fill_null(self.table[name].cast(pa.float64()), unknown)
        return np.asarray(values.to_numpy(), dtype=np.float64)

    def true(self, name: str) -> Array:
        """1.0 where the fact is known to be true, else 0.0."""
        if name not in self.table.column_names:
            return np.zeros(self.n)
        held = pc.fill_null(self.table[name], False).to_numpy(zero_copy_only=False)
        return np.asarray(held, dtype=np.float64)

    def among(self, name: str, *words: str) -> Array:
        """1.0 where the fact is known to be one of the words, else 0.0."""
        if name not in self.table.column_names:
            return np.zeros(self.n)
        found = pc.is_in(self.table[name], value_set=pa.array(words, pa.string()))
        return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=np.float64)


def need(table: pa.Table, audience: Audience) -> NDArray[np.float32]:
    """How much money matters, about -1 (well off) to 1 (in need), float32[subjects]."""
    facts = Facts(table)
    if audience is Audience.CITIZEN:
        income = facts.number("household_income_per_person_cny_month", 5500)
        level = 1.1 - np.log10(np.clip(income, 300, 60_000) / 1000) * 1.5
        level += 0.5 * facts.true("minimum_living_allowance") + 0.3 * facts.true("low_income_household")
    else:
        revenue = facts.number("revenue_cny_year", 2e6)
        level = 0.9 - 0.42 * np.log10(np.clip(revenue, 1e4, 1e11) / 1e5)
        level += 0.3 * (facts.number("taxable_income_cny_year", 0) < 0)
    return np.clip(level, -1.2, 1.2).astype(np.float32)


def interest(table: pa.Table, audience: Audience) -> Matrix:
    """The pull of each domain on each subject, float32[domains, subjects], domains as `domains_of` orders them."""
    pulls = _citizen(Facts(table)) if audience is Audience.CITIZEN else _enterprise(Facts(table))
    return np.stack([pulls[domain] for domain in domains_of(audience)]).astype(np.float32)


def _citizen(facts: Facts) -> dict[str, Array]:
    age = facts.number("age_years", 42)
    young, old = np.clip((38 - age) / 20, -1, 1), np.clip((age - 55) / 15, -1, 1.5)
    income = np.clip(
        np.log10(facts.number("household_income_per_person_cny_month", 5500).clip(300) / 5500) * 2, -1.5, 1.5
    )
    schooled = facts.among("highest_education", "college", "bachelor", "master", "doctor")
    woman = facts.among("sex", "female")
    small = np.minimum(facts.number("children_under_3_count", 0), 2)
    children = np.minimum(facts.number("children_under_18_count", 0), 3)
    elders = np.minimum(facts.number("elders_over_60_count", 0), 2)
    working = facts.among("employment_status", "employed", "self_employed", "flexible")
    student = facts.among("employment_status", "student")
    drives = facts.number("fuel_cars_count", 0) > 0
    without_home = (facts.number("owned_homes_count", 0) == 0) * working
    sorting = np.clip(facts.number("waste_sorting_points", 0) / 500, 0, 2)
    return {
        CitizenDomain.CHILDCARE: (
            -0.9 + 0.9 * small + 0.4 * children + 0.6 * woman + 0.9 * facts.true("pregnant") - 0.5 * income
        ),
        CitizenDomain.HEALTH: (
            -0.5
            + 0.6 * old
            + 0.9 * facts.true("chronic_disease_registered")
            + 0.6 * woman
            + 0.8 * schooled
            - 0.5 * working
        ),
        CitizenDomain.TRANSPORT: -0.9 + 1.0 * drives + 0.4 * facts.true("driving_licence") + 0.9 * income + 0.5 * young,
        CitizenDomain.EDUCATION: -0.6 + 0.7 * children + 0.9 * student + 0.5 * schooled + 0.7 * young,
        CitizenDomain.CULTURE: -0.7 + 0.9 * facts.true("library_card") + 1.3 * schooled + 0.6 * income - 0.6 * working,
        CitizenDomain.HOUSING: -0.7 + 0.9 * facts.true("renting") + 1.1 * young + 0.6 * without_home - 0.5 * income,
        CitizenDomain.FOOD_DRUG_SAFETY: (
            -0.8 + 0.7 * facts.true("food_business_worker") + 1.4 * facts.true("consumer_complaint_open") + 0.5 * woman
        ),
        CitizenDomain.ENVIRONMENT: -0.5 + 0.8 * sorting + 0.9 * old - 0.6 * young - 0.6 * working,
        CitizenDomain.SOCIAL_ASSISTANCE: -0.4 - 0.9 * income + 0.7 * (facts.number("disability_level", 0) > 0),
        CitizenDomain.VETERANS: -0.2 + 0.9 * facts.true("veteran") + 0.8 * old - 0.4 * schooled,
        CitizenDomain.ELDERLY_CARE: (
            -0.6 + 0.9 * old + 0.3 * elders + 0.8 * facts.true("lives_alone") * (age >= 60) - 0.6 * income
        ),
        CitizenDomain.LEGAL_SERVICES: (
            -1.0
            + 1.0 * facts.true("labour_pay_dispute")
            + 1.3 * facts.true("pending_legal_dispute")
            - 0.4 * income
            + 0.5 * schooled
        ),
    }


def _enterprise(facts: Facts) -> dict[str, Array]:
    months = facts.number("months_since_registered", 72)
    new = np.clip((48 - months) / 40, -1, 1)
    size = np.clip((np.log10(facts.number("employees_count", 6).clip(1)) - 1.2) / 1.0, -1.2, 1.6)
    research = np.clip(facts.number("rd_intensity_percent", 0) / 6, 0, 2)
    inventive = facts.among("industry", "information", "research", "manufacturing")
    indebted = (facts.number("loan_balance_cny", 0) > 0).astype(np.float64)
    growth = np.clip(facts.number("revenue_growth_percent", 5) / 30, -1.5, 1.5)
    hires = np.minimum(facts.number("graduates_hired_count", 0) + facts.number("hardship_persons_hired_count", 0), 4)
    settled = facts.among("tax_credit_rating", "A", "B")
    serving = facts.among("industry", "hospitality", "business_services")
    inactive = 1 - facts.among("operating_status", "active")
    return {
        EnterpriseDomain.SETUP_CHANGE_CLOSURE: 0.2 + 1.2 * new - 0.5 * growth + 0.8 * inactive,
        EnterpriseDomain.ENTERPRISE_SUPPORT: -0.9 + 0.9 * research + 0.7 * growth + 0.9 * inventive,
        EnterpriseDomain.INCLUSIVE_FINANCE: -0.9 + 1.5 * indebted + 0.5 * new - 0.6 * size,
        EnterpriseDomain.INTEGRATED_TAX: -1.5 - 0.9 * size + 0.9 * settled - 0.4 * new,
        EnterpriseDomain.SPECIAL_FUNDS: 0.1 + 1.1 * size + 0.8 * inventive + 0.4 * research,
        EnterpriseDomain.EMPLOYMENT: -0.3 + 0.6 * hires + 0.6 * size + 0.6 * serving,
    }
