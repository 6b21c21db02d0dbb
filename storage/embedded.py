"""The embedded PostgreSQL: a real server from a wheel, for laptops, demos and tests."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil

from storage.server_programs import MAJOR, EmbeddedServerError, hand_over, open_the_way, run

__all__ = ["EmbeddedServerError", "find_server", "start", "stop"]

PORT = 5432  # only part of the socket's name: the server listens on no network address
SUPERUSER = "postgres"
# The kernel's limit for a socket's path is 108 bytes on Linux and 104 on macOS, its closing zero included.
SOCKET_PATH_MAX_BYTES = 103
# A start after a crash replays the write-ahead log first, and backends of a killed server may still be going.
START_TIMEOUT_S = 60
# What a start says while a killed server is not quite gone: its backends' memory, its id in the socket's lock.
_STILL_GOING = ("pre-existing shared memory", '.lock" already exists')


def start(data_dir: Path, *, durable: bool = True) -> str:
    """Start, or join, the server of `data_dir` and return the SQLAlchemy URL of its `postgres` database.

    The first start makes the directory (0.5 s). `durable=False` leaves out fsync: a test's data may then be
    lost with the machine, though not with a killed server. Raises EmbeddedServerError.
    """
    data_dir = data_dir.expanduser().resolve()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        open_the_way(data_dir)
        if not (data_dir / "PG_VERSION").exists():
            _initialise(data_dir)
        version = (data_dir / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            advice = "dump and restore it, or choose another directory"
            raise EmbeddedServerError(f"{data_dir} is of PostgreSQL {version}, not {MAJOR}: {advice}.")
        socket_dir = _socket_dir(data_dir)
        if not _joined(data_dir, socket_dir):
            (data_dir / "postmaster.pid").unlink(missing_ok=True)  # left by a server that was killed
            _launch(data_dir, f"-p {PORT} -c listen_addresses= -k {socket_dir}{'' if durable else ' -F'}")
    return f"postgresql+psycopg://{SUPERUSER}@:{PORT}/postgres?host={quote(str(socket_dir))}"


def stop(data_dir: Path) -> None:
    """Stop the server of `data_dir`, if one runs, and end its sessions. Raises EmbeddedServerError."""
    data_dir = data_dir.expanduser().resolve()
    if not data_dir.exists():
        return
    with _locked(data_dir):
        if find_server(data_dir) is not None:
            run(data_dir, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data_dir))
            with contextlib.suppress(OSError):  # it is not there, or not ours
                _short_dir(data_dir).rmdir()


def find_server(data_dir: Path) -> psutil.Process | None:
    """Find the live postmaster of `data_dir`, an absolute path.

    After a kill, the id in the pid file may be anybody's, another PostgreSQL's too: the command line tells.
    """
    try:
        process = psutil.Process(int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process if str(data_dir) in process.cmdline() else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None  # a process of ours may be looked at, so one that may not is another's


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server; the kernel frees the lock of one that dies."""
    try:
        lock = data_dir.with_name(f".{data_dir.name}.lock").open("w")
    except PermissionError as error:
        advice = "run as the user who made it, or choose another directory"
        raise EmbeddedServerError(f"{data_dir.parent} belongs to another user: {advice}.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(data_dir: Path) -> None:
    # Under another name first: an initdb that is killed leaves no half-made directory under the real one.
    draft = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    hand_over(draft)
    # One collation and one clock wherever it runs, not those of the machine.
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    clock = ("--set", "timezone=UTC", "--set", "log_timezone=UTC")
    run(draft, "initdb", "-U", SUPERUSER, "--auth=trust", *locale, *clock, "-D", str(draft))
    try:
        draft.rename(data_dir)  # replaces an empty folder only
    except OSError as error:
        raise EmbeddedServerError(f"{data_dir} holds other files: choose another directory.") from error


def _socket_dir(data_dir: Path) -> Path:
    """Choose the data directory, or a private folder in /tmp if its path is too long or has odd signs."""
    fits = len(os.fsencode(data_dir / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_MAX_BYTES
    if fits and re.fullmatch(r"[\w/.+-]+", str(data_dir)):
        return data_dir
    socket_dir = _short_dir(data_dir)
    with contextlib.suppress(FileExistsError):
        socket_dir.mkdir(mode=0o700)
        hand_over(socket_dir)
    if socket_dir.is_symlink() or socket_dir.stat().st_uid != data_dir.stat().st_uid:
        raise EmbeddedServerError(f"{socket_dir} is not ours: remove it, or use a shorter data directory.")
    return socket_dir


def _short_dir(data_dir: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path("/tmp", f"duixian-{digest}")  # noqa: S108 - _socket_dir checks its owner


def _joined(data_dir: Path, socket_dir: Path) -> bool:
    """Wait until a live server answers (it may just be starting, or recovering); false if there is none."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while find_server(data_dir) is not None:
        try:
            run(data_dir, "pg_isready", "-q", "-h", str(socket_dir), "-p", str(PORT))
            return True
        except EmbeddedServerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    return False


def _launch(data_dir: Path, options: str) -> None:
    """Start the postmaster; backends of a killed one hold its memory until they notice, so try until then."""
    log = data_dir / "server.log"
    command = ("start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(log), "-o", options, "-D", str(data_dir))
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        log.unlink(missing_ok=True)
        try:
            return run(data_dir, "pg_ctl", *command)
        except EmbeddedServerError as error:
            told = log.read_text(errors="replace") if log.exists() else ""
            if not any(sign in told for sign in _STILL_GOING) or time.monotonic() > deadline:
                raise EmbeddedServerError(f"{error}\n{log} says:\n{told[-2000:]}") from error
            time.sleep(0.3)
