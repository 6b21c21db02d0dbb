"""What a version must show before it is served: this file knows the bars and words what is missed."""

from __future__ import annotations

from dataclasses import dataclass

from models.evaluation import CUTOFF, Evaluation


@dataclass(frozen=True)
class Gate:
    """The bars.

    Over a baseline the whole interval must lie above zero: a model costs trust and upkeep, so it must earn its place.
    Against the champion a version may be a little worse, as two good ones differ by chance.
    """

    margin_below_champion: float = 0.005
    least_subjects: int = 30

    def findings(self, evaluation: Evaluation, baselines: frozenset[str]) -> list[str]:
        """Every bar that is missed, with by how much; none: the gate is passed."""
        found = []
        if evaluation.subjects < self.least_subjects:
            found.append(f"it was judged on {evaluation.subjects} subjects and needs {self.least_subjects}")
        own = evaluation.judgements[evaluation.model].ndcg.mean
        for name, difference in evaluation.differences.items():
            other = evaluation.judgements[name].ndcg.mean
            if name in baselines:
                if difference.low <= 0:
                    found.append(
                        f"its nDCG@{CUTOFF} of {own:.4f} does not beat {name} at {other:.4f}: the difference"
                        f" {difference} must lie above 0 and falls short by {-difference.low:.4f}"
                    )
            elif difference.mean < -self.margin_below_champion:
                short = -difference.mean - self.margin_below_champion
                found.append(
                    f"its nDCG@{CUTOFF} of {own:.4f} is below {name} at {other:.4f} by {-difference.mean:.4f},"
                    f" {short:.4f} more than the margin of {self.margin_below_champion}"
                )
        return found
