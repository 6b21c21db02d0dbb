"""Decisions that were shown, pushed, claimed or made at approval: kept with their reasons and what they rested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.decision import Decision
from storage import bulk
from storage.tables import decision as table


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision with all that is needed to make it again: rule version, parameters, features, model."""

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
        )
        for row in rows
    ]


def _row(stored: StoredDecision) -> dict[str, object]:
    return {
        **stored.decision.to_json(),
        "decision_id": stored.decision_id,
        "claim_id": stored.claim_id,
        "occasion": stored.occasion,
        "parameters": stored.parameters,
        "snapshot_id": stored.snapshot_id,
        "catalogue_digest": stored.catalogue_digest,
        "model_version": stored.model_version,
        "match_run_id": stored.match_run_id,
        "made_at": stored.made_at,
    }
