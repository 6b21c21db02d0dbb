"""What serves whom, and the ways back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request, Text, example
from api.schemas.workbench.acts import MAX_NOTE
from workbench.records import Standing


class RollBackRequest(Request):
    """The standing that was looked at, and why it must not hold any longer."""

    model_config = ConfigDict(json_schema_extra=example({"sequence": 412, "reason": "收入标准录入有误"}))

    sequence: int = Field(
        ge=1, strict=True, description="Of the policy's newest standing: a repetition goes no second step."
    )
    reason: Text = Field(min_length=1, max_length=MAX_NOTE)


class RetireRequest(Request):
    """The standing that was looked at, and the last day on which the policy serves."""

    model_config = ConfigDict(
        json_schema_extra=example({"sequence": 412, "last_day": "2026-12-31", "reason": "办法到期废止"})
    )

    sequence: int = Field(ge=1, strict=True, description="As the policy's newest standing has it.")
    last_day: date
    reason: Text = Field(min_length=1, max_length=MAX_NOTE)


_STANDING: dict[str, Any] = {
    "sequence": 412,
    "policy_id": "elderly-comprehensive-allowance",
    "version": 1,
    "last_day": None,
    "canary_version": 2,
    "canary_percent": 10,
    "cause": "canary",
    "draft_id": "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11",
    "restores": None,
    "officer_id": "wang.fang",
    "reason": "",
    "at": "2026-12-01T01:00:00Z",
}


class StandingAnswer(Answer):
    """From a moment on, which version of a policy serves whom."""

    model_config = ConfigDict(json_schema_extra=example(_STANDING))

    sequence: int = Field(description="Counts over all policies.")
    policy_id: str
    version: int | None = Field(description="What serves everybody but the canary's share; null: nothing does.")
    last_day: date | None = Field(description="After it, the version serves nobody any more.")
    canary_version: int | None
    canary_percent: int | None
    cause: str = Field(description="loaded, canary, published, rolled_back or retired")
    draft_id: UUID | None = Field(description="The draft behind it; null: it was loaded from files.")
    restores: int | None = Field(
        description="Of a rollback, the sequence that holds again; 0: what was before the policy's first."
    )
    officer_id: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, standing: Standing) -> StandingAnswer:
        return cls(**vars(standing))


class StandingsAnswer(Answer):
    """Standings of all policies, by policy, or of one, oldest first."""

    model_config = ConfigDict(json_schema_extra=example({"standings": [_STANDING]}))

    standings: list[StandingAnswer]
