"""The demo's worker while its pages are served."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from domain.errors import DatabaseUnavailable, DataDamaged
from duixian import demo
from duixian.database import revive
from duixian.demo import City, Demo
from duixian.settings import Settings
from storage import embedded


def test_a_server_that_cannot_be_started_yet_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data_dir: Path) -> NoReturn:
        raise embedded.EmbeddedServerError(f"{data_dir}: the killed server is not gone yet")

    monkeypatch.setattr(embedded, "start", refuse)
    revive(Settings(home=tmp_path))


def test_the_demo_outlives_a_database_that_was_killed_and_starts_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    revived: list[Settings] = []
    told: list[str] = []
    rounds = iter([DatabaseUnavailable("gone", next_step="Start it."), DataDamaged("x.parquet"), KeyboardInterrupt()])

    def once() -> None:
        raise next(rounds)

    monkeypatch.setattr(demo, "revive", revived.append)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    for of_the_desk in ("population_of", "desk_of", "release_due"):  # nothing is due there
        monkeypatch.setattr(demo, of_the_desk, lambda *_: None)
    work = Demo(SimpleNamespace(settings=settings, served=None), City(), None, told.append)  # type: ignore[arg-type]
    work.keep_delivering(SimpleNamespace(once=once))  # type: ignore[arg-type]
    assert revived == [settings, settings]
    assert ["gone" in told[0], "x.parquet" in told[1]] == [True, True]
