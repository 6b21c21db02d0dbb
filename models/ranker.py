"""What every ranker is: fitted on a frame, it gives each row of a matrix a score, higher first."""

from __future__ import annotations

from typing import Protocol, Self

from models.dataset import RankingFrame
from models.matrix import FeatureMatrix, Scores


class Ranker(Protocol):
    """`names` is the ordered feature list that `score` expects; scores compare within one subject only."""

    @property
    def name(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def gives_probability(self) -> bool:
        """Whether a score is the probability of a claim when shown first."""

    def fit(self, frame: RankingFrame, validation: RankingFrame | None = None) -> Self: ...

    def score(self, matrix: FeatureMatrix) -> Scores: ...
