"""The two orders that a trained ranker must beat, and the one that holds where no model does.

Popularity knows how often each policy is claimed when shown first, drawn to the city's mean; the published order puts
the higher amount a year first and breaks ties by the policy's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from domain.amount import yearly_fen
from domain.policy import Policy
from models.columns import AMOUNT
from models.dataset import RankingFrame
from models.matrix import FeatureMatrix, Scores, require_order
from models.position import fit_log_odds

PUBLISHED_ORDER = "published order"
_SMOOTHING = 7.0
"""As strong as some fifty impressions: a policy shown that often counts half by its own claims, half by the mean."""


def fallback_order(policies: Sequence[Policy], amounts_fen: Sequence[int | None]) -> list[int]:
    """Places of `policies` in the published order: yearly amount descending, unknown amounts last, then policy id.

    `amounts_fen` are of one period. This is the order without a model: no champion, a damaged one, or one that fails.
    """

    def key(i: int) -> tuple[bool, int, str]:
        amount = amounts_fen[i]
        return (amount is None, 0 if amount is None else -yearly_fen(policies[i].benefit, amount), policies[i].id)

    return sorted(range(len(policies)), key=key)


@dataclass
class Popularity:
    """Each policy's chance of a claim when shown first, smoothed; a policy never shown has the mean."""

    names: tuple[str, ...] = ()
    rates: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    mean: float = 0.0
    name: str = "popularity"
    gives_probability: bool = True

    def fit(self, frame: RankingFrame, validation: RankingFrame | None = None) -> Self:
        """Learn from `frame`; nothing here stops early, so `validation` is not read."""
        self.names = frame.matrix.names
        odds = fit_log_odds(frame, _SMOOTHING).policies
        chance = 1 / (1 + np.exp(-odds))
        self.mean = float(1 / (1 + np.exp(-odds.mean()))) if len(odds) else 0.0
        self.rates = np.full(len(frame.coding.words["policy_id"]), self.mean)
        codes = frame.matrix.column("policy_id")
        known = ~np.isnan(codes)
        self.rates[codes[known].astype(np.intp)] = chance[frame.policy[known]]
        return self

    def score(self, matrix: FeatureMatrix) -> Scores:
        require_order(self.name, self.names, matrix.names)
        codes = matrix.column("policy_id")
        known = ~np.isnan(codes)
        scores = np.full(len(matrix), self.mean)
        scores[known] = self.rates[codes[known].astype(np.intp)]
        return scores


@dataclass
class AmountOrder:
    """The published order as a ranker: the amount a year; equal scores are ordered by policy id in evaluation."""

    names: tuple[str, ...] = ()
    name: str = PUBLISHED_ORDER
    gives_probability: bool = False

    def fit(self, frame: RankingFrame, validation: RankingFrame | None = None) -> Self:
        """Take the feature list; there is nothing to learn."""
        self.names = frame.matrix.names
        return self

    def score(self, matrix: FeatureMatrix) -> Scores:
        require_order(self.name, self.names, matrix.names)
        return np.nan_to_num(matrix.column(AMOUNT).astype(np.float64), nan=-1.0)
