"""The database of this installation: the server that is set, or an embedded one that the last user turns off."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from duixian.settings import Settings
from storage import embedded, migrate
from storage.connection import Begin, engine, transactions


@contextmanager
def server_url(settings: Settings) -> Iterator[str]:
    """The URL to connect to. Several commands may use one embedded server at once: the last one out stops it."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    data_dir = settings.home.resolve() / "postgres"
    with _use(data_dir):
        yield embedded.start(data_dir)


@contextmanager
def database(settings: Settings) -> Iterator[Begin]:
    """Transactions on this installation's database, its schema brought up to date first."""
    with server_url(settings) as url:
        migrate.upgrade(url)
        made = engine(url)
        try:
            yield transactions(made)
        finally:
            made.dispose()


def revive(settings: Settings) -> None:
    """Start the embedded server again where it was killed; a server of the operator's is the operator's.

    What was killed a moment ago may still stand in the way: nothing is raised then, and a later call succeeds.
    """
    if settings.database_url is None:
        with suppress(embedded.EmbeddedServerError):
            embedded.start(settings.home.resolve() / "postgres")


@contextmanager
def _use(data_dir: Path) -> Iterator[None]:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with data_dir.with_name("postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another command still works with the server
            else:
                embedded.stop(data_dir)
