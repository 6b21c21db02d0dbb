"""The audit log: a chain of digests whose head is also written to a file outside the database.

Each entry's digest covers what it says and the digest before it, so that no entry can be changed, left out or slipped
in without every later digest changing. Who could rewrite the whole table would still meet the anchors: a file of
(sequence, digest) lines, one after each act, that lies where database administrators cannot write
(`DUIXIAN_AUDIT_ANCHOR`). An act that is committed when the machine dies is anchored with the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import AuditBroken
from storage import audit
from storage.audit import EntryRow
from storage.connection import Begin, Connection

__all__ = ["SYSTEM", "AuditLog", "Verified"]

SYSTEM = "system"
_FIRST = "0" * 64
_TORN = re.compile(r"\d*|\d+ [0-9a-f]{0,63}")
"""What is left of an anchor whose writing was cut short."""


@dataclass(frozen=True)
class Verified:
    """`anchored`: the last sequence that an anchor vouches for; entries after it are only as sure as the table."""

    entries: int
    anchors: int
    anchored: int
    head: str


class AuditLog:
    """Writes and proves the log; `anchor`: the file of anchors, made with its folder when first needed."""

    def __init__(self, begin: Begin, anchor: Path) -> None:
        self._begin = begin
        self._anchor = anchor

    @staticmethod
    def append(
        connection: Connection, who: str, act: str, about: str, data: Mapping[str, object], now: datetime
    ) -> int:
        """Add an entry in the transaction of the act itself; returns its sequence. `data` must be plain JSON."""
        last = audit.head(connection, to_append=True)
        sequence, previous = (last.sequence + 1, last.digest) if last else (1, _FIRST)
        plain = json.loads(json.dumps(data, ensure_ascii=False))
        digest = _digest(sequence, now, who, act, about, plain, previous)
        audit.append(connection, EntryRow(sequence, now, who, act, about, plain, previous, digest))
        return sequence

    def anchor(self) -> None:
        """Write the head beside the database; called after an act was committed. Nothing new: nothing is written."""
        with self._begin() as connection:
            last = audit.head(connection)
        if last is None:
            return
        line = f"{last.sequence} {last.digest}\n"
        self._anchor.parent.mkdir(parents=True, exist_ok=True)
        with self._anchor.open("a+") as file:
            file.seek(0)
            held = file.readlines()
            if held and held[-1] == line:
                return
            torn = bool(held) and not held[-1].endswith("\n")  # by a crash, or a full disk, while it was written
            file.write(f"\n{line}" if torn else line)
            file.flush()
            os.fsync(file.fileno())

    def verify(self) -> Verified:
        """Recompute the chain and hold it against the anchors.

        Raises AuditBroken at the first entry that is not what was written, and where anchors vouch for entries that
        are gone or where entries stand without a file of anchors.
        """
        anchors = self._anchors()
        with self._begin() as connection, closing(audit.entries(connection)) as entries:
            count, head = _chain(entries, anchors)
        if count and not anchors:
            raise AuditBroken(
                f"The log has {count} entries, but nothing vouches for them: {self._anchor} is missing or empty.",
                next_step="Bring the file back from where anchors are kept; without it the log proves nothing.",
                entries=count,
            )
        last = max(anchors, default=0)
        if last > count:
            raise AuditBroken(
                f"An anchor vouches for entry {last}, but the log ends with entry {count}.",
                next_step="Entries were removed, or an older database was restored: ask who did, and bring it back.",
                sequence=count + 1,
            )
        return Verified(count, len(anchors), last, head)

    def _anchors(self) -> dict[int, str]:
        if not self._anchor.exists():
            return {}
        found: dict[int, str] = {}
        for number, line in enumerate(self._anchor.read_text().splitlines(), 1):
            if _TORN.fullmatch(line):
                continue  # vouches for nothing; the act is vouched for by the next anchor
            sequence, _, digest = line.partition(" ")
            if not (sequence.isdecimal() and len(digest) == len(_FIRST)):
                raise AuditBroken(
                    f"{self._anchor}:{number} is no anchor: {line[:80]!r}.",
                    next_step="Somebody or something wrote into the file; bring it back from where anchors are kept.",
                    line=number,
                )
            if found.setdefault(int(sequence), digest) != digest:
                raise AuditBroken(
                    f"{self._anchor}:{number} contradicts an earlier anchor of entry {sequence}.",
                    next_step="The log was written anew at some time: compare with a backup of the database.",
                    sequence=int(sequence),
                )
        return found


def _chain(entries: Iterable[EntryRow], anchors: Mapping[int, str]) -> tuple[int, str]:
    count, head = 0, _FIRST
    for entry in entries:
        count += 1
        wanted = _digest(count, entry.at, entry.who, entry.act, entry.about, entry.data, head)
        if (entry.sequence, entry.previous, entry.digest) != (count, head, wanted):
            what = f"entry {count} is missing" if entry.sequence != count else f"entry {count} was changed"
        elif anchors.get(count, wanted) != wanted:
            what = f"the anchor of entry {count} is another: the log up to it was written anew"
        else:
            head = wanted
            continue
        raise AuditBroken(
            f"The log is not what was written: {what}.",
            next_step="Nothing from here on can be relied on. Compare with a backup of the database.",
            sequence=count,
        )
    return count, head


def _digest(
    sequence: int, at: datetime, who: str, act: str, about: str, data: Mapping[str, object], previous: str
) -> str:
    said = [sequence, at.astimezone(UTC).isoformat(), who, act, about, data, previous]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
