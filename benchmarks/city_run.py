"""One run over the whole city, in a process of its own: `counts`, `planes`, or policies `changed` one by one.

The clock runs from opening the Parquet file to the last verdict; the rules are compiled and the loops loaded before.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from benchmarks.child import tell
from benchmarks.ours import City, bytes_of, compiled
from matcher.batch import match_table

_CHANGED = 25
"""Policies that are changed, spread over the set: their median and the slowest are told."""


def main(what: str, path: Path, policies: int) -> None:
    city = City(path, policies)
    city.warm_up()
    start = time.perf_counter()
    match what:
        case "counts":
            eligible = city.counts()
            tell(seconds=time.perf_counter() - start, eligible=eligible)
        case "planes":
            verdicts = city.planes()
            seconds = time.perf_counter() - start
            tell(seconds=seconds, eligible=int(verdicts.counts()[:, 0].sum()))
        case "changed":
            _changed(city)
        case _:
            raise SystemExit(f"No run is called {what!r}: counts, planes or changed.")


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
    tell(
        seconds=statistics.median(seconds),
        slowest=max(seconds),
        policies=len(seconds),
        code_bytes=statistics.median(read),
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
