"""The demo's sign-in, and whether the service is up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request, Text, example
from domain.facts import Audience


class SessionRequest(Request):
    """As whom to look around the synthetic city."""

    model_config = ConfigDict(json_schema_extra=example({"subject_id": "C000000042"}))

    subject_id: Text = Field(min_length=1, max_length=40)


class SessionAnswer(Answer):
    """A token for one subject of the synthetic city."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
                "subject_id": "C000000042",
                "audience": "citizen",
                "expires_at": "2026-11-24T12:30:00Z",
            }
        )
    )

    token: str
    subject_id: str
    audience: Audience
    expires_at: datetime


class HealthAnswer(Answer):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra=example({"status": "ok"}))

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """Each part the service needs."""

    model_config = ConfigDict(
        json_schema_extra=example({"ready": True, "parts": {"database": "ok", "profiles": "ok", "model": "ok"}})
    )

    ready: bool
    parts: dict[str, Literal["ok", "unavailable"]]
