"""`make bench-workbench`: live count and impact over a city beside their bars; 1 is returned if one is missed."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from benchmarks import child
from benchmarks.figures import Figure, show, write_results
from benchmarks.machine import machine
from benchmarks.vocabulary import AS_OF
from benchmarks.workbench.edits import drafts, rules
from benchmarks.workbench.naive import FiguresDiffer, Plain, columns_of
from benchmarks.workbench.town import CITIZEN, SEED, town
from domain.expression import Expression
from duixian.population import LivingPopulation
from duixian.runtime import Runtime
from features import wide
from workbench.breakdown import breakdown_facts
from workbench.impact import Counts

Call = Callable[[], object]
Item = TypeVar("Item")
RESULTS = Path(__file__).parent.parent / "results"
TITLE = "The workbench's numbers"
LIBRARIES = ("numpy", "numba", "pyarrow", "sqlalchemy", "psycopg")
FULL, QUICK = 1_000_000, 20_000
CHECKED_ROWS = 2_000
COUNT_SECONDS, IMPACT_SECONDS = 1, 3
FIRST_SECONDS = 3
"""Of a process that has answered nothing yet: loading the matcher's loops, the first connection to the database."""
ROUNDS = 3
_screen = Console(stderr=True)


def main() -> int:
    """Check the figures, take the times, print the table, and keep it when it is in full size."""
    asked = _arguments()
    started = time.monotonic()
    citizens = QUICK if asked.quick else FULL
    with town(asked.folder, citizens) as (runtime, population):
        drafted = _check(runtime, population, asked.folder)
        figures = [
            *_counts(runtime, population, citizens),
            *_impacts(runtime, population, citizens),
            *_firsts(asked.folder, citizens),
            _statistics(runtime, citizens),
        ]
    show(figures, title=TITLE)
    _screen.print(f"Took {time.monotonic() - started:.0f} s.")
    if asked.quick:
        _screen.print("[yellow]In small size: these bars do not count, and no results are written.[/]")
        return 0
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        **machine(LIBRARIES),
        "citizens": f"{citizens:,}, seed {SEED}",
        "drafts": str(drafted),
        "rounds": str(ROUNDS),
    }
    write_results(RESULTS, about, figures, name="workbench", title=TITLE)
    _screen.print(f"Written: {RESULTS / 'workbench.md'}")
    return int(any(figure.passed is False for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-workbench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="a small city, to develop with; nothing is written")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(os.environ.get("DUIXIAN_BENCH", ".bench")),
        help="where the city is kept (or DUIXIAN_BENCH; default: .bench, 2 GB)",
    )
    return parser.parse_args()


def _check(runtime: Runtime, population: LivingPopulation, folder: Path) -> int:
    """All counts against whole columns without the matcher, and on some subjects against one after the other."""
    words, source = runtime.catalogue, wide.latest(runtime.home, CITIZEN)
    facts = list(columns_of(words, AS_OF))
    table = wide.read(
        source, columns=list(dict.fromkeys(("subject_id", *facts, *breakdown_facts(CITIZEN, words.vocabulary))))
    )
    plain = Plain(words, table, AS_OF)
    drafted = list(drafts(words, AS_OF))
    for draft, served in _shown(drafted, "Checking impacts"):
        plain.check(draft, served, population.impact(draft, served, words, AS_OF))
    for rule in _shown(list(rules(words, AS_OF)), "Checking counts"):
        found = population.count(CITIZEN, rule, words, AS_OF)
        if Counts(found.eligible, found.unknown, found.ineligible) != plain.counts(rule):
            raise FiguresDiffer(f"{rule}: {found}, and plainly {plain.counts(rule)}")
    rows = np.random.default_rng(SEED).choice(table.num_rows, min(CHECKED_ROWS, table.num_rows), replace=False)
    some = table.take(np.sort(rows))
    path = wide.path_of(folder / "workbench-sample", CITIZEN, source.stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(some, path)
    few = LivingPopulation(folder / "workbench-sample", runtime.begin, lambda: words)
    plain = Plain(words, some, AS_OF)
    for draft, served in _shown(drafted, "Checking row by row"):
        plain.check_rows(draft, served, few.impact(draft, served, words, AS_OF))
    path.unlink()
    return len(drafted)


def _counts(runtime: Runtime, population: LivingPopulation, citizens: int) -> list[Figure]:
    words = runtime.catalogue
    population.prepare(CITIZEN, AS_OF)

    def counts(asked: Iterable[Expression]) -> list[Call]:
        return [partial(population.count, CITIZEN, rule, words, AS_OF) for rule in asked]

    turns = [rule for turn in range(1, ROUNDS + 1) for rule in rules(words, AS_OF, turn)]
    served = [policy.eligibility for policy in words.in_force(CITIZEN, AS_OF)] * ROUNDS
    new, held = _taken(counts(turns), "Live counts"), _taken(counts(served), "Live counts of what is coded")
    return [
        _figure(f"live count over {citizens:,}, a threshold that no policy has", new, COUNT_SECONDS),
        _figure("the same of the rules that serve", held, COUNT_SECONDS),
    ]


def _impacts(runtime: Runtime, population: LivingPopulation, citizens: int) -> list[Figure]:
    words = runtime.catalogue
    calls = [
        partial(population.impact, draft, served, words, AS_OF, lambda done, of: None)
        for draft, served in drafts(words, AS_OF)
    ]
    taken = _taken(calls * ROUNDS, "Impacts")
    return [_figure(f"impact over {citizens:,}, a policy without its last condition", taken, IMPACT_SECONDS)]


def _firsts(folder: Path, citizens: int) -> list[Figure]:
    """Each in processes of its own, while this one keeps the database going.

    They find their modules compiled, as an installation that has run before does; one run sees to that.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="duixian-bench-") as cache:
        kept = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        for what in ("count", "impact"):
            _, *runs = [
                child.run("benchmarks.workbench.first_call", what, str(folder), str(citizens), environment=kept)
                for _ in _shown(range(ROUNDS + 1), f"First {what}")
            ]
            took = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            found.append(
                Figure(
                    work=f"first {what} of a fresh process",
                    bar=f"≤ {FIRST_SECONDS} s",
                    measured=f"{took['first']:.2f} s, then {took['second'] * 1e3:.0f} ms"
                    f" (importing {took['imports']:.1f} s, opening {took['opening']:.1f} s,"
                    f" {took['peak_bytes'] / 1e9:.1f} GB)",
                    passed=took["first"] <= FIRST_SECONDS,
                    values=took,
                )
            )
    return found


def _statistics(runtime: Runtime, citizens: int) -> Figure:
    """Read from the table, not from what an earlier run kept."""
    shutil.rmtree(runtime.home / "fact_days", ignore_errors=True)
    population = LivingPopulation(runtime.home, runtime.begin, lambda: runtime.catalogue)
    first, then = (_seconds(partial(population.statistics, CITIZEN, AS_OF)) for _ in range(2))
    return Figure(
        work=f"how well each fact is known and how fresh, over {citizens:,}, once a wide table",
        bar="",
        measured=f"{first:.1f} s, then {then * 1e3:.0f} ms",
        values={"first": first, "then": then},
    )


def _taken(calls: Sequence[Call], what: str) -> list[float]:
    calls[0]()
    return [_seconds(call) for call in _shown(calls, what)]


def _seconds(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _figure(work: str, taken: Sequence[float], bar: float) -> Figure:
    """The slowest counts: an officer waits for that one, too."""
    middle, slowest = statistics.median(taken), max(taken)
    return Figure(
        work=work,
        bar=f"≤ {bar} s",
        measured=f"{middle * 1e3:.0f} ms, the slowest of {len(taken)} {slowest * 1e3:.0f} ms",
        passed=slowest <= bar,
        values={"median": middle, "slowest": slowest},
    )


def _shown(items: Sequence[Item], what: str) -> Iterable[Item]:
    return track(items, what, console=_screen, transient=True)


if __name__ == "__main__":
    sys.exit(main())
