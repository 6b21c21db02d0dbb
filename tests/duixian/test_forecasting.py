"""The city's table of turning verdicts as a file: complete or not at all."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from domain.decision import Verdict
from domain.errors import CityMissing, DataDamaged
from domain.facts import Audience, Value
from duixian.forecasting import forecast_audience
from duixian.progress import Report
from matcher.outlook.flips import SCHEMA
from matcher.outlook.timeline import Timeline
from tests.installation import Installation
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.test_flips import rows_of, table_of, walked

FIRST, LAST = date(2024, 2, 26), date(2024, 3, 5)
POLICIES = [drawn.policy(0, "years >= 2"), drawn.policy(1, {"any": ["months_since(d2) >= 12", "d1 > as_of"]})]
CATALOGUE = over_time.catalogue({name: over_time.always(name, "2") for name in "pq"}, POLICIES)


@pytest.fixture
def rows() -> list[dict[str, Value]]:
    return rows_of(5, 400)


@pytest.fixture
def home(tmp_path: Path, rows: list[dict[str, Value]]) -> Path:
    folder = tmp_path / "wide" / "citizen"
    folder.mkdir(parents=True)
    about = {"audience": "citizen", "as_of": "2024-02-25", "created_at": "2024-02-25T00:00:00+00:00",
             "imports": {}, "parameters": {}}  # fmt: skip
    table = table_of(rows).replace_schema_metadata({"duixian": json.dumps(about)})
    pq.write_table(table, folder / "snapshot.parquet", row_group_size=90)
    return tmp_path


@contextmanager
def quiet(_: str) -> Iterator[Report]:
    yield lambda done, total: None


def test_the_file_holds_every_turn_and_the_counts_are_its_own(home: Path, rows: list[dict[str, Value]]) -> None:
    turned = forecast_audience(home, CATALOGUE, Audience.CITIZEN, FIRST, LAST, quiet)
    table = pq.read_table(turned.path)
    assert table.schema.names == SCHEMA.names
    found = {(r["subject_id"], r["policy_id"], r["on"], r["before"], r["after"]) for r in table.to_pylist()}
    assert found == walked(POLICIES, rows, Timeline(CATALOGUE, Audience.CITIZEN), FIRST, LAST)
    assert sum(turned.counts.values()) == table.num_rows > 0
    assert turned.counts["policy-0", Verdict.ELIGIBLE] == sum(
        1 for one in found if one[1] == "policy-0" and one[4] == "eligible"
    )
    assert (turned.snapshot_id, turned.subjects, turned.ended) == ("snapshot", 400, {})


def test_a_run_that_is_stopped_leaves_no_file(home: Path) -> None:
    @contextmanager
    def impatient(_: str) -> Iterator[Report]:
        def report(done: int, total: int | None) -> None:
            raise KeyboardInterrupt

        yield report

    with pytest.raises(KeyboardInterrupt):
        forecast_audience(home, CATALOGUE, Audience.CITIZEN, FIRST, LAST, impatient)
    assert list((home / "forecasts" / "citizen").iterdir()) == []


def test_a_damaged_table_is_named(home: Path) -> None:
    [source] = (home / "wide" / "citizen").iterdir()
    whole = source.read_bytes()
    source.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(DataDamaged, match="snapshot"):
        forecast_audience(home, CATALOGUE, Audience.CITIZEN, FIRST, LAST + timedelta(days=1), quiet)
    assert list((home / "forecasts" / "citizen").iterdir()) == []


def test_a_city_without_a_table_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CityMissing):
        forecast_audience(tmp_path, CATALOGUE, Audience.CITIZEN, FIRST, LAST, quiet)


def test_the_command_tells_a_subject_and_a_city_what_lies_ahead(city: Installation) -> None:
    everybody = city.here("forecast", "--from", "2026-11-25", "--to", "2027-03-31")
    assert everybody.returncode == 0, everybody.stderr
    paths = [line.removeprefix("flips: ") for line in everybody.stdout.splitlines() if line.startswith("flips: ")]
    turned = min(pq.read_table(paths[0]).to_pylist(), key=lambda flip: flip["on"])
    day = turned["on"].isoformat()
    one = city.here(
        "forecast", "--subject", turned["subject_id"], "--from", "2026-11-24", "--until", day, "--lang", "en"
    )
    assert one.returncode == 0, one.stderr
    assert f"  {turned['policy_id']} From {turned['on'].day} " in one.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--until", "2027-01-01"],
        ["--subject", "C1", "--to", "2027-01-01"],
        ["--from", "2027-01-02", "--to", "2027-01-01"],
    ],
)
def test_a_range_that_makes_no_sense_is_refused(arguments: list[str]) -> None:
    asked = [sys.executable, "-m", "duixian", "forecast", *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--until" in done.stderr or "before" in done.stderr
