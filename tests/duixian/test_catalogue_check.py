"""`duixian catalogue check`: what it counts, what it holds against the minimums, and when it fails."""

import re
import shutil

import pytest

from catalogue.loader import DEFAULT_ROOT, load_catalogue
from catalogue.minimums import MINIMUMS


@pytest.fixture(scope="module")
def installation(new_installation):
    return new_installation()


def test_the_whole_catalogue_is_counted_beside_its_minimums(installation):
    done = installation.here("catalogue", "check")
    catalogue = load_catalogue()

    assert done.returncode == 0, done.stdout
    assert f"at least: {MINIMUMS}" in done.stdout
    assert f"drafts put out for comment, never published: {len(catalogue.consultations)}, " in done.stdout
    assert re.search(
        rf"^{len(catalogue.policies)} policies, [\d,]+ cases, each by .+: 0 failed", done.stdout, re.MULTILINE
    )


def test_a_catalogue_below_its_minimums_fails_and_says_where(installation, tmp_path):
    for part in ("vocabulary.yaml", "parameters"):
        copy = shutil.copytree if (DEFAULT_ROOT / part).is_dir() else shutil.copy
        copy(DEFAULT_ROOT / part, tmp_path / part)

    done = installation.here("catalogue", "check", DUIXIAN_CATALOGUE=str(tmp_path))

    assert done.returncode == 1
    assert f"The catalogue has 0 policies, at least {MINIMUMS.policies} are needed." in done.stdout
    assert "The domain veterans has 0 policies, at least 6 are needed." in done.stdout


def test_one_file_is_held_to_no_minimum_and_a_draft_put_out_for_comment_is_called_so(installation):
    draft = load_catalogue().consultations[0]
    done = installation.here("catalogue", "check", str(DEFAULT_ROOT / draft.file))

    assert done.returncode == 0, done.stdout
    assert f"{draft.id} rests on a draft put out for comment: it can be tried, never published." in done.stdout
    assert f"1 policy, {len(draft.cases)} cases, each by " in done.stdout
