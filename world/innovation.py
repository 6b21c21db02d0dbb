"""An enterprise's research, credit and conduct: this file knows certificates, loans and penalties."""

from __future__ import annotations

import numpy as np

from world.draws import Array, Column, Draws, Facts
from world.enterprises import INDIVIDUAL, KEY_INDUSTRIES, Firms
from world.households import DAYS_PER_YEAR

SRDI = ("none", "innovative", "municipal", "national")
ABOVE_SCALE_REVENUE_CNY = 20_000_000  # the order of size at which the statistics office counts a firm above scale


def science_facts(draws: Draws, firms: Firms, days: Array, revenue: Array, accounts: Facts) -> Facts:
    """The science and industry register; certificates go with research, quality and age."""
    m = len(firms)
    spent = accounts["rd_expense_cny_year"].values
    intensity = spent / np.maximum(revenue, 1)
    making, coding, studying = firms.within("manufacturing"), firms.within("information"), firms.within("research")
    key = firms.key_industry
    researches = spent > 0
    good = 1 / (1 + np.exp(-(firms.quality * 1.3 + (intensity > 0.05) + (key > 0) - 1.4)))
    certified = researches & (days > DAYS_PER_YEAR) & draws.chance((good * 0.75).astype(np.float32))
    certified_day = firms.today - np.minimum(days - 300, (3.4 * DAYS_PER_YEAR * draws.uniform(m))).astype(np.int32)
    sme = researches & (firms.employees <= 500) & (revenue <= 2e8) & draws.chance((good * 0.85).astype(np.float32))
    climb = good * (days > 2 * DAYS_PER_YEAR) * researches
    draw = draws.uniform(m)
    level = np.where(
        draw < climb * 0.03, 3, np.where(draw < climb * 0.22, 2, np.where(draw < climb * 0.5, 1, 0))
    ).astype(np.int8)
    staff = np.where(
        researches, np.clip(firms.employees * (0.05 + intensity * 1.6) * (0.5 + draws.uniform(m)), 1, None), 0
    )
    staff = np.minimum(staff.astype(np.int32), firms.employees)
    patents = np.where(researches, draws.lognormal(1.0 + staff * 0.2, 1.0, m).clip(0, 4000), 0).astype(np.int32)
    contract = np.where(researches & (draws.uniform(m) < 0.3), revenue * 0.25 * draws.uniform(m), 0)
    invests = making & draws.chance(0.30, m) & (firms.kind != INDIVIDUAL)
    equipment = np.where(invests, revenue * 0.12 * draws.uniform(m), 0)
    trains = key == KEY_INDUSTRIES.index("artificial_intelligence")  # models: hardly one without rented computing
    rents = draws.chance(np.where(trains, 0.85, np.where(coding | studying, 0.28, 0)).astype(np.float32))
    rent = draws.lognormal(np.where(trains, 6e4 * firms.employees, 1.5e5), 1.1, m)
    compute = np.where(rents & (firms.kind != INDIVIDUAL), rent, 0)
    above = (revenue >= ABOVE_SCALE_REVENUE_CNY) & (firms.kind != INDIVIDUAL)
    return {
        "key_industry": Column(key, categories=KEY_INDUSTRIES),
        "high_tech_enterprise": Column(certified),
        "high_tech_certified_on": Column(certified_day, known=certified),
        "technology_sme": Column(sme),
        "srdi_level": Column(level, categories=SRDI),
        "rd_staff_count": Column(staff).unknown_where(researches & (draws.uniform(m) < 0.10)),
        "invention_patents_count": Column(patents),
        "technology_contract_cny_year": Column(contract.round(2)),
        "equipment_investment_cny": Column(equipment.round(2)).unknown_where(making & (draws.uniform(m) < 0.14)),
        "compute_rent_cny_year": Column(compute.round(2)),
        "above_scale": Column(above),
        "newly_above_scale": Column(above & draws.chance(0.09, m)),
        "green_factory": Column(making & (firms.employees >= 50) & draws.chance(0.08, m)),
    }


def credit_facts(draws: Draws, firms: Firms, revenue: Array) -> Facts:
    """The finance register: loans, interest, guarantees."""
    m = len(firms)
    borrows = draws.chance(np.clip(0.16 + 0.06 * np.log(firms.employees), 0, 0.75).astype(np.float32))
    balance = np.where(borrows, draws.lognormal(revenue * 0.14, 0.9, m), 0)
    rate = 0.032 + 0.022 * draws.uniform(m)
    guaranteed = borrows & (firms.employees < 300) & draws.chance(0.22, m)
    return {
        "loan_balance_cny": Column((balance / 1e4).round() * 1e4),
        "loan_interest_cny_year": Column((balance * rate).round(2)).unknown_where(borrows & (draws.uniform(m) < 0.08)),
        "guarantee_fee_cny_year": Column(np.where(guaranteed, balance * 0.009, 0).round(2)),
        "first_time_borrower": Column(borrows & draws.chance(0.17, m)),
    }


def conduct_facts(draws: Draws, firms: Firms) -> Facts:
    """The environment and credit register: penalties, listings, repair."""
    m = len(firms)
    polluting = firms.within("manufacturing", "construction", "hospitality", "transport")
    penalty = draws.chance((0.006 + 0.024 * polluting).astype(np.float32))
    dishonest = draws.chance(np.clip(0.008 - 0.006 * firms.quality, 0.0005, 0.05).astype(np.float32))
    return {
        "environmental_penalty": Column(penalty),
        "serious_dishonesty_listed": Column(dishonest),
        "major_safety_accident": Column(draws.chance((0.0008 + 0.002 * polluting).astype(np.float32))),
        "credit_repaired": Column((penalty & draws.chance(0.35, m)) | draws.chance(0.004, m)),
    }
