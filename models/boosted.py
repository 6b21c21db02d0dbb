"""Gradient-boosted trees over facts and policy attributes (LightGBM), with position known while they learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import lightgbm as lgb
import numpy as np

from domain.errors import ModelInvalid, TrainingDataInvalid
from models.dataset import RankingFrame
from models.matrix import FeatureMatrix, Scores, require_order
from models.position import LAST_POSITION, LogOdds, fit_log_odds

BINARY = "binary"
LAMBDARANK = "lambdarank"


@dataclass(frozen=True)
class BoostingSettings:
    """How the trees are grown. Small trees: thirty policies of one subject are scored while a page waits."""

    objective: str = BINARY
    rounds: int = 300
    patience: int = 30
    learning_rate: float = 0.06
    leaves: int = 15
    smallest_leaf: int = 100
    feature_share: float = 0.7
    row_share: float = 0.8
    l2: float = 5.0
    seed: int = 0
    threads: int = 2

    def parameters(self) -> dict[str, Any]:
        metric = {"metric": "ndcg", "eval_at": [5]} if self.objective == LAMBDARANK else {"metric": "binary_logloss"}
        return {
            "objective": self.objective,
            **metric,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "cat_l2": self.l2,
            "min_data_per_group": 20,
            "seed": self.seed,
            "num_threads": self.threads,
            # Without these two the same seed can give other trees on another number of threads.
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


@dataclass
class BoostedRanker:
    """`binary` learns the probability of a claim, position as an offset; `lambdarank` the order within a slate."""

    settings: BoostingSettings = field(default_factory=BoostingSettings)
    booster: lgb.Booster | None = None
    progress: Callable[[int, int], None] | None = None

    @property
    def name(self) -> str:
        return f"lightgbm-{self.settings.objective}"

    @property
    def gives_probability(self) -> bool:
        return self.settings.objective == BINARY

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._fitted().feature_name())

    def fit(self, frame: RankingFrame, validation: RankingFrame | None = None) -> Self:
        """Grow trees until `validation` no longer gains. Raises TrainingDataInvalid where nothing can be learned."""
        if not 0 < int(frame.claimed.sum()) < len(frame):
            raise TrainingDataInvalid(
                f"Of {len(frame)} impressions to learn from {int(frame.claimed.sum())} were claimed.",
                next_step="A ranker needs both claimed and unclaimed impressions: wait for more, or for more subjects.",
            )
        if validation is not None and not len(validation):
            validation = None
        odds = fit_log_odds(frame)
        learned = self._dataset(frame, odds)
        watched = [] if validation is None else [self._dataset(validation, odds, learned)]
        callbacks: list[Any] = []
        if watched:
            callbacks.append(lgb.early_stopping(self.settings.patience, verbose=False))
        if self.progress is not None:
            callbacks.append(self._report)
        self.booster = lgb.train(
            self.settings.parameters(), learned, self.settings.rounds, valid_sets=watched, callbacks=callbacks
        )
        return self

    def score(self, matrix: FeatureMatrix) -> Scores:
        """float64[rows]; raises ModelInvalid for a matrix in another order."""
        require_order(self.name, self.names, matrix.names)
        if not len(matrix):
            return np.zeros(0)
        scores = self._fitted().predict(
            matrix.values, num_threads=self.settings.threads, num_iteration=self._fitted().best_iteration
        )
        return np.asarray(scores, dtype=np.float64)

    def _dataset(self, frame: RankingFrame, odds: LogOdds, reference: lgb.Dataset | None = None) -> lgb.Dataset:
        ranking = self.settings.objective == LAMBDARANK
        return lgb.Dataset(
            frame.matrix.values,
            label=frame.claimed,
            group=frame.slate_sizes if ranking else None,
            # LightGBM's own correction for a ranking objective; an offset for a probability.
            position=np.minimum(frame.position, LAST_POSITION) if ranking else None,
            init_score=None if ranking else odds.offsets(frame),
            feature_name=list(frame.matrix.names),
            categorical_feature=list(frame.coding.categorical),
            reference=reference,
        )

    def _report(self, state: Any) -> None:
        assert self.progress is not None
        self.progress(state.iteration + 1, state.end_iteration)

    def _fitted(self) -> lgb.Booster:
        if self.booster is None:
            raise ModelInvalid(f"The ranker {self.name!r} is not fitted.", next_step="Call fit first.")
        return self.booster
