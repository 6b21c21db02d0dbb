"""A draft on its way: how it is begun and saved, what it looks like, and what happened to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.base import Answer, Label, Request, Text, example
from catalogue.lifecycle import DraftEvent, DraftState
from workbench.records import Draft, DraftStep, Revision

_DRAFT_ID = "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11"
DRAFT: dict[str, Any] = {
    "draft_id": _DRAFT_ID,
    "kind": "policy",
    "policy_id": "elderly-comprehensive-allowance",
    "agency_id": "上海市民政局",
    "title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
    "state": "simulated",
    "revision": 3,
    "base_version": 1,
    "version": 2,
    "author": "wang.fang",
    "editor": "li.na",
    "impact_id": "0b0f3d6a-7a52-4b43-9d11-3f6a1f2b7c90",
    "approved_by": None,
    "approved_at": None,
    "publish_on": None,
    "canary_percent": None,
    "created_at": "2026-11-20T01:00:00Z",
    "updated_at": "2026-11-24T02:00:00Z",
}
_TEXT = "id: elderly-comprehensive-allowance\nversion: 2\nagency: {zh: 上海市民政局, en: Civil Affairs Bureau}\n"


class DraftRequest(Request):
    """What to begin: a copy of what serves, of a policy or of a parameter, or a text of one's own."""

    model_config = ConfigDict(
        json_schema_extra=example({"draft_id": _DRAFT_ID, "policy_id": "elderly-comprehensive-allowance"})
    )

    draft_id: UUID | None = Field(
        default=None, description="Chosen by the caller, so that a repetition begins no second draft."
    )
    policy_id: Text | None = Field(default=None, min_length=1, max_length=100)
    parameter: Text | None = Field(
        default=None, min_length=1, max_length=100, description="Instead: the name of a parameter whose values change."
    )
    text: Text | None = Field(
        default=None,
        description="In YAML. It may be unfinished, but a policy's must say its id and its agency; without one, the "
        "draft is a copy of what serves, a policy's version raised by one.",
    )

    @model_validator(mode="after")
    def _of_one_thing(self) -> DraftRequest:
        if self.policy_id is not None and self.parameter is not None:
            raise ValueError("give a policy_id or a parameter, not both")
        if self.policy_id is None and self.parameter is None and self.text is None:
            raise ValueError("give a policy_id, a parameter, or a policy's text of your own")
        return self


class TextRequest(Request):
    """A text that was written on top of a revision."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 2, "text": _TEXT}))

    revision: int = Field(ge=1, strict=True, description="The revision that was read before the text was changed.")
    text: Text


class _DraftFields(BaseModel):
    """What a draft is, without its text."""

    draft_id: UUID
    kind: str = Field(description="policy or parameter")
    policy_id: str = Field(description="Of a parameter's draft, its name.")
    agency_id: str = Field(description="The agency's Chinese name, as its policies give it.")
    title: Label
    state: DraftState
    revision: int = Field(description="Of the text; every act is told which revision it is on.")
    base_version: int | None = Field(description="What served when the draft was begun; null for a new policy.")
    version: int | None = Field(description="The version it would be; null while the text does not say.")
    author: str
    editor: str = Field(description="Who saved the newest revision.")
    impact_id: UUID | None = Field(description="The figures an approval would be bound to; null before simulation.")
    approved_by: str | None
    approved_at: datetime | None
    publish_on: date | None
    canary_percent: int | None = Field(description="Whom it serves first, in per cent; null: everybody at once.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def _given(draft: Draft) -> dict[str, Any]:
        values = {name: getattr(draft, name) for name in _DraftFields.model_fields}
        return values | {"title": Label.of(draft.title)}


class DraftSummary(_DraftFields, Answer):
    """A draft without its text."""

    model_config = ConfigDict(json_schema_extra=example(DRAFT))

    @classmethod
    def of(cls, draft: Draft) -> DraftSummary:
        return cls(**cls._given(draft))


class DraftDetail(_DraftFields, Answer):
    """A draft with the newest revision of its text."""

    model_config = ConfigDict(json_schema_extra=example(DRAFT | {"text": _TEXT}))

    text: str

    @classmethod
    def of(cls, draft: Draft) -> DraftDetail:
        return cls(**cls._given(draft), text=draft.text)


class DraftsAnswer(Answer):
    """The drafts that the officer may read, the last changed first."""

    model_config = ConfigDict(json_schema_extra=example({"drafts": [DRAFT], "total": 1, "next": None}))

    drafts: list[DraftSummary]
    total: int = Field(description="How many there are on all pages.")
    next: str | None = Field(description="What to give as `after` for the following page; null: this was the last.")


class DraftStepAnswer(Answer):
    """One thing that happened to a draft."""

    sequence: int
    event: DraftEvent
    from_state: DraftState | None = Field(description="Null: it began.")
    to_state: DraftState
    revision: int
    officer_id: str = Field(description="Or 'system'.")
    note: str
    at: datetime

    @classmethod
    def of(cls, step: DraftStep) -> DraftStepAnswer:
        return cls(**vars(step))


class DraftStepsAnswer(Answer):
    """What happened to a draft, oldest first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "events": [
                    {
                        "sequence": 1,
                        "event": "create",
                        "from_state": None,
                        "to_state": "draft",
                        "revision": 1,
                        "officer_id": "wang.fang",
                        "note": "",
                        "at": "2026-11-20T01:00:00Z",
                    }
                ]
            }
        )
    )

    events: list[DraftStepAnswer]


class RevisionSummary(Answer):
    """A revision of a draft's text, without it."""

    revision: int
    editor: str
    at: datetime
    digest: str = Field(description="The text's sha256.")

    @classmethod
    def of(cls, revision: Revision) -> RevisionSummary:
        return cls(**vars(revision))


class RevisionsAnswer(Answer):
    """All revisions of a draft's text, oldest first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "revisions": [
                    {
                        "revision": 1,
                        "editor": "wang.fang",
                        "at": "2026-11-20T01:00:00Z",
                        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    }
                ]
            }
        )
    )

    revisions: list[RevisionSummary]


class RevisionText(Answer):
    """The text of one revision, as it was saved."""

    model_config = ConfigDict(json_schema_extra=example({"revision": 1, "text": _TEXT}))

    revision: int
    text: str
