"""A stored decision made again from what it names: policy, parameters and words by version, facts from its snapshot.

Nothing of the catalogue's files, of the served catalogue or of today's profiles is looked at: what they say now is
another question than what was decided then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.decision import Decision
from domain.errors import DataDamaged, DuixianError, SnapshotMissing
from domain.facts import Audience
from duixian.archive import Archive, PastRule
from duixian.progress import Report
from features.past import PastProfiles, snapshot_before
from matcher.reasons.explain import explain
from storage import decisions, life_events
from storage.connection import Begin
from storage.decisions import DecisionRow, Scope
from storage.life_events import LifeEvent

DECISIONS_PER_READ = 2_000
FROM_THE_TABLE = frozenset({"push"})
"""Occasions on which a whole wide table was matched; on all others the subject's profile was read."""
MEANWHILE = timedelta(minutes=5)
"""A life event that comes in while a decision is made may have been read or not, whatever the two clocks say."""


class Outcome(StrEnum):
    REPRODUCED = "reproduced"
    DIFFERS = "differs"
    IMPOSSIBLE = "cannot be replayed"


@dataclass(frozen=True)
class Difference:
    """One value that the decision keeps and the replay does not give; both as JSON has them, None: not there."""

    what: str
    stored: Any
    replayed: Any


@dataclass(frozen=True)
class Replay:
    """What became of one decision; `snapshot_id`: from which facts it was reproduced; `obstacle`: why it cannot be."""

    row: DecisionRow
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    snapshot_id: str | None = None
    obstacle: DuixianError | None = None


class Replayer:
    """Replays decisions of one installation; reads, and never writes."""

    def __init__(self, home: Path, begin: Begin) -> None:
        self._home = home
        self._begin = begin
        self._archive = Archive(begin)

    def one(self, decision_id: UUID) -> Replay:
        """Replay one decision. Raises UnknownDecision."""
        with self._begin() as connection:
            row = decisions.row(connection, decision_id)
        [replay] = self._together([row])
        return replay

    def every(self, scope: Scope, report: Report) -> Iterator[Replay]:
        """Replay all decisions in scope, snapshot by snapshot and within each by subject."""
        with self._begin() as connection:
            snapshots = decisions.snapshots(connection, scope)
        done, total = 0, sum(count for _, count in snapshots)
        for snapshot_id, _ in snapshots:
            last: DecisionRow | None = None
            while True:
                with self._begin() as connection:
                    rows = decisions.rows_from(connection, snapshot_id, scope, last, DECISIONS_PER_READ)
                if not rows:
                    break
                yield from self._together(rows)
                last = rows[-1]
                done += len(rows)
                report(done, total)

    def _together(self, rows: Sequence[DecisionRow]) -> Iterator[Replay]:
        """Replay decisions whose facts are read together."""
        subjects = {row.subject_id for row in rows}
        with self._begin() as connection:
            events = life_events.of_subjects(connection, subjects)
        past = _Past(self._home, subjects)
        for row in rows:
            try:
                rule = self._archive.rule(row)
                yield _replayed(row, rule, past, events.get(row.subject_id, []))
            except DuixianError as obstacle:
                yield Replay(row, Outcome.IMPOSSIBLE, obstacle=obstacle)


class _Past:
    """Some subjects' profiles in every snapshot that is asked for; each is read once."""

    def __init__(self, home: Path, subjects: Set[str]) -> None:
        self._home = home
        self._subjects = subjects
        self._read: dict[tuple[Audience, str, int | None], PastProfiles] = {}

    def profiles(self, row: DecisionRow, rule: PastRule, snapshot_id: str) -> PastProfiles:
        """Raises SnapshotMissing and DataDamaged."""
        audience = rule.policy.audience
        key = (audience, snapshot_id, row.vocabulary_version)
        if key not in self._read:
            found = PastProfiles(self._home, rule.vocabulary, audience, snapshot_id)
            found.read(self._subjects)
            self._read[key] = found
        return self._read[key]

    def before(self, row: DecisionRow, rule: PastRule) -> str | None:
        """The snapshot whose facts the online store may still have held.

        Bringing it to another one takes a while, in which decisions go on and name the new one already.
        """
        if row.occasion in FROM_THE_TABLE:
            return None
        with suppress(DataDamaged):  # another table than the one that the decision names
            return snapshot_before(self._home, rule.policy.audience, row.snapshot_id)
        return None


def _replayed(row: DecisionRow, rule: PastRule, past: _Past, events: Sequence[LifeEvent]) -> Replay:
    found = _compared(row, rule, past.profiles(row, rule, row.snapshot_id), events)
    if not found:
        return Replay(row, Outcome.REPRODUCED, snapshot_id=row.snapshot_id)
    before = past.before(row, rule)
    with suppress(SnapshotMissing, DataDamaged):
        if before is not None and not _compared(row, rule, past.profiles(row, rule, before), events):
            return Replay(row, Outcome.REPRODUCED, snapshot_id=before)
    return Replay(row, Outcome.DIFFERS, found)


def _compared(
    row: DecisionRow, rule: PastRule, profiles: PastProfiles, events: Sequence[LifeEvent]
) -> tuple[Difference, ...]:
    """What differs from the decision made on these profiles; nothing where it is reproduced."""
    parameters = {name: str(value) for name, value in rule.parameters.items()}
    likeliest: tuple[Difference, ...] | None = None
    for known in _known_then(row, events):
        profile = profiles.profile(row.subject_id, known)
        decision = explain(rule.program, 0, profile)
        found = differences(row, decision, parameters)
        if not found:
            return ()
        likeliest = likeliest or found
    return likeliest or ()


def _known_then(row: DecisionRow, events: Sequence[LifeEvent]) -> Iterator[list[LifeEvent]]:
    """The life events that the decision can have known, the likeliest first.

    A push is decided on the wide table, into which the events were laid when it was built. All others are decided on
    the subject's profile, over which every event lies that came in before.
    """
    if row.occasion in FROM_THE_TABLE:
        yield []
        return
    yield [one for one in events if one.received_at <= row.made_at]
    moments = {one.received_at for one in events if abs(one.received_at - row.made_at) <= MEANWHILE}
    for moment in sorted(moments, reverse=True):
        yield [one for one in events if one.received_at <= moment]
        yield [one for one in events if one.received_at < moment]


def differences(row: DecisionRow, replayed: Decision, parameters: Mapping[str, str]) -> tuple[Difference, ...]:
    """All that the stored decision and the replayed one do not have in common; empty where they are the same."""
    made = json.loads(json.dumps(replayed.to_json()))  # tuples as lists, as they come back from the database
    kept = {"verdict": row.verdict, "amount_fen": row.amount_fen, "parameters": dict(row.parameters)}
    kept["reasons"] = row.reasons
    given = {"verdict": made["verdict"], "amount_fen": made["amount_fen"], "parameters": parameters}
    given["reasons"] = made["reasons"]
    return tuple(_differences("", kept, given))


def _differences(where: str, stored: Any, replayed: Any) -> Iterator[Difference]:
    if isinstance(stored, dict) and isinstance(replayed, dict):
        for name in dict.fromkeys([*stored, *replayed]):
            yield from _differences(f"{where}.{name}".lstrip("."), stored.get(name), replayed.get(name))
    elif isinstance(stored, list) and isinstance(replayed, list) and len(stored) == len(replayed):
        for number, (one, other) in enumerate(zip(stored, replayed, strict=True), start=1):
            yield from _differences(f"{where}[{_named(number, one, other)}]", one, other)
    elif stored != replayed or (isinstance(stored, bool) is not isinstance(replayed, bool)):
        yield Difference(where, stored, replayed)


def _named(number: int, stored: Any, replayed: Any) -> str:
    """A reason goes by its clause, which a reader can find in the policy."""
    for one in (stored, replayed):
        if isinstance(one, dict) and isinstance(one.get("clause"), str):
            return f"{number}: {one['clause']}"
    return str(number)
