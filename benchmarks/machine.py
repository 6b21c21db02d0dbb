"""The machine and the versions that a figure was taken with."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

LIBRARIES = (
    "numpy", "numba", "llvmlite", "pyarrow", "polars", "duckdb", "openfisca-core", "common-expression-language",
    "zen-engine", "json-logic-qubit",
)  # fmt: skip


def machine(libraries: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """What to know before comparing with another machine's figures; `libraries` are those that were at work."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "CPU": _cpu(),
        "cores": str(cores()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }


def cores() -> int:
    """Those that this process may use: a container has fewer than its machine."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _cpu() -> str:
    """The model with its vector extensions, which decide more than the model's name."""
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in information.read_text().splitlines() if ":" in line)
    said = {name.strip(): value.strip() for name, value in lines.items()}
    vectors = [flag for flag in ("avx512bw", "avx2", "asimd") if flag in said.get("flags", "").split()]
    return " ".join([said.get("model name", platform.machine()), *(f"({flag})" for flag in vectors[:1])])
