from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.errors import AuditBroken
from storage.connection import Begin
from storage.tables import audit_entry as table
from workbench.audit import AuditLog

NOW = datetime(2026, 11, 24, 4, 0, 0, 123456, tzinfo=UTC)


def write(begin: Begin, log: AuditLog, count: int = 5) -> None:
    for number in range(count):
        with begin() as connection:
            log.append(connection, "li.na", "save", f"draft/{number}", {"revision": number, "title": "老年“综合”"}, NOW)
        log.anchor()


def tamper(begin: Begin, statement: str) -> None:
    """As somebody with all rights on the database would."""
    with begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(statement))


def test_an_untouched_log_is_proved_to_its_end(begin: Begin, log: AuditLog) -> None:
    assert log.verify().entries == 0

    write(begin, log)
    found = log.verify()

    assert (found.entries, found.anchors, found.anchored) == (5, 5, 5)


def test_an_entry_of_a_transaction_that_failed_is_not_there(begin: Begin, log: AuditLog) -> None:
    write(begin, log, 1)
    with suppress(ZeroDivisionError), begin() as connection:
        log.append(connection, "li.na", "save", "draft/1", {}, NOW)
        raise ZeroDivisionError
    write(begin, log, 1)

    assert log.verify().entries == 2


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE audit_entry SET who = 'wang.wei' WHERE sequence = 3", 3),
        ("""UPDATE audit_entry SET data = '{"revision": 9}' WHERE sequence = 2""", 2),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE sequence = 4", 4),
        ("DELETE FROM audit_entry WHERE sequence = 3", 3),
        ("DELETE FROM audit_entry WHERE sequence = 5", 5),
        ("DELETE FROM audit_entry", 1),
    ],
)
def test_whatever_is_changed_or_left_out_is_found(begin: Begin, log: AuditLog, statement: str, sequence: int) -> None:
    write(begin, log)
    tamper(begin, statement)

    with pytest.raises(AuditBroken) as broken:
        log.verify()
    assert broken.value.data["sequence"] == sequence


def test_a_log_written_anew_with_right_digests_is_found_by_its_anchors(begin: Begin, log: AuditLog) -> None:
    write(begin, log)
    tamper(begin, "DELETE FROM audit_entry")
    with begin() as connection:
        for number in range(5):
            log.append(connection, "wang.wei", "save", f"draft/{number}", {}, NOW)

    with pytest.raises(AuditBroken, match="written anew"):
        log.verify()


def test_without_its_anchors_the_log_proves_nothing(begin: Begin, log: AuditLog, anchor_file: Path) -> None:
    write(begin, log)
    anchor_file.unlink()

    with pytest.raises(AuditBroken, match="nothing vouches"):
        log.verify()


def test_an_anchor_file_that_was_written_into_is_named_by_line(begin: Begin, log: AuditLog, anchor_file: Path) -> None:
    write(begin, log, 2)
    anchor_file.write_text(anchor_file.read_text() + "hello\n")

    with pytest.raises(AuditBroken, match=r"anchors:3"):
        log.verify()


def test_an_act_whose_anchor_was_lost_in_a_crash_is_vouched_for_by_the_next(begin: Begin, log: AuditLog) -> None:
    with begin() as connection:
        log.append(connection, "li.na", "save", "draft/1", {}, NOW)
    with pytest.raises(AuditBroken, match="nothing vouches"):
        log.verify()

    write(begin, log, 1)
    assert log.verify().anchored == 2


def test_acts_at_the_same_moment_form_one_chain(begin: Begin, log: AuditLog) -> None:
    def act(number: int) -> None:
        with begin() as connection:
            log.append(connection, f"officer-{number}", "save", "draft/1", {"share": 0.1, "large": 1e20}, NOW)
        log.anchor()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(40)))

    assert log.verify().entries == 40


def test_the_table_refuses_to_be_changed(begin: Begin, log: AuditLog) -> None:
    write(begin, log, 1)

    with pytest.raises(sa.exc.IntegrityError, match="add an entry"), begin() as connection:
        connection.execute(sa.delete(table))


@pytest.mark.parametrize("left", [0, 1, 2, 30, 66])
def test_an_anchor_that_a_crash_cut_short_breaks_no_proof(
    begin: Begin, log: AuditLog, anchor_file: Path, left: int
) -> None:
    write(begin, log, 3)
    lines = anchor_file.read_text().splitlines(keepends=True)
    anchor_file.write_text("".join(lines[:2]) + lines[2].rstrip("\n")[:left])
    assert log.verify().anchored == (3 if left == 66 else 2)
    write(begin, log, 1)
    found = log.verify()
    assert (found.entries, found.anchored) == (4, 4)
