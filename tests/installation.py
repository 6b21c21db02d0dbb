"""A home of its own with the `duixian` command in it, and a small city that the demo has taken through every stage."""

import contextlib
import io
import os
import subprocess
import sys
import unittest.mock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from duixian.cli import main
from storage import embedded

CITIZENS, ENTERPRISES = 900, 200


@dataclass(frozen=True)
class Done:
    """What a command left: its status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Installation:
    """A home of its own and the `duixian` command in it."""

    home: Path
    environment: dict[str, str]

    @classmethod
    def at(cls, folder: Path) -> "Installation":
        given = {"DUIXIAN_HOME": str(folder / "home"), "DUIXIAN_TRACKING": str(folder / "mlruns")}
        return cls(folder / "home", {**os.environ, **given, "COLUMNS": "200"})

    def here(self, *arguments: str, **environment: str) -> Done:
        """Run a command in this process, which has loaded the heavy libraries already."""
        out, err = io.StringIO(), io.StringIO()
        given = {**self.environment, **environment}
        with (
            unittest.mock.patch.dict(os.environ, given),
            unittest.mock.patch.object(sys, "argv", ["duixian", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                status = 0
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Done(status, out.getvalue(), err.getvalue())

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "duixian", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def demo(self) -> subprocess.CompletedProcess[str]:
        sizes = ("--citizens", str(CITIZENS), "--enterprises", str(ENTERPRISES), "--people", "120")
        return self.run("demo", "--once", *sizes)

    def copied_to(self, folder: Path) -> "Installation":
        """The same once more, to be changed freely. Its database must be at rest while it is copied, and is."""
        embedded.stop(self.home / "postgres")
        # The embedded server's files may belong to an account of its own, which a copy by Python would lose.
        for part in ("home", "mlruns"):
            subprocess.run(["cp", "-a", str(self.home.parent / part), str(folder / part)], check=True)
        return self.at(folder)


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Folders for installations; their servers are stopped at the end."""
    made = []

    def make() -> Path:
        made.append(tmp_path_factory.mktemp("installation"))
        return made[-1]

    yield make
    for folder in made:
        embedded.stop(folder / "home" / "postgres")


@pytest.fixture(scope="session")
def new_installation(new_folder: Callable[[], Path]) -> Callable[[], Installation]:
    return lambda: Installation.at(new_folder())


@pytest.fixture(scope="session")
def delivered(new_installation: Callable[[], Installation]) -> tuple[Installation, str]:
    """The installation after a first demo, and what that printed; made once for all tests of a run."""
    installation = new_installation()
    done = installation.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    return installation, done.stdout
