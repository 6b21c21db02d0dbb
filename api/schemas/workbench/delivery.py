"""What became of a policy: its funnel, the room in its budget, and the lots that were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request, Text, example
from delivery.budgeting import Room
from domain.budget import FirstCome, Lottery, NeedOrder, Rationing
from domain.rationing import Allotment
from storage.budgets import Draw
from storage.funnel import Funnel

_FUNNEL_CLAIMS = [{"state": "expired", "cause": None, "claims": 4100}]


class ClaimsByCause(Answer):
    """How many claims are in a state for one cause."""

    state: str
    cause: str | None
    claims: int


class FunnelAnswer(Answer):
    """How far a policy's offers came, over all versions and periods; each step is a part of the one before."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "policy_id": "elderly-comprehensive-allowance",
                "told": 301200,
                "hinted": 0,
                "seen": 280100,
                "claimed": 260400,
                "approved": 259900,
                "delivered": 259100,
                "confirmed": 201300,
                "rated": 48200,
                "delivered_fen": 4110000000,
                "ended": _FUNNEL_CLAIMS,
                "waiting": [{"state": "claimed", "cause": "waiting-list", "claims": 120}],
                "grade": 4.7,
                "days_to_money": 1.4,
            }
        )
    )

    policy_id: str
    told: int = Field(description="Offers, and claims nobody was told of first.")
    hinted: int = Field(description="Messages of a policy that is only told.")
    seen: int
    claimed: int
    approved: int
    delivered: int
    confirmed: int
    rated: int
    delivered_fen: int
    ended: list[ClaimsByCause]
    waiting: list[ClaimsByCause] = Field(description="Claimed, and on their way to money or service.")
    grade: float | None = Field(description="Mean of the reviews, 1 to 5; null without one.")
    days_to_money: float | None = Field(description="Median, from claim to money or service; null before the first.")

    @classmethod
    def of(cls, policy_id: str, funnel: Funnel) -> FunnelAnswer:
        same = ("told", "hinted", "seen", "claimed", "approved", "delivered", "confirmed", "rated", "delivered_fen")
        return cls(
            policy_id=policy_id,
            **{name: getattr(funnel, name) for name in same},
            ended=_by_cause(funnel.ended),
            waiting=_by_cause(funnel.waiting),
            grade=funnel.grade,
            days_to_money=None if funnel.to_money is None else funnel.to_money.total_seconds() / 86_400,
        )


class LotsRequest(Request):
    """The seed of the draw."""

    model_config = ConfigDict(json_schema_extra=example({"seed": "2026142 03 07 11 19 22 30 08"}))

    seed: Text = Field(min_length=1, max_length=200, description="The public number that was announced as the seed.")


_DRAW = {
    "seed": "2026142 03 07 11 19 22 30 08",
    "entrants": 5210,
    "entrants_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "officer_id": "wang.fang",
    "drawn_at": "2026-12-01T02:00:00Z",
}


class DrawAnswer(Answer):
    """A draw of lots, that anybody can repeat from its seed."""

    model_config = ConfigDict(json_schema_extra=example(_DRAW))

    seed: str
    entrants: int = Field(description="How many claims took part.")
    entrants_digest: str = Field(description="The sha256 of their ids in order, one a line.")
    officer_id: str
    drawn_at: datetime

    @classmethod
    def of(cls, draw: Draw) -> DrawAnswer:
        return cls(
            seed=draw.seed,
            entrants=draw.entrants,
            entrants_digest=draw.entrants_digest,
            officer_id=draw.officer_id,
            drawn_at=draw.drawn_at,
        )


class BudgetRoom(Answer):
    """A budget in its running period."""

    period_from: date
    period_to: date
    order: str = Field(description="first_come, need or lottery")
    waiting_list: bool
    cap_fen: int | None
    granted_fen: int
    left_fen: int | None = Field(description="Null: there is no cap.")
    places: int | None
    granted_places: int
    left_places: int | None = Field(description="Null: places are not limited.")
    queue: dict[Allotment, int] = Field(
        description="Claims that wait to be judged, by what the order gives them now. Need is worked out when claims "
        "are judged, so that in an order of need all are incomplete here once claiming has closed."
    )
    draw: DrawAnswer | None = Field(description="Of a lottery, once lots were drawn.")

    @classmethod
    def of(cls, room: Room, draw: Draw | None) -> BudgetRoom:
        return cls(
            period_from=room.period_from,
            period_to=room.period_to,
            order=_order(room.budget.rationing),
            waiting_list=room.budget.waiting_list,
            cap_fen=room.budget.cap_fen,
            granted_fen=room.committed_fen,
            left_fen=room.left_fen,
            places=room.budget.places,
            granted_places=room.committed_places,
            left_places=room.left_places,
            queue={one: room.count(one) for one in Allotment},
            draw=DrawAnswer.of(draw) if draw else None,
        )


class BudgetAnswer(Answer):
    """The room in a policy's budget."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "policy_id": "rent-subsidy-lottery",
                "room": {
                    "period_from": "2026-01-01",
                    "period_to": "2026-12-31",
                    "order": "lottery",
                    "waiting_list": True,
                    "cap_fen": 600000000,
                    "granted_fen": 60000,
                    "left_fen": 599940000,
                    "places": None,
                    "granted_places": 1,
                    "left_places": None,
                    "queue": {"granted": 4100, "waiting": 1109, "used_up": 0, "open": 0, "incomplete": 1},
                    "draw": _DRAW,
                },
            }
        )
    )

    policy_id: str
    room: BudgetRoom | None = Field(description="Null: it has no budget, or none for this year.")


def _by_cause(found: Mapping[tuple[str, str | None], int]) -> list[ClaimsByCause]:
    return [ClaimsByCause(state=state, cause=cause, claims=claims) for (state, cause), claims in found.items()]


def _order(rationing: Rationing) -> str:
    match rationing:
        case FirstCome():
            return "first_come"
        case NeedOrder():
            return "need"
        case Lottery():
            return "lottery"
