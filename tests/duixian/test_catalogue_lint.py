"""`duixian catalogue lint`: each finding with its line, in two languages; it fails only where there is an error."""

import re

import pytest

from catalogue.loader import DEFAULT_ROOT

POLICY = "policies/citizen/elderly_care/elderly-comprehensive-allowance.yaml"
CLAUSE = "    - age_years >= param.elderly_allowance_age_years\n"


@pytest.fixture(scope="module")
def installation(new_installation):
    return new_installation()


def draft(tmp_path, more):
    text = (DEFAULT_ROOT / POLICY).read_text(encoding="utf-8")
    assert CLAUSE in text
    path = tmp_path / "draft.yaml"
    path.write_text(text.replace(CLAUSE, f"{CLAUSE}    - {more}\n"), encoding="utf-8")
    return path


def test_the_city_is_read_whole(installation):
    done = installation.here("catalogue", "lint")
    assert re.search(r"policies: 0 errors, 0 warnings, [0-9]+ notes?\.", done.stdout)
    assert done.returncode == 0


def test_an_error_is_told_with_its_line_and_fails(installation, tmp_path):
    path = draft(tmp_path, "age_years < 60")
    done = installation.here("catalogue", "lint", str(path))
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "age_years < 60" in text)
    assert (
        f"draft.yaml:{line}:7: 错误: 「age_years >= param.elderly_allowance_age_years」与「age_years < 60」"
        in done.stdout
    )
    assert "[contradiction]" in done.stdout
    assert done.returncode == 1


def test_a_warning_is_told_and_does_not_fail(installation, tmp_path):
    done = installation.here("catalogue", "lint", str(draft(tmp_path, "age_years >= 0")), "--lang", "en")
    assert "warning: 'age_years >= 0' " in done.stdout
    assert "1 policy: 0 errors, 1 warning, 0 notes." in done.stdout
    assert done.returncode == 0
