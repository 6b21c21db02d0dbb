"""Whether figures that somebody read are still what would happen: the same basis, not too old, not moved too far."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from workbench.impact import Basis, Impact
from workbench.limits import Limits

__all__ = ["aged", "changed", "moved"]


def changed(read: Basis, now: Basis) -> list[str]:
    """What the figures rested on and is another now.

    The population's snapshot is no cause by itself: it is new every night, and `moved` tells whether that matters.
    """
    causes = {
        "the draft's text was changed": read.text_digest != now.text_digest,
        "a parameter that it reads was changed": read.parameters_digest != now.parameters_digest,
        "a fact that it reads has another meaning in the vocabulary": read.vocabulary_digest != now.vocabulary_digest,
        f"version {now.served_version or 'none'} serves now, it was compared with version"
        f" {read.served_version or 'none'}": read.served_version != now.served_version,
    }
    return [cause for cause, holds in causes.items() if holds]


def aged(made_at: datetime, now: datetime, limits: Limits) -> list[str]:
    """Whether it is too long ago."""
    age = now - made_at
    return [f"it is {age.days} days old, more than {limits.impact_age.days}"] if age > limits.impact_age else []


def moved(read: Impact, now: Impact, limits: Limits) -> list[str]:
    """Which figures a rerun moves by more than the limit, relative to what was read."""
    pairs = {
        "those who gain": (read.gain, now.gain),
        "those who lose": (read.lose, now.lose),
        "the cost a year in fen": (read.cost_after_fen_year, now.cost_after_fen_year),
        "those whose amount is unknown": (read.amount_unknown, now.amount_unknown),
        "the messages": (read.messages, now.messages),
    }
    limit = Fraction(str(limits.moved_share))
    return [
        f"{what} went from {before:,} to {after:,}"
        for what, (before, after) in pairs.items()
        if abs(after - before) > limit * before
    ]
