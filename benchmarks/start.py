"""Setting up: compiling the rules, and the first call of a fresh process, with its loops cached and without."""

from __future__ import annotations

import statistics
import tempfile

from benchmarks import child
from benchmarks.figures import Figure, Wrong
from benchmarks.setting import Setting

_COMPILE_SECONDS = 1
_FIRST_CALL_SECONDS = 2


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    count = str(setting.sizes.policies)
    with tempfile.TemporaryDirectory(prefix="duixian-bench-") as cache:
        # numba writes its cache there in the first run; the others find it.
        runs = [
            child.run("benchmarks.start_run", count, environment={"NUMBA_CACHE_DIR": cache})
            for _ in range(setting.sizes.rounds + 1)
        ]
    empty, *warm = runs
    took = {name: statistics.median(run[name] for run in warm) for name in empty}
    return [
        Figure(
            work=f"compile {setting.sizes.policies:,} policies for both executors",
            bar=f"< {_COMPILE_SECONDS} s",
            measured=f"{took['compile']:.2f} s (reading their texts: {took['parse']:.2f} s)",
            passed=took["compile"] < _COMPILE_SECONDS,
            values={"compile": took["compile"], "parse": took["parse"]},
        ),
        Figure(
            work="first batch and first online call of a fresh process, loops cached",
            bar=f"< {_FIRST_CALL_SECONDS} s",
            measured=f"{took['batch']:.2f} + {took['online']:.2f} s (importing: {took['imports']:.2f} s)",
            passed=took["batch"] + took["online"] < _FIRST_CALL_SECONDS,
            values={name: took[name] for name in ("imports", "batch", "online")},
        ),
        Figure(
            work="the same with nothing cached, as on a machine's first day",
            bar="",
            measured=f"{empty['batch']:.1f} + {empty['online']:.1f} s",
            values={name: empty[name] for name in ("batch", "online")},
        ),
    ], []
