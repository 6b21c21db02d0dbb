from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import ModelInvalid
from domain.facts import Audience
from domain.policy import Policy
from models.boosted import BoostedRanker, BoostingSettings
from models.dataset import build, split_by_subject
from models.serving import GoldenRows, ServedRanker
from models.training import golden_rows


@dataclass(frozen=True)
class Admitted:
    policy: Policy
    amount_fen: int | None


@pytest.fixture(scope="module")
def ranker(town):
    split = split_by_subject(build(town.data))
    return BoostedRanker(BoostingSettings(rounds=60)).fit(split.train), split.train


@pytest.fixture(scope="module")
def served(ranker):
    fitted, train = ranker
    return ServedRanker(Audience.CITIZEN, "ranker", 4, train.coding, fitted.booster)


def test_one_subject_is_scored_like_a_table(town, served):
    policies = town.data.policies
    for row in range(40):
        amounts = np.array([-100_000 if i == row % 12 else 1_234 * i for i in range(12)])
        candidates = [
            Admitted(policy, None if amount < 0 else int(amount))
            for policy, amount in zip(policies, amounts, strict=True)
        ]
        alone = served.score(town.values(row), candidates)
        table = served.score_table(town.data.subjects, policies, np.full(12, row), np.arange(12), amounts)
        np.testing.assert_array_equal(alone, table)
        assert len(set(alone)) > 1


def test_the_order_of_columns_and_facts_does_not_matter(town, served):
    candidates = [Admitted(policy, 100) for policy in town.data.policies]
    values = town.values(0)
    np.testing.assert_array_equal(
        served.score(values, candidates), served.score(dict(reversed(values.items())), candidates)
    )
    subjects = town.data.subjects
    shuffled = subjects.select(sorted(subjects.column_names, key=lambda name: name[::-1]))
    rows, ones = np.arange(100), np.ones(100, dtype=np.int64)
    np.testing.assert_array_equal(
        served.score_table(shuffled, town.data.policies, rows, ones, ones),
        served.score_table(subjects, town.data.policies, rows, ones, ones),
    )


def test_an_empty_slate_gives_no_scores(town, served):
    none = np.zeros(0, dtype=np.int64)
    assert served.score(town.values(0), []).shape == (0,)
    assert served.score_table(town.data.subjects, town.data.policies, none, none, none).shape == (0,)


def test_a_subject_without_facts_and_a_policy_from_today_still_get_scores(served, policy):
    new = replace(policy(98), domain="no_such_domain")
    scores = served.score({}, [Admitted(new, None), Admitted(policy(1), 100)])
    assert np.isfinite(scores).all()
    assert ((scores > 0) & (scores < 1)).all()


def test_many_candidates_are_scored_in_their_order(town, served):
    candidates = [Admitted(policy, i) for i, policy in enumerate(town.data.policies * 420)]
    scores = served.score(town.values(1), candidates)
    assert scores.shape == (5_040,)
    assert scores[4_321] == served.score(town.values(1), [candidates[4_321]])[0]


def test_a_table_larger_than_a_block_is_scored_as_a_whole(town, served, monkeypatch):
    rng = np.random.default_rng(0)
    rows, policies, amounts = rng.integers(2_000, size=5_000), rng.integers(12, size=5_000), rng.integers(-5, 99, 5_000)
    whole = served.score_table(town.data.subjects, town.data.policies, rows, policies, amounts)
    monkeypatch.setattr("models.serving.BLOCK_PAIRS", 777)
    np.testing.assert_array_equal(
        served.score_table(town.data.subjects, town.data.policies, rows, policies, amounts), whole
    )


def test_a_changed_policy_of_the_same_version_is_coded_anew(town, served):
    policy = town.data.policies[1]
    values = town.values(0)
    before = served.score(values, [Admitted(policy, 100)])
    changed = replace(policy, domain=town.data.policies[6].domain, kind=town.data.policies[6].kind, id="policy-06")
    assert served.score(values, [Admitted(changed, 100)]) != before
    assert served.score(values, [Admitted(policy, 100)]) == before


def test_golden_rows_catch_a_model_that_scores_otherwise(ranker, served):
    fitted, train = ranker
    golden = golden_rows(train.matrix, fitted)
    served.check(GoldenRows.from_json(golden.to_json()))
    with pytest.raises(ModelInvalid, match="golden rows"):
        served.check(replace(golden, scores=golden.scores + 1e-6))


def test_a_booster_with_another_feature_list_is_refused(ranker, served):
    fitted, train = ranker
    names = train.coding.subject_columns
    swapped = replace(train.coding, subject_columns=(names[1], names[0], *names[2:]))
    with pytest.raises(ModelInvalid, match="belongs"):
        replace(served, coding=swapped).check(golden_rows(train.matrix, fitted))


def test_whole_numbers_from_feast_as_floats_score_the_same(town, served):
    """Pandas turns whole numbers with unknowns into floats; a value must not change its meaning by that."""
    subjects = town.data.subjects
    i = subjects.column_names.index("household_size")
    floats = subjects.set_column(i, "household_size", subjects["household_size"].cast(pa.float64()))
    rows = np.arange(50)
    np.testing.assert_array_equal(
        served.score_table(floats, town.data.policies, rows, rows % 12, rows),
        served.score_table(subjects, town.data.policies, rows, rows % 12, rows),
    )
