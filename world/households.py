"""Households first, then the people in them: this file knows who lives together, how old they are and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Draws
from world.marginals import ROLES, Marginals

HEAD, SPOUSE, CHILD, YOUTH, ELDER, ELDER_SPOUSE, MATE = range(len(ROLES))
DAYS_PER_YEAR = 365.2425


@dataclass(frozen=True, slots=True)
class People:
    """The persons of one chunk in household order; all arrays have shape (persons,) unless said."""

    household: NDArray[np.int32]  # index of the household within the chunk
    households: int
    role: NDArray[np.int8]
    kind: NDArray[np.int8]
    age: NDArray[np.int32]  # completed years
    birth_day: NDArray[np.int32]  # days since 1970
    male: NDArray[np.bool_]
    registered: NDArray[np.bool_]
    district: NDArray[np.int8]  # of residence
    today: int  # days since 1970

    def __len__(self) -> int:
        return len(self.age)

    def count_by_household(self, chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
        """For each person, how many of the chosen live in the same household."""
        counts = np.bincount(self.household, weights=chosen, minlength=self.households)
        return counts.astype(np.int32)[self.household]

    def sum_by_household(self, values: Array) -> NDArray[np.float32]:
        """For each person, the sum of `values` over the household."""
        sums = np.bincount(self.household, weights=values, minlength=self.households)
        return sums.astype(np.float32)[self.household]


def people(draws: Draws, n: int, marginals: Marginals, as_of: date) -> People:
    """Draw exactly `n` persons in households; the last household is cut short when it does not fit."""
    members, sizes = _kinds(marginals)
    weights = marginals.kind_weights
    codes = draws.choice(weights.ravel(), n).astype(np.int64)  # at least one person each: n households suffice
    origin, kind = codes // weights.shape[1], codes % weights.shape[1]
    last = int(np.searchsorted(np.cumsum(sizes[kind]), n)) + 1 if n else 0
    origin, kind = origin[:last], kind[:last]

    household = np.repeat(np.arange(last, dtype=np.int32), sizes[kind])[:n]
    first = np.concatenate([[0], np.cumsum(sizes[kind])])[:-1]
    place = np.arange(n) - first[household]
    role = members[kind[household], place]
    registered_household = origin[household] == 1
    head_age, elder_age, child_age = _anchor_ages(draws, kind, marginals)
    age_exact = _ages(draws, role, head_age[household], elder_age[household], child_age[household], place)
    male = _sexes(draws, role, household, kind, marginals)
    # Some married across: as many into registered households as out of them, so that the marginal stays.
    registered = registered_household & ~((role == SPOUSE) & (age_exact < 60) & draws.chance(0.10, n))
    registered |= ~registered_household & (role == SPOUSE) & draws.chance(0.117, n)
    district = draws.choice_by_row(marginals.district_weights, origin)[household]
    today = (as_of - date(1970, 1, 1)).days
    birth_day = today - (age_exact * DAYS_PER_YEAR).astype(np.int32) - 1
    return People(
        household, last, role, kind[household].astype(np.int8), _completed_years(birth_day, today), birth_day, male,
        registered, district, today,
    )  # fmt: skip


def _kinds(marginals: Marginals) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    sizes = np.array([len(kind.members) for kind in marginals.kinds], dtype=np.int64)
    members = np.full((len(sizes), sizes.max()), -1, dtype=np.int8)
    for row, kind in enumerate(marginals.kinds):
        members[row, : len(kind.members)] = kind.members
    return members, sizes


def _anchor_ages(draws: Draws, kind: Array, marginals: Marginals) -> tuple[Array, Array, Array]:
    """Ages of each household's head, elder and first child: set by the kind, or by the child's age."""
    n = len(kind)
    bounds = np.array([k.age or (20, 30, 50) for k in marginals.kinds], dtype=np.float32)[kind]
    head = draws.triangular(bounds[:, 0], bounds[:, 1], bounds[:, 2], n)
    # Fewer are born each year: ages of children lean to the older.
    child = (18 * draws.uniform(n) ** np.float32(0.85)).astype(np.float32)
    youth = draws.triangular(18, 23, 34, n)
    has_child = np.array([CHILD in k.members for k in marginals.kinds])[kind]
    has_youth = np.array([YOUTH in k.members for k in marginals.kinds])[kind]
    at_birth = draws.triangular(22, 28, 41, n)
    head = np.where(has_child, child + at_birth, np.where(has_youth, youth + at_birth * np.float32(0.93), head))
    elder = np.clip(head + draws.triangular(21, 25, 36, n), 45, 99)
    return head.astype(np.float32), elder.astype(np.float32), np.where(has_youth, youth, child).astype(np.float32)


def _ages(draws: Draws, role: Array, head: Array, elder: Array, child: Array, place: Array) -> NDArray[np.float32]:
    n = len(role)
    gap = draws.normal(n) * np.float32(2.2) - np.float32(0.8)
    spouse = np.clip(head + gap, 20, 100)
    # A second child comes after the first, by up to nine years but not before today.
    younger = child * (np.float32(0.15) + np.float32(0.75) * draws.uniform(n))
    mate = np.clip(head + draws.normal(n) * np.float32(5.0), 18, 64)
    ages = np.select(
        [role == HEAD, role == SPOUSE, role == CHILD, role == YOUTH, role == ELDER, role == ELDER_SPOUSE],
        [head, spouse, np.where(place == 3, younger, child), child, elder, np.clip(elder + gap, 45, 101)],
        mate,
    )
    return np.asarray(ages, dtype=np.float32)


def _sexes(draws: Draws, role: Array, household: Array, kind: Array, marginals: Marginals) -> NDArray[np.bool_]:
    """Couples are one of each; who lives alone or shares follows the kind; a lone elder is more often a woman."""
    n = len(role)
    share = np.array([k.male for k in marginals.kinds], dtype=np.float32)[kind][household]
    own = draws.chance(share)
    head_male = draws.chance(0.62, len(kind))[household]
    elder_pair_male = draws.chance(0.5, len(kind))[household]
    couples = np.array([SPOUSE in k.members for k in marginals.kinds])[kind][household]
    pair = np.array([ELDER_SPOUSE in k.members for k in marginals.kinds])[kind][household]
    male = np.where(role == HEAD, np.where(couples, head_male, own), own)
    male = np.where(role == SPOUSE, ~head_male, male)
    elder_male = np.where(pair, elder_pair_male, draws.chance(0.35, n))
    male = np.where(role == ELDER, elder_male, np.where(role == ELDER_SPOUSE, ~elder_pair_male, male))
    young = (role == CHILD) | (role == YOUTH)
    return np.asarray(np.where(young, draws.chance(0.525, n), male), dtype=np.bool_)


def _completed_years(birth_day: NDArray[np.int32], today: int) -> NDArray[np.int32]:
    """Completed years by the calendar, as the vocabulary counts them."""
    born = birth_day.astype("datetime64[D]")
    now = np.datetime64(today, "D")
    year = born.astype("datetime64[Y]").astype(np.int64)
    month = born.astype("datetime64[M]").astype(np.int64) % 12
    day = (born - born.astype("datetime64[M]")).astype(np.int64)
    now_year = now.astype("datetime64[Y]").astype(np.int64)
    now_month = now.astype("datetime64[M]").astype(np.int64) % 12
    now_day = (now - now.astype("datetime64[M]")).astype(np.int64)
    before = (month > now_month) | ((month == now_month) & (day > now_day))
    return np.asarray(now_year - year - before, dtype=np.int32)
