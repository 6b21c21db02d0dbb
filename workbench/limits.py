"""How old, how far and how many: where the workbench stops and asks a person again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Each with the reason for its default.

    `impact_age`: registers deliver nightly and weekly, so that a week later other people would be told.
    `moved_share`: less than 2 % between two runs is the registers' daily change; more is another decision than the one
    that was read. Of gainers, losers, cost a year and messages, each by itself.
    `everyone_share`: of the audience that one publication would tell. No real policy of the catalogue reaches half of
    an audience anew; a clause that was forgotten does.
    `canary_percent`: what the console proposes. A tenth shows a wrong rule within a day and spares nine tenths.
    """

    impact_age: timedelta = timedelta(days=7)
    moved_share: float = 0.02
    everyone_share: float = 0.5
    canary_percent: int = 10

    def tells_many(self, messages: int, subjects: int) -> bool:
        """Whether so many messages go to so large a part of an audience that their number must be confirmed."""
        return messages > 0 and messages >= self.everyone_share * subjects
