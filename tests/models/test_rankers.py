from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from domain.errors import ModelInvalid, TrainingDataInvalid
from models.baselines import AmountOrder, Popularity, fallback_order
from models.boosted import BoostedRanker, BoostingSettings
from models.dataset import build, split_by_subject
from models.evaluation import auc
from models.matrix import FeatureMatrix
from models.position import fit_log_odds
from models.ranker import Ranker

RANKERS: dict[str, Callable[[], Ranker]] = {
    "popularity": Popularity,
    "published order": AmountOrder,
    "lightgbm-binary": lambda: BoostedRanker(BoostingSettings(rounds=20)),
    "lightgbm-lambdarank": lambda: BoostedRanker(BoostingSettings(objective="lambdarank", rounds=20)),
}


@pytest.fixture(scope="module")
def split(town):
    return split_by_subject(build(town.data))


@pytest.fixture(scope="module", params=RANKERS)
def fitted(request, split):
    ranker = RANKERS[request.param]().fit(split.train, split.validation)
    assert ranker.name == request.param
    return ranker


def test_every_row_gets_a_finite_score(fitted, split):
    scores = fitted.score(split.test.matrix)
    assert scores.shape == (len(split.test),)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()


def test_scores_of_a_row_do_not_depend_on_the_other_rows(fitted, split):
    matrix = split.test.matrix
    some = np.arange(0, len(matrix), 7)
    np.testing.assert_array_equal(fitted.score(matrix.take(some)), fitted.score(matrix)[some])


def test_columns_in_another_order_are_refused_not_scored(fitted, split):
    matrix = split.test.matrix
    order = np.random.default_rng(0).permutation(len(matrix.names))
    shuffled = FeatureMatrix(tuple(matrix.names[i] for i in order), matrix.values[:, order])
    with pytest.raises(ModelInvalid, match=r"where 'age_years' belongs"):
        fitted.score(shuffled)
    with pytest.raises(ModelInvalid, match="features in place of"):
        fitted.score(FeatureMatrix(matrix.names[:-1], matrix.values[:, :-1]))


def test_facts_that_are_all_unknown_still_get_scores(fitted, split):
    unknown = FeatureMatrix(split.test.matrix.names, np.full_like(split.test.matrix.values[:5], np.nan))
    assert np.isfinite(fitted.score(unknown)).all()


def test_nothing_to_score_gives_no_scores(fitted, split):
    assert fitted.score(split.test.matrix.take(np.zeros(len(split.test), dtype=np.bool_))).shape == (0,)


def test_the_same_seed_grows_the_same_trees(split):
    settings = BoostingSettings(rounds=20)
    first = BoostedRanker(settings).fit(split.train).score(split.test.matrix)
    np.testing.assert_array_equal(BoostedRanker(settings).fit(split.train).score(split.test.matrix), first)
    one_thread = BoostedRanker(replace(settings, threads=1)).fit(split.train).score(split.test.matrix)
    np.testing.assert_allclose(one_thread, first)


def test_trees_learn_who_claims_what(split):
    """The town's rule crosses age with policy, which popularity cannot see."""
    trees = BoostedRanker(BoostingSettings()).fit(split.train, split.validation)
    popularity = Popularity().fit(split.train)
    claimed = split.test.claimed
    best, known = auc(trees.score(split.test.matrix), claimed), auc(popularity.score(split.test.matrix), claimed)
    assert best is not None
    assert known is not None
    assert best > known + 0.08


@pytest.mark.parametrize("label", [0, 1])
def test_impressions_of_one_outcome_teach_nothing(split, label):
    same = replace(split.train, claimed=np.full(len(split.train), label, dtype=np.int8))
    with pytest.raises(TrainingDataInvalid, match="both claimed and unclaimed"):
        BoostedRanker().fit(same)


def test_a_policy_seen_low_is_not_taken_for_unpopular(town):
    """Two policies of one appeal, one always first, the other always eighth, must come out nearly equal."""
    frame = build(town.data)
    rng = np.random.default_rng(5)
    frame = replace(frame, claimed=(rng.random(len(frame)) < 0.5 / frame.position**0.8).astype(np.int8))
    keep = np.ones(len(frame), dtype=np.bool_)
    names = np.array(frame.policy_ids)[frame.policy]
    keep[(names == "policy-02") & (frame.position != 1)] = False
    keep[(names == "policy-03") & (frame.position != 8)] = False
    biased = frame.take(keep)
    learned = Popularity().fit(biased)
    first, eighth = (learned.rates[frame.coding.words["policy_id"].index(name)] for name in ("policy-02", "policy-03"))
    assert 0.75 < eighth / first < 1.33
    effects = fit_log_odds(biased).positions
    assert effects[1] == 0
    assert (np.diff(effects[1:9]) < 0.05).all()


def test_probabilities_fit_the_claims_where_they_were_shown(split):
    """Scores are as if shown first; what was claimed at each place is met once the place is taken into account."""
    ranker = BoostedRanker().fit(split.train, split.validation)
    first = ranker.score(split.test.matrix)
    shown = fit_log_odds(split.train).as_shown(first, split.test)
    for position in (1, 4, 8):
        rows = split.test.position == position
        assert shown[rows].mean() == pytest.approx(split.test.claimed[rows].mean(), abs=0.04)
    assert first[split.test.position == 8].mean() > split.test.claimed[split.test.position == 8].mean() + 0.1


def test_eager_people_with_long_slates_do_not_hide_what_lower_places_lose(town):
    frame = build(town.data)
    rng = np.random.default_rng(6)
    long = frame.subject % 2 == 0
    mixed = replace(
        frame, claimed=(rng.random(len(frame)) < np.where(long, 0.6, 0.1) / frame.position**0.3).astype(np.int8)
    ).take(long | (frame.position <= 2))
    raw = [mixed.claimed[mixed.position == k].mean() for k in (1, 5)]
    assert raw[1] > raw[0]
    assert fit_log_odds(mixed).positions[5] < -0.5


def test_the_published_order_puts_more_money_a_year_first_then_the_id(policy):
    policies = [policy(5), policy(3), policy(2), policy(1), policy(4)]
    # Odd ones pay monthly: 100 yuan a month are as much a year as 1,200 yuan once.
    amounts = [None, 10_000, 120_000, 10_000, 200_000]
    ordered = [policies[i].id for i in fallback_order(policies, amounts)]
    assert ordered == ["policy-04", "policy-01", "policy-02", "policy-03", "policy-05"]


def test_popularity_of_a_policy_never_shown_is_the_mean(split):
    popular = Popularity().fit(split.train)
    matrix = split.test.matrix.take(np.arange(1))
    values = matrix.values.copy()
    values[0, matrix.names.index("policy_id")] = np.nan
    assert popular.score(FeatureMatrix(matrix.names, values))[0] == pytest.approx(popular.mean)
