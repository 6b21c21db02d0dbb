"""Fixtures that every test may ask for, and what the run says at its end about what it left out."""

import os
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from hypothesis import settings

from storage import connection, embedded, migrate
from storage.connection import Begin
from storage.tables import metadata
from tests.installation import delivered, new_folder, new_installation

__all__ = ["delivered", "new_folder", "new_installation"]

# Before anything imports feast or mlflow: no test tells anybody that it ran.
os.environ.update(FEAST_USAGE="False", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="1")
# A developer's own settings (a production database, a tracking server) are not for tests to touch.
for name in [*os.environ]:
    if name.startswith(("DUIXIAN_", "MLFLOW_TRACKING_")) and name != "DUIXIAN_REFERENCE_DATA":
        del os.environ[name]

# A shared machine pauses at times; a slow example is no failure. In CI the same commit tries the same examples.
settings.register_profile("duixian", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("duixian")

ROOM_PREFIX = "duixian-tests-"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def pytest_configure() -> None:
    """Give this run a room of its own for `tmp_path` and clear those of runs that are over.

    pytest's usual folder is shared: another run that starts makes it private again, and the embedded server of a
    root, which runs as another account, then finds its data no more.
    """
    if "PYTEST_DEBUG_TEMPROOT" in os.environ:
        return  # chosen by somebody, or by the run whose worker this is
    for room in Path(tempfile.gettempdir()).glob(f"{ROOM_PREFIX}*"):
        pid = room.name.removeprefix(ROOM_PREFIX).split("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)) and os.access(room, os.W_OK):
            for pid_file in room.rglob("postmaster.pid"):  # a run that was killed left its server
                embedded.stop(pid_file.parent)
            shutil.rmtree(room, ignore_errors=True)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix=f"{ROOM_PREFIX}{os.getpid()}-")


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the checkout's `.duixian/` out of the tests' reach."""
    os.environ["DUIXIAN_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Find the folder with public data sets (`adult`, ...) that are too large for the repository."""
    given = os.environ.get("DUIXIAN_REFERENCE_DATA")
    if not given:
        pytest.skip("reference data: set DUIXIAN_REFERENCE_DATA to the folder that holds it (it is not set)")
    folder = Path(given)
    if not folder.is_dir():
        pytest.skip(f"reference data: DUIXIAN_REFERENCE_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find a Chromium to drive: a visible skip where there is none, a failure in CI."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    missing = f"browser: none of {', '.join(CHROMIUM_NAMES)} found; get it with `apt-get install chromium`"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an embedded PostgreSQL for the whole run and give the URL of its `postgres` database."""
    data_dir = tmp_path_factory.mktemp("postgres") / "data"
    yield embedded.start(data_dir, durable=False)
    embedded.stop(data_dir)


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """Make a fresh, empty database and give its URL; it goes away with its sessions after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(postgres_url, f"CREATE DATABASE {name}")
    yield sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _tables_url(postgres_url: str) -> str:
    _execute(postgres_url, "CREATE DATABASE tables")
    url = sa.make_url(postgres_url).set(database="tables").render_as_string(hide_password=False)
    migrate.upgrade(url)
    return url


@pytest.fixture
def begin(_tables_url: str) -> Iterator[Begin]:
    """Open transactions on a database that has all tables and no rows.

    It is emptied, not made anew: dropping a database is a checkpoint, which costs more than most tests.
    """
    engine = connection.engine(_tables_url)
    with engine.begin() as session:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))  # past keys and guards
        for table in metadata.sorted_tables:
            session.execute(sa.delete(table))
    yield connection.transactions(engine)
    engine.dispose()


def _execute(postgres_url: str, statement: str) -> None:
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as session:
        session.execute(sa.text(statement))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was left out and how to get it."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    lines = [f"{count} skipped: {reason}" for reason, count in reasons.most_common()]
    slow = [item for item in terminalreporter.stats.get("deselected", []) if item.get_closest_marker("slow")]
    if slow:
        lines.append(f"{len(slow)} slow left out: run `make test-slow`")
    if lines:
        terminalreporter.section("what this run left out, and how to get it")
        for line in lines:
            terminalreporter.write_line(line)
