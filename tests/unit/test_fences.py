"""What the linters cannot see of the house's fences."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def test_domain_uses_the_standard_library_only() -> None:
    allowed = {"domain", *sys.stdlib_module_names}
    strangers = {path.name: imported(path) - allowed for path in (ROOT / "domain").rglob("*.py")}
    assert {name: found for name, found in strangers.items() if found} == {}


def test_every_package_is_built_checked_for_types_and_for_layers() -> None:
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(PACKAGES) == on_disk
    assert set(PACKAGES) <= set(PROJECT["tool"]["mypy"]["files"])
    assert set(PACKAGES) == set(PROJECT["tool"]["importlinter"]["root_packages"])


@pytest.mark.parametrize(("name", "at_least"), [("requirements.lock", 50), ("benchmarks/requirements.lock", 5)])
def test_a_lock_names_no_index_and_hashes_everything(name: str, at_least: int) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert re.search(r"https?://|--index|--find-links| @ ", lock) is None
    entries = re.split(r"\n(?=[a-zA-Z0-9])", lock)[1:]
    assert len(entries) >= at_least
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_help_answers_without_loading_what_is_slow_to_import() -> None:
    pytest.importorskip("duixian.cli", reason="the command line is not there yet", exc_type=ImportError)
    program = (
        "import sys, duixian.cli; "
        "print(*sorted({'feast', 'mlflow', 'lightgbm', 'sklearn', 'pandas', 'numba'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
