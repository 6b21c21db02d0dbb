"""The way to the database: one engine, transactions, and one clear error when it cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import DatabaseUnavailable

__all__ = ["Begin", "Connection", "Engine", "alive", "engine", "transactions"]

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction: committed at the end of the `with` block, rolled back whole on an exception."""

POOL_WAIT_S = 5
# A person waits for an answer, a batch does not take longer than this for one statement either.
STATEMENT_TIMEOUT_MS = 60_000
# A transaction left open by a stuck process would hold its row locks for ever.
IDLE_TRANSACTION_TIMEOUT_MS = 120_000
# 08 connection, 53 out of disk, memory or connections, 57P shut down or starting up, 58 failed disk.
_UNAVAILABLE_SQLSTATES = ("08", "53", "57P", "58")
_URL_STEP = "Set DUIXIAN_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/NAME, or unset it."


def engine(url: str, *, pool_size: int = 10, connect_timeout_s: int = 3) -> Engine:
    """An engine whose failures to reach the server are DatabaseUnavailable; nothing is opened yet.

    `url`: postgresql://... or postgresql+psycopg://... .
    """
    made = sa.create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={
            "connect_timeout": connect_timeout_s,
            "options": (
                f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS}"
                f" -c idle_in_transaction_session_timeout={IDLE_TRANSACTION_TIMEOUT_MS}"
            ),
        },
    )
    sa.event.listen(made, "handle_error", _as_unavailable, retval=True)
    return made


def driver_url(url: str) -> sa.URL:
    """The URL with the one driver we use, whatever it was written with."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password.
        raise DatabaseUnavailable("The database's address cannot be read.", next_step=_URL_STEP) from error
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseUnavailable(
        f"{parsed.get_backend_name()!r} is not a database that Duixian runs on.",
        next_step=_URL_STEP,
    )


def transactions(engine: Engine) -> Begin:
    """What opens transactions on `engine`; an exhausted pool is DatabaseUnavailable as well."""

    @contextmanager
    def begin() -> Iterator[Connection]:
        try:
            context = engine.begin()
            connection = context.__enter__()
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                f"All {engine.pool.status()} connections were busy for {POOL_WAIT_S} s.",
                next_step="Try again; when it stays so, run fewer workers or allow more connections.",
            ) from error
        try:
            yield connection
        except BaseException as error:
            if not context.__exit__(type(error), error, error.__traceback__):
                raise
        else:
            context.__exit__(None, None, None)

    return begin


def alive(begin: Begin) -> None:
    """Raise DatabaseUnavailable unless the database answers."""
    with begin() as connection:
        connection.execute(sa.text("SELECT 1"))


def _as_unavailable(context: ExceptionContext) -> BaseException | None:
    if context.is_pre_ping:
        return None  # the pool replaces the stale connection by itself
    original = context.original_exception
    state = getattr(original, "sqlstate", None) or ""
    never_connected = context.connection is None and isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
    if not (never_connected or context.is_disconnect or state.startswith(_UNAVAILABLE_SQLSTATES)):
        return None
    detail = str(original).strip().splitlines()[0] if str(original).strip() else type(original).__name__
    return DatabaseUnavailable(
        f"The database cannot be reached: {detail}.",
        next_step="Start the database server, or mend DUIXIAN_DATABASE_URL, and try again; nothing was changed.",
    )
