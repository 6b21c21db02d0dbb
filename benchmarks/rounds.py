"""Timing side by side: every round runs each work once, so that a slow minute of the machine slows all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress


@dataclass(frozen=True)
class Work:
    """`run` is timed, `prepare` before it is not."""

    run: Callable[[], object]
    prepare: Callable[[], object] | None = None


def medians(works: Mapping[str, Work], rounds: int, what: str) -> dict[str, float]:
    """Seconds of each work, the median of `rounds` rounds after one that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=(rounds + 1) * len(works))
        for turn in range(rounds + 1):
            for name, work in works.items():
                progress.update(task, description=f"{what}: {name}")
                seconds = _once(work)
                if turn:
                    taken[name].append(seconds)
                progress.advance(task)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _once(work: Work) -> float:
    if work.prepare:
        work.prepare()
    gc.collect()
    start = time.perf_counter()
    result = work.run()
    seconds = time.perf_counter() - start
    del result  # letting go of gigabytes is no part of the work
    return seconds
