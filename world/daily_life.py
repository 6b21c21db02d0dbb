"""A citizen's daily life: this file knows homes, cars, service in the forces, disputes, libraries and recycling."""

from __future__ import annotations

import numpy as np

from world.draws import Column, Draws, Facts
from world.households import HEAD, MATE, SPOUSE, People
from world.livelihood import SELF_EMPLOYED, Livelihood
from world.population import Gaps

COMPLAINT = ("none", "food", "drug", "fraud", "other")
HERITAGE = ("none", "city", "national")
NEVER_MONTHS = 240
"""What registers write for months since something that never happened: the longest span they keep."""


def housing_facts(draws: Draws, people: People, work: Livelihood, gaps: Gaps) -> Facts:
    """The housing register; owners hold the home of their household, all others rent or live with them.

    Few are about to buy or to sell. The register has every contract and every offer, so that its 0 is a no.
    """
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
    owned = np.where(titled & adults, homes, 0).astype(np.int32)
    apart = draws.apart()
    means = np.clip(income / 30_000, 0, 1)[people.household]
    starts = (people.role == HEAD) & (people.age >= 24) & (people.age < 62)
    buys = starts & apart.chance((0.012 + 0.09 * means).astype(np.float32))
    space = apart.lognormal(82 + 25 * means, 0.3, n).clip(40, 260).round(1)
    price = (space * apart.lognormal(5e4, 0.35, n)).round(-3)
    sells = (owned > 0) & apart.chance(np.where(buys, 0.30, 0.018).astype(np.float32))
    held = np.where(sells, apart.lognormal(80, 1.3, n).clip(1, 300), 0).astype(np.int32)
    pays = rents & ((people.role == HEAD) | (people.role == SPOUSE) | (people.role == MATE))
    return {
        "owned_homes_count": Column(owned),
        "housing_area_per_person_m2": gaps.hide(Column(area.round(1)), 0.11),
        "renting": gaps.hide(Column(rents), 0.06),
        "rent_cny_month": gaps.hide(Column(np.where(pays, rent, 0).round(0)), 0.10),
        "home_purchase_price_cny": Column(np.where(buys, price, 0)),
        "home_purchase_area_m2": Column(np.where(buys, space, 0)),
        "home_listed_for_sale": Column(sells),
        "listed_home_held_months": Column(held).unknown_where(sells & apart.chance(0.08, n)),
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
    """The transport register: licences, cars, quotas, cars on order."""
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
    apart = draws.apart()
    charged = np.where(owner & electric, 1 + apart.chance(0.05, n), owner & apart.chance(0.07, n)).astype(np.int32)
    orders = licence & apart.chance((0.04 + 0.08 * wealth + 0.10 * scrapped).astype(np.float32))
    price = apart.lognormal(1.35e5 * (1 + 0.6 * wealth), 0.4, n).clip(8e4, 5e5).round(-2)
    return {
        "driving_licence": Column(licence),
        "fuel_cars_count": Column(fuel),
        "new_energy_cars_count": Column(charged),
        "oldest_car_emission_standard": Column(standard, known=fuel > 0).unknown_where(draws.uniform(n) < 0.05),
        "shanghai_plate": Column(owner & draws.chance(np.where(people.registered, 0.8, 0.45).astype(np.float32))),
        "months_since_car_scrapped": Column(np.where(scrapped, draws.integers(0, 60, n), NEVER_MONTHS)),
        "new_energy_car_price_cny": Column(np.where(orders, price, 0)),
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
    dispute = adult & draws.chance(0.012, n)
    pay_dispute = draws.chance((0.003 * employed + 0.018 * low_paid).astype(np.float32))
    replaced = np.where(appliance, draws.integers(0, 36, n), NEVER_MONTHS)
    points = np.where(sorts, draws.lognormal(400, 1.0, n), 0).astype(np.int32)
    food = draws.chance((0.045 * employed + 0.06 * low_paid).astype(np.float32))
    complains = adult & draws.chance(0.008, n)
    apart = draws.apart()
    food |= (work.status == SELF_EMPLOYED) & apart.chance(0.13, n)  # many a small restaurant
    sues = adult & apart.chance(np.where(dispute, 0.25, 0.009).astype(np.float32))
    bought = adult & apart.chance(np.where(replaced < 6, 0.5, 0.022).astype(np.float32))
    bearer = np.where((age >= 35) & apart.chance(0.0018, n), 1 + apart.choice([0.8, 0.2], n), 0)
    kind = np.where(complains, 1 + apart.choice([0.35, 0.05, 0.20, 0.40], n), 0)
    return {
        "pending_legal_dispute": Column(dispute),
        "labour_pay_dispute": Column(pay_dispute),
        "pending_lawsuit": Column(sues),
        "library_card": Column(library),
        "heritage_bearer": Column(bearer.astype(np.int8), categories=HERITAGE),
        "appliance_replaced_months": Column(replaced),
        "appliance_price_cny": Column(np.where(bought, apart.lognormal(3500, 0.5, n), 0).round(0)),
        "waste_sorting_points": Column(points),
        "food_business_worker": Column(food),
        "consumer_complaint_open": Column(complains),
        "complaint_kind": Column(kind.astype(np.int8), categories=COMPLAINT),
        "complaint_price_cny": Column(np.where(complains, apart.lognormal(180, 1.2, n), 0).round(2)),
    }
