"""Runs a module as `python -m` does, and ends it when standard input closes: with the parent, however that ended.

    python -m duixian.tethered world.bank --port 0

The kernel closes a pipe whose writer is gone, also one that was killed and could end nobody.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

GRACE_S = 10


def main() -> None:
    """Run the module that the first argument names, with the others."""
    threading.Thread(target=_end_with_parent, name="tether", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass  # nobody has anything to say; only the end counts
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    main()
