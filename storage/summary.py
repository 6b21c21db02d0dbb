"""The figures of a city's delivery at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.claim import ClaimState
from storage import claims, payments
from storage.tables import message, review


@dataclass(frozen=True, slots=True)
class Figures:
    """`mean_grade` is None as long as nobody has judged."""

    messages: int
    claims: Mapping[ClaimState, int]
    paid_fen: int
    reviews: int
    mean_grade: float | None


def figures(connection: Connection) -> Figures:
    """Messages sent, claims by state, money that arrived and stayed, reviews and their mean."""
    sent = connection.execute(sa.select(sa.func.count()).select_from(message)).scalar_one()
    reviewed, mean = connection.execute(sa.select(sa.func.count(), sa.func.avg(review.c.grade))).one()
    return Figures(
        messages=sent,
        claims=claims.counts(connection),
        paid_fen=payments.paid_fen(connection),
        reviews=reviewed,
        mean_grade=float(mean) if mean is not None else None,
    )
