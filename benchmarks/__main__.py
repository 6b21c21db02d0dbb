"""`make bench-match`: every number of the matcher beside its bar and its peers; 1 is returned if a bar is missed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks import policies, population
from benchmarks.bandwidth import Bandwidth
from benchmarks.figures import Figure, Wrong, show, write_results
from benchmarks.machine import machine
from benchmarks.setting import Setting
from benchmarks.sizes import FULL, QUICK

RESULTS = Path(__file__).parent / "results"
PARTS = ("engines", "city", "growth", "online", "start")
Part = Callable[[Setting], tuple[list[Figure], list[Wrong]]]
_say = Console(stderr=True).print


def main() -> int:
    """Run all parts, print the table, and keep it when it is complete and in full size."""
    asked = _arguments()
    started = time.monotonic()
    sizes = QUICK if asked.quick else FULL
    parts = _parts()
    _say(f"Drawing {sizes.rows:,} subjects and {sizes.policies:,} policies ...")
    setting = Setting.of(sizes, asked.folder)
    figures = [_stream(setting.bandwidth)]
    wrong: list[Wrong] = []
    for name in asked.only or PARTS:
        found, answers = parts[name](setting)
        figures += found
        wrong += answers
    show(figures, wrong)
    _say(f"Took {time.monotonic() - started:.0f} s.")
    if asked.quick or asked.only:
        _say("[yellow]In part or in small size: these bars do not count, and no results are written.[/]")
        return 0
    write_results(RESULTS, _about(setting), figures, wrong)
    _say(f"Written: {RESULTS / 'match.md'}")
    return int(any(figure.passed is False for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-match", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to develop with; nothing is written")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="some parts; nothing is written")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(os.environ.get("DUIXIAN_BENCH", ".bench")),
        help="where the city's Parquet file is kept (or DUIXIAN_BENCH; default: .bench, 1.4 GB)",
    )
    return parser.parse_args()


def _parts() -> Mapping[str, Part]:
    """Imported here: a peer that is missing is told with the way to install it, before anything is measured."""
    try:
        from benchmarks import city_figures, engines, growth, online, start  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing}: the peers come with `make bench-match`, or see benchmarks/requirements.lock.")
    return {
        "engines": engines.figures,
        "city": city_figures.figures,
        "growth": growth.figures,
        "online": online.figures,
        "start": start.figures,
    }


def _stream(limit: Bandwidth) -> Figure:
    read, write = limit.read / 1e9, limit.write / 1e9
    return Figure(
        "memory alone, all cores",
        "",
        f"read {read:.1f} GB/s, write {write:.1f} GB/s",
        values={"read": read, "write": write},
    )


def _about(setting: Setting) -> dict[str, str]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        **machine(),
        "seeds": f"population {population.SEED}, policies {policies.SEED}",
        "rounds": str(setting.sizes.rounds),
    }


if __name__ == "__main__":
    sys.exit(main())
