"""A fresh process's first count or impact, and its second: what a server that has just started answers with."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_STARTED = time.perf_counter()

from benchmarks.child import tell  # noqa: E402  # importing is timed
from benchmarks.vocabulary import AS_OF  # noqa: E402
from benchmarks.workbench.edits import drafts, rules  # noqa: E402
from benchmarks.workbench.town import CITIZEN, town  # noqa: E402


def main(what: str, folder: Path, citizens: int) -> None:
    imported = time.perf_counter()
    with town(folder, citizens) as (runtime, population):
        words = runtime.catalogue
        opened = time.perf_counter()
        taken = []
        rule = next(rules(words, AS_OF))
        draft, served = next(drafts(words, AS_OF))
        for _ in range(2):
            start = time.perf_counter()
            if what == "count":
                population.count(CITIZEN, rule, words, AS_OF)
            else:
                population.impact(draft, served, words, AS_OF)
            taken.append(time.perf_counter() - start)
    tell(imports=imported - _STARTED, opening=opened - imported, first=taken[0], second=taken[1])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
