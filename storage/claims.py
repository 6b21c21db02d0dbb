"""Claims and their events: rows are locked, moved along one edge, and each move is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from domain.claim import CLOSED, ClaimEvent, ClaimState
from domain.errors import UnknownClaim
from storage import bulk
from storage.tables import claim as table
from storage.tables import claim_event


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim's row; `amount_fen` is of one period, None while unknown; `due_at`: the worker's next look at it."""

    claim_id: UUID
    subject_id: str
    audience: str
    policy_id: str
    policy_version: int
    period: str
    delivery_mode: str
    settlement: str
    amount_fen: int | None
    state: ClaimState
    revision: int
    payment_attempts: int
    cause: str | None
    due_at: datetime | None
    opened_at: datetime
    updated_at: datetime

    @property
    def live(self) -> bool:
        """Whether the claim still stands; a subject has at most one live claim of a policy and period."""
        return self.state not in CLOSED


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one claim: what happens to the row, and the event that says so."""

    claim: Claim
    event: ClaimEvent
    to_state: ClaimState
    actor: str
    at: datetime
    cause: str | None = None
    decision_id: UUID | None = None
    due_at: datetime | None = None
    amount_fen: int | None = None
    payment_attempts: int | None = None

    def after(self) -> Claim:
        """The claim once the move is made."""
        return replace(
            self.claim,
            state=self.to_state,
            revision=self.claim.revision + 1,
            cause=self.cause,
            due_at=self.due_at,
            amount_fen=self.claim.amount_fen if self.amount_fen is None else self.amount_fen,
            payment_attempts=(self.claim.payment_attempts if self.payment_attempts is None else self.payment_attempts),
            updated_at=self.at,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a claim's history."""

    revision: int
    event: ClaimEvent
    from_state: ClaimState | None
    to_state: ClaimState
    actor: str
    cause: str | None
    decision_id: UUID | None
    at: datetime


_COLUMNS = [table.c[name] for name in Claim.__dataclass_fields__]
_STATE_AT = list(Claim.__dataclass_fields__).index("state")
_UUIDS = sa.ARRAY(sa.Uuid)
_MOVED = ("claim_id", "state", "revision", "cause", "due_at", "amount_fen", "payment_attempts", "updated_at")
_STATES = {state.value: state for state in ClaimState}


def of_subject(connection: Connection, subject_id: str) -> list[Claim]:
    """A subject's claims, newest first."""
    query = sa.select(*_COLUMNS).where(table.c.subject_id == subject_id)
    return _claims(connection.execute(query.order_by(table.c.opened_at.desc(), table.c.claim_id)))


def get(connection: Connection, claim_id: UUID, subject_id: str) -> Claim:
    """The subject's claim. Raises UnknownClaim, also when it is another subject's."""
    query = sa.select(*_COLUMNS).where(table.c.claim_id == claim_id, table.c.subject_id == subject_id)
    return _one(connection, query, claim_id)


def lock(connection: Connection, claim_id: UUID, subject_id: str) -> Claim:
    """As `get`, and nobody else moves the claim until the transaction ends."""
    query = sa.select(*_COLUMNS).where(table.c.claim_id == claim_id, table.c.subject_id == subject_id)
    return _one(connection, query.with_for_update(), claim_id)


def lock_many(connection: Connection, claim_ids: Iterable[UUID]) -> list[Claim]:
    """The claims, locked in the order of their ids so that two callers never wait for each other in a ring."""
    found: list[Claim] = []
    for chunk in bulk.chunks(sorted(claim_ids)):
        query = sa.select(*_COLUMNS).where(table.c.claim_id == sa.func.any(sa.literal(list(chunk), _UUIDS)))
        found += _claims(connection.execute(query.order_by(table.c.claim_id).with_for_update()))
    return found


def lock_due(
    connection: Connection, states: Sequence[ClaimState], now: datetime, limit: int, *, settlement: str | None = None
) -> list[Claim]:
    """Up to `limit` claims in `states` that are due, longest due first; those that another worker holds are passed."""
    query = sa.select(*_COLUMNS).where(table.c.state.in_(states), table.c.due_at <= now)
    if settlement is not None:
        query = query.where(table.c.settlement == settlement)
    query = query.order_by(table.c.due_at, table.c.claim_id).limit(limit).with_for_update(skip_locked=True)
    return _claims(connection.execute(query))


def live(connection: Connection, subject_id: str, policy_id: str, period: str) -> Claim | None:
    """The subject's one live claim of a policy and period, locked."""
    query = sa.select(*_COLUMNS).where(
        table.c.subject_id == subject_id,
        table.c.policy_id == policy_id,
        table.c.period == period,
        table.c.state.not_in(sorted(CLOSED)),
    )
    found = _claims(connection.execute(query.with_for_update()))
    return found[0] if found else None


def count(connection: Connection, subject_id: str, policy_id: str, period: str) -> int:
    """How often the subject has begun a claim of the policy and period, closed ones included."""
    query = sa.select(sa.func.count()).where(
        table.c.subject_id == subject_id, table.c.policy_id == policy_id, table.c.period == period
    )
    return connection.execute(query).scalar_one()


def taken(connection: Connection, subject_ids: Sequence[str] | None) -> set[tuple[str, str, str]]:
    """(subject, policy, period) of every claim ever begun, closed ones included; None: of all subjects."""
    query = sa.select(table.c.subject_id, table.c.policy_id, table.c.period)
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return {(subject_id, policy_id, period) for subject_id, policy_id, period in connection.execute(query)}


def who_had(connection: Connection, policy_id: str, period: str, subject_ids: Sequence[str] | None) -> set[str]:
    """Those of the subjects (None: of all) who ever began a claim of that policy and period, closed ones included."""
    query = sa.select(table.c.subject_id).where(table.c.policy_id == policy_id, table.c.period == period)
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return set(connection.execute(query).scalars())


def begin(connection: Connection, claims: Sequence[Claim]) -> set[UUID]:
    """Insert the claims that are new, by their ids and as live ones of their period; returns the ids of those."""
    return set(bulk.insert_new(connection, table, bulk.rows_of(claims)))


def write_first_events(
    connection: Connection, claims: Sequence[Claim], event: ClaimEvent, actor: str, decisions: Sequence[UUID | None]
) -> None:
    """The first line of each claim's history, with the decision it rested on."""
    rows = [
        _event_row(claim.claim_id, 1, event, None, claim.state, actor, None, decision_id, claim.opened_at)
        for claim, decision_id in zip(claims, decisions, strict=True)
    ]
    bulk.insert(connection, claim_event, rows)


def move(connection: Connection, moves: Sequence[Move]) -> list[Claim]:
    """Carry out moves of claims that the caller has locked, write their events, and return the claims as they are now.

    A row that has changed since it was read (its revision differs) is a broken lock: raises RuntimeError, and the
    transaction is lost.
    """
    moved = [step.after() for step in moves]
    rows = [{name: getattr(claim, name) for name in _MOVED} for claim in moved]
    unchanged = bulk.update(
        connection, table, rows, "claim_id", only=lambda incoming: table.c.revision == incoming.c.revision - 1
    )
    if unchanged != len(moves):
        raise RuntimeError(f"{len(moves) - unchanged} of {len(moves)} claims changed while they were locked")
    bulk.insert(
        connection,
        claim_event,
        [
            _event_row(
                step.claim.claim_id,
                step.claim.revision + 1,
                step.event,
                step.claim.state,
                step.to_state,
                step.actor,
                step.cause,
                step.decision_id,
                step.at,
            )
            for step in moves
        ],
    )
    return moved


def postpone(connection: Connection, claim_ids: Sequence[UUID], until: datetime, causes: Sequence[str]) -> None:
    """Look at the claims again at `until`; nothing has happened to them, so no event is written."""
    rows = [
        {"claim_id": claim_id, "cause": cause, "due_at": until}
        for claim_id, cause in zip(claim_ids, causes, strict=True)
    ]
    bulk.update(connection, table, rows, "claim_id")


def note(connection: Connection, claim_id: UUID, cause: str) -> None:
    """Put a cause on a claim whose state stays."""
    connection.execute(sa.update(table).where(table.c.claim_id == claim_id).values(cause=cause))


def events(connection: Connection, claim_id: UUID) -> list[Event]:
    """A claim's history, oldest first."""
    columns = [claim_event.c[name] for name in Event.__dataclass_fields__]
    rows = connection.execute(
        sa.select(*columns).where(claim_event.c.claim_id == claim_id).order_by(claim_event.c.revision)
    )
    return [
        Event(
            row.revision,
            ClaimEvent(row.event),
            ClaimState(row.from_state) if row.from_state else None,
            ClaimState(row.to_state),
            row.actor,
            row.cause,
            row.decision_id,
            row.at,
        )
        for row in rows
    ]


def in_work(connection: Connection) -> int:
    """How many claims wait for the worker or the bank, not for their subject, and not for ever."""
    waits = sa.or_(
        table.c.state.in_([ClaimState.CLAIMED, ClaimState.APPROVED, ClaimState.PAYING]),
        sa.and_(table.c.state == ClaimState.RETURNED, table.c.due_at.is_not(None)),
    )
    return connection.execute(sa.select(sa.func.count()).where(waits)).scalar_one()


def counts(connection: Connection) -> dict[ClaimState, int]:
    """How many claims are in each state; states without a claim are left out."""
    rows = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state))
    return {ClaimState(state): number for state, number in rows}


def _one(connection: Connection, query: sa.Select[Any], claim_id: UUID) -> Claim:
    found = _claims(connection.execute(query))
    if not found:
        raise UnknownClaim(str(claim_id))
    return found[0]


def _claims(rows: Iterable[Row[Any]]) -> list[Claim]:
    found = []
    for row in rows:
        values = list(row)
        values[_STATE_AT] = _STATES[values[_STATE_AT]]
        found.append(Claim(*values))
    return found


def _event_row(
    claim_id: UUID,
    revision: int,
    event: ClaimEvent,
    from_state: ClaimState | None,
    to_state: ClaimState,
    actor: str,
    cause: str | None,
    decision_id: UUID | None,
    at: datetime,
) -> dict[str, object]:
    return {
        "claim_id": claim_id,
        "revision": revision,
        "event": event,
        "from_state": from_state,
        "to_state": to_state,
        "actor": actor,
        "cause": cause,
        "decision_id": decision_id,
        "at": at,
    }
