"""The demo's last word: how many subjects, verdicts, messages, claims, yuan and reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.facts import Audience
from duixian.matching import Matched
from duixian.runtime import Runtime
from storage.summary import Figures, figures


@dataclass(frozen=True)
class Summary:
    """`verdicts`: (audience, "kind" or "domain", name, eligible, unknown, ineligible), summed over policies."""

    subjects: Mapping[Audience, int]
    verdicts: tuple[tuple[Audience, str, str, int, int, int], ...]
    delivery: Figures


def summarise(runtime: Runtime, matched: Mapping[Audience, Sequence[Matched]]) -> Summary:
    """Add up the verdicts over all slices, and what the database says of delivery."""
    rows: list[tuple[Audience, str, str, int, int, int]] = []
    for audience, runs in matched.items():
        counted = [
            (policy, row)
            for run in runs
            for policy, row in zip(run.program.policies, run.verdicts.counts(), strict=True)
        ]
        for group in ("kind", "domain"):
            sums: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = defaultdict(lambda: np.zeros(3, np.int64))
            for policy, row in counted:
                sums[getattr(policy, group)] += row
            for name, (eligible, unknown, ineligible) in sorted(sums.items()):
                rows.append((audience, group, name, int(eligible), int(unknown), int(ineligible)))
    with runtime.begin() as connection:
        delivered = figures(connection)
    subjects = {audience: sum(run.verdicts.rows for run in runs) for audience, runs in matched.items()}
    return Summary(subjects, tuple(rows), delivered)
