"""How policies combine: which exclude each other, of which only the highest is paid, and what some pay together.

A combination rule comes from a document of its own, and holds from one date to another, as a policy does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.benefit import Operand
from domain.facts import Audience, Label
from domain.policy import Document, Verification


@dataclass(frozen=True)
class Exclusion:
    """Who takes `policy` may take none of `excluded`, and the other way round."""

    policy: str
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class HighestOnly:
    """从高不重复: of `policies` only one is paid, the highest.

    An entitlement may be left unclaimed, so a lower one may be taken where another rule makes it worth more.
    """

    policies: tuple[str, ...]


class CapSpan(StrEnum):
    YEAR = "year"
    LIFE = "life"


@dataclass(frozen=True)
class JointCap:
    """What `policies` pay in a year, or in a lifetime, is together at most `limit` yuan."""

    policies: tuple[str, ...]
    limit: Operand
    span: CapSpan


CombinationTerms = Exclusion | HighestOnly | JointCap


@dataclass(frozen=True)
class Combination:
    """One rule of combination; `file` is where it stands."""

    id: str
    audience: Audience
    label: Label
    document: Document
    verification: Verification
    effective_from: date
    effective_to: date | None
    terms: CombinationTerms
    file: str = ""

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies it is about, as it names them."""
        terms = self.terms
        return (terms.policy, *terms.excluded) if isinstance(terms, Exclusion) else terms.policies

    def in_force(self, as_of: date) -> bool:
        return self.effective_from <= as_of and (self.effective_to is None or as_of <= self.effective_to)
