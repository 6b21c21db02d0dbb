"""How long work tells how far it is: a titled bar that yields a callback of (done, total or None)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

Report = Callable[[int, int | None], None]
ProgressBar = Callable[[str], AbstractContextManager[Report]]
