"""What one subject is shown: the policies it is entitled to and those it may be, ordered, with reasons.

Rules admit, the model only orders: a score never adds a policy and never drops one. Without a model the published
order holds: the higher amount a year first, then the policy's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from domain.amount import yearly_fen
from domain.decision import Decision, Verdict
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.profile import Profile
from matcher.compile import Program
from matcher.online.match import Match
from matcher.reasons.explain import Explanation
from models.baselines import PUBLISHED_ORDER, fallback_order


class Orderer(Protocol):
    """What a served model offers here: its name, and a score for each match of one subject (higher first)."""

    @property
    def name(self) -> str: ...

    def score(self, values: Mapping[str, Value], matches: Sequence[Match]) -> npt.NDArray[np.float64]: ...


@dataclass(frozen=True)
class Recommendation:
    """One policy with its decision; `rank` counts from 1 within its list, `yearly_fen` is None when unknown."""

    policy: Policy
    decision: Decision
    rank: int
    score: float
    yearly_fen: int | None


@dataclass(frozen=True)
class Recommendations:
    """One subject's two lists; `order` names the model and version that ordered them, or the published order."""

    subject_id: str
    audience: Audience
    as_of: date
    entitled: tuple[Recommendation, ...]
    possible: tuple[Recommendation, ...]
    order: str


def recommend(profile: Profile, program: Program, orderer: Orderer | None) -> Recommendations:
    """Match, order and explain for one profile. A score that is not finite leaves the published order."""
    explanation = Explanation(program, profile)
    values, matches = explanation.values, explanation.matches()
    places = fallback_order([match.policy for match in matches], [match.amount_fen for match in matches])
    published = [matches[i] for i in places]
    order, scores = PUBLISHED_ORDER, np.arange(len(published), 0, -1, dtype=np.float64)
    if orderer is not None and published:
        given = orderer.score(values, published)
        if given.shape == scores.shape and np.isfinite(given).all():
            order, scores = orderer.name, given
    # A stable sort: equal scores keep the published order.
    ordered = [(published[i], float(scores[i])) for i in np.argsort(-scores, kind="stable")]

    def listed(verdict: Verdict) -> tuple[Recommendation, ...]:
        chosen = [pair for pair in ordered if pair[0].verdict is verdict]
        return tuple(
            Recommendation(
                match.policy,
                explanation.of_match(match),
                rank,
                score,
                None if match.amount_fen is None else yearly_fen(match.policy.benefit, match.amount_fen),
            )
            for rank, (match, score) in enumerate(chosen, start=1)
        )

    return Recommendations(
        profile.subject_id, profile.audience, program.as_of, listed(Verdict.ELIGIBLE), listed(Verdict.UNKNOWN), order
    )
