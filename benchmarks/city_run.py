"""One run over the whole city, in a process of its own.

`reading` the file alone; `counts`; `planes`; policies `changed` one by one; `flips`: whose verdicts turn tomorrow.

The clock runs from opening the Parquet file to the last verdict; the rules are compiled and the loops loaded before.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.child import tell
from benchmarks.ours import City, bytes_of, compiled, program_of
from benchmarks.policies import rich_rules
from benchmarks.rules import Test
from benchmarks.vocabulary import AS_OF
from matcher.batch.match import match_table

_CHANGED = 25
"""Policies that are changed, spread over the set: their median and the slowest are told."""
_NEW_THRESHOLD = Test("income_cny_year", ">=", 33_333.33)
"""A threshold that no policy of the set has."""


def main(what: str, path: Path, policies: int) -> None:
    city = City(path, policies)
    city.warm_up()
    start = time.perf_counter()
    match what:
        case "reading":
            rows = sum(batch.num_rows for batch in city.read())
            tell(seconds=time.perf_counter() - start, rows=rows)
        case "counts":
            eligible = city.counts()
            tell(seconds=time.perf_counter() - start, eligible=eligible)
        case "planes":
            verdicts = city.planes()
            seconds = time.perf_counter() - start
            tell(seconds=seconds, eligible=int(verdicts.counts()[:, 0].sum()))
        case "changed":
            _changed(city)
        case "flips":
            flips = city.flips(rich_rules(policies), AS_OF + timedelta(days=1), AS_OF + timedelta(days=1))
            tell(seconds=time.perf_counter() - start, flips=flips)
        case _:
            raise SystemExit(f"No run is called {what!r}: reading, counts, planes, changed or flips.")


def _changed(city: City) -> None:
    """Compile and match one policy at a time over the coded city, to its planes."""
    coded = city.coded()
    seconds, read = [], []
    for policy in city.program.policies[:: max(1, len(city.program.policies) // _CHANGED)]:
        start = time.perf_counter()
        program = compiled([policy])
        match_table(program, coded)
        seconds.append(time.perf_counter() - start)
        read.append(bytes_of(coded, program))
    start = time.perf_counter()
    program = program_of([_NEW_THRESHOLD])
    match_table(program, city.recoded(coded, program))
    tell(
        seconds=statistics.median(seconds),
        slowest=max(seconds),
        policies=len(seconds),
        code_bytes=statistics.median(read),
        new_threshold=time.perf_counter() - start,
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
