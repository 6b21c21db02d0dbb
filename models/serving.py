"""A ranker as the service uses it: one subject's candidates while a page waits, or a table of pairs in a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.errors import ModelInvalid
from domain.facts import Audience, Value
from domain.policy import Policy
from models.coding import Coding, Numbers, code_amounts, periods_of
from models.columns import AMOUNT, periods_per_year
from models.matrix import FeatureMatrix, Scores, require_order

BLOCK_PAIRS = 65_536
"""Pairs put together and scored at once: about 15 MB of matrix, which stays near the processor."""
_GOLDEN_TOLERANCE = 1e-9


class Candidate(Protocol):
    """A policy that the rules admit, with this subject's amount of one period (None: unknown)."""

    @property
    def policy(self) -> Policy: ...

    @property
    def amount_fen(self) -> int | None: ...


@dataclass(frozen=True)
class GoldenRows:
    """Made-up rows and the scores that the trained model gave them: a loaded model must give the same."""

    values: Numbers
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        rows = [[None if np.isnan(x) else float(x) for x in row] for row in self.values]
        return {"values": rows, "scores": self.scores.tolist()}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> GoldenRows:
        rows = [[np.nan if x is None else x for x in row] for row in data["values"]]
        return GoldenRows(np.array(rows, dtype=np.float32), np.array(data["scores"], dtype=np.float64))


@dataclass(frozen=True)
class ServedRanker:
    """One registered version, checked and ready; safe to share between threads."""

    audience: Audience
    registered_name: str
    version: int
    coding: Coding
    booster: lgb.Booster
    gives_probability: bool = False
    threads: int = 1
    _policies: dict[tuple[str, int], tuple[Policy, Numbers, int]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return f"model {self.registered_name} v{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        return self.coding.names

    def check(self, golden: GoldenRows) -> None:
        """Raise ModelInvalid unless the booster reads this coding's columns and gives the golden rows their scores."""
        require_order(self.name, tuple(self.booster.feature_name()), self.names)
        given = self._predict(golden.values, 1)
        worst = float(np.abs(given - golden.scores).max(initial=0.0))
        if not worst <= _GOLDEN_TOLERANCE:
            raise ModelInvalid(
                f"{self.name} gives its golden rows other scores than when it was trained (off by {worst:.3g}).",
                next_step="Train a new version; if this comes after an upgrade of LightGBM, go back to its lock.",
                difference=worst,
            )

    def score(self, values: Mapping[str, Value], candidates: Sequence[Candidate]) -> Scores:
        """One subject's candidates, float64[len(candidates)], higher first; facts not in `values` are unknown."""
        if not candidates:
            return np.zeros(0)
        width = len(self.coding.subject_columns)
        matrix = np.empty((len(candidates), len(self.names)), dtype=np.float32)
        matrix[:, :width] = self.coding.code_subject(values)
        amounts = np.empty(len(candidates))
        periods = np.empty(len(candidates), dtype=np.int64)
        for i, candidate in enumerate(candidates):
            _, coded, periods[i] = self._policy(candidate.policy)
            matrix[i, width:] = coded
            amounts[i] = np.nan if candidate.amount_fen is None else candidate.amount_fen
        matrix[:, self._amount_column] = code_amounts(amounts, periods)
        # One thread: waking others takes longer than a subject's few rows.
        return self._predict(matrix, 1)

    def score_table(
        self,
        subjects: pa.Table,
        policies: Sequence[Policy],
        subject_rows: npt.NDArray[np.integer[Any]],
        policy_rows: npt.NDArray[np.integer[Any]],
        amounts_fen: npt.NDArray[np.int64],
    ) -> Scores:
        """Scores of many pairs, float64[pairs].

        `subjects` is a table of facts (of a wide table or the feature store); `subject_rows` and `policy_rows` give the
        places of each pair in it and in `policies`; `amounts_fen` is of one period, below zero where unknown.
        """
        facts, attributes = self.coding.code_subjects(subjects), self.coding.code_policies(policies)
        periods = periods_of(policies)
        scores = np.empty(len(subject_rows))
        width = len(self.coding.subject_columns)
        matrix = np.empty((min(BLOCK_PAIRS, len(scores)), len(self.names)), dtype=np.float32)
        for start in range(0, len(scores), BLOCK_PAIRS):
            block = slice(start, min(start + BLOCK_PAIRS, len(scores)))
            rows = matrix[: block.stop - start]
            rows[:, :width] = facts[subject_rows[block]]
            rows[:, width:] = attributes[policy_rows[block]]
            amounts = amounts_fen[block].astype(np.float64)
            amounts[amounts < 0] = np.nan
            rows[:, self._amount_column] = code_amounts(amounts, periods[policy_rows[block]])
            scores[block] = self._predict(rows, self.threads)
        return scores

    def score_matrix(self, matrix: FeatureMatrix) -> Scores:
        """Scores of rows that this model's coding made; raises ModelInvalid for a matrix in another order."""
        require_order(self.name, self.names, matrix.names)
        return self._predict(matrix.values, self.threads) if len(matrix) else np.zeros(0)

    @property
    def _amount_column(self) -> int:
        return self.names.index(AMOUNT)

    def _policy(self, policy: Policy) -> tuple[Policy, Numbers, int]:
        key = (policy.id, policy.version)
        kept = self._policies.get(key)
        # A draft of the same version, changed while an officer works on it, is another object and is coded again.
        if kept is None or kept[0] is not policy:
            coded = np.array(self.coding.code_policy(policy), dtype=np.float32)
            kept = self._policies[key] = (policy, coded, periods_per_year(policy))
        return kept

    def _predict(self, values: Numbers, threads: int) -> Scores:
        return np.asarray(self.booster.predict(values, num_threads=threads), dtype=np.float64)
