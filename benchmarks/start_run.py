"""A fresh process's first steps, each timed once: imports, reading, compiling, first batch call, first online call."""

from __future__ import annotations

import sys
import time

_STARTED = time.perf_counter()

from benchmarks.child import tell  # noqa: E402  # importing is timed
from benchmarks.ours import Batch, Online, compiled, prepare  # noqa: E402
from benchmarks.policies import policies, rich_rules  # noqa: E402
from benchmarks.population import population, profiles  # noqa: E402

_ROWS = 100
"""A first call costs what loading and compiling loops cost, whatever the number of subjects."""


def main(count: int) -> None:
    taken = {"imports": time.perf_counter() - _STARTED}
    table = population(_ROWS)
    facts = next(profiles(table))
    rules = rich_rules(count)

    start = time.perf_counter()
    read = policies(rules)
    taken["parse"] = time.perf_counter() - start

    start = time.perf_counter()
    program = compiled(read)
    prepare(program)
    taken["compile"] = time.perf_counter() - start

    start = time.perf_counter()
    Batch(table, program).from_arrow()
    taken["batch"] = time.perf_counter() - start

    start = time.perf_counter()
    Online(program).verdicts(facts)
    taken["online"] = time.perf_counter() - start
    tell(**taken)


if __name__ == "__main__":
    main(int(sys.argv[1]))
