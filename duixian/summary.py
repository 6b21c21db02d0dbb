"""The demo's last word: how many subjects, verdicts, messages, claims, yuan and reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
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


def summarise(runtime: Runtime, matched: Mapping[Audience, Matched]) -> Summary:
    """Add up one run's verdicts and what the database says of delivery."""
    rows: list[tuple[Audience, str, str, int, int, int]] = []
    for audience, run in matched.items():
        counts = run.verdicts.counts()
        for group in ("kind", "domain"):
            sums: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = defaultdict(lambda: np.zeros(3, np.int64))
            for policy, row in zip(run.program.policies, counts, strict=True):
                sums[getattr(policy, group)] += row
            for name, (eligible, unknown, ineligible) in sorted(sums.items()):
                rows.append((audience, group, name, int(eligible), int(unknown), int(ineligible)))
    with runtime.begin() as connection:
        delivered = figures(connection)
    return Summary({audience: run.verdicts.rows for audience, run in matched.items()}, tuple(rows), delivered)
