"""The published marginals that the city follows: this file knows how marginals.yaml becomes weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from world.draws import Array

DEFAULT_PATH = Path(__file__).parent / "marginals.yaml"
ROLES = ("head", "spouse", "child", "youth", "elder", "elder_spouse", "mate")


@dataclass(frozen=True)
class HouseholdKind:
    """One kind of household: roles of its members, the head's age (low, most frequent, high) where it sets it."""

    name: str
    members: tuple[int, ...]
    age: tuple[float, float, float] | None
    male: float


@dataclass(frozen=True)
class Marginals:
    """The weights that the city is drawn from; `raw` is the whole file, for tests that hold the city against it."""

    raw: dict[str, Any]
    districts: tuple[str, ...]
    district_weights: Array  # shape (2, districts): migrant, registered
    kinds: tuple[HouseholdKind, ...]
    kind_weights: Array  # shape (2, kinds): migrant, registered; sums to 1 over persons' origin
    industries: tuple[str, ...]
    industry_weights: Array  # shape (2, industries): legal entities, individual businesses
    size_bands: Array  # shape (bands, 3): from, to, share
    enterprise_districts: Mapping[str, Array]  # weights of the districts by key industry, "none" for all others
    individual_business_share: float
    median_wage: Array  # by education, in the order of the file
    hardship_line_cny_month: float
    minimum_wage_cny_month: float


@lru_cache
def load_marginals(path: Path = DEFAULT_PATH) -> Marginals:
    """Read and prepare the marginals; the share of migrant households follows from the share of migrant persons."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    population, kinds_raw = raw["population"], raw["households"]["kinds"]
    kinds = tuple(
        HouseholdKind(
            name,
            tuple(ROLES.index(role) for role in kind["members"]),
            tuple(kind["age"]) if "age" in kind else None,
            kind.get("male", 0.5),
        )
        for name, kind in kinds_raw.items()
    )
    sizes = np.array([len(kind.members) for kind in kinds], dtype=np.float64)
    weights = np.array([[kind["migrant"] for kind in kinds_raw.values()],
                        [kind["registered"] for kind in kinds_raw.values()]])  # fmt: skip
    weights /= weights.sum(axis=1, keepdims=True)
    migrants = population["migrants_from_other_provinces"] / population["residents"]
    persons = np.array([migrants, 1 - migrants])
    households = persons / (weights @ sizes)
    kind_weights = weights * (households / households.sum())[:, None]

    counts = np.array(list(population["districts"].values()), dtype=np.float64)
    share = np.array([raw["migrants_by_district"]["share"][name] for name in population["districts"]])
    share = _scaled_to(share, counts, migrants)
    districts = np.stack([counts * share, counts * (1 - share)])

    enterprises, industries = raw["enterprises"], raw["enterprise_industries"]
    individual = enterprises["licensed_individual_businesses"]
    return Marginals(
        raw=raw,
        districts=tuple(population["districts"]),
        district_weights=districts / districts.sum(axis=1, keepdims=True),
        kinds=kinds,
        kind_weights=kind_weights,
        industries=tuple(industries["share"]),
        industry_weights=np.array(
            [list(industries["share"].values()), list(industries["individual_business_share"].values())]
        ),
        size_bands=np.array([[b["from"], b["to"], b["share"]] for b in raw["enterprise_sizes"]["bands"]]),
        enterprise_districts=_enterprise_districts(raw["enterprise_districts"], population["districts"]),
        individual_business_share=individual / (individual + enterprises["legal_entities"]),
        median_wage=np.array(list(raw["incomes"]["median_wage_cny_month"].values()), dtype=np.float32),
        hardship_line_cny_month=float(raw["incomes"]["hardship_line_cny_month"]),
        minimum_wage_cny_month=float(raw["minimum_wage"]["cny_month"]),
    )


def _enterprise_districts(part: Mapping[str, Any], residents: Mapping[str, int]) -> Mapping[str, Array]:
    def weights(relative: Mapping[str, float]) -> Array:
        return np.array([count * part["any"].get(name, 1) * relative.get(name, 1) for name, count in residents.items()])

    return {"none": weights({})} | {name: weights(relative) for name, relative in part["key_industries"].items()}


def _scaled_to(share: Array, counts: Array, target: float) -> Array:
    """Shift the shares' log odds together until their weighted mean is `target`."""
    odds = np.log(share / (1 - share))
    low, high = -5.0, 5.0
    for _ in range(60):  # bisection to double precision
        middle = (low + high) / 2
        mean = (counts / (1 + np.exp(-(odds + middle)))).sum() / counts.sum()
        low, high = (middle, high) if mean < target else (low, middle)
    shifted: Array = 1 / (1 + np.exp(-(odds + low)))
    return shifted
