"""A changed policy before it is served: what it would do to the living population, and the act of loading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from catalogue.loader import load_policy_file
from domain.policy import Policy
from duixian.checking import require_cases
from duixian.clock import now
from duixian.matching import match_audience
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from matcher.compile import compile_policies
from storage import policies as stored_policies


@dataclass(frozen=True)
class Effect:
    """`rows`: (verdict, subjects served now or None where the policy is new, subjects by the draft)."""

    rows: tuple[tuple[str, int | None, int], ...]
    gain: int
    lose: int


def compare(runtime: Runtime, draft: Policy, as_of: date, bar: ProgressBar) -> Effect:
    """Match the draft and its served version against everybody; nothing is stored."""
    catalogue = runtime.catalogue
    served = [policy for policy in catalogue.policies if policy.id == draft.id]
    program = compile_policies(
        [draft, *served], catalogue.vocabulary, catalogue.parameters_at(as_of), draft.audience, as_of
    )
    matched = match_audience(runtime, draft.audience, as_of, now(), bar, program)
    counts = matched.verdicts.counts()
    rows = tuple(
        (verdict, int(counts[1, i]) if served else None, int(counts[0, i]))
        for i, verdict in enumerate(("eligible", "unknown", "ineligible"))
    )
    after = matched.verdicts.true[0]
    before = matched.verdicts.true[1] if served else np.zeros_like(after)
    return Effect(rows, int((after & ~before).sum()), int((before & ~after).sum()))


def load_into(runtime: Runtime, file: Path | None) -> tuple[int, int]:
    """Load one file, or the whole catalogue; returns (new versions, versions loaded before).

    Raises CatalogueInvalid when a file or one of its cases fails, PolicyVersionFixed when a version has another text.
    """
    files = runtime.files
    policies = files.policies if file is None else (load_policy_file(file, files.vocabulary, files.parameters),)
    require_cases(files, policies)
    with runtime.begin() as connection:
        loaded = stored_policies.publish(connection, policies, now())
    return loaded, len(policies) - loaded
