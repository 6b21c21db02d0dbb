import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from storage import embedded


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    embedded.stop(folder)


def ask(url: str, statement: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        return result.scalar() if result.returns_rows else None


def kill_postmaster(data_dir: Path) -> None:
    server = embedded.find_server(data_dir)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    psutil.wait_procs([server], timeout=10)


def test_first_start_makes_a_server_in_utc_with_one_collation(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SELECT datlocale FROM pg_database WHERE datname = 'postgres'") == "C.UTF-8"
    assert ask(url, "SHOW server_version_num") >= "180000"  # type: ignore[operator]


def test_second_start_joins_the_running_server(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    running = embedded.find_server(data_dir)
    assert embedded.start(data_dir) == url
    assert embedded.find_server(data_dir) == running


def test_two_processes_starting_at_once_get_one_server(data_dir: Path) -> None:
    program = f"from pathlib import Path; from storage import embedded; embedded.start(Path({str(data_dir)!r}))"
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(subprocess.run, [sys.executable, "-c", program], check=True) for _ in range(2)]
        for run in runs:
            run.result()
    assert ask(embedded.start(data_dir), "SELECT 1") == 1


def test_committed_rows_survive_a_killed_server(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill_postmaster(data_dir)
    assert (data_dir / "postmaster.pid").exists()
    assert ask(embedded.start(data_dir), "SELECT answer FROM kept") == 42


def test_a_session_left_by_a_killed_server_does_not_block_the_next_start(data_dir: Path) -> None:
    engine = sa.create_engine(embedded.start(data_dir))
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        kill_postmaster(data_dir)
        assert ask(embedded.start(data_dir), "SELECT 1") == 1
        connection.invalidate()
    engine.dispose()


def test_a_stranger_with_the_dead_servers_id_is_not_taken_for_it(data_dir: Path) -> None:
    embedded.start(data_dir)
    kill_postmaster(data_dir)
    pid_file = data_dir / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().splitlines()[1:]]) + "\n")
    assert ask(embedded.start(data_dir), "SELECT 1") == 1


def test_stop_ends_the_server_and_may_be_repeated(data_dir: Path) -> None:
    embedded.start(data_dir)
    embedded.stop(data_dir)
    assert embedded.find_server(data_dir) is None
    embedded.stop(data_dir)
    assert ask(embedded.start(data_dir), "SELECT 1") == 1


@pytest.mark.parametrize("name", ["x" * 120, "兑现 it's, a folder"], ids=["too long for a socket", "odd signs"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name / "postgres"
    assert ask(embedded.start(data_dir), "SELECT 1") == 1
    embedded.stop(data_dir)


def test_a_folder_with_other_files_is_left_alone(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "thesis.txt").write_text("do not touch")
    with pytest.raises(embedded.EmbeddedServerError, match="holds other files"):
        embedded.start(data_dir)
    assert (data_dir / "thesis.txt").read_text() == "do not touch"


def test_another_major_version_is_refused_with_advice(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "PG_VERSION").write_text("16\n")
    with pytest.raises(embedded.EmbeddedServerError, match="is of PostgreSQL 16, not 18"):
        embedded.start(data_dir)


def test_settings_for_another_server_do_not_disturb(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    assert ask(embedded.start(data_dir), "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="root only: run the tests as root to see private folders opened")
def test_a_private_folder_of_root_is_opened_for_passing_only(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    data_dir = private / "clone" / "postgres"
    assert ask(embedded.start(data_dir), "SELECT 1") == 1
    embedded.stop(data_dir)
    assert oct(private.stat().st_mode & 0o777) == oct(0o701)


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    assert ask(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
