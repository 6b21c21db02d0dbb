"""An enterprise's research, credit and conduct: this file knows certificates, projects, loans and penalties."""

from __future__ import annotations

import numpy as np

from world.draws import Array, Column, Draws, Facts
from world.enterprises import INDIVIDUAL, KEY_INDUSTRIES, Firms
from world.households import DAYS_PER_YEAR

NEVER_MONTHS = 600
"""What the credit register writes for months since a penalty that never was: the longest span it keeps."""
TRIAL = ("none", "phase_1", "phase_2", "phase_3")
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
    facts = {
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
    return facts | _project_facts(draws.apart(), firms, revenue, researches, certified)


def _project_facts(draws: Draws, firms: Firms, revenue: Array, researches: Array, certified: Array) -> Facts:
    """What funds for key industries pay for: artificial intelligence made and bought, projects, events, trials."""
    m, size = len(firms), np.log(firms.employees)
    company = firms.kind != INDIVIDUAL
    trains, codes, heals = (
        firms.key_industry == KEY_INDUSTRIES.index(name)
        for name in ("artificial_intelligence", "software", "biomedicine")
    )
    adept = firms.within("information", "manufacturing", "finance", "research")

    def some(chance: Array, median: float, sigma: float, most: float) -> Array:
        """Amounts around `median` for as many as `chance` says, up to `most` of the revenue; 0 for all others."""
        chosen = company & draws.chance(np.clip(chance, 0, 0.95).astype(np.float32))
        return np.where(chosen, np.minimum(draws.lognormal(median, sigma, m), revenue * most), 0).astype(np.float64)

    sold = some(np.where(trains, 0.9, np.where(codes, 0.2, 0)), 3e6, 1.2, 1.0) * np.where(codes, 0.35, 1)
    bought = some(0.04 + 0.06 * adept + 0.02 * size, 2e5, 1.2, 0.3)
    granted = some(0.004 + 0.15 * trains + 0.14 * certified * (1 + 0.3 * firms.quality), 1e6, 1.0, 0.5)
    shown = some(np.where(trains, 0.35, 0.25 * firms.within("information")), 2e6, 1.1, 0.8)
    events = some(
        0.01 + 0.012 * size + 0.12 * trains + 0.03 * firms.within("culture", "business_services"), 5e5, 1.0, 0.1
    )
    phase = np.where(heals & researches & draws.chance(0.14, m), 1 + draws.choice([0.45, 0.35, 0.20], m), 0)
    return {
        "large_model_registered": Column(
            company & draws.chance(np.where(trains, 0.08, np.where(codes, 0.01, 0)).astype(np.float32))
        ),
        "ai_sales_cny_year": Column(sold.round(2)).unknown_where((trains | codes) & draws.chance(0.10, m)),
        "ai_purchase_cny_year": Column(bought.round(2)).unknown_where(adept & draws.chance(0.14, m)),
        "public_project_grant_cny_year": Column(granted.round(2)),
        "scenario_project_cny": Column(shown.round(2)),
        "event_expense_cny_year": Column(events.round(2)),
        "clinical_trial_phase": Column(phase.astype(np.int8), categories=TRIAL),
    }


def credit_facts(draws: Draws, firms: Firms, revenue: Array, science: Facts) -> Facts:
    """The finance register: loans, interest, guarantees, equity raised, payments that are owed."""
    m = len(firms)
    borrows = draws.chance(np.clip(0.16 + 0.06 * np.log(firms.employees), 0, 0.75).astype(np.float32))
    balance = np.where(borrows, draws.lognormal(revenue * 0.14, 0.9, m), 0)
    told = (balance / 1e4).round() * 1e4
    rate = 0.032 + 0.022 * draws.uniform(m)
    guaranteed = borrows & (firms.employees < 300) & draws.chance(0.22, m)
    apart = draws.apart()
    raises = (science["high_tech_enterprise"].values | science["technology_sme"].values) & apart.chance(0.20, m)
    owed = (firms.kind != INDIVIDUAL) & apart.chance((0.16 + 0.04 * np.log(firms.employees)).astype(np.float32))
    late = np.minimum(apart.lognormal(1e5 * firms.employees**0.5, 1.1, m), revenue * 0.5)
    return {
        "loan_balance_cny": Column(told),
        "loan_interest_cny_year": Column((balance * rate).round(2)).unknown_where(borrows & (draws.uniform(m) < 0.08)),
        "guarantee_fee_cny_year": Column(np.where(guaranteed, balance * 0.009, 0).round(2)),
        "first_time_borrower": Column(borrows & draws.chance(0.17, m)),
        "loan_overdue": Column(
            (told > 0) & apart.chance(np.clip(0.03 - 0.02 * firms.quality, 0.004, 0.2).astype(np.float32))
        ),
        "equity_financing_two_years_cny": Column(
            np.where(raises, apart.lognormal(1.5e7, 1.1, m), 0).astype(np.float64).round(-4)
        ),
        "overdue_receivables_cny": Column(np.where(owed, late, 0).astype(np.float64).round(2)).unknown_where(
            apart.chance(np.where(owed, 0.12, 0.04).astype(np.float32))
        ),
    }


def conduct_facts(draws: Draws, firms: Firms) -> Facts:
    """The environment and credit register: penalties, listings, repair."""
    m = len(firms)
    polluting = firms.within("manufacturing", "construction", "hospitality", "transport")
    penalty = draws.chance((0.006 + 0.024 * polluting).astype(np.float32))
    apart = draws.apart()
    fined = penalty | apart.chance(np.clip(0.06 - 0.025 * firms.quality, 0.01, 0.3).astype(np.float32))
    since = np.where(fined, np.where(penalty, apart.integers(0, 36, m), apart.integers(0, 60, m)), NEVER_MONTHS)
    dishonest = draws.chance(np.clip(0.008 - 0.006 * firms.quality, 0.0005, 0.05).astype(np.float32))
    return {
        "environmental_penalty": Column(penalty),
        "months_since_penalty": Column(since.astype(np.int32)),
        "serious_dishonesty_listed": Column(dishonest),
        "major_safety_accident": Column(draws.chance((0.0008 + 0.002 * polluting).astype(np.float32))),
        "credit_repaired": Column((penalty & draws.chance(0.35, m)) | draws.chance(0.004, m)),
    }
