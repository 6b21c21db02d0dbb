"""The command before it does anything: help that answers at once, and settings that are checked."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import duixian
from domain.errors import SettingInvalid
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


@pytest.mark.parametrize("arguments", [[], ["C000000001", "--system", "x"], ["--system", "x", "--officer", "y"]])
def test_a_token_is_for_a_subject_a_system_or_an_officer(arguments, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "duixian", "token", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "exactly one" in done.stderr


def test_a_setting_that_is_misspelt_is_refused_and_the_near_one_named(monkeypatch):
    monkeypatch.setenv("DUIXIAN_DATABSE_URL", "postgresql://somewhere/else")
    with pytest.raises(SettingInvalid, match="Did you mean DUIXIAN_DATABASE_URL"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("THREADS", "0"),
        ("TOKEN_KEY", "short"),
        ("BANK_URL", "bank"),
        ("TRACKING", "http://mlflow:5000"),
    ],
)
def test_a_malformed_setting_is_refused_by_its_name_and_secrets_are_not_repeated(name, value, monkeypatch):
    monkeypatch.setenv(f"DUIXIAN_{name}", value)
    with pytest.raises(SettingInvalid, match=f"DUIXIAN_{name}") as refused:
        Settings()
    assert name != "TOKEN_KEY" or value not in str(refused.value)


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("DUIXIAN_DATABASE_URL", "")
    assert Settings().database_url is None


def test_data_are_found_from_any_folder_below_their_own(tmp_path, monkeypatch):
    monkeypatch.delenv("DUIXIAN_HOME")
    (tmp_path / ".duixian").mkdir()
    (tmp_path / "notebooks/deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks/deep")
    found = Settings()
    assert (found.home, found.tracking) == (tmp_path / ".duixian", tmp_path / "mlruns")


def test_models_go_with_a_home_of_another_name(tmp_path, monkeypatch):
    monkeypatch.setenv("DUIXIAN_HOME", str(tmp_path / "city"))
    assert Settings().tracking == tmp_path / "city/mlruns"


def test_a_folder_that_cannot_be_made_is_told_without_a_traceback(tmp_path):
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "duixian", "token", "C000000001"],
        env={**os.environ, "DUIXIAN_HOME": str(tmp_path / "file/home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "DUIXIAN_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_operators_page_lists_every_setting_and_no_other():
    page = Path(duixian.__file__).parents[1] / "docs/operating.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `DUIXIAN_")]
    named = {name for row in rows for name in re.findall(r"`(DUIXIAN_\w+)`", row.split("|")[1])}
    assert named == {f"DUIXIAN_{name.upper()}" for name in Settings.model_fields}
