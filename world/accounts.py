"""An enterprise's accounts: this file knows revenue, profit and taxes, and what tax relief is measured by."""

from __future__ import annotations

import numpy as np

from world.draws import Array, Column, Draws, Facts
from world.enterprises import INDIVIDUAL, KEY_INDUSTRIES, TRADE, Firms

TAXPAYER = ("general", "small_scale")
RATING = ("A", "B", "M", "C", "D")
SITE = (
    "none", "incubator", "farm_market", "bulk_warehouse", "school", "sports_venue", "transit", "student_housing",
)  # fmt: skip
VAT_FREE_SALES_CNY_MONTH = 100_000  # of small-scale taxpayers, since 2023
# How many per mille use their premises so, by industry; all others have ordinary premises.
_SITES = {
    "education": {"school": 120, "student_housing": 10}, "culture": {"sports_venue": 40},
    "transport": {"transit": 30, "bulk_warehouse": 40}, "wholesale_retail": {"farm_market": 6, "bulk_warehouse": 15},
    "business_services": {"incubator": 12}, "research": {"incubator": 15},
}  # fmt: skip


def account_facts(draws: Draws, firms: Firms, days: Array) -> tuple[Facts, Array]:
    """The tax register, and the yearly revenue before gaps; small firms leave more unsaid. `days`: each firm's age."""
    m = len(firms)
    revenue_each, margin, research = (
        np.array([TRADE[n][i] for n in firms.industries])[firms.industry] for i in range(3)
    )
    revenue = draws.lognormal(revenue_each * firms.employees * np.where(firms.kind == INDIVIDUAL, 0.45, 1.0), 0.75, m)
    income = revenue * (margin + 0.045 * firms.quality + 0.05 * draws.normal(m))
    assets = draws.lognormal(revenue * 0.9, 0.7, m)
    inventive = draws.chance(np.clip(research * 7 + 0.06 * firms.quality, 0.0, 0.85).astype(np.float32))
    inventive &= (firms.kind != INDIVIDUAL) & (firms.employees >= 3)
    spent = np.where(inventive, revenue * draws.lognormal(0.015 + research * 0.8, 0.6, m).clip(0, 0.6), 0)
    exports = firms.within("manufacturing", "wholesale_retail", "information") & draws.chance(0.14, m)
    exports &= firms.kind != INDIVIDUAL
    small = revenue < 5_000_000
    gap = np.where(firms.employees < 20, 0.12, 0.04)
    rating = draws.choice_by_row(
        np.array([[0.06, 0.42, 0.28, 0.16, 0.08], [0.14, 0.55, 0.20, 0.08, 0.03], [0.30, 0.55, 0.09, 0.05, 0.01]]),
        np.digitize(firms.quality, [-0.6, 0.7]),
    )
    facts = {
        "taxpayer_type": Column((small & (draws.uniform(m) < 0.93)).astype(np.int8), categories=TAXPAYER),
        "revenue_cny_year": Column(revenue.round(2).astype(np.float64)).unknown_where(draws.uniform(m) < gap * 0.6),
        "revenue_growth_percent": Column(
            (7 + 9 * firms.quality + 22 * draws.normal(m)).clip(-95, 400).round(1)
        ).unknown_where(draws.uniform(m) < gap),
        "sales_cny_month": Column((revenue / 12 * draws.lognormal(1.0, 0.25, m)).round(2).astype(np.float64)),
        "taxable_income_cny_year": Column(income.round(2)).unknown_where(draws.uniform(m) < gap * 0.5),
        "total_assets_cny": Column(assets.round(2).astype(np.float64)).unknown_where(draws.uniform(m) < gap),
        "rd_expense_cny_year": Column(spent.round(2)).unknown_where(inventive & (draws.uniform(m) < 0.12)),
        "vat_credit_balance_cny": Column(
            np.where(draws.uniform(m) < np.where(small, 0.05, 0.22), revenue * 0.012 * draws.uniform(m), 0).round(2)
        ),
        "export_value_cny_year": Column(np.where(exports, revenue * draws.uniform(m) * 0.7, 0).round(2)),
        "tax_credit_rating": Column(rating, categories=RATING).unknown_where(draws.uniform(m) < gap * 0.7),
        "tax_in_arrears": Column(draws.chance(np.clip(0.035 - 0.03 * firms.quality, 0.001, 0.3).astype(np.float32))),
        "restricted_industry": Column(draws.chance(0.012, m)),
    }
    return facts | _relief_facts(draws.apart(), firms, facts, revenue, days), revenue


def _relief_facts(draws: Draws, firms: Firms, facts: Facts, revenue: Array, days: Array) -> Facts:
    """What reliefs are measured by: taxes due or paid, donations, own software, equipment, premises."""
    m, size = len(firms), np.log(firms.employees)
    company = firms.kind != INDIVIDUAL
    gap = np.where(firms.employees < 20, 0.12, 0.05).astype(np.float32)
    small, sales = facts["taxpayer_type"].values == 1, facts["sales_cny_month"].values
    rate = np.where(small, 0.01, draws.lognormal(0.02, 0.8, m).clip(0.003, 0.08))
    owes = np.where(small, sales > VAT_FREE_SALES_CNY_MONTH, facts["vat_credit_balance_cny"].values == 0)
    codes = firms.key_industry == KEY_INDUSTRIES.index("software")
    sells = company & draws.chance(np.where(codes, 0.60, np.where(firms.within("information"), 0.08, 0)))
    gives = draws.chance((0.012 + 0.014 * size + 0.012 * firms.quality).clip(0.004, 0.5).astype(np.float32))
    invents = facts["rd_expense_cny_year"].values > 0
    transfers = invents & draws.chance(np.clip(0.10 + 0.03 * firms.quality, 0.005, 0.4).astype(np.float32))
    cleans = company & draws.chance(np.where(firms.within("manufacturing"), 0.08, 0.004))
    buys = draws.chance((0.18 + 0.05 * size).clip(0, 0.8).astype(np.float32))
    site = draws.choice_by_row(_site_weights(firms), firms.industry)
    holds = draws.chance((0.03 + 0.025 * size + 0.5 * (site > 0)).clip(0, 0.8).astype(np.float32))
    owns = company & holds
    return {
        "vat_paid_cny_year": _where(owes, revenue * rate).unknown_where(draws.chance(gap)),
        "software_sales_cny_year": _where(sells, revenue * (0.4 + 0.5 * draws.uniform(m))),
        "first_profit_on": _first_profit(draws, firms, facts, days),
        "charity_donation_cny_year": _where(gives, np.minimum(draws.lognormal(2e4, 1.2, m), revenue * 0.02)),
        "technology_transfer_income_cny_year": _where(
            transfers, np.minimum(draws.lognormal(8e5, 1.5, m), revenue * 0.5)
        ),
        "special_equipment_cny_year": _where(cleans, np.minimum(draws.lognormal(6e5, 1.0, m), revenue * 0.1)),
        "new_equipment_unit_price_cny": _where(
            buys, np.minimum(draws.lognormal(3e4, 2.2, m), revenue * 0.5)
        ).unknown_where(draws.chance(gap)),
        "small_taxes_cny_year": _where(draws.chance(0.74, m), draws.lognormal(revenue * 0.002, 0.7, m)).unknown_where(
            draws.chance(gap)
        ),
        "land_property_tax_cny_year": _where(owns, draws.lognormal(2.5e4 * firms.employees**0.3, 0.9, m)),
        "site_use": Column(site, categories=SITE),
    }


def _where(some: Array, amount: Array) -> Column:
    """Amounts to the fen for `some`, 0 for all others."""
    return Column(np.where(some, amount, 0).astype(np.float64).round(2))


def _first_profit(draws: Draws, firms: Firms, facts: Facts, days: Array) -> Column:
    """The first of January of the first year with a profit; unknown of those that never had one, and of some others."""
    m = len(firms)
    founded = (firms.today - days).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    year = founded + draws.choice([0.22, 0.26, 0.20, 0.13, 0.09, 0.06, 0.04], m)
    first = year.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int32)
    never = (first > firms.today) | ((facts["taxable_income_cny_year"].values <= 0) & draws.chance(0.6, m))
    return Column(np.minimum(first, firms.today), known=~never).unknown_where(
        draws.chance(np.where(firms.employees < 20, 0.14, 0.06).astype(np.float32))
    )


def _site_weights(firms: Firms) -> Array:
    """Weights of SITE, shape (industries, sites)."""
    mille = np.array([[_SITES.get(name, {}).get(site, 0) for site in SITE] for name in firms.industries], np.float64)
    mille[:, 0] = 1000 - mille.sum(axis=1)
    return mille
