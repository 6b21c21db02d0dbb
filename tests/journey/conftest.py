"""An installation whose officers sit in real browsers: the demo's small city, copied, with a server of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from duixian.demo import address_in
from duixian.processes import child
from storage import embedded
from tests.installation import Installation
from tests.journey.browser import DESK, Screen, chromium_browser

FAILED = pytest.StashKey[bool]()


@dataclass(frozen=True)
class Workplace:
    """`base`: the server's address."""

    installation: Installation
    base: str

    def let_a_week_pass(self) -> None:
        """For the inboxes: nobody is told more than a few things a day, and the demo told everybody that many."""
        engine = sa.create_engine(embedded.start(self.installation.home / "postgres"), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE message SET created_at = created_at - interval '7 days'"))
        engine.dispose()


@pytest.fixture(scope="session")
def workplace(
    chromium: str, delivered: tuple[Installation, str], new_folder: Callable[[], Path]
) -> Iterator[Workplace]:
    installation = delivered[0].copied_to(new_folder())
    with child(
        ("duixian", "serve", "--demo", "--port", "0"),
        installation.home / "logs" / "journey.log",
        installation.environment,
        ready_timeout_s=240,
    ) as line:
        yield Workplace(installation, address_in(line))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Closed after each module: while it runs, nothing else in this process can have an event loop."""
    with chromium_browser(chromium) as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for those who clear up after it."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def screens(browser: Any, workplace: Workplace, request: pytest.FixtureRequest) -> Iterator[Callable[..., Screen]]:
    """Opens screens, signed in as one of the demo's officers; the test fails with what failed in any of them.

    What they show when a test fails is kept as a picture.
    """
    opened: list[Screen] = []

    def screen(officer_id: str | None = None, *, width: int = DESK, language: str = "zh") -> Screen:
        opened.append(Screen.opened(browser, workplace.base, width=width, language=language))
        if officer_id is not None:
            opened[-1].sign_in(officer_id)
        return opened[-1]

    yield screen
    troubles = [trouble for one in opened for trouble in one.troubles]
    for number, one in enumerate(opened):
        if troubles or request.node.stash.get(FAILED, False):
            one.keep_picture(f"failed/{request.node.name}-{number}")
        one.page.context.close()
    assert troubles == []
