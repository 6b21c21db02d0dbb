"""Decisions that were shown, pushed, claimed or made at approval: kept with their reasons and what they rested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.decision import Decision
from domain.errors import UnknownDecision
from storage import bulk
from storage.tables import decision as table


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision with all that is needed to make it again: versions of rule, parameters and words, features, model.

    `parameters` are the values of the rule's dated parameters on the decision's date, as text. `parameter_versions`
    and `vocabulary_version` are None for a decision made before they were kept.
    """

    decision_id: UUID
    decision: Decision
    claim_id: UUID | None
    occasion: str
    parameters: Mapping[str, str]
    snapshot_id: str
    catalogue_digest: str
    model_version: str | None
    match_run_id: UUID | None
    made_at: datetime
    parameter_versions: Mapping[str, int] | None = None
    vocabulary_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as its row stands, `reasons` as JSON: a replay looks at it before it believes that it can be read."""

    decision_id: UUID
    subject_id: str
    policy_id: str
    policy_version: int
    claim_id: UUID | None
    occasion: str
    as_of: date
    verdict: str
    amount_fen: int | None
    reasons: Any
    parameters: Mapping[str, str]
    parameter_versions: Mapping[str, int] | None
    vocabulary_version: int | None
    snapshot_id: str
    made_at: datetime


_ROW = [table.c[name] for name in DecisionRow.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which decisions: of one subject, made at `since` or later; None leaves that open."""

    subject_id: str | None = None
    since: datetime | None = None


def record(connection: Connection, decisions: Sequence[StoredDecision]) -> None:
    """Keep the decisions."""
    for chunk in bulk.chunks(decisions):
        bulk.insert(connection, table, [_row(stored) for stored in chunk])


def of_claim(connection: Connection, claim_id: UUID) -> list[StoredDecision]:
    """The decisions about a claim, oldest first."""
    rows = connection.execute(
        sa.select(table).where(table.c.claim_id == claim_id).order_by(table.c.made_at, table.c.decision_id)
    )
    return [
        StoredDecision(
            decision_id=row.decision_id,
            decision=Decision.from_json(
                {
                    "subject_id": row.subject_id,
                    "policy_id": row.policy_id,
                    "policy_version": row.policy_version,
                    "as_of": row.as_of.isoformat(),
                    "verdict": row.verdict,
                    "amount_fen": row.amount_fen,
                    "reasons": row.reasons,
                }
            ),
            claim_id=row.claim_id,
            occasion=row.occasion,
            parameters=row.parameters,
            snapshot_id=row.snapshot_id,
            catalogue_digest=row.catalogue_digest,
            model_version=row.model_version,
            match_run_id=row.match_run_id,
            made_at=row.made_at,
            parameter_versions=row.parameter_versions,
            vocabulary_version=row.vocabulary_version,
        )
        for row in rows
    ]


def row(connection: Connection, decision_id: UUID) -> DecisionRow:
    """One decision as it stands. Raises UnknownDecision."""
    found = connection.execute(sa.select(*_ROW).where(table.c.decision_id == decision_id)).one_or_none()
    if found is None:
        raise UnknownDecision(decision_id)
    return DecisionRow(*found)


def snapshots(connection: Connection, scope: Scope) -> list[tuple[str, int]]:
    """(snapshot, decisions made from it) of those in scope, by the snapshot's id."""
    query = sa.select(table.c.snapshot_id, sa.func.count()).where(*_within(scope))
    found = connection.execute(query.group_by(table.c.snapshot_id).order_by(table.c.snapshot_id))
    return [(snapshot_id, count) for snapshot_id, count in found]


def rows_from(
    connection: Connection, snapshot_id: str, scope: Scope, after: DecisionRow | None, limit: int
) -> list[DecisionRow]:
    """The next decisions made from a snapshot, by subject: at most `limit` that come after the row `after`."""
    order = (table.c.subject_id, table.c.made_at, table.c.decision_id)
    query = sa.select(*_ROW).where(table.c.snapshot_id == snapshot_id, *_within(scope)).order_by(*order)
    if after is not None:
        query = query.where(sa.tuple_(*order) > (after.subject_id, after.made_at, after.decision_id))
    return [DecisionRow(*found) for found in connection.execute(query.limit(limit))]


def _within(scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.subject_id is not None:
        conditions.append(table.c.subject_id == scope.subject_id)
    if scope.since is not None:
        conditions.append(table.c.made_at >= scope.since)
    return conditions


def _row(stored: StoredDecision) -> dict[str, object]:
    return {
        **stored.decision.to_json(),
        "decision_id": stored.decision_id,
        "claim_id": stored.claim_id,
        "occasion": stored.occasion,
        "parameters": stored.parameters,
        "parameter_versions": stored.parameter_versions,
        "vocabulary_version": stored.vocabulary_version,
        "snapshot_id": stored.snapshot_id,
        "catalogue_digest": stored.catalogue_digest,
        "model_version": stored.model_version,
        "match_run_id": stored.match_run_id,
        "made_at": stored.made_at,
    }
