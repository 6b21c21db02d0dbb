"""What officers do with a draft as a whole: each act says which revision it is on."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.base import Request, Text, example

MAX_NOTE = 2000


class RevisionRequest(Request):
    """The revision that was looked at."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 3}))

    revision: int = Field(ge=1, strict=True)


class NoteRequest(Request):
    """The revision, with a word to whoever reads the draft next."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 3, "note": "依据新修订的办法"}))

    revision: int = Field(ge=1, strict=True)
    note: Text = Field(default="", max_length=MAX_NOTE)


class ReasonRequest(Request):
    """The revision, and what has to change."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 3, "reason": "年龄标准与文件不符"}))

    revision: int = Field(ge=1, strict=True)
    reason: Text = Field(min_length=1, max_length=MAX_NOTE)


class ApprovalRequest(Request):
    """A yes to one text and to the figures that were read."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"revision": 3, "impact_id": "0b0f3d6a-7a52-4b43-9d11-3f6a1f2b7c90", "confirmed_messages": None}
        )
    )

    revision: int = Field(ge=1, strict=True)
    impact_id: UUID = Field(description="The figures that were read; where others were stored since, it is refused.")
    confirmed_messages: int | None = Field(
        default=None,
        ge=0,
        strict=True,
        description="The number of messages, where it is a large part of the audience (`to_confirm` of the impact).",
    )


class ScheduleRequest(Request):
    """When it begins to serve, and whom first."""

    model_config = ConfigDict(
        json_schema_extra=example({"revision": 3, "publish_on": "2026-12-01", "canary_percent": 10})
    )

    revision: int = Field(ge=1, strict=True)
    publish_on: date
    canary_percent: int | None = Field(
        default=None, strict=True, description="1 to 99: the share that it serves first; null: everybody at once."
    )


class ReleaseRequest(Request):
    """The stage to release it to."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 3, "to": "canary"}))

    revision: int = Field(ge=1, strict=True)
    to: Literal["canary", "published"] = Field(description="The share that was scheduled, or everybody.")
