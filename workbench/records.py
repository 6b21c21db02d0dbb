"""What the workbench hands out and is handed: drafts, what was checked, and the population that drafts are tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from catalogue.checks import CaseFailure, CaseGap, Executor
from catalogue.lifecycle import DraftState
from catalogue.lint.findings import FactStatistics, Finding, Severity
from catalogue.loader import Catalogue
from domain.errors import Problem
from domain.expression import Expression
from domain.facts import Audience, Vocabulary
from domain.policy import Policy
from storage.connection import Begin
from storage.drafts import Draft, DraftStep, Revision
from storage.standings import Mark, Standing
from workbench.audit import AuditLog
from workbench.impact import Count, Impact
from workbench.limits import Limits

__all__ = [
    "Checked",
    "Draft",
    "DraftState",
    "DraftStep",
    "Mark",
    "Parts",
    "Population",
    "Progress",
    "Revision",
    "Standing",
    "StoredImpact",
]

Progress = Callable[[int, int | None], object]
"""Told how far a long piece of work has come: done, and of how many (None: not known)."""


class Population(Protocol):
    """Everybody, as the newest wide tables have them."""

    def impact(
        self, draft: Policy, served: Policy | None, words: Catalogue, as_of: date, progress: Progress | None = None
    ) -> Impact:
        """What `draft` would do beside what is `served`."""

    def count(self, audience: Audience, rule: Expression, words: Catalogue, as_of: date) -> Count:
        """How many a rule admits."""

    def statistics(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics]:
        """How well the facts are known."""


Lint = Callable[[Policy, Catalogue, Mapping[str, FactStatistics] | None, date], Sequence[Finding]]


@dataclass(frozen=True)
class Checked:
    """What a check found. `policy` None: of a parameter's draft; or the text cannot be read, as `problems` says."""

    draft: Draft
    policy: Policy | None
    problems: tuple[Problem, ...] = ()
    failures: tuple[CaseFailure, ...] = ()
    gaps: tuple[CaseGap, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing fails and no finding is an error; gaps and warnings are for the officer to weigh."""
        errors = any(finding.severity is Severity.ERROR for finding in self.findings)
        return not (self.problems or self.failures or errors)


@dataclass(frozen=True)
class StoredImpact:
    """An impact as it was worked out for one revision of a draft; of a parameter's, the sum of its `parts`."""

    impact_id: UUID
    revision: int
    impact: Impact
    parts: tuple[Impact, ...]
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Parts:
    """What the desk works with.

    `words`: what is served at this moment, with no delay. `executors`: by name, what judges a case. `clock`: aware.
    """

    begin: Begin
    clock: Callable[[], datetime]
    log: AuditLog
    population: Population
    words: Callable[[], Catalogue]
    executors: Callable[[Vocabulary], Mapping[str, Executor]]
    lint: Lint
    limits: Limits = field(default_factory=Limits)
