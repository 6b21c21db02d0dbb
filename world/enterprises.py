"""The city's enterprises: this file knows their size, trade and staff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts
from world.households import DAYS_PER_YEAR
from world.marginals import Marginals

TYPES = ("company", "sole_proprietorship", "partnership", "individual_business", "cooperative")
INDIVIDUAL = 3
OPERATING = ("active", "suspended", "closing", "revoked")

# Yearly revenue an employee (yuan), profit margin and R&D share by industry, in the order of marginals.yaml.
TRADE = {
    "agriculture": (2.2e5, 0.05, 0.004), "manufacturing": (8.5e5, 0.06, 0.030), "construction": (6.5e5, 0.035, 0.012),
    "wholesale_retail": (1.5e6, 0.025, 0.003), "transport": (6.0e5, 0.04, 0.005), "hospitality": (2.4e5, 0.03, 0.001),
    "information": (6.0e5, 0.08, 0.110), "finance": (1.4e6, 0.18, 0.010), "real_estate": (7.0e5, 0.09, 0.002),
    "business_services": (4.8e5, 0.06, 0.012), "research": (5.2e5, 0.07, 0.090), "education": (3.0e5, 0.05, 0.010),
    "health": (4.0e5, 0.06, 0.020), "culture": (3.4e5, 0.05, 0.012), "other": (2.6e5, 0.04, 0.004),
}  # fmt: skip


_FOUNDED_THIS_YEAR = 0.09  # of the small ones; an order of magnitude
# The least risk class of work injury insurance by industry; 1 where it is not named.
_INJURY_CLASS = {
    "wholesale_retail": 2, "hospitality": 2, "health": 2, "agriculture": 3, "real_estate": 3, "other": 3,
    "manufacturing": 3, "transport": 4, "construction": 6,
}  # fmt: skip

KEY_INDUSTRIES = (
    "none",
    "integrated_circuits",
    "biomedicine",
    "artificial_intelligence",
    "software",
    "new_energy_vehicles",
    "high_end_equipment",
)
# The share of each in the trades that have any, in the order above; individual businesses have none.
_KEY_SHARE = {
    "manufacturing": (0.70, 0.06, 0.05, 0, 0, 0.07, 0.12), "information": (0.40, 0.02, 0, 0.14, 0.44, 0, 0),
    "research": (0.52, 0.07, 0.19, 0.09, 0.05, 0.04, 0.04),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Firms:
    """What decides all else about the enterprises of a chunk; shapes (firms,), money in yuan."""

    kind: NDArray[np.int8]
    industry: NDArray[np.int8]
    industries: tuple[str, ...]
    key_industry: NDArray[np.int8]
    employees: NDArray[np.int32]
    wage_cny_month: NDArray[np.float32]
    quality: NDArray[np.float32]  # standard normal: what makes a firm inventive, solvent and orderly
    district: NDArray[np.int8]
    today: int

    def __len__(self) -> int:
        return len(self.kind)

    def within(self, *names: str) -> NDArray[np.bool_]:
        """Which firms are in one of these industries."""
        return np.isin(self.industry, [self.industries.index(name) for name in names])


def firms(draws: Draws, m: int, marginals: Marginals, today: int) -> Firms:
    """Draw `m` enterprises: legal entities by the census's sizes and industries, and individual businesses."""
    individual = draws.chance(marginals.individual_business_share, m)
    kind = np.where(individual, INDIVIDUAL, draws.choice([0.925, 0.035, 0.032, 0, 0.008], m)).astype(np.int8)
    industry = draws.choice_by_row(marginals.industry_weights, individual.astype(np.int64))
    shares = [_KEY_SHARE.get(name, (1, 0, 0, 0, 0, 0, 0)) for name in marginals.industries]
    key = np.where(individual, 0, draws.choice_by_row(np.array(shares), industry)).astype(np.int8)
    bands = marginals.size_bands
    band = draws.choice(bands[:, 2], m)
    low, high = bands[band, 0], bands[band, 1] + 1
    employees = (low * (high / low) ** draws.uniform(m)).astype(np.int32)
    employees = np.where(individual, 1 + draws.lognormal(0.9, 0.8, m).clip(0, 15).astype(np.int32), employees)
    quality = draws.normal(m)
    pay = np.array([TRADE[name][0] for name in marginals.industries])[industry] ** 0.25 / 27.0
    wage = (7600 * pay * np.exp(0.16 * quality + 0.24 * draws.normal(m)) * (1 + 0.05 * np.log(employees))).clip(
        marginals.minimum_wage_cny_month
    )
    near = marginals.enterprise_districts
    district = draws.choice_by_row(np.array([near.get(name, near["none"]) for name in KEY_INDUSTRIES]), key)
    return Firms(
        kind,
        industry,
        marginals.industries,
        key,
        employees.astype(np.int32),
        wage.astype(np.float32),
        quality,
        district,
        today,
    )


def market_facts(draws: Draws, firms: Firms, districts: tuple[str, ...], adult_days: Array) -> tuple[Facts, Array]:
    """The market register, and each firm's age in days; `adult_days` is for how long its head has been adult."""
    m, size = len(firms), np.log(firms.employees)
    days = np.minimum(draws.lognormal(6.0 + size, 0.75, m) * DAYS_PER_YEAR, 45 * DAYS_PER_YEAR)
    apart = draws.apart()
    founded = apart.chance(np.where(firms.employees < 20, _FOUNDED_THIS_YEAR, 0).astype(np.float32))
    days = np.where(founded, apart.uniform(m) * DAYS_PER_YEAR, days)
    days = np.minimum(days, np.maximum(adult_days, 30)).astype(np.int32)
    capital = draws.lognormal(np.where(firms.kind == INDIVIDUAL, 6e4, 1.2e6 * firms.employees**0.55), 1.0, m)
    status = draws.choice_by_row(np.array([[0.955, 0.016, 0.016, 0.013]]), np.zeros(m, dtype=np.int64))
    debts = draws.chance(np.clip(0.16 - 0.03 * firms.quality, 0.02, 0.5).astype(np.float32)) & (
        firms.kind != INDIVIDUAL
    )
    foreign = draws.chance((0.012 + 0.016 * size).clip(0, 0.3).astype(np.float32)) & (firms.kind == 0)
    # About a thousand regional headquarters of multinationals, and fewer of others: some per mille of all companies.
    recognised = np.where(foreign, 0.06 * (size - 1.5), 0.05 * (size - 4.6)).clip(0, 0.35)
    facts = {
        "registered_on": Column((firms.today - days).astype(np.int32)),
        "registered_district": Column(firms.district, categories=districts),
        "enterprise_type": Column(firms.kind, categories=TYPES),
        "operating_status": Column(status, categories=OPERATING),
        "industry": Column(firms.industry, categories=firms.industries).unknown_where(draws.uniform(m) < 0.01),
        "registered_capital_cny": Column((capital / 1e4).round() * 1e4 + 1e4),
        "foreign_invested": Column(foreign),
        "branches_count": Column((draws.lognormal(0.25, 1.0, m) * firms.employees**0.35).clip(0, 900).astype(np.int32)),
        "abnormal_operation_listed": Column(
            (status == 3) | draws.chance(np.clip(0.045 - 0.03 * firms.quality, 0.002, 0.3).astype(np.float32))
        ),
        "unsettled_debts": Column(debts).unknown_where(draws.uniform(m) < 0.09),
        "headquarters_recognised": Column(draws.chance(recognised.astype(np.float32)) & (firms.kind == 0)),
    }
    return facts, days


def staff_facts(draws: Draws, firms: Firms, days: Array, graduate: Array, veteran: Array) -> Facts:
    """The employer register; `graduate` and `veteran` say what the legal representative is."""
    m, employees = len(firms), firms.employees
    small = employees < 20
    insured_share = np.clip(0.62 + 0.14 * draws.normal(m) + 0.05 * np.log(employees), 0.1, 1.0)
    insured = np.where(
        (firms.kind == INDIVIDUAL) & draws.chance(0.55, m), 0, np.ceil(employees * insured_share)
    ).astype(np.int32)
    insured = np.minimum(insured, employees)
    hires = (insured * draws.uniform(m) * 0.30).astype(np.int32)
    graduates = draws.rng.binomial(hires, np.clip(0.10 + 0.10 * firms.quality, 0.02, 0.6))
    hardship = draws.rng.binomial(hires, 0.03)
    veterans = draws.rng.binomial(hires, 0.02)
    disabled = draws.rng.binomial(insured, np.where(draws.uniform(m) < 0.06, 0.06, 0.006))
    months = np.where(insured > 0, np.minimum(days / 30.44, 400) * (0.55 + 0.45 * draws.uniform(m)), 0).astype(np.int32)
    premium = insured * firms.wage_cny_month * 12 * 0.005 * np.minimum(months / 12, 1)
    sheds = draws.chance(np.clip(0.22 - 0.06 * firms.quality, 0.03, 0.6).astype(np.float32))
    gap = np.where(small, 0.12, 0.04)
    apart = draws.apart()
    welfare = (firms.kind == 0) & (insured >= 20) & apart.chance(0.015, m)  # founded to employ people with a disability
    disabled = np.where(welfare, np.ceil(insured * (0.26 + 0.3 * apart.uniform(m))), disabled)
    takes = (insured > 0) & apart.chance((0.012 + 0.014 * np.log(employees)).astype(np.float32))
    claimed = (insured > 0) & apart.chance((0.10 + 0.03 * np.log(employees)).clip(0, 0.5).astype(np.float32))
    return {
        "founder_recent_graduate": Column(graduate),
        "founder_veteran": Column(veteran),
        "employees_count": Column(employees).unknown_where(draws.uniform(m) < 0.02),
        "insured_employees_count": Column(insured),
        "graduates_hired_count": Column(graduates.astype(np.int32)),
        "hardship_persons_hired_count": Column(np.minimum(hardship, hires - graduates).astype(np.int32)),
        "veterans_hired_count": Column(veterans.astype(np.int32)),
        "disabled_employees_count": Column(disabled.astype(np.int32)).unknown_where(draws.uniform(m) < gap * 0.5),
        "layoff_rate_percent": Column(
            np.where(sheds, draws.lognormal(6, 0.9, m).clip(0, 100), 0).round(2)
        ).unknown_where(draws.uniform(m) < gap),
        "unemployment_insurance_months": Column(months),
        "unemployment_premium_cny_year": Column(premium.round(2)),
        "social_insurance_in_arrears": Column(
            draws.chance(np.clip(0.03 - 0.02 * firms.quality, 0.001, 0.2).astype(np.float32))
        ),
        "average_wage_cny_month": Column(firms.wage_cny_month.round(2)).unknown_where(draws.uniform(m) < gap),
        "trained_employees_count": Column(
            (insured * np.where(draws.uniform(m) < 0.35, draws.uniform(m), 0)).astype(np.int32)
        ).unknown_where(draws.uniform(m) < gap),
        "interns_count": Column(np.where(takes, np.minimum(apart.integers(1, 21, m), employees), 0).astype(np.int32)),
        "work_injury_class": Column(_injury_class(apart, firms)),
        "work_injury_payout_percent": Column(
            np.where(claimed, apart.lognormal(60, 0.8, m).clip(1, 500), 0).astype(np.float64).round(2)
        ).unknown_where(apart.uniform(m) < gap),
    }


def _injury_class(draws: Draws, firms: Firms) -> NDArray[np.int32]:
    """The risk class of work injury insurance: the trade's, and for some within it a little more."""
    lowest = np.array([_INJURY_CLASS.get(name, 1) for name in firms.industries])[firms.industry]
    makes = firms.within("manufacturing", "construction", "transport")
    more = np.where(makes, draws.choice([0.55, 0.28, 0.17], len(firms)), 0)
    return np.asarray(np.clip(lowest + more, 1, 8), dtype=np.int32)
