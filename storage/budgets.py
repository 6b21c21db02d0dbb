"""What is granted out of a policy's budget, who waits for a part of it, and the lots that were drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from domain.claim import CLOSED, ClaimEvent, ClaimState
from storage.tables import budget_draw, claim, claim_event

_UNGRANTED = (ClaimState.PUSHED, ClaimState.SEEN, ClaimState.CLAIMED, *sorted(CLOSED))
_LOCK_SPACE = 0x6275  # "bu": keeps these locks apart from others on the same numbers


@dataclass(frozen=True, slots=True)
class Queued:
    """A claim that waits to be judged; `cause`: why it was not granted when it was last looked at."""

    claim_id: UUID
    subject_id: str
    claimed_at: datetime
    amount_fen: int | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Draw:
    """The lots of one policy and period: `entrants_digest` of the claims that took part (domain.rationing)."""

    seed: str
    entrants: int
    entrants_digest: str
    officer_id: str
    drawn_at: datetime


def lock(connection: Connection, policy_id: str) -> None:
    """Nobody else grants out of this policy's budget until the transaction ends."""
    key = sa.func.hashtext(policy_id)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_SPACE, key)))


def committed(connection: Connection, policy_id: str, since: datetime, until: datetime) -> tuple[int, int]:
    """(fen, claims) granted from `since` to before `until` and not taken back."""
    granted = (
        sa.select(claim_event.c.claim_id)
        .join(claim, claim.c.claim_id == claim_event.c.claim_id)
        .where(
            claim.c.policy_id == policy_id,
            claim.c.state.not_in(_UNGRANTED),
            claim_event.c.event == ClaimEvent.APPROVE,
            claim_event.c.at >= since,
            claim_event.c.at < until,
        )
        .distinct()
        .subquery()
    )
    query = sa.select(sa.func.coalesce(sa.func.sum(claim.c.amount_fen), 0), sa.func.count()).join_from(
        claim, granted, claim.c.claim_id == granted.c.claim_id
    )
    fen, count = connection.execute(query).one()
    return int(fen), count


def queue(connection: Connection, policy_id: str) -> list[Queued]:
    """Every claim of the policy that waits to be judged, earliest claimed first."""
    query = (
        sa.select(claim.c.claim_id, claim.c.subject_id, claim_event.c.at, claim.c.amount_fen, claim.c.cause)
        .join(claim_event, claim_event.c.claim_id == claim.c.claim_id)
        .where(
            claim.c.policy_id == policy_id,
            claim.c.state == ClaimState.CLAIMED,
            claim_event.c.event == ClaimEvent.CLAIM,
        )
        .order_by(claim_event.c.at, claim.c.claim_id)
    )
    return [Queued(*row) for row in connection.execute(query)]


def wake(connection: Connection, claim_ids: list[UUID], now: datetime) -> None:
    """Look at these claims at once, since there is room for them."""
    condition = claim.c.claim_id == sa.func.any(sa.literal(claim_ids, sa.ARRAY(sa.Uuid)))
    statement = sa.update(claim).where(condition, claim.c.state == ClaimState.CLAIMED, claim.c.due_at > now)
    connection.execute(statement.values(due_at=now))


def find_draw(connection: Connection, policy_id: str, period_from: date) -> Draw | None:
    columns = [budget_draw.c[name] for name in Draw.__dataclass_fields__]
    row = connection.execute(
        sa.select(*columns).where(budget_draw.c.policy_id == policy_id, budget_draw.c.period_from == period_from)
    ).one_or_none()
    return None if row is None else Draw(*row)


def keep_draw(connection: Connection, policy_id: str, period_from: date, draw: Draw) -> bool:
    """Keep the draw for good; False where the period has been drawn, and that draw stays."""
    values = {name: getattr(draw, name) for name in Draw.__dataclass_fields__}
    statement = insert(budget_draw).values(policy_id=policy_id, period_from=period_from, **values)
    kept = connection.execute(statement.on_conflict_do_nothing().returning(budget_draw.c.policy_id))
    return kept.one_or_none() is not None
