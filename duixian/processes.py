"""Child processes that say on their first line when they are ready: the demo's bank and server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from domain.errors import ChildFailed

STOP_TIMEOUT_S = 10


@contextmanager
def child(
    arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, ready_timeout_s: float = 60
) -> Iterator[str]:
    """Run `python -m ...` until the block ends and yield its first line of output. Raises ChildFailed with its log.

    What else it writes goes to `log`. It gets a chance to end in order, then is killed. When this process is killed,
    it ends by itself.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "duixian.tethered", *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.PIPE,  # never written to: the tether
            env={**os.environ, **(environment or {})},
            # An interrupt from the keyboard is for the parent, which ends its children in order.
            start_new_session=True,
        ) as process,
    ):
        try:
            yield _first_line(process, log, ready_timeout_s)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            process.kill()


def _first_line(process: subprocess.Popen[bytes], log: Path, timeout_s: float) -> str:
    assert process.stdout is not None
    # A child that never gets ready is ended, which ends the read below.
    late = threading.Timer(timeout_s, process.kill)
    late.start()
    try:
        line = process.stdout.readline().decode().strip()
    finally:
        late.cancel()
    if not line:
        process.wait(STOP_TIMEOUT_S)
        tail = log.read_text(errors="replace")[-2000:]
        raise ChildFailed(
            f"{' '.join(map(str, process.args))} ended before it was ready:\n{tail}\n",  # type: ignore[arg-type]
            next_step=f"Its log is {log}.",
        )
    return line
