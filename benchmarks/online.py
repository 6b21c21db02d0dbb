"""One subject against every policy: from a dict of 40 facts to all verdicts, and what explaining 20 of them adds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.agreement import tally
from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch, Online, program_of
from benchmarks.policies import rich_rules
from benchmarks.population import profiles
from benchmarks.setting import Setting

_BARS_US = {1_000: 25, 10_000: 200}
_EXPLAINED = 20
_EXPLAINING_US = 150
Facts = Mapping[str, Any]


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    people = list(profiles(setting.table.slice(0, setting.sizes.profiles)))
    found = []
    for count in (setting.sizes.policies, setting.sizes.many_policies):
        program = program_of(rich_rules(count))
        online = Online(program)
        checked = setting.sizes.checked_rows
        tally(
            "The online matcher",
            Batch(setting.table, program).answers(0, checked),
            online.answers(people[:checked]),
            True,
        )
        works = {"verdicts": online.verdicts, "explained": online.explained}
        taken = _medians_us(works, people, setting.sizes.rounds, f"Online, {count:,} policies")
        verdicts, explaining = taken["verdicts"], taken["explained"] - taken["verdicts"]
        found += [
            Figure(
                work=f"online, dict of 40 facts to {count:,} verdicts, dates and arithmetic in a tenth, p50",
                bar=f"≤ {_BARS_US[count]} µs",
                measured=f"{verdicts:.1f} µs (p99 {taken['verdicts p99']:.1f})",
                passed=verdicts <= _BARS_US[count],
                values={"p50_us": verdicts, "p99_us": taken["verdicts p99"]},
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


def _medians_us(
    works: Mapping[str, Callable[[Facts], object]], people: Sequence[Facts], rounds: int, what: str
) -> dict[str, float]:
    """Each person by each work in turn, one call timed at a time; the median and the 99th percentile over all."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in track(range(rounds + 1), what, console=Console(stderr=True), transient=True):
        for facts in people:
            for name, work in works.items():
                start = time.perf_counter()
                work(facts)
                seconds = time.perf_counter() - start
                if turn:  # the first round warms up
                    taken[name].append(seconds * 1e6)
    p99 = {f"{name} p99": statistics.quantiles(values, n=100)[98] for name, values in taken.items()}
    return {**{name: statistics.median(values) for name, values in taken.items()}, **p99}
