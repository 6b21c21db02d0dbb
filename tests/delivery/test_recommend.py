"""Rules admit, the model only orders."""

from datetime import date

import numpy as np
import pytest

from delivery.recommend import recommend
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.profile import Fact, FactStatus, Profile
from matcher.compile import compile_policies
from models.baselines import PUBLISHED_ORDER

DAY = date(2026, 11, 24)
NAME = Label("名", "name")
AGE = FactDefinition("age_years", Audience.CITIZEN, FactType.INTEGER, "none", NAME, "population", 90, {})
WORDS = Vocabulary({Audience.CITIZEN: {"age_years": AGE}}, {}, {"none": Label("", "")})


class Fixed:
    """A model that gives the scores it was made with."""

    name = "model fixed v1"

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores)

    def score(self, values, candidates):
        return self.scores[: len(candidates)]


@pytest.fixture
def shown(policies):
    program = compile_policies(list(policies.values()), WORDS, {}, Audience.CITIZEN, DAY)

    def recommended(age, model):
        fact = Fact(age, "population", DAY, FactStatus.KNOWN if age is not None else FactStatus.UNKNOWN)
        return recommend(Profile("C1", Audience.CITIZEN, {"age_years": fact}), program, model)

    return recommended


def ids(recommendations):
    return [one.policy.id for one in recommendations]


def test_without_a_model_the_higher_amount_a_year_comes_first_then_the_id(shown):
    found = shown(70, None)
    assert ids(found.entitled) == ["allowance", "relief", "grant", "hint", "service"]
    assert found.order == PUBLISHED_ORDER
    assert [one.rank for one in found.entitled] == [1, 2, 3, 4, 5]


def test_a_model_changes_the_order_and_nothing_else(shown):
    found = shown(70, Fixed(1, 2, 3, 4, 5))
    assert ids(found.entitled) == ["service", "hint", "grant", "relief", "allowance"]
    assert found.order == "model fixed v1"
    assert not shown(50, Fixed(1, 2, 3, 4, 5)).entitled


@pytest.mark.parametrize("scores", [(1, 2, np.nan, 4, 5), (1, 2, np.inf, 4, 5), (1, 2)])
def test_scores_that_are_none_leave_the_published_order(shown, scores):
    found = shown(70, Fixed(*scores))
    assert ids(found.entitled) == ids(shown(70, None).entitled)
    assert found.order == PUBLISHED_ORDER


def test_equal_scores_keep_the_published_order(shown):
    assert ids(shown(70, Fixed(1, 1, 1, 1, 1)).entitled) == ids(shown(70, None).entitled)


def test_what_an_unknown_fact_would_decide_is_possible_and_never_entitled(shown):
    found = shown(None, None)
    assert not found.entitled
    assert len(found.possible) == 5
    assert found.possible[0].decision.missing_facts == ("age_years",)
