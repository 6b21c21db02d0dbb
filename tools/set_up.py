"""Set up `.venv` from `requirements.lock`: run by the Makefile, with nothing but a Python.

Kept to syntax that Pythons older than 3.11 read, so that they get to the message that they are too old.
"""

import fcntl
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
# The Makefile compares this file's time with those of the lock and of pyproject.toml.
STAMP = VENV / ".installed"
OLDEST = (3, 11)


def main() -> None:
    """Make or renew the environment; of two runs at once the second waits and finds it done."""
    refuse_unfit_python()
    with (ROOT / ".venv.lock").open("w") as lock:
        # Freed by the kernel if this run is killed, so it can never be left behind.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_fresh():
            return
        started = time.monotonic()
        say("Setting up .venv with Python {}.{}.{} ...".format(*sys.version_info[:3]))
        say("    the first time downloads about 500 MB: usually one to five minutes; later it takes seconds")
        if STAMP.exists():
            STAMP.unlink()
        make_environment()
        install()
        STAMP.touch()
        say(f".venv is ready ({time.monotonic() - started:.0f} s)")


def refuse_unfit_python() -> None:
    """End with advice if this Python is too old, or came without the parts that make an environment."""
    if sys.version_info < OLDEST:
        fail(
            "Duixian needs Python {}.{} or newer, and {} is {}.{}.".format(
                *OLDEST, sys.executable, *sys.version_info[:2]
            )
            + " Name a newer one: make PYTHON=python3.12 ..."
        )
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        fail(
            f"{sys.executable} came without venv. On Debian and Ubuntu: apt-get install python3-venv;"
            " or name another one: make PYTHON=python3.12 ..."
        )


def is_fresh() -> bool:
    """Tell whether the environment is newer than what it was made from."""
    sources = (LOCK, ROOT / "pyproject.toml")
    return STAMP.exists() and all(STAMP.stat().st_mtime >= source.stat().st_mtime for source in sources)


def make_environment() -> None:
    """Make `.venv`, anew if the one that is there does not run (its Python is gone, or the folder moved)."""
    probe = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.prefix != sys.argv[1])", str(VENV)]
    if PYTHON.exists() and subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return
    call(sys.executable, "-m", "venv", "--clear", str(VENV))


def install() -> None:
    """Install the lock, each file checked against its hash, then Duixian itself as an editable package."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        # uv comes from the lock too, so that pip checks its hash as uv then checks all others.
        only_uv.write(locked("uv"))
        only_uv.flush()
        pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet")
        call(*pip, "install", "--require-hashes", "--no-deps", "-r", only_uv.name)
    uv = (str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON))
    call(*uv, "--require-hashes", "-r", str(LOCK))
    # The build backend is in the lock: without isolation nothing unlocked is fetched.
    call(*uv, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def locked(name: str) -> str:
    """Give the lock's entry of one package: its version and hashes."""
    entry = re.search(rf"^{name}==.*\n(?:    --hash=.*\n)+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if entry is None:
        fail(f"requirements.lock has no entry for {name}: run `make lock` in a working environment.")
    return entry.group()


def mirror() -> "dict[str, str]":
    """Hand the index that the user gave pip (a mirror, say) on to uv, which does not read pip's settings."""
    if "UV_DEFAULT_INDEX" in os.environ or "UV_INDEX_URL" in os.environ:
        return {}
    asked = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.decode().strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def call(*command: str) -> None:
    """Run one step; end with what it printed and how to go on if it fails."""
    environment = {**os.environ, **(mirror() if "uv" in command else {})}
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        fail("This step failed: {}\nRunning the same make again goes on from here.".format(" ".join(command)))


def say(text: str) -> None:
    """Write a line for the person at the terminal."""
    sys.stderr.write(text + "\n")


def fail(text: str) -> NoReturn:
    """End with a message and a non-zero status."""
    sys.exit(text)


if __name__ == "__main__":
    main()
