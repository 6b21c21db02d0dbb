"""Children of the demo: they answer while it lives, and end when it is killed."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from domain.errors import ChildFailed
from duixian.processes import child
from storage import embedded

PARENT = """
import sys
from pathlib import Path
from duixian.processes import child

with child(["world.bank", "--data", sys.argv[1]], Path(sys.argv[1]) / "log") as line:
    print(line, flush=True)
    sys.stdin.read()
"""


def killed(parent: "subprocess.Popen[str]", expected: Sequence[str]) -> list[psutil.Process]:
    """Kill the parent and return those of its children that live on."""
    children = psutil.Process(parent.pid).children()
    running = [" ".join(one.cmdline()) for one in children]
    assert all(any(name in line for line in running) for name in expected), running
    parent.kill()
    _, alive = psutil.wait_procs(children, timeout=20)
    return alive


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert '"url"' in parent.stdout.readline()
        assert killed(parent, ["world.bank"]) == []


def test_a_child_that_fails_is_told_with_its_log(tmp_path: Path):
    with (
        pytest.raises(ChildFailed, match="unrecognized arguments"),
        child(["world.bank", "--data", str(tmp_path), "--no-such-option"], tmp_path / "log"),
    ):
        pass


@pytest.mark.slow
def test_after_a_killed_demo_nothing_lives_on_and_the_next_one_works(new_installation: Callable[[], Any]):
    installation = new_installation()
    sizes = ["--citizens", "900", "--enterprises", "200", "--people", "20"]
    command = [sys.executable, "-m", "duixian", "demo", "--port", "0", *sizes]
    with subprocess.Popen(command, env=installation.environment, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert any("Claims are approved" in line for line in demo.stdout)
        assert killed(demo, ["world.bank", "duixian serve"]) == []
    again = installation.run("demo", "--once", *sizes)
    assert again.returncode == 0, again.stderr
    assert embedded.find_server((installation.home / "postgres").resolve()) is None
