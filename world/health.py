"""A citizen's health: this file knows pregnancy and birth, disease, screening and disability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from world.draws import Array, Column, Draws, Facts
from world.households import CHILD, HEAD, MATE, SPOUSE, YOUTH, People
from world.population import Gaps

NEVER_MONTHS = 720
"""What the health register writes for months since something that never happened: the longest span it keeps."""
DISABILITY = ("none", "visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple")


def disability_of(draws: Draws, people: People) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Level 0 (none) to 4 and kind: rising with age, certificates mostly with the registered."""
    n = len(people)
    share = (0.004 + 0.052 * np.clip((people.age - 15) / 70, 0, 1) ** 1.4) * np.where(people.registered, 1.15, 0.45)
    disabled = draws.chance(share.astype(np.float32))
    level = np.where(disabled, 1 + draws.choice([0.14, 0.22, 0.31, 0.33], n), 0).astype(np.int8)
    kind = np.where(disabled, 1 + draws.choice([0.14, 0.20, 0.02, 0.46, 0.07, 0.08, 0.03], n), 0).astype(np.int8)
    return level, kind


def health_facts(draws: Draws, people: People, disability: Array, gaps: Gaps) -> Facts:
    """The health register."""
    n, age = len(people), people.age
    woman = ~people.male
    parent = (people.role == HEAD) | (people.role == SPOUSE)
    is_child = people.role == CHILD
    youngest = np.full(people.households, 99 * 366, dtype=np.int32)
    np.minimum.at(youngest, people.household[is_child], (people.today - people.birth_day)[is_child])
    months = (youngest[people.household] / 30.44).astype(np.int32)
    mother = woman & parent & (months < 18 * 12)
    since_birth = np.where(mother, months, NEVER_MONTHS).clip(0, NEVER_MONTHS)
    partnered = parent & (people.count_by_household(people.role == SPOUSE) > 0)
    fertile = woman & (age >= 20) & (age < 45) & (since_birth > 8)
    pregnant = fertile & draws.chance(np.where(partnered, 0.05, 0.006).astype(np.float32))
    children = people.count_by_household(is_child | (people.role == YOUTH))
    one_child_age = (age >= 40) & people.registered & (people.role != MATE)
    only = (one_child_age & draws.chance(np.where(age >= 50, 0.62, 0.35).astype(np.float32))) | (
        parent & (children == 1) & people.registered & (age >= 36)
    )
    lost = only & (age >= 49) & draws.chance(0.012, n)
    chronic = draws.chance((0.03 + 0.62 * np.clip((age - 35) / 45, 0, 1) + 0.15 * (disability > 0)).astype(np.float32))
    signed = draws.chance((0.16 + 0.34 * (age >= 60) + 0.15 * chronic + 0.10 * people.registered).astype(np.float32))
    screened = (age >= 50) & (age < 76) & people.registered & draws.chance(0.42, n)
    bowel = np.where(screened, draws.integers(0, 72, n), NEVER_MONTHS)
    gave = (age >= 18) & (age <= 60) & draws.chance(0.09, n)
    apart = draws.apart()
    invited = (
        woman & (age >= 25) & (age < 70) & apart.chance(np.where(people.registered, 0.55, 0.30).astype(np.float32))
    )
    womens = np.where(invited, apart.integers(0, 96, n), NEVER_MONTHS)
    donations = np.where(gave, np.minimum(draws.lognormal(1.8, 0.9, n).astype(np.int32) + 1, 120), 0)
    return {
        "pregnant": gaps.hide(Column(pregnant), 0.01),
        "months_since_childbirth": Column(since_birth.astype(np.int32)),
        "only_child_parent": Column(only).unknown_where((age >= 30) & (draws.uniform(n) < 0.04)),
        "lost_only_child": Column(lost),
        "chronic_disease_registered": gaps.hide(Column(chronic), 0.10),
        "family_doctor_signed": gaps.hide(Column(signed), 0.02),
        "months_since_bowel_screening": Column(bowel.astype(np.int32)).unknown_where(
            (age >= 50) & (draws.uniform(n) < 0.06)
        ),
        "months_since_womens_screening": Column(womens.astype(np.int32)).unknown_where(
            woman & (age >= 18) & apart.chance(np.minimum(gaps.weight * np.float32(0.11), 0.9))
        ),
        "blood_donations_count": Column(donations.astype(np.int32)),
    }
