"""How much sooner the first place of a slate is seen than the later ones, told from the log.

A policy shown lower is claimed less for no fault of its own. Its log-odds of a claim are taken as the sum of an effect
of the policy and an effect of the position, and both are fitted together, so that good policies standing high do not
pass for an effect of standing high. The position's effect is then given to a model as a known offset while it learns
and left out when it scores: every score is as if shown first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.dataset import RankingFrame

LAST_POSITION = 20
"""Later positions share one effect: few slates are that long."""
_PRIOR = 1.0  # Strength of the pull to zero, in impressions' worth of information; keeps rare places finite.
_STEPS = 25  # Newton steps; the fit is still after about ten.


def position_effects(frame: RankingFrame) -> npt.NDArray[np.float64]:
    """Log-odds of a claim at each position minus those at the first, float64[LAST_POSITION + 1]; index 0 is unused.

    Positions that never occur have the effect of the nearest earlier one that does.
    """
    place = np.minimum(frame.position, LAST_POSITION)
    policies = int(frame.policy.max(initial=0)) + 1
    base = np.full(policies, _log_odds(frame.claimed.mean() if len(frame) else 0.5))
    effect = np.zeros(LAST_POSITION + 1)
    for _ in range(_STEPS):
        for parameters, index, pull in ((base, frame.policy, base.mean()), (effect, place, 0.0)):
            chance = 1 / (1 + np.exp(-(base[frame.policy] + effect[place])))
            slope = np.bincount(index, frame.claimed - chance, len(parameters)) - _PRIOR * (parameters - pull)
            curvature = np.bincount(index, chance * (1 - chance), len(parameters)) + _PRIOR
            np.add(parameters, slope / curvature, out=parameters)
    seen = np.bincount(place, minlength=LAST_POSITION + 1) > 0
    for i in range(1, LAST_POSITION + 1):
        if not seen[i]:
            effect[i] = effect[i - 1] if i > 1 else effect[seen][:1].sum()
    return np.asarray(effect - effect[1], dtype=np.float64)


def offsets(frame: RankingFrame, effects: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each row's effect, float64[rows]."""
    return np.asarray(effects[np.minimum(frame.position, len(effects) - 1)], dtype=np.float64)


def _log_odds(chance: float) -> float:
    chance = min(max(float(chance), 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)))
