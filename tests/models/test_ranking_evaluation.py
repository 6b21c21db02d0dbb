import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import TrainingDataInvalid
from models.dataset import build, split_by_subject
from models.evaluation import Evaluation, Interval, Judgement, all_pairs, auc, judge, log_loss, ndcg, with_truth
from models.gate import Gate


@pytest.fixture(scope="module")
def frame(town):
    return build(town.data)


def test_ndcg_is_one_for_the_best_order_and_counts_only_five_places():
    gains = np.array([0.0, 1, 2, 3, 4, 5, 6, 9, 1])
    slate = np.array([0] * 7 + [1] * 2)
    tie = np.arange(9)
    np.testing.assert_allclose(ndcg(gains, gains, slate, tie), [1, 1])
    worst = ndcg(-gains, gains, slate, tie)
    discount = 1 / np.log2(np.arange(2, 7))
    assert worst[0] == pytest.approx((discount @ [0, 1, 2, 3, 4]) / (discount @ [6, 5, 4, 3, 2]))
    assert worst[1] == pytest.approx((1 + 9 * discount[1]) / (9 + discount[1]))


def test_equal_scores_go_by_the_policy_number_not_by_the_order_of_rows():
    gains, slate, scores = np.array([1.0, 5.0]), np.zeros(2, dtype=np.int64), np.zeros(2)
    assert ndcg(scores, gains, slate, np.array([0, 1]))[0] < 1
    assert ndcg(scores, gains, slate, np.array([1, 0]))[0] == 1


def test_auc_counts_ties_half_and_needs_both_outcomes():
    claimed = np.array([0, 1, 1, 0], dtype=np.int8)
    assert auc(np.array([0.1, 0.9, 0.4, 0.4]), claimed) == pytest.approx(3.5 / 4)
    assert auc(np.zeros(4), np.ones(4, dtype=np.int8)) is None


def test_log_loss_of_the_true_chance_is_the_entropy():
    claimed = np.array([1, 0, 0, 0], dtype=np.int8)
    assert log_loss(np.full(4, 0.25), claimed) == pytest.approx(-0.25 * np.log(0.25) - 0.75 * np.log(0.75))


def test_truth_reaches_its_own_row(town, frame):
    ordered = with_truth(frame, town.truth)
    kept = {(row["subject_id"], row["policy_id"]): row["relevance"] for row in town.truth.slice(0, 4_000).to_pylist()}
    for row in range(0, 4_000, 371):
        key = (frame.subject_ids[frame.subject[row]], frame.policy_ids[frame.policy[row]])
        assert ordered.gains[row] == kept.get(key, ordered.gains[row])


def test_truth_of_another_city_is_refused(town, frame):
    with pytest.raises(TrainingDataInvalid, match="no value for"):
        with_truth(frame, town.truth.slice(1))


def test_all_pairs_ranks_what_was_not_shown_too(town, frame):
    """The truth may hold pairs no slate showed; each held-out subject has one slate of all of them."""
    held_out = split_by_subject(frame).test
    subjects = [frame.subject_ids[i] for i in np.unique(held_out.subject)]
    policies = [policy.id for policy in town.data.policies]
    everyone = [name for name in frame.subject_ids for _ in policies]
    pairs = pa.table(
        {
            "subject_id": everyone,
            "policy_id": policies * len(frame.subject_ids),
            "relevance": np.linspace(0, 1, len(everyone)),
            "amount_fen": pa.array([None if i % 5 == 0 else i for i in range(len(everyone))], pa.int64()),
        }
    )
    ordered = all_pairs(town.data, held_out, pairs)
    assert set(ordered.frame.slate_sizes) == {len(policies)}
    assert len(ordered.frame.slate_sizes) == len(subjects)


def test_a_perfect_ranker_beats_a_random_one_by_an_interval_above_zero(town, frame):
    ordered = with_truth(frame, town.truth)
    random = np.random.default_rng(0).random(len(frame))
    scores = {"oracle": ordered.gains, "random": random, "random again": random}
    evaluation = judge("oracle", scores, ordered, scores, frame, frozenset({"oracle"}))
    assert evaluation.judgements["oracle"].ndcg == Interval(1, 1, 1)
    assert evaluation.judgements["random"].log_loss is None
    assert evaluation.differences["random"].low > 0
    assert evaluation.differences["random"] == evaluation.differences["random again"]
    assert Evaluation.from_json(json.loads(json.dumps(evaluation.to_json()))) == evaluation


def test_slates_whose_order_cannot_matter_are_left_out(town, frame):
    ordered = with_truth(frame, town.truth)
    flat = replace(ordered, gains=np.where(frame.slate < 100, 1.0, ordered.gains))
    scores = {"a": ordered.gains}
    assert judge("a", scores, flat, scores, frame).slates == len(frame.slate_sizes) - 100
    with pytest.raises(TrainingDataInvalid, match="No held-out slate"):
        judge("a", scores, replace(ordered, gains=np.ones(len(frame))), scores, frame)


def _evaluation(difference: Interval, other: str, subjects: int = 500) -> Evaluation:
    judged = {
        "version 2": Judgement("version 2", Interval(0.9, 0.89, 0.91), None, None),
        other: Judgement(other, Interval(0.9 - difference.mean, 0.8, 0.95), None, None),
    }
    return Evaluation("version 2", "true value", subjects, subjects, judged, {other: difference})


BASELINES = frozenset({"popularity"})


def test_the_gate_wants_the_whole_interval_above_a_baseline():
    assert Gate().findings(_evaluation(Interval(0.02, 0.001, 0.04), "popularity"), BASELINES) == []
    [finding] = Gate().findings(_evaluation(Interval(0.02, -0.003, 0.04), "popularity"), BASELINES)
    assert "does not beat popularity at 0.8800" in finding
    assert "falls short by 0.0030" in finding


def test_the_gate_lets_a_version_be_a_margin_below_the_champion():
    gate = Gate(margin_below_champion=0.005)
    assert gate.findings(_evaluation(Interval(-0.004, -0.01, 0.002), "version 1"), BASELINES) == []
    [finding] = gate.findings(_evaluation(Interval(-0.007, -0.01, -0.002), "version 1"), BASELINES)
    assert "below version 1 at 0.9070 by 0.0070, 0.0020 more than the margin of 0.005" in finding


def test_the_gate_wants_enough_subjects():
    [finding] = Gate().findings(_evaluation(Interval(0.02, 0.01, 0.03), "popularity", subjects=7), BASELINES)
    assert "7 subjects and needs 30" in finding
