"""A subject's facts at a moment (一人一档, 一企一档), each with its source and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.facts import Audience, Value


class FactStatus(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    CONTESTED = "contested"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Fact:
    """One fact of one subject: its value, the register or life event it comes from, and that source's date."""

    value: Value
    source: str
    as_of: date | None
    status: FactStatus


@dataclass(frozen=True)
class Profile:
    """What the city knows of one subject; a fact that is not in `facts` is unknown."""

    subject_id: str
    audience: Audience
    facts: Mapping[str, Fact]

    def value(self, name: str) -> Value:
        """The value rules may rest on: None when the fact is unknown or contested."""
        fact = self.facts.get(name)
        return fact.value if fact is not None and fact.status is FactStatus.KNOWN else None

    def values(self) -> dict[str, Value]:
        known = FactStatus.KNOWN
        return {name: fact.value if fact.status is known else None for name, fact in self.facts.items()}
