"""The whole city: from the Parquet file to counts and to dense planes, and one changed policy over coded columns."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks import child
from benchmarks.city import city_file
from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch
from benchmarks.setting import Setting

_MOST_SECONDS = {"counts": 15, "planes": 25}
_MOST_BYTES = {"counts": 3e9, "planes": 8e9}
_CHANGED_MS = 100


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    """Each in processes of its own; raises AssertionError where the city's verdicts are not its parts' together."""
    path = city_file(setting.folder, setting.table, setting.sizes.city_repeats)
    eligible = Batch(setting.table, setting.program).counts() * setting.sizes.city_repeats
    reading = statistics.median(run["seconds"] for run in _runs("reading", path, setting))
    found = [
        Figure(
            work=f"reading that file's {setting.sizes.city_rows:,} rows alone",
            bar="",
            measured=f"{reading:.1f} s",
            values={"seconds": reading},
        )
    ]
    for what, target in (("counts", "counts"), ("planes", "dense planes")):
        runs = _runs(what, path, setting)
        for run in runs:
            if run["eligible"] != eligible:
                raise AssertionError(f"The city has {run['eligible']} eligible pairs, and its parts {eligible}.")
        found.append(_from_parquet(what, target, runs, path, setting))
    found += _changed(_runs("changed", path, setting, rounds=1)[0], setting)
    return [*found, _flips(_runs("flips", path, setting, rounds=1)[0], setting)], []


def _runs(what: str, path: Path, setting: Setting, rounds: int | None = None) -> list[dict[str, float]]:
    turns = range(rounds or setting.sizes.rounds)
    return [
        child.run("benchmarks.city_run", what, str(path), str(len(setting.rules)))
        for _ in track(turns, f"The city, {what}", console=Console(stderr=True), transient=True)
    ]


def _from_parquet(what: str, target: str, runs: Sequence[dict[str, float]], path: Path, setting: Setting) -> Figure:
    sizes = setting.sizes
    seconds = statistics.median(run["seconds"] for run in runs)
    peak = statistics.median(run["peak_bytes"] for run in runs)
    written = 2 * sizes.city_rows * len(setting.rules) / 8 if what == "planes" else 0
    # The file is read, its columns are written decoded and read again, the planes are written.
    columns = setting.table.nbytes * sizes.city_repeats
    limit = setting.bandwidth.seconds(path.stat().st_size + columns, columns + written)
    return Figure(
        work=f"{sizes.city_rows:,} × {len(setting.rules):,}, Parquet to {target} ({sizes.rows:,} distinct, repeated)",
        bar=f"≤ {_MOST_SECONDS[what]} s, < {_MOST_BYTES[what] / 1e9:.0f} GB",
        measured=f"{seconds:.1f} s, {peak / 1e9:.1f} GB",
        passed=seconds <= _MOST_SECONDS[what] and peak < _MOST_BYTES[what],
        limit=f"{seconds / limit:.1f}×",
        values={"seconds": seconds, "peak_bytes": peak, "limit": limit},
    )


def _changed(run: dict[str, float], setting: Setting) -> list[Figure]:
    seconds = run["seconds"]
    limit = setting.bandwidth.seconds(run["code_bytes"], 2 * setting.sizes.city_rows / 8)
    return [
        Figure(
            work=f"one changed policy over {setting.sizes.city_rows:,} coded subjects, median of {run['policies']:.0f}",
            bar=f"≤ {_CHANGED_MS} ms",
            measured=f"{seconds * 1e3:.0f} ms (the slowest {run['slowest'] * 1e3:.0f} ms)",
            passed=seconds * 1e3 <= _CHANGED_MS,
            limit=f"{seconds / limit:.1f}×",
            values={"seconds": seconds, "slowest": run["slowest"], "limit": limit},
        ),
        Figure(
            work="the same with a threshold that no policy had: one column read and coded again",
            bar="",
            measured=f"{run['new_threshold']:.1f} s",
            values={"seconds": run["new_threshold"]},
        ),
    ]


def _flips(run: dict[str, float], setting: Setting) -> Figure:
    return Figure(
        work=f"whose verdicts turn tomorrow, {setting.sizes.city_rows:,} × {len(setting.rules):,}, from Parquet",
        bar="",
        measured=f"{run['seconds']:.1f} s, {run['peak_bytes'] / 1e9:.1f} GB ({run['flips']:,.0f} turn)",
        values={name: run[name] for name in ("seconds", "peak_bytes", "flips")},
    )
