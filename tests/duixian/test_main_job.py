"""The main job and the command's daily work, in real processes on a small city."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue.loader import DEFAULT_ROOT
from storage import embedded
from tests.installation import CITIZENS


def figures(printed: str) -> dict[str, str]:
    rows = re.findall(r"^│ ([a-z ]+?) +│ +(.+?) │$", printed.rsplit("Summary", maxsplit=1)[-1], re.MULTILINE)
    return {name: value for name, value in rows if name != "seconds"}


def test_the_demo_takes_a_city_from_registers_to_judged_benefits(delivered):
    _, printed = delivered
    found = figures(printed)
    assert (found["citizens"], found["enterprises"]) == ("900", "200")
    for name in ("messages", "claims pushed", "claims paid", "claims provided", "claims rated"):
        assert int(found[name].replace(",", "")) > 0, name
    assert float(found["yuan paid"].replace(",", "")) > 0
    assert "mean grade" in found["reviews"]


def test_a_second_run_changes_nothing(delivered):
    installation, first = delivered
    again = installation.demo()
    assert again.returncode == 0, again.stderr
    assert figures(again.stdout) == figures(first)
    assert "citizen: 0 messages" in again.stdout
    assert "serves already" in again.stdout


def test_what_was_paid_is_what_the_banks_own_book_says(city):
    with closing(sqlite3.connect(city.home / "bank/bank.sqlite")) as book:
        [(settled,)] = book.execute("SELECT coalesce(sum(amount_fen), 0) FROM payment WHERE status = 'settled'")
    url = embedded.start(city.home / "postgres")
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        ours = connection.scalar(sa.text("SELECT sum(amount_fen) FROM payment WHERE state = 'paid'"))
    embedded.stop(city.home / "postgres")
    assert ours == settled


@pytest.mark.parametrize(("subject", "words"), [("C000000001", "citizen"), ("E000000001", "enterprise")])
def test_a_subjects_verdicts_are_explained_in_both_languages(city, subject, words):
    chinese = city.here("match", "--subject", subject, "--explain")
    english = city.here("match", "--subject", subject, "--explain", "--lang", "en")
    assert chinese.returncode == english.returncode == 0, chinese.stderr
    assert words in chinese.stdout
    assert "登记为" in chinese.stdout
    assert "on record" in english.stdout
    counts = [int(n) for n in re.findall(r"^(?:eligible|unknown|ineligible): (\d+)$", chinese.stdout, re.MULTILINE)]
    assert len(counts) == 3
    assert sum(counts) > 10


def test_an_unknown_subject_is_named_with_a_next_step_and_without_a_traceback(city):
    done = city.here("match", "--subject", "C999999999")
    assert done.returncode == 1
    assert "There is no subject 'C999999999'." in done.stderr
    assert "Traceback" not in done.stderr


def test_an_officer_sees_what_a_changed_policy_would_do_and_cannot_load_it_past_the_workbench(city, tmp_path):
    original = DEFAULT_ROOT / "policies/citizen/health/bowel-cancer-screening.yaml"
    text = original.read_text(encoding="utf-8")
    condition = "age_years between param.bowel_screening_age_from_years and param.bowel_screening_age_to_years"
    assert condition in text
    draft = tmp_path / original.name
    draft.write_text(text.replace(condition, "age_years between 20 and 90", 1), encoding="utf-8")
    told = city.here("impact", str(draft), "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["subjects"] == CITIZENS
    assert found["gain"] == found["after"]["eligible"] - found["before"]["eligible"] > 0
    assert found["lose"] == 0
    shown = city.here("impact", str(draft), "--lang", "en")
    assert "beside version 1, which serves" in shown.stdout
    rows = dict(re.findall(r"│ ([a-z ]+?) +│ +([\d,]+) │", shown.stdout))
    assert (rows["gain"], rows["messages"]) == (f"{found['gain']:,}", f"{found['messages']:,}")
    assert "with another text" in shown.stdout  # of the version that serves
    draft.write_text(text.replace("title: {zh: ", "title: {zh: 试行", 1), encoding="utf-8")
    refused = city.here("catalogue", "load", str(draft))
    assert refused.returncode == 1
    assert "duixian catalogue import" in refused.stderr
    assert condition in city.here("catalogue", "show", "bowel-cancer-screening").stdout


def test_a_malformed_policy_is_refused_with_file_and_line_and_nothing_is_loaded(city, tmp_path):
    original = DEFAULT_ROOT / "policies/citizen/health/only-child-parent-reward.yaml"
    draft = tmp_path / original.name
    draft.write_text(
        original.read_text(encoding="utf-8").replace("only_child_parent", "only_childs_parent"), encoding="utf-8"
    )
    done = city.here("catalogue", "load", str(draft))
    assert done.returncode == 1
    assert re.search(rf"{original.name}:\d+:\d+: There is no fact 'only_childs_parent'", done.stderr.replace("\n", ""))
    assert "only_child_parent" in done.stderr  # did you mean


def test_an_analyst_trains_compares_and_is_told_what_the_gate_wants(city):
    made = city.here("train", "citizen")
    assert made.returncode == 0, made.stderr
    assert "version 2 is the challenger" in made.stdout
    early = city.here("promote", "citizen", "--reviewer", "Li")
    assert early.returncode == 1
    assert "not evaluated" in early.stderr
    judged = city.here("evaluate", "citizen")
    assert judged.returncode == 0, judged.stderr
    assert "popularity" in judged.stdout
    assert "version 1" in judged.stdout


def test_without_a_promoted_version_there_is_nothing_to_roll_back_to(city):
    done = city.here("rollback", "enterprise", "--reviewer", "Li")
    assert done.returncode == 1
    assert "previous" in done.stderr


def test_a_register_is_imported_once(city):
    extract = city.home / "city/extracts/veterans"
    mapping = Path(DEFAULT_ROOT.parent, "world/mappings/veterans.yaml")
    done = city.here("register", "import", str(extract), "--mapping", str(mapping))
    assert done.returncode == 0, done.stderr
    assert "nothing changed" in done.stdout
    assert city.here("register", "list").stdout.count("veterans") == 1


def test_an_import_shows_the_first_bad_row_of_each_reason(new_installation, tmp_path):
    (tmp_path / "people.csv").write_text("id,sex\nC000000001,1\nC000000002,3\n", encoding="utf-8")
    (tmp_path / "people.yaml").write_text(
        "register: population\naudience: citizen\nsubject_id: {column: id}\nas_of: 2026-10-01\n"
        "facts:\n  sex: {column: sex, codes: {'1': male}}\n",
        encoding="utf-8",
    )
    mapping = ("--mapping", str(tmp_path / "people.yaml"))
    done = new_installation().here("register", "import", str(tmp_path / "people.csv"), *mapping)
    assert done.returncode == 0, done.stderr
    assert "unseen_code 1, first in people.csv row 2, column sex: '3'." in done.stdout


def test_without_a_register_there_are_no_profiles_to_build(new_installation):
    installation = new_installation()
    done = installation.here("features", "build")
    assert done.returncode == 1
    assert str(installation.home) in done.stderr
    assert "register import" in done.stderr


def test_somebody_has_to_answer_for_a_promotion(city):
    done = city.here("promote", "citizen", "--reviewer", " ")
    assert done.returncode == 2
    assert "answers for" in done.stderr


def test_a_registry_that_cannot_be_read_is_told_before_training(city, tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"no database at all" * 100)
    done = city.here("train", "citizen", DUIXIAN_TRACKING=str(tmp_path))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


def test_a_database_that_is_down_is_told_at_once(city):
    done = city.here("db", "status", DUIXIAN_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_worker_without_a_bank_says_which_setting_is_missing(city):
    done = city.here("worker", "--once")
    assert done.returncode == 1
    assert "DUIXIAN_BANK_URL" in done.stderr


def test_commands_leave_no_server_running(city):
    assert city.here("db", "status").returncode == 0
    assert embedded.find_server((city.home / "postgres").resolve()) is None


def test_every_stored_decision_of_the_demo_is_reproduced(city):
    done = city.here("replay", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"decisions: [\d,]+ reproduced, 0 not as stored, 0 not replayable", done.stdout)


def test_what_was_loaded_is_served_whatever_becomes_of_the_files(city, tmp_path):
    before = city.here("catalogue", "list")
    (tmp_path / "catalogue").mkdir()
    after = city.here("catalogue", "list", DUIXIAN_CATALOGUE=str(tmp_path / "catalogue"))
    assert (after.returncode, after.stdout) == (0, before.stdout)
