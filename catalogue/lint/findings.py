"""What reading a rule finds: one finding, and what is known of the facts it is read with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.facts import Label

Path = tuple[str | int, ...]
"""Where in a policy's file, from its root: `("eligibility", "all", 0)`."""


class Severity(StrEnum):
    """An `error` cannot be meant, and stops a draft; a `warning` is hardly meant; a `note` is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing about a policy that its author should look at.

    `code` is stable, kebab-case; `clause` is the clause as written, None where the finding is about more or less than
    one; `message` says what is so, `proposal` how it could be mended.
    """

    code: str
    severity: Severity
    policy_id: str
    clause: str | None
    path: Path
    message: Label
    proposal: Label


@dataclass(frozen=True)
class FactStatistics:
    """How well a population's profiles hold one fact.

    `known`: the share of the subjects, 0 to 1, of whom it is known. `fresh`: the share of those whose value is no
    older than the fact's `fresh_days`.
    """

    known: float
    fresh: float
