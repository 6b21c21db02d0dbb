"""The command before it does anything: help that answers at once, and settings that are checked."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from duixian.cli.app import app
from duixian.settings import Settings

HEAVY = ("feast", "mlflow", "pandas", "sqlalchemy", "pyarrow", "lightgbm", "fastapi", "duckdb", "numpy")


def test_help_loads_nothing_heavy():
    probe = f"import sys, duixian.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_and_option_says_what_it_does():
    def walk(command: Any, path: str) -> None:
        assert command.help, f"{path} has no help"
        for parameter in getattr(command, "params", []):
            if parameter.param_type_name == "option":
                assert parameter.help, f"{path} {parameter.name} has no help"
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{path} {name}")

    walk(typer.main.get_command(app), "duixian")


def test_a_token_key_is_made_once_and_is_for_its_owner_alone(tmp_path):
    settings = Settings(home=tmp_path / "home")
    key = settings.signing_key()
    assert len(key) >= 32
    assert settings.signing_key() == key
    assert (tmp_path / "home/token.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("arguments", [["token"], ["token", "C000000001", "--system", "x"]])
def test_a_token_is_for_a_subject_or_a_system(arguments, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "duixian", *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "not both" in done.stderr
