import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from domain.errors import DatabaseUnavailable
from storage import embedded
from storage.connection import alive, engine, transactions


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "pg"
    yield folder, embedded.start(folder, durable=False)
    embedded.stop(folder)


def test_a_database_that_is_down_is_one_clear_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    made = engine(f"postgresql://nobody@127.0.0.1:{port}/none")
    before = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match=r"cannot be reached.*DUIXIAN_DATABASE_URL"):
        alive(transactions(made))
    assert time.monotonic() - before < 6


def test_a_database_that_never_answers_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = engine(f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/none", connect_timeout_s=2)
        before = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            alive(transactions(made))
        assert time.monotonic() - before < 6


def test_a_database_that_does_not_exist_says_so(database_url: str) -> None:
    missing = sa.make_url(database_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnavailable, match='"nowhere" does not exist'):
        alive(transactions(engine(missing)))


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(DatabaseUnavailable, match="sqlite"):
        engine("sqlite:///city.db")


def kill(folder: Path) -> None:
    server = embedded.find_server(folder)
    assert server is not None
    processes = [server, *server.children()]
    os.kill(server.pid, signal.SIGKILL)
    for process in processes[1:]:
        process.kill()
    psutil.wait_procs(processes, timeout=10)


def test_a_server_killed_within_a_transaction_is_the_same_error_and_comes_back(own_server: tuple[Path, str]) -> None:
    folder, url = own_server
    made = engine(url)
    begin = transactions(made)
    with begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (n int)"))
    with pytest.raises(DatabaseUnavailable), begin() as connection:  # noqa: PT012 - the kill falls within
        connection.execute(sa.text("INSERT INTO kept VALUES (1)"))
        kill(folder)
        connection.execute(sa.text("INSERT INTO kept VALUES (2)"))
    embedded.start(folder, durable=False)
    with begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM kept")).scalar_one() == 0
    kill(folder)
    embedded.start(folder, durable=False)
    alive(begin)  # the pool replaces its dead connections by itself
    made.dispose()


def test_an_exhausted_pool_is_an_error_and_not_a_wait_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.connection.POOL_WAIT_S", 0.2)
    made = engine(database_url, pool_size=1)
    begin = transactions(made)
    with begin(), begin(), pytest.raises(DatabaseUnavailable, match="busy"), begin():
        pass
    made.dispose()


def test_an_exception_rolls_everything_back(database_url: str) -> None:
    made = engine(database_url)
    begin = transactions(made)
    with begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (n int)"))
    with pytest.raises(KeyError), begin() as connection:  # noqa: PT012 - the transaction is the statement
        connection.execute(sa.text("INSERT INTO kept VALUES (1)"))
        raise KeyError
    with begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM kept")).scalar_one() == 0
    made.dispose()


def test_an_address_that_cannot_be_read_is_refused_without_repeating_it() -> None:
    with pytest.raises(DatabaseUnavailable, match="DUIXIAN_DATABASE_URL") as refused:
        engine("secret@nowhere")
    assert "secret" not in str(refused.value)
