"""A clock that stands still until it is moved, a log with its anchor, and people of two agencies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.officers import Officers
from workbench.roles import Officer, Role

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def anchor_file(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "anchors"


@pytest.fixture
def log(begin: Begin, anchor_file: Path) -> AuditLog:
    return AuditLog(begin, anchor_file)


@pytest.fixture
def officers(begin: Begin, clock: Clock, log: AuditLog) -> Officers:
    made = Officers(begin, clock, log)
    made.set_agency("上海市民政局", citywide=False)
    made.set_agency("上海市文化和旅游局", citywide=False)
    made.set_agency("上海市大数据中心", citywide=True)
    return made


@pytest.fixture
def hire(officers: Officers) -> Callable[..., Officer]:
    def hire(officer_id: str, *roles: Role, agency: str = "上海市民政局") -> Officer:
        return officers.set_officer(officer_id, officer_id.title(), agency, roles)

    return hire
