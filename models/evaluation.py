"""How good an order is: nDCG over each subject's slate, with intervals, and how well probabilities fit the claims.

The gain of a policy is its true value where the truth is known (the synthetic city keeps it apart), or else the claim
itself, weighted up where the position was seen less. Slates whose order cannot matter (one policy, or all of the same
gain) say nothing about a ranker and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import TrainingDataInvalid
from models.dataset import RankingFrame, TrainingData, build
from models.matrix import Scores

CUTOFF = 5
"""Places that count: what a home page shows without scrolling."""
CONFIDENCE = 0.95
_DRAWS = 500
TRUE_VALUE = "true value"
OBSERVED_CLAIMS = "observed claims"


@dataclass(frozen=True)
class Interval:
    """A mean with the ends of its 95 % interval from a bootstrap over subjects."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class Judgement:
    """One ranker; AUC and log loss against the observed claims, None where they cannot be said."""

    name: str
    ndcg: Interval
    auc: float | None
    log_loss: float | None


@dataclass(frozen=True)
class Evaluation:
    """`judgements` by name, `differences`: nDCG of `model` minus the other's, paired over subjects."""

    model: str
    gain: str
    subjects: int
    slates: int
    judgements: Mapping[str, Judgement]
    differences: Mapping[str, Interval]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Evaluation:
        judged = {
            name: Judgement(name, Interval(**one["ndcg"]), one["auc"], one["log_loss"])
            for name, one in data["judgements"].items()
        }
        differences = {name: Interval(**one) for name, one in data["differences"].items()}
        return Evaluation(data["model"], data["gain"], data["subjects"], data["slates"], judged, differences)


@dataclass(frozen=True)
class Ordered:
    """The rows to be ordered: one gain a row, and the slate, subject and tie-breaking policy number of each."""

    frame: RankingFrame
    gains: npt.NDArray[np.float64]
    gain: str


def with_truth(frame: RankingFrame, truth: pa.Table) -> Ordered:
    """The shown slates with their true value: `truth` has subject_id, policy_id and relevance for every row."""
    policies = len(frame.policy_ids)
    subject = pc.index_in(truth["subject_id"].cast(pa.string()), value_set=pa.array(frame.subject_ids, pa.string()))
    policy = pc.index_in(truth["policy_id"].cast(pa.string()), value_set=pa.array(frame.policy_ids, pa.string()))
    known = np.asarray(pc.and_(subject.is_valid(), policy.is_valid()).to_numpy(zero_copy_only=False), dtype=np.bool_)
    place = _whole(subject)[known] * policies + _whole(policy)[known]
    value = np.asarray(truth["relevance"].cast(pa.float64()).to_numpy(), dtype=np.float64)[known]
    keys, first = np.unique(place, return_index=True)
    wanted = frame.subject * policies + frame.policy
    found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    absent = keys[found] != wanted if len(keys) else np.ones(len(wanted), dtype=np.bool_)
    if absent.any():
        raise TrainingDataInvalid(
            f"The truth has no value for {int(absent.sum())} of {len(frame)} rows to be judged.",
            next_step="Hand over the truth of the same city and the same policies as the impressions.",
        )
    return Ordered(frame, value[first][found], TRUE_VALUE)


def all_pairs(data: TrainingData, held_out: RankingFrame, truth: pa.Table) -> Ordered:
    """Every pair of the held-out subjects in `truth` (with a column amount_fen) as one slate a subject.

    Harder and nearer to the service than the slates shown: all that a subject is entitled to is put in order. Facts
    are those of the subject's last slate.
    """
    chosen = [held_out.subject_ids[i] for i in np.unique(held_out.subject)]
    truth = truth.filter(
        pc.is_in(truth["subject_id"], value_set=pa.array(chosen, truth.schema.field("subject_id").type))
    )
    last = data.impressions.group_by("subject_id").aggregate([("shown_at", "max")])
    moment = pc.index_in(truth["subject_id"], value_set=last["subject_id"].combine_chunks())
    newest = {policy.id: policy.version for policy in sorted(data.policies, key=lambda policy: policy.version)}
    versions = pc.index_in(truth["policy_id"], value_set=pa.array(list(newest), truth.schema.field("policy_id").type))
    rows = truth.num_rows
    pairs = pa.table(
        {
            "subject_id": truth["subject_id"],
            "policy_id": truth["policy_id"],
            "policy_version": pa.array(list(newest.values()), pa.int64()).take(versions.combine_chunks()),
            "position": np.ones(rows, dtype=np.int64),
            "propensity": np.ones(rows),
            "shown_at": last["shown_at_max"].combine_chunks().take(moment.combine_chunks()),
            "claimed": np.zeros(rows, dtype=np.int8),
            "slate_id": truth["subject_id"],
            "amount_fen": truth["amount_fen"],
        }
    )
    judged = TrainingData(data.audience, pairs, data.subjects, data.policies)
    return with_truth(build(judged, held_out.coding), truth)


def with_claims(frame: RankingFrame, seen: npt.NDArray[np.float64]) -> Ordered:
    """The shown slates with their claims, each weighted by 1 / `seen`, the odds of its position being looked at."""
    return Ordered(frame, frame.claimed / np.maximum(seen, 0.05), OBSERVED_CLAIMS)


def judge(
    model: str,
    scores: Mapping[str, Scores],
    ordered: Ordered,
    claim_scores: Mapping[str, Scores],
    shown: RankingFrame,
    probabilities: frozenset[str] = frozenset(),
    seed: int = 0,
) -> Evaluation:
    """Compare rankers on the same rows: `scores` on those of `ordered`, `claim_scores` on those of `shown`.

    `probabilities` names the rankers whose `claim_scores` are probabilities, each of a claim at the row's own position.
    Raises TrainingDataInvalid if no slate can tell rankers apart.
    """
    frame, gains = ordered.frame, ordered.gains
    values = {name: ndcg(given, gains, frame.slate, frame.policy) for name, given in scores.items()}
    slates = len(frame.slate_sizes)
    low, high = np.full(slates, np.inf), np.full(slates, -np.inf)
    np.minimum.at(low, frame.slate, gains)
    np.maximum.at(high, frame.slate, gains)
    telling = high > low
    if not telling.any():
        raise TrainingDataInvalid(
            "No held-out slate can tell one order from another.",
            next_step="Hand over more subjects: a slate needs two policies of different value.",
        )
    subject_of = np.zeros(slates, dtype=np.int64)
    subject_of[frame.slate] = frame.subject
    _, subject = np.unique(subject_of[telling], return_inverse=True)
    per_subject = np.bincount(subject)
    means = {name: np.bincount(subject, value[telling]) / per_subject for name, value in values.items()}
    columns = np.stack(list(means.values()), axis=1)
    own = list(means).index(model)
    intervals = _bootstrap(np.hstack([columns, columns[:, [own]] - columns]), seed)
    judgements = {
        name: Judgement(
            name,
            intervals[i],
            auc(claim_scores[name], shown.claimed),
            log_loss(claim_scores[name], shown.claimed) if name in probabilities else None,
        )
        for i, name in enumerate(means)
    }
    differences = {name: intervals[len(means) + i] for i, name in enumerate(means) if name != model}
    return Evaluation(model, ordered.gain, len(per_subject), int(telling.sum()), judgements, differences)


def ndcg(
    scores: Scores, gains: npt.NDArray[np.float64], slate: npt.NDArray[np.int64], tie: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The nDCG at CUTOFF of each slate, float64[slates], linear in the gain; equal scores go by `tie`, ascending.

    1 for the best order (Järvelin and Kekäläinen 2002), 0 for a slate without any gain.
    """
    reached = _dcg(np.lexsort((tie, -scores, slate)), gains, slate)
    best = _dcg(np.lexsort((-gains, slate)), gains, slate)
    return np.divide(reached, best, out=np.zeros_like(best), where=best > 0)


def auc(scores: Scores, claimed: npt.NDArray[np.int8]) -> float | None:
    """The chance that a claimed impression scores above an unclaimed one, ties half; None without both."""
    ones = int(claimed.sum())
    if not 0 < ones < len(claimed):
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[claimed == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(claimed) - ones)))


def log_loss(probability: Scores, claimed: npt.NDArray[np.int8]) -> float | None:
    """Mean negative log-likelihood of the claims, in nats."""
    if not len(claimed):
        return None
    p = np.clip(probability, 1e-9, 1 - 1e-9)
    return float(-np.where(claimed == 1, np.log(p), np.log1p(-p)).mean())


def _dcg(
    order: npt.NDArray[np.intp], gains: npt.NDArray[np.float64], slate: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    ordered = slate[order]
    sizes = np.bincount(ordered) if len(ordered) else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
    place = np.arange(len(ordered)) - starts[ordered]
    discount = np.where(place < CUTOFF, 1 / np.log2(place + 2), 0.0)
    return np.bincount(ordered, gains[order] * discount, len(sizes)).astype(np.float64)


def _bootstrap(columns: npt.NDArray[np.float64], seed: int) -> list[Interval]:
    """One interval a column of values by subject; all columns see the same draws, so that differences are paired."""
    rng = np.random.default_rng(seed)
    subjects = len(columns)
    means = np.empty((_DRAWS, columns.shape[1]))
    for i in range(_DRAWS):
        drawn = np.bincount(rng.integers(subjects, size=subjects), minlength=subjects)
        means[i] = drawn @ columns / subjects
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return [
        Interval(float(mean), float(bottom), float(top))
        for mean, bottom, top in zip(columns.mean(axis=0), low, high, strict=True)
    ]


def _whole(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(pc.fill_null(column, 0).cast(pa.int64()).to_numpy(), dtype=np.int64)
