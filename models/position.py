"""How much sooner the first place of a slate is seen than the later ones, told from the log.

A policy shown lower is claimed less for no fault of its own. The log-odds of a claim are taken as the sum of an effect
of the policy, one of the position and one of the slate's length, and all are fitted together: good policies standing
high must not pass for an effect of standing high, nor must the people who have enough policies for a fifth place at
all. The position's effect is then given to a model as a known offset while it learns and left out when it scores:
every score is as if shown first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.dataset import RankingFrame

LAST_POSITION = 20
"""Later positions share one effect: few slates are that long."""
_PULL = 1.0
"""Strength of the pull of position effects to zero, in units of p(1-p) impressions: keeps rare places finite."""
_STEPS = 25  # Newton steps; the fit is still after about ten.

Odds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LogOdds:
    """`policies`: log-odds of a claim when shown first, by policy number; `positions`: what each position adds.

    `positions` is float64[LAST_POSITION + 1], 0 at the first; index 0 is unused. One that never occurs has the effect
    of the nearest earlier one that does.
    """

    policies: Odds
    positions: Odds

    def offsets(self, frame: RankingFrame) -> Odds:
        """Each row's position effect, float64[rows]."""
        return np.asarray(self.positions[np.minimum(frame.position, LAST_POSITION)], dtype=np.float64)

    def seen(self, frame: RankingFrame) -> Odds:
        """About how often each row's position is looked at, 1 for the first, float64[rows]."""
        return np.exp(np.minimum(self.offsets(frame), 0.0))

    def as_shown(self, first: Odds, frame: RankingFrame) -> Odds:
        """The probability of a claim where each row stood, from that of a claim when shown first, float64[rows]."""
        chance = np.clip(first, 1e-9, 1 - 1e-9)
        return np.asarray(1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + self.offsets(frame)))), dtype=np.float64)


def fit_log_odds(frame: RankingFrame, policy_pull: float = _PULL) -> LogOdds:
    """Fit the effects by maximum likelihood; `policy_pull` draws the policies' to their mean, as _PULL does."""
    place = np.minimum(frame.position, LAST_POSITION)
    length = np.minimum(frame.slate_sizes[frame.slate], LAST_POSITION)
    base = np.full(len(frame.policy_ids), _log_odds(frame.claimed.mean() if len(frame) else 0.5))
    effect, of_length = np.zeros(LAST_POSITION + 1), np.zeros(LAST_POSITION + 1)
    for _ in range(_STEPS):
        for values, index, pull, centre in (
            (base, frame.policy, policy_pull, float(base.mean()) if len(base) else 0.0),
            (effect, place, _PULL, 0.0),
            (of_length, length, _PULL, 0.0),
        ):
            chance = 1 / (1 + np.exp(-(base[frame.policy] + effect[place] + of_length[length])))
            slope = np.bincount(index, frame.claimed - chance, len(values)) - pull * (values - centre)
            curvature = np.bincount(index, chance * (1 - chance), len(values)) + pull
            np.add(values, slope / curvature, out=values)
    occurs = np.bincount(place, minlength=LAST_POSITION + 1) > 0
    for i in range(1, LAST_POSITION + 1):
        if not occurs[i]:
            effect[i] = effect[i - 1] if occurs[:i].any() else effect[occurs][:1].sum()
    usual = float(of_length[length].mean()) if len(frame) else 0.0
    return LogOdds(base + effect[1] + usual, effect - effect[1])


def _log_odds(chance: float) -> float:
    chance = min(max(float(chance), 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)))
