from threading import Thread

import pytest
import sqlalchemy as sa

from domain.errors import MigrationDrift
from storage import migrate
from storage.connection import engine, transactions
from storage.tables import claim, metadata


def tables_of(url: str) -> set[str]:
    made = engine(url)
    with transactions(made)() as connection:
        names = set(sa.inspect(connection).get_table_names())
    made.dispose()
    return names - {"alembic_version"}


def test_up_and_down_and_up_again(database_url: str) -> None:
    assert migrate.current(database_url) is None
    migrate.upgrade(database_url)
    assert tables_of(database_url) == set(metadata.tables)
    head = migrate.current(database_url)
    assert head
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == head
    migrate.downgrade(database_url)
    assert tables_of(database_url) == set()
    migrate.upgrade(database_url)
    assert tables_of(database_url) == set(metadata.tables)


def test_two_processes_that_start_together_migrate_once(database_url: str) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            migrate.upgrade(database_url)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    starts = [Thread(target=start) for _ in range(3)]
    for one in starts:
        one.start()
    for one in starts:
        one.join()
    assert errors == []
    assert tables_of(database_url) == set(metadata.tables)


def test_migrations_build_what_the_tables_say(database_url: str) -> None:
    before = tables_of(database_url)
    migrate.check(database_url)
    assert tables_of(database_url) == before, "the check works on a database of its own"


def test_a_change_without_a_migration_is_found(database_url: str) -> None:
    looser = sa.CheckConstraint("amount_fen >= -1", name="looser")
    claim.append_constraint(looser)
    try:
        with pytest.raises(MigrationDrift, match=r"only in storage/tables\.py: constraint claim\.claim_looser"):
            migrate.check(database_url)
    finally:
        claim.constraints.discard(looser)
