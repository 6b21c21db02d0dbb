"""Pictures for a run: which features a ranker leans on, and how it compares with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.evaluation import CUTOFF, Evaluation

if TYPE_CHECKING:
    import lightgbm as lgb
    from matplotlib.figure import Figure

_SHOWN = 20


def importance(booster: lgb.Booster) -> Figure:
    """Total gain by feature, the first twenty."""
    gain = booster.feature_importance("gain")
    order = np.argsort(gain)[-_SHOWN:]
    figure = _figure(7, 5)
    axes = figure.subplots()
    axes.barh([booster.feature_name()[i] for i in order], gain[order], color="#1f6f8b")
    axes.set_xlabel("total gain")
    axes.set_title("What the ranker leans on")
    return figure


def comparison(evaluation: Evaluation) -> Figure:
    """NDCG of each ranker with its 95 % interval."""
    judged = sorted(evaluation.judgements.values(), key=lambda one: one.ndcg.mean)
    figure = _figure(7, 1.2 + 0.5 * len(judged))
    axes = figure.subplots()
    for row, one in enumerate(judged):
        own = one.name == evaluation.model
        ends = [[one.ndcg.mean - one.ndcg.low], [one.ndcg.high - one.ndcg.mean]]
        axes.errorbar([one.ndcg.mean], [row], xerr=ends, fmt="o", capsize=3, color="#c0392b" if own else "#1f6f8b")
    axes.set_yticks(range(len(judged)), [one.name for one in judged])
    axes.set_ylim(-0.5, len(judged) - 0.5)
    axes.set_xlabel(f"nDCG@{CUTOFF} by {evaluation.gain}, {evaluation.subjects} held-out subjects")
    return figure


def _figure(width: float, height: float) -> Figure:
    # A figure of its own, not pyplot's: pyplot keeps global state and is not safe outside the main thread.
    from matplotlib.figure import Figure  # noqa: PLC0415  # a second of import that only training needs

    return Figure(figsize=(width, height), layout="constrained")
