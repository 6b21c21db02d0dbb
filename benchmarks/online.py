"""One subject against every policy: from a dict of 40 facts to all verdicts, and what explaining 20 of them adds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import track

from benchmarks.agreement import tally
from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch, Facts, Online, profile_of, program_of
from benchmarks.policies import rich_rules
from benchmarks.population import profiles
from benchmarks.setting import Setting

_BARS_US = {1_000: 25, 10_000: 200}
_EXPLAINED = 20
_EXPLAINING_US = 150


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    people = list(profiles(setting.table.slice(0, setting.sizes.profiles)))
    found = []
    for count in (setting.sizes.policies, setting.sizes.many_policies):
        program = program_of(rich_rules(count))
        online = Online(program)
        checked = setting.sizes.checked_rows
        batch = Batch(setting.table, program).answers(0, checked)
        tally("The online matcher", batch, online.answers(people[:checked]), three_valued=True)
        taken = _taken_us(online, people, setting.sizes.rounds, f"Online, {count:,} policies")
        verdicts, explaining = statistics.median(taken["verdicts"]), statistics.median(taken["explaining"])
        p99 = statistics.quantiles(taken["verdicts"], n=100)[98]
        found += [
            Figure(
                work=f"online, dict of 40 facts to {count:,} verdicts, dates and arithmetic in a tenth, p50",
                bar=f"≤ {_BARS_US[count]} µs",
                measured=f"{verdicts:.1f} µs (p99 {p99:.1f})",
                passed=verdicts <= _BARS_US[count],
                values={"p50_us": verdicts, "p99_us": p99},
            ),
            Figure(
                work=f"explaining {_EXPLAINED} of the {count:,} policies, beyond the verdicts, p50",
                bar=f"≤ {_EXPLAINING_US} µs",
                measured=f"{explaining:.1f} µs",
                passed=explaining <= _EXPLAINING_US,
                values={"p50_us": explaining},
            ),
        ]
    return found, []


def _taken_us(online: Online, people: Sequence[Facts], rounds: int, what: str) -> dict[str, list[float]]:
    """Each person judged, then judged with policies explained, one call timed at a time; µs, all rounds together."""
    profiled = [(facts, profile_of(facts)) for facts in people]
    taken: dict[str, list[float]] = {"verdicts": [], "explaining": []}
    for turn in track(range(rounds + 1), what, console=Console(stderr=True), transient=True):
        for facts, profile in profiled:
            start = time.perf_counter()
            online.verdicts(facts)
            judged = time.perf_counter()
            online.explained(facts, profile, _EXPLAINED)
            explained = time.perf_counter()
            if turn:  # the first round warms up
                taken["verdicts"].append((judged - start) * 1e6)
                taken["explaining"].append((explained - judged - (judged - start)) * 1e6)
    return taken
