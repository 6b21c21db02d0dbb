"""Who a citizen is to the city: this file knows origin, family standing, hardship, and where registers know little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts
from world.extracts import load_registers
from world.households import CHILD, HEAD, SPOUSE, YOUTH, People
from world.livelihood import Livelihood
from world.marginals import Marginals

# Shares of the registered, of district's households, that belong to a rural collective; none in the inner districts.
_RURAL = {
    "chongming": 0.42, "jinshan": 0.24, "fengxian": 0.22, "qingpu": 0.20, "songjiang": 0.12, "jiading": 0.10,
    "pudong": 0.07, "baoshan": 0.05, "minhang": 0.05,
}  # fmt: skip
MARITAL = ("single", "married", "divorced", "widowed")


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where registers know little: each method hides values of some subjects, never at random alone."""

    draws: Draws
    weight: NDArray[np.float32]  # above 1 where the registers know less than usual

    def hide(self, column: Column, share: float) -> Column:
        """Make about `share` of the values unknown."""
        scale = float(self.weight.mean()) if len(self.weight) else 1.0
        return column.unknown_where(self.draws.chance(np.minimum(self.weight * np.float32(share / scale), 0.9)))


def gaps_of(draws: Draws, people: People) -> Gaps:
    """Registers know less about migrants, young adults and the very old."""
    young = (people.age >= 18) & (people.age < 30)
    weight = 1 + 1.4 * ~people.registered + 0.8 * young + 0.5 * (people.age >= 80)
    return Gaps(draws, weight.astype(np.float32))


def origin_facts(draws: Draws, people: People, marginals: Marginals, gaps: Gaps) -> Facts:
    """The population register."""
    n = len(people)
    districts = marginals.districts
    elsewhere = draws.chance(0.22, n)  # registered in one district, living in another (人户分离)
    home = np.where(elsewhere, draws.choice(marginals.district_weights[1], n), people.district)
    registered_district = np.where(people.registered, home, len(districts)).astype(np.int8)
    lifetime = people.age * 12 + 6
    arrived = np.minimum(lifetime, draws.lognormal(70, 0.9, n)).astype(np.int32)
    months = np.where(people.registered & draws.chance(0.8, n), lifetime, arrived).clip(0, 1400)
    permit = ~people.registered & (people.age >= 16) & (months >= 6) & draws.chance(0.72, n)
    points = np.where(permit, (30 + months * 0.25 + 45 * draws.uniform(n)).clip(0, 300), 0).astype(np.int32)
    district = gaps.hide(Column(people.district, categories=districts), 0.012)
    return {
        "birth_date": Column(people.birth_day),
        "sex": Column((~people.male).astype(np.int8), categories=("male", "female")),
        "registered_in_shanghai": Column(people.registered),
        "registered_district": Column(registered_district, categories=(*districts, "outside")),
        "residence_district": district,
        "residence_area": residence_area(draws.apart(), people, district),
        "residence_permit": Column(permit),
        "residence_permit_points": gaps.hide(Column(points), 0.06),
        "months_resident_in_shanghai": gaps.hide(Column(months.astype(np.int32)), 0.07),
    }


def residence_area(draws: Draws, people: People, district: Column) -> Column:
    """Where each lives, as nearly as the register knows: a street for most, the district or the city for others.

    A household is in one street, all streets of a district alike. `district` is what the register says of it.
    """
    areas = tuple(str(area) for area in load_registers()["population"].fields["residence_area"].codes)
    around = [areas.index(f"shanghai.{name}") for name in district.categories]
    streets = [[i for i, area in enumerate(areas) if area.startswith(f"{areas[one]}.")] or [one] for one in around]
    count = np.array([len(some) for some in streets])[people.district]
    home = draws.uniform(people.households)[people.household]
    # The streets of a district stand next to each other.
    street = np.array([some[0] for some in streets])[people.district] + (home * count).astype(np.int64)
    coarse = draws.chance(0.22, len(people))
    found = np.where(coarse, np.array(around)[people.district], street)
    if district.known is None:
        return Column(found.astype(np.int8), categories=areas)
    found = np.where(district.known, found, areas.index("shanghai"))
    silent = ~district.known & draws.chance(0.5, len(people))
    return Column(found.astype(np.int8), ~silent, areas)


def marital_status(draws: Draws, people: People) -> NDArray[np.int8]:
    n, age = len(people), people.age
    couple_kind = people.count_by_household(people.role == SPOUSE) > 0
    married = ((people.role == HEAD) & couple_kind) | (people.role == SPOUSE)
    elders_together = people.count_by_household(people.role >= 4) > 1
    alone = np.clip((age - 24) / 40, 0, 0.9)
    divorced = draws.chance((alone * 0.35).astype(np.float32))
    widowed = draws.chance(np.clip((age - 50) / 45, 0, 0.9).astype(np.float32))
    away = draws.chance(np.clip((age - 22) / 25, 0, 0.55).astype(np.float32))  # the spouse lives elsewhere
    status = np.where(widowed, 3, np.where(divorced, 2, np.where(away, 1, 0)))
    status = np.where(married | ((people.role == 5) | ((people.role == 4) & elders_together)), 1, status)
    young = (people.role == CHILD) | ((people.role == YOUTH) & draws.chance(0.93, n)) | (age < 22)
    return np.where(young & ~married, 0, status).astype(np.int8)


def welfare_facts(
    draws: Draws, people: People, work: Livelihood, disability: Array, marginals: Marginals, gaps: Gaps
) -> Facts:
    """The civil affairs register; hardship follows from the household's income and assets."""
    n, age, line = len(people), people.age, np.float32(marginals.hardship_line_cny_month)
    size = people.count_by_household(np.ones(n, dtype=np.bool_))
    income = people.sum_by_household(work.income_cny_month) / size
    head = np.searchsorted(people.household, np.arange(people.households))
    saved = draws.lognormal(14.0, 0.9, people.households)[people.household]
    assets = income * saved * np.clip((age[head][people.household] - 18) / 14, 0.3, 3.0)
    applied = draws.chance(0.55, people.households)[people.household]
    poor = people.registered & (assets < 150_000)
    minimum = poor & (income < line) & applied
    low = poor & (income < 2 * line) & ~minimum & applied
    costs = people.sum_by_household(work.medical_cny_year) / size / 12
    driven = people.registered & ~minimum & ~low & (income - costs < 1.5 * line) & (costs > 700) & applied
    hardship = minimum & (size == 1) & (age >= 60) & draws.chance(0.6, n)
    unattended = people.registered & (age < 18) & draws.chance(0.004, n)
    score = np.clip((age - 62) / 34, 0, 1) ** 1.6 * 5.2 + draws.normal(n) * 1.3 + np.where(disability > 0, 1.8, 0) - 1.0
    assessed = (age >= 60) & people.registered & (score > 0.4)
    level = np.where(assessed, score.clip(0, 6), 0).astype(np.int32)
    gives = draws.chance((0.16 * (age >= 16)).astype(np.float32))
    hours = np.where(gives, draws.lognormal(24, 1.1, n), 0).round(1)
    return {
        "marital_status": gaps.hide(Column(marital_status(draws, people), categories=MARITAL), 0.05),
        "household_income_per_person_cny_month": gaps.hide(Column(income.round(2)), 0.10),
        "household_assets_per_person_cny": gaps.hide(Column(assets.round(2)), 0.11),
        "minimum_living_allowance": Column(minimum),
        "low_income_household": Column(low),
        "extreme_hardship_support": Column(hardship),
        "expense_driven_hardship": Column(driven),
        "unattended_child": Column(unattended),
        "care_need_level": Column(level).unknown_where((age >= 60) & (draws.uniform(n) < 0.12)),
        "volunteer_hours": gaps.hide(Column(hours), 0.06),
        "rural_member": _rural_member(draws.apart(), people, marginals),
    }


def _rural_member(draws: Draws, people: People, marginals: Marginals) -> Column:
    """Whole households belong, those registered of them; of some in the outer districts the register does not know."""
    share = np.array([_RURAL.get(name, 0.0) for name in marginals.districts], dtype=np.float32)[people.district]
    member = people.registered & (draws.uniform(people.households)[people.household] < share)
    return Column(member).unknown_where(draws.chance(np.minimum(share * np.float32(0.6), 0.15) + np.float32(0.04)))
