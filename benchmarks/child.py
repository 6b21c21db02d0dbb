"""Works measured in a process of their own: what they leave in memory is theirs alone, and they start cold."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """What the module tells; a module that fails ends the benchmark with what it said."""
    command = [sys.executable, "-m", module, *arguments]
    told = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **(environment or {})}
    )
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def tell(**measured: float) -> None:
    """Answer the parent, with the most memory that this process ever had resident."""
    sys.stdout.write(json.dumps({**measured, "peak_bytes": _peak_bytes()}) + "\n")


def _peak_bytes() -> int:
    """Linux counts into a child's ru_maxrss what its parent held when it started it; VmHWM is the child's own."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        assert found is not None
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
