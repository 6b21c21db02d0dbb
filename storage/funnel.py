"""How far a policy's offers come, counted from what happened to its claims; each step is a part of the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.claim import ClaimEvent, ClaimState
from storage.tables import claim, claim_event, message, review

__all__ = ["Funnel", "of_policy"]

_CLAIMED = (ClaimEvent.CLAIM,)
_DELIVERED = (ClaimEvent.SETTLE, ClaimEvent.PROVIDE)


@dataclass(frozen=True)
class Funnel:
    """Claims of one policy that came so far, and why the others did not.

    `told` counts offers and claims that nobody was told of first; `hinted` messages of a policy that is only told.
    `seen` counts who claimed without opening the message, too. `ended`: claims by closed state and cause; `waiting`: by
    state and cause of those on their way. `grade`: mean of the reviews, 1 to 5, None without one; `to_money`: the
    median from claim to money or service.
    """

    told: int
    hinted: int
    seen: int
    claimed: int
    approved: int
    delivered: int
    confirmed: int
    rated: int
    delivered_fen: int
    ended: Mapping[tuple[str, str | None], int]
    waiting: Mapping[tuple[str, str | None], int]
    grade: float | None
    to_money: timedelta | None


def of_policy(connection: Connection, policy_id: str) -> Funnel:
    """The funnel of all versions and periods of a policy."""
    event, at = claim_event.c.event, claim_event.c.at
    happened = (
        sa.select(
            claim.c.claim_id,
            claim.c.amount_fen,
            _ever(ClaimEvent.SEE, ClaimEvent.CLAIM).label("seen"),
            _ever(*_CLAIMED).label("claimed"),
            _ever(ClaimEvent.APPROVE).label("approved"),
            _ever(*_DELIVERED).label("delivered"),
            _ever(ClaimEvent.CONFIRM, ClaimEvent.RATE).label("confirmed"),
            _ever(ClaimEvent.RATE).label("rated"),
            (sa.func.min(at).filter(event.in_(_DELIVERED)) - sa.func.min(at).filter(event.in_(_CLAIMED))).label("time"),
        )
        .join(claim_event, claim_event.c.claim_id == claim.c.claim_id)
        .where(claim.c.policy_id == policy_id)
        .group_by(claim.c.claim_id)
        .subquery()
    )
    steps = ("seen", "claimed", "approved", "delivered", "confirmed", "rated")
    row = connection.execute(
        sa.select(
            sa.func.count().label("told"),
            *[sa.func.count().filter(happened.c[step]).label(step) for step in steps],
            sa.func.coalesce(sa.func.sum(happened.c.amount_fen).filter(happened.c.delivered), 0).label("delivered_fen"),
            sa.func.percentile_cont(0.5).within_group(happened.c.time).label("to_money"),
        ).select_from(happened)
    ).one()
    grade = connection.execute(sa.select(sa.func.avg(review.c.grade)).where(review.c.policy_id == policy_id))
    hints = sa.select(sa.func.count()).where(message.c.policy_id == policy_id, message.c.purpose == "inform")
    mean = grade.scalar_one()
    ended, waiting = _standing_now(connection, policy_id)
    return Funnel(
        told=row.told,
        hinted=connection.execute(hints).scalar_one(),
        **{step: getattr(row, step) for step in steps},
        delivered_fen=int(row.delivered_fen),
        ended=ended,
        waiting=waiting,
        grade=None if mean is None else float(mean),
        to_money=row.to_money,
    )


def _ever(*events: ClaimEvent) -> sa.ColumnElement[bool]:
    return sa.func.bool_or(claim_event.c.event.in_(events))


def _standing_now(
    connection: Connection, policy_id: str
) -> tuple[dict[tuple[str, str | None], int], dict[tuple[str, str | None], int]]:
    query = (
        sa.select(claim.c.state, claim.c.cause, sa.func.count())
        .where(claim.c.policy_id == policy_id)
        .group_by(claim.c.state, claim.c.cause)
        .order_by(sa.func.count().desc(), claim.c.state, claim.c.cause)
    )
    ended: dict[tuple[str, str | None], int] = {}
    waiting: dict[tuple[str, str | None], int] = {}
    for state, cause, number in connection.execute(query):
        if state in (ClaimState.REFUSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN):
            ended[state, cause] = number
        elif state in (ClaimState.CLAIMED, ClaimState.APPROVED, ClaimState.PAYING, ClaimState.RETURNED):
            waiting[state, cause] = number
    return ended, waiting
