"""How a failure looks to a caller (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, example


class Problem(Answer):
    """What is wrong, and what to do next."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "type": "urn:duixian:problem:unknown-policy",
                "title": "There is no such policy",
                "status": 404,
                "code": "unknown-policy",
                "detail": "There is no policy 'elderly-allowance'.",
                "next_step": "Did you mean 'elderly-comprehensive-allowance'?",
                "data": {"policy_id": "elderly-allowance", "did_you_mean": "elderly-comprehensive-allowance"},
            }
        )
    )

    type: str = Field(description="A URN made from `code`.")
    title: str = Field(description="The kind of failure, in the caller's language.")
    status: int
    code: str = Field(description="The kind of failure, for programs; it does not change.")
    detail: str = Field(description="This failure, in English.")
    next_step: str = Field(description="What the caller can do about it, in English.")
    data: dict[str, Any] = Field(description="What it is about.")
