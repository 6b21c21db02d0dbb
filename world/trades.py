"""What an enterprise's trade and size make of it: this file knows classes of size, licensed lines and premises."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts
from world.enterprises import INDIVIDUAL, Firms

SIZE = ("micro", "small", "medium", "large")
FINANCE = ("none", "bank", "microloan", "guarantee", "venture_capital", "leasing", "insurance")
CARE = ("none", "elderly_care", "childcare")

# From which a firm is small, medium or large, by 中小企业划型标准规定 (工信部联企业〔2011〕300号), recalled: employees,
# yearly revenue and total assets (10,000 yuan); 0 where the standard does not ask. All that are asked must be reached.
_OTHERS = ((10, 0, 0), (100, 0, 0), (300, 0, 0))
_DIVISION = {
    "agriculture": ((0, 50, 0), (0, 500, 0), (0, 20_000, 0)),
    "manufacturing": ((20, 300, 0), (300, 2_000, 0), (1_000, 40_000, 0)),
    "construction": ((0, 300, 300), (0, 6_000, 5_000), (0, 80_000, 80_000)),
    "wholesale_retail": ((5, 1_000, 0), (20, 5_000, 0), (200, 40_000, 0)),  # of wholesale
    "transport": ((20, 200, 0), (300, 3_000, 0), (1_000, 30_000, 0)),
    "hospitality": ((10, 100, 0), (100, 2_000, 0), (300, 10_000, 0)),
    "information": ((10, 50, 0), (100, 1_000, 0), (300, 10_000, 0)),  # of software and information technology
    "real_estate": ((0, 100, 2_000), (0, 1_000, 5_000), (0, 200_000, 10_000)),
    "business_services": ((10, 0, 100), (100, 0, 8_000), (300, 0, 120_000)),
}


def trade_facts(draws: Draws, firms: Firms, revenue: Array, assets: Array) -> Facts:
    """The part of the market register that follows from trade and accounts; `revenue` and `assets` in yuan."""
    m = len(firms)
    company = firms.kind != INDIVIDUAL
    lines = np.zeros((len(firms.industries), len(FINANCE)))
    lines[:, 0] = 1
    lines[firms.industries.index("finance")] = (0.55, 0.03, 0.05, 0.03, 0.25, 0.06, 0.03)
    lines[firms.industries.index("business_services")] = (0.98, 0, 0, 0, 0.02, 0, 0)
    cares = np.zeros((len(firms.industries), len(CARE)))
    cares[:, 0] = 1
    cares[firms.industries.index("health")] = (0.84, 0.12, 0.04)
    cares[firms.industries.index("education")] = (0.92, 0, 0.08)
    several = draws.chance((0.05 + 0.025 * np.log(firms.employees)).clip(0, 0.5).astype(np.float32))
    more = 1 + draws.lognormal(0.7, 0.9, m).clip(0, 40).astype(np.int32)
    return {
        "enterprise_size": Column(size_class(firms, revenue, assets), categories=SIZE).unknown_where(
            draws.chance(np.where(firms.employees < 20, 0.04, 0.01).astype(np.float32))
        ),
        "finance_business": Column(
            np.where(company, draws.choice_by_row(lines, firms.industry), 0).astype(np.int8), categories=FINANCE
        ),
        "care_institution": Column(
            np.where(company, draws.choice_by_row(cares, firms.industry), 0).astype(np.int8), categories=CARE
        ),
        "extra_sites_count": Column(np.where(several, more, 0).astype(np.int32)),
    }


def size_class(firms: Firms, revenue: Array, assets: Array) -> NDArray[np.int8]:
    """Codes of SIZE: the highest step of which all bounds are reached; of individual businesses small at most."""
    steps = np.array([_DIVISION.get(name, _OTHERS) for name in firms.industries], dtype=np.float64)
    steps *= (1, 1e4, 1e4)
    measured = np.stack([firms.employees, revenue, assets], axis=1)[:, None]
    reached = (measured >= steps[firms.industry]).all(axis=2).sum(axis=1)
    return np.asarray(np.minimum(reached, np.where(firms.kind == INDIVIDUAL, 1, 3)), dtype=np.int8)
