"""The generated city against each published marginal; tolerances follow from the size of the sample."""

from typing import Any

import numpy as np
import pytest

from world.chunk import Chunk
from world.enterprises import INDIVIDUAL
from world.marginals import load_marginals

RAW: dict[str, Any] = load_marginals().raw
POPULATION = RAW["population"]
RESIDENTS = POPULATION["residents"]
# Persons are drawn in households, so that a household attribute counts like a sample of fewer persons.
CLUSTERING = 2.4


def tolerance(share: float, n: int, clustering: float = CLUSTERING) -> float:
    """Five standard errors of a share, and 0.2 points for weights that are fitted, not solved exactly."""
    return 5 * float(np.sqrt(share * (1 - share) * clustering / n)) + 0.002


def test_districts_have_the_populations_of_the_census(sample: Chunk) -> None:
    people = sample.people
    for code, (name, count) in enumerate(POPULATION["districts"].items()):
        share = count / RESIDENTS
        assert (people.district == code).mean() == pytest.approx(share, abs=tolerance(share, len(people))), name
    assert sum(POPULATION["districts"].values()) == RESIDENTS


def test_ages_follow_the_census(sample: Chunk) -> None:
    age = sample.people.age
    for observed, count in (
        (age < 15, POPULATION["ages"]["0-14"]),
        ((age >= 15) & (age < 60), POPULATION["ages"]["15-59"]),
        (age >= 60, POPULATION["ages"]["60+"]),
        (age >= 65, POPULATION["aged_65_and_over"]),
    ):
        share = count / RESIDENTS
        assert observed.mean() == pytest.approx(share, abs=tolerance(share, len(age)))


def test_sexes_and_migrants_follow_the_census(sample: Chunk) -> None:
    people = sample.people
    male = POPULATION["male"] / RESIDENTS
    assert people.male.mean() == pytest.approx(male, abs=tolerance(male, len(people), clustering=1))
    migrants = POPULATION["migrants_from_other_provinces"] / RESIDENTS
    assert (~people.registered).mean() == pytest.approx(migrants, abs=tolerance(migrants, len(people)))


def test_migrants_live_in_the_outer_districts_more_than_in_the_centre(sample: Chunk) -> None:
    people, names = sample.people, list(POPULATION["districts"])
    share = {name: (~people.registered[people.district == code]).mean() for code, name in enumerate(names)}
    assert share["songjiang"] > 0.5
    assert share["huangpu"] < 0.35


def test_family_households_have_the_size_of_the_census(sample: Chunk) -> None:
    kinds = load_marginals().kinds
    dormitory = [kind.name for kind in kinds].index("dormitory")
    people = sample.people
    sizes = np.bincount(people.household)
    first = np.searchsorted(people.household, np.arange(people.households))
    family = sizes[people.kind[first] != dormitory]
    assert family.mean() == pytest.approx(
        POPULATION["average_household_size"], abs=5 * family.std() / np.sqrt(len(family)) + 0.01
    )


def test_schooling_follows_the_census(sample: Chunk) -> None:
    stage = sample.facts["education"]["school_stage"].values
    level = sample.facts["education"]["highest_education"].values
    # The census counts pupils and students with the level they attend.
    attained = np.where(stage >= 7, 3, np.where(stage >= 5, 2, np.where(stage == 4, 1, np.minimum(level, 3))))
    for code, name in ((1, "junior"), (2, "senior"), (3, "tertiary")):
        share = POPULATION["education"][name] / RESIDENTS
        # One point more: the schooling of each cohort is an order of magnitude.
        assert (attained == code).mean() == pytest.approx(share, abs=tolerance(share, len(stage)) + 0.01), name


def test_enterprise_kinds_sizes_and_industries_follow_the_economic_census(sample: Chunk) -> None:
    raw = RAW["enterprises"]
    market, staff = sample.facts["market"], sample.facts["employment"]
    individual = market["enterprise_type"].values == INDIVIDUAL
    share = raw["licensed_individual_businesses"] / (raw["licensed_individual_businesses"] + raw["legal_entities"])
    assert individual.mean() == pytest.approx(share, abs=tolerance(share, len(individual), 1))

    entities = int((~individual).sum())
    small = staff["employees_count"].values[~individual] < 100
    published = raw["small_and_micro_share_of_legal_entities"]
    assert small.mean() == pytest.approx(published, abs=tolerance(published, entities, 1))

    industry = market["industry"].values[~individual]
    names = market["industry"].categories
    for name, published in raw["legal_entities_by_industry_share"].items():
        observed = (industry == names.index(name)).mean()
        assert observed == pytest.approx(published, abs=tolerance(published, entities, 1)), name
    making = (industry == names.index("manufacturing")).mean()
    assert making <= raw["industry_share_of_manufacturing_and_utilities"] + tolerance(0.19, entities, 1)


def test_every_marginal_names_its_source_and_how_sure_it_is() -> None:
    for name, part in RAW.items():
        assert part["source"], name
        assert part["verification"] in {"text_read", "recalled", "illustrative"}, name
