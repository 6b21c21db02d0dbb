"""A citizen's daily life: this file knows homes, cars, service in the forces, disputes, libraries and recycling."""

from __future__ import annotations

import numpy as np

from world.draws import Column, Draws, Facts
from world.households import HEAD, MATE, SPOUSE, People
from world.livelihood import Livelihood
from world.population import Gaps

NEVER_MONTHS = 240
"""What registers write for months since something that never happened: the longest span they keep."""


def housing_facts(draws: Draws, people: People, work: Livelihood, gaps: Gaps) -> Facts:
    """The housing register; owners hold the home of their household, all others rent or live with them."""
    n, households = len(people), people.households
    head = np.searchsorted(people.household, np.arange(households))
    income = people.sum_by_household(work.income_cny_month)[head]
    owns = draws.chance(
        np.where(people.registered[head], 0.80, 0.16 + 0.35 * np.clip(income / 60_000, 0, 1)).astype(np.float32)
    )
    owns &= people.count_by_household(people.role == MATE)[head] == 0
    second = owns & draws.chance(np.clip(income / 150_000, 0.02, 0.45).astype(np.float32))
    homes = (owns.astype(np.int32) + second)[people.household]
    titled = (people.role == HEAD) | ((people.role == SPOUSE) & draws.chance(0.6, n))
    adults = people.age >= 18
    rents = (~owns)[people.household] & draws.chance(0.93, n)
    size = people.count_by_household(np.ones(n, dtype=np.bool_))
    area = draws.lognormal(np.where(owns, 74, 46).astype(np.float32), 0.38, households)[people.household] / size
    rent = draws.lognormal(np.clip(income * 0.22, 1200, 14_000), 0.3, households)[people.household]
    pays = rents & ((people.role == HEAD) | (people.role == SPOUSE) | (people.role == MATE))
    return {
        "owned_homes_count": Column(np.where(titled & adults, homes, 0).astype(np.int32)),
        "housing_area_per_person_m2": gaps.hide(Column(area.round(1)), 0.11),
        "renting": gaps.hide(Column(rents), 0.06),
        "rent_cny_month": gaps.hide(Column(np.where(pays, rent, 0).round(0)), 0.10),
    }


def service_facts(draws: Draws, people: People) -> Facts:
    """The veterans register."""
    n, age = len(people), people.age
    veteran = (age >= 20) & draws.chance(np.where(people.male, 0.042, 0.003).astype(np.float32) * (1 + (age >= 55)))
    served_until = 20 + 6 * draws.uniform(n) ** 2 * 3
    discharged = people.birth_day + np.minimum(served_until, np.maximum(age - 0.2, 19)) * 365.2425
    return {
        "veteran": Column(veteran),
        "discharged_on": Column(discharged.astype(np.int32), known=veteran),
        "disabled_veteran": Column(veteran & draws.chance(0.03, n)),
        "martyr_family": Column(draws.chance((0.0012 * (age >= 18)).astype(np.float32))),
        "active_service_family": Column(draws.chance(0.006, n)),
    }


def transport_facts(draws: Draws, people: People, work: Livelihood) -> Facts:
    """The transport register: licences, cars, quotas."""
    n, age = len(people), people.age
    licence = draws.chance(
        ((age >= 18) * (0.18 + 0.45 * np.clip((72 - age) / 40, 0, 1) * np.where(people.male, 1.1, 0.8))).astype(
            np.float32
        )
    )
    wealth = np.clip(work.income_cny_month / 26_000, 0, 1)
    owner = licence & draws.chance((0.10 + 0.55 * wealth).astype(np.float32))
    electric = draws.chance(0.30, n)
    fuel = np.where(owner & ~electric, 1 + draws.chance(0.06, n), 0).astype(np.int32)
    standard = draws.choice([0.02, 0.05, 0.22, 0.33, 0.38], n).astype(np.int32) + 2
    scrapped = (age >= 22) & licence & draws.chance(0.05, n)
    return {
        "driving_licence": Column(licence),
        "fuel_cars_count": Column(fuel),
        "oldest_car_emission_standard": Column(standard, known=fuel > 0).unknown_where(draws.uniform(n) < 0.05),
        "shanghai_plate": Column(owner & draws.chance(np.where(people.registered, 0.8, 0.45).astype(np.float32))),
        "months_since_car_scrapped": Column(np.where(scrapped, draws.integers(0, 60, n), NEVER_MONTHS)),
    }


def daily_facts(draws: Draws, people: People, work: Livelihood) -> Facts:
    """Justice and city life."""
    n, age = len(people), people.age
    adult = age >= 16
    employed = work.employed
    low_paid = employed & (work.income_cny_month < 7000)
    library = draws.chance((0.10 + 0.22 * work.tertiary + 0.15 * ((age >= 6) & (age < 23))).astype(np.float32))
    appliance = adult & draws.chance(0.08, n)
    sorts = draws.chance((0.18 + 0.30 * (age >= 55)).astype(np.float32)) & adult
    return {
        "pending_legal_dispute": Column(adult & draws.chance(0.012, n)),
        "labour_pay_dispute": Column(draws.chance((0.003 * employed + 0.018 * low_paid).astype(np.float32))),
        "library_card": Column(library),
        "appliance_replaced_months": Column(np.where(appliance, draws.integers(0, 36, n), NEVER_MONTHS)),
        "waste_sorting_points": Column(np.where(sorts, draws.lognormal(400, 1.0, n), 0).astype(np.int32)),
        "food_business_worker": Column(draws.chance((0.045 * employed + 0.06 * low_paid).astype(np.float32))),
        "consumer_complaint_open": Column(adult & draws.chance(0.008, n)),
    }
