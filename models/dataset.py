"""From impressions, facts and policies to a training matrix: this file knows the rows, their labels and their split.

Position is kept beside the matrix, never in it: a ranker that needs it (to see past position bias) reads it from the
frame when it is fitted and does without it when it scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import TrainingDataInvalid
from domain.facts import Audience
from domain.policy import Policy
from models.coding import Coding, amounts_of, code_amounts, periods_of
from models.columns import AMOUNT, FEATURE_SERVICE
from models.matrix import FeatureMatrix

IMPRESSION_COLUMNS = (
    "subject_id",
    "policy_id",
    "policy_version",
    "position",
    "propensity",
    "shown_at",
    "claimed",
    "slate_id",
    "amount_fen",
)
_RANGES = (("position", 1, 1_000_000), ("claimed", 0, 1), ("propensity", 0.0, 1.0), ("amount_fen", 0, 10**18))
MOMENT = pa.timestamp("us", tz="UTC")
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class TrainingData:
    """What a ranker is trained and judged on.

    impressions : one row a policy shown (IMPRESSION_COLUMNS; `amount_fen` of one period, null where unknown)
    subjects : facts as they were when the slate was shown, one row for each row of `moments(impressions)`; without a
        column `event_timestamp` one row a subject, which then stands for all moments
    policies : every policy version that can be shown
    """

    audience: Audience
    impressions: pa.Table
    subjects: pa.Table
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class RankingFrame:
    """Rows in slate order, by position within a slate. Arrays have one element a row.

    `slate`, `subject` and `policy` are numbers that count from 0 in the order of first appearance, of `subject_ids`
    and of `policy_ids`, which is ascending: among equal scores the smaller policy number comes first (published order).
    """

    coding: Coding
    matrix: FeatureMatrix
    claimed: npt.NDArray[np.int8]
    position: npt.NDArray[np.int32]
    propensity: npt.NDArray[np.float64]
    shown_at: npt.NDArray[np.int64]
    slate: npt.NDArray[np.int64]
    subject: npt.NDArray[np.int64]
    policy: npt.NDArray[np.int64]
    subject_ids: tuple[str, ...]
    policy_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.claimed)

    def take(self, rows: npt.NDArray[np.bool_]) -> RankingFrame:
        """The rows of a mask, with their slates numbered anew."""
        _, slate = np.unique(self.slate[rows], return_inverse=True)
        return replace(
            self,
            matrix=self.matrix.take(rows),
            claimed=self.claimed[rows],
            position=self.position[rows],
            propensity=self.propensity[rows],
            shown_at=self.shown_at[rows],
            slate=slate.astype(np.int64),
            subject=self.subject[rows],
            policy=self.policy[rows],
        )

    @cached_property
    def slate_sizes(self) -> npt.NDArray[np.int64]:
        """int64[slates], which is what LightGBM calls a group; rows of one slate stand together."""
        return np.bincount(self.slate) if len(self) else np.zeros(0, dtype=np.int64)

    def manifest(self) -> dict[str, Any]:
        """What this frame is made of: counts, days, features, and a hash of all its content."""
        shown = [_moment(value) for value in (self.shown_at.min(), self.shown_at.max())] if len(self) else [None, None]
        return {
            "audience": self.coding.audience.value,
            "feature_service": FEATURE_SERVICE[self.coding.audience],
            "features": list(self.coding.names),
            "coding": self.coding.digest,
            "rows": len(self),
            "slates": len(self.slate_sizes),
            "subjects": len(np.unique(self.subject)),
            "policies": len(np.unique(self.policy)),
            "claimed": int(self.claimed.sum()),
            "shown_from": shown[0],
            "shown_to": shown[1],
            "content": self.content_hash(),
        }

    def content_hash(self) -> str:
        """SHA-256 over coding, features, labels, positions, propensities and who was shown what when."""
        digest = hashlib.sha256(self.coding.digest.encode())
        for array in (
            self.matrix.values,
            self.claimed,
            self.position,
            self.propensity,
            self.shown_at,
            self.slate,
            self.subject,
            self.policy,
        ):
            digest.update(str((array.dtype, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).data)
        digest.update("\n".join((*self.subject_ids, "", *self.policy_ids)).encode())
        return digest.hexdigest()


def moments(impressions: pa.Table) -> pa.Table:
    """The distinct (subject_id, event_timestamp) at which facts are to be read from the feature store."""
    _check(impressions)
    keys = impressions.select(["subject_id", "shown_at"]).rename_columns(["subject_id", "event_timestamp"])
    return keys.group_by(["subject_id", "event_timestamp"]).aggregate([]).sort_by("subject_id")


def build(data: TrainingData, coding: Coding | None = None) -> RankingFrame:
    """Join facts and policies to each impression and code them; a new coding is learned unless one is given.

    Rows out equal rows in. Raises TrainingDataInvalid where impressions lack a column or value, where an impression
    has no facts or no policy, or where one subject has two rows of facts for one moment.
    """
    shown = data.impressions
    _check(shown)
    shown = shown.sort_by([("slate_id", "ascending"), ("position", "ascending"), ("policy_id", "ascending")])
    coding = coding or Coding.learn(data.audience, data.subjects, data.policies)
    of_subject = _subject_rows(shown, data.subjects)
    of_policy = _policy_rows(shown, data.policies)
    values = np.empty((shown.num_rows, len(coding.names)), dtype=np.float32)
    width = len(coding.subject_columns)
    values[:, :width] = coding.code_subjects(data.subjects)[of_subject]
    values[:, width:] = coding.code_policies(data.policies)[of_policy]
    amounts = amounts_of(shown["amount_fen"])
    values[:, coding.names.index(AMOUNT)] = code_amounts(amounts, periods_of(data.policies)[of_policy])
    subject_ids, subject = _number(shown["subject_id"])
    policy_ids, policy = _number(shown["policy_id"])
    _, slate = _number(shown["slate_id"])
    return RankingFrame(
        coding=coding,
        matrix=FeatureMatrix(coding.names, values),
        claimed=_integers(shown["claimed"]).astype(np.int8),
        position=_integers(shown["position"]).astype(np.int32),
        propensity=np.asarray(shown["propensity"].cast(pa.float64()).to_numpy()),
        shown_at=_integers(_moments(shown["shown_at"])),
        slate=slate,
        subject=subject,
        policy=policy,
        subject_ids=subject_ids,
        policy_ids=policy_ids,
    )


def share_of(subject_ids: Sequence[str], salt: str) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each subject: the same one in every run, whoever else is in the data."""
    digests = b"".join(hashlib.blake2b(f"{salt}/{name}".encode(), digest_size=8).digest() for name in subject_ids)
    return np.frombuffer(digests, dtype=">u8").astype(np.float64) / 2.0**64


@dataclass(frozen=True)
class Split:
    """Three parts that share no subject: to learn from, to stop by, to judge on."""

    train: RankingFrame
    validation: RankingFrame
    test: RankingFrame


def split_by_subject(
    frame: RankingFrame, test: float = 0.2, validation: float = 0.1, salt: str = "duixian-ranking"
) -> Split:
    """Subjects go by a hash of their id, so that a subject once held out stays held out for every later version."""
    share = share_of(frame.subject_ids, salt)[frame.subject]
    return Split(
        train=frame.take(share >= test + validation),
        validation=frame.take((share >= test) & (share < test + validation)),
        test=frame.take(share < test),
    )


def split_by_time(frame: RankingFrame, until: datetime) -> tuple[RankingFrame, RankingFrame]:
    """What was shown before `until` (aware), and from then on."""
    earlier = frame.shown_at < round(until.timestamp() * 1_000_000)
    return frame.take(earlier), frame.take(~earlier)


def _check(impressions: pa.Table) -> None:
    missing = [name for name in IMPRESSION_COLUMNS if name not in impressions.column_names]
    if missing:
        raise TrainingDataInvalid(
            f"The impressions have no column {', '.join(map(repr, missing))}.",
            next_step=f"Hand over the columns {', '.join(IMPRESSION_COLUMNS)}.",
            columns=missing,
        )
    for name in IMPRESSION_COLUMNS[:-1]:
        if impressions[name].null_count:
            raise TrainingDataInvalid(
                f"{impressions[name].null_count} impressions have no {name!r}.",
                next_step="Only an amount may be unknown; leave such rows out or mend the log.",
                column=name,
            )
    for name, low, high in _RANGES:
        found = pc.min_max(impressions[name]).as_py()
        if found["min"] is not None and (found["min"] < low or found["max"] > high):
            raise TrainingDataInvalid(
                f"The impressions have {name!r} from {found['min']} to {found['max']}.",
                next_step=f"It must lie between {low} and {high}; an amount that is unknown is null.",
                column=name,
            )


def _subject_rows(shown: pa.Table, subjects: pa.Table) -> Index:
    """The row of `subjects` for each impression."""
    if "event_timestamp" in subjects.column_names:
        left_moments, right_moments = _moments(shown["shown_at"]), _moments(subjects["event_timestamp"])
        times = np.union1d(_integers(left_moments), _integers(right_moments))
        left_time = np.searchsorted(times, _integers(left_moments))
        right_time = np.searchsorted(times, _integers(right_moments))
    else:
        times = left_time = right_time = np.zeros(1, dtype=np.int64)
    ids = pc.unique(subjects["subject_id"].cast(pa.string()))
    left = pc.fill_null(pc.index_in(shown["subject_id"].cast(pa.string()), value_set=ids), -1)
    right = pc.index_in(subjects["subject_id"].cast(pa.string()), value_set=ids)
    keys = _integers(right) * len(times) + right_time
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    if (keys[1:] == keys[:-1]).any():
        raise TrainingDataInvalid(
            f"{int((keys[1:] == keys[:-1]).sum())} rows of facts repeat a subject and moment.",
            next_step="Read the facts with 'training_frame' for the rows of models.dataset.moments, each once.",
        )
    wanted = np.where(_integers(left) < 0, -1, _integers(left) * len(times) + left_time)
    found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    absent = keys[found] != wanted if len(keys) else np.ones(len(wanted), dtype=np.bool_)
    if absent.any():
        example = shown["subject_id"][int(np.flatnonzero(absent)[0])].as_py()
        raise TrainingDataInvalid(
            f"{int(absent.sum())} of {len(absent)} impressions have no facts, first of {example!r}.",
            next_step="Read those of every row of models.dataset.moments with 'training_frame': rows in are rows out."
            " To let one snapshot stand for all moments, hand it over without its event_timestamp.",
            impressions=int(absent.sum()),
            subject_id=example,
        )
    return order[found]


def _policy_rows(shown: pa.Table, policies: Sequence[Policy]) -> Index:
    """The place in `policies` of each impression's version, or else of the policy's newest version handed over."""
    place = {(policy.id, policy.version): i for i, policy in enumerate(policies)}
    newest = {policy.id: i for i, policy in sorted(enumerate(policies), key=lambda pair: pair[1].version)}
    ids, code = _number(shown["policy_id"])
    versions, version_code = np.unique(_integers(shown["policy_version"]), return_inverse=True)
    pairs, row_of = np.unique(code * len(versions) + version_code, return_inverse=True)
    rows = []
    for pair in pairs:
        name, version = ids[pair // len(versions)], int(versions[pair % len(versions)])
        if name not in newest:
            raise TrainingDataInvalid(
                f"Policy {name!r} was shown and is not among the policies handed over.",
                next_step="Hand over every version in the policy_version table, not only those in force.",
                policy_id=name,
            )
        rows.append(place.get((name, version), newest[name]))
    return np.array(rows, dtype=np.intp)[row_of]


def _number(column: pa.ChunkedArray) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The distinct texts, ascending, and each row's place among them."""
    text = column.cast(pa.string())
    distinct = pa.array(sorted(pc.unique(text).to_pylist()), pa.string())
    return tuple(distinct.to_pylist()), _integers(pc.index_in(text, value_set=distinct))


def _integers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(MOMENT, safe=False) if column.type != MOMENT else column


def _moment(microseconds: np.int64) -> str:
    return np.datetime_as_string(np.datetime64(int(microseconds), "us")) + "Z"
