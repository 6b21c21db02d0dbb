"""From verdicts to messages: every eligible pair ranked, decided upon, and written with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from delivery import engine
from delivery.decide import Candidate, Push, Settings, decide
from delivery.engine import PushReport
from domain.amount import yearly_fen
from domain.decision import Decision
from domain.profile import Profile
from duixian.matching import Matched
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from features import wide
from matcher.reasons.explain import explain
from models.serving import ServedRanker

PUSHES_PER_TRANSACTION = 5_000  # A transaction of about a second; what a crash undoes is done again, once.


def push_matched(
    runtime: Runtime, slices: Iterable[Matched], orderer: ServedRanker | None, now: datetime, bar: ProgressBar
) -> PushReport:
    """Tell every subject first what it is entitled to; a second call with the same verdicts tells nothing new.

    Raises CatalogueNotLoaded before any policies were loaded.
    """
    total = PushReport(0, 0, 0)
    for matched in slices:
        total = _sum(total, _push_slice(runtime, matched, orderer, now, bar))
    return total


def _push_slice(
    runtime: Runtime, matched: Matched, orderer: ServedRanker | None, now: datetime, bar: ProgressBar
) -> PushReport:
    program = matched.program
    policies = {policy.id: policy for policy in program.policies}
    provenance = matched.served.provenance(
        program,
        matched.snapshot_id,
        place=matched.place,
        model_version=orderer.name if orderer else None,
        match_run_id=matched.run_id,
    )
    with runtime.begin() as connection:
        history = engine.history(connection, now)
    with bar(f"Ranking for {program.audience}s") as report:
        candidates = ranked_candidates(matched, orderer)
        report(len(candidates), len(candidates))
    pushes = decide(candidates, policies, history, now, Settings())
    profiles_of = _Profiles(matched, pushes)
    total = PushReport(0, 0, 0)
    with bar(f"Pushing to {program.audience}s") as report:
        for start in range(0, len(pushes), PUSHES_PER_TRANSACTION):
            chunk = pushes[start : start + PUSHES_PER_TRANSACTION]
            explained = _explained(matched, profiles_of(start, start + len(chunk)))
            with runtime.begin() as connection:
                done = engine.push(connection, chunk, explained, provenance, now)
            total = _sum(total, done)
            report(start + len(chunk), len(pushes))
    return total


def _sum(one: PushReport, other: PushReport) -> PushReport:
    return PushReport(one.messages + other.messages, one.claims + other.claims, one.skipped + other.skipped)


def ranked_candidates(matched: Matched, orderer: ServedRanker | None) -> list[Candidate]:
    """All eligible pairs, ranked within each subject; equal scores keep the published order."""
    policy_index, subject_index = np.nonzero(matched.verdicts.all_true())
    if not len(policy_index):
        return []
    amounts = matched.amounts()[policy_index, subject_index]
    yearly = np.array([yearly_fen(policy.benefit, 1) for policy in matched.program.policies])
    published = -amounts * yearly[policy_index]  # an unknown amount is -1, and so comes last
    names = np.argsort(np.argsort([policy.id for policy in matched.program.policies]))
    scores: npt.NDArray[np.float64] = np.zeros(len(policy_index))
    if orderer is not None:
        given = orderer.score_table(matched.table, matched.program.policies, subject_index, policy_index, amounts)
        scores = given if np.isfinite(given).all() else scores
    order = np.lexsort((names[policy_index], published, -scores, subject_index))
    subjects = subject_index[order]
    first = np.r_[True, subjects[1:] != subjects[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    ranks = np.arange(len(order)) - starts + 1
    ids = matched.table["subject_id"].take(pa.array(subjects)).to_pylist()
    policies = matched.program.policies
    return [
        Candidate(subject_id, policies[p].id, int(rank), int(fen) if fen >= 0 else None)
        for subject_id, p, rank, fen in zip(ids, policy_index[order], ranks, amounts[order], strict=True)
    ]


def _explained(matched: Matched, profiles: Mapping[str, Profile]) -> Callable[[Push], Decision]:
    program = matched.program

    def explained(one: Push) -> Decision:
        index = program.index_of(one.policy.id)
        assert index is not None, "only policies that were matched are pushed"
        return explain(program, index, profiles[one.subject_id])

    return explained


class _Profiles:
    """The profiles of the subjects to be told, from the very table that was matched; made a transaction at a time.

    All of them at once would fill the memory with facts. Pushes are by subject, in the table's order.
    """

    def __init__(self, matched: Matched, pushes: Sequence[Push]) -> None:
        self._table, self._audience = matched.table, matched.program.audience
        self._vocabulary = matched.served.catalogue.vocabulary
        self._subjects = pa.array([one.subject_id for one in pushes], pa.string())
        everybody = self._table["subject_id"].combine_chunks()
        self._rows = pc.index_in(self._subjects, value_set=everybody).to_numpy()

    def __call__(self, start: int, stop: int) -> Mapping[str, Profile]:
        """Those of the pushes from `start` to before `stop`."""
        first, last = self._rows[start:stop].min(), self._rows[start:stop].max()
        part = self._table.slice(first, last - first + 1)
        told = part.filter(pc.is_in(part["subject_id"], value_set=self._subjects[start:stop]))
        return {one.subject_id: one for one in wide.profiles(told, self._vocabulary, self._audience)}
