"""The inbox: what a subject was told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Label, example
from storage.messages import Message

_MESSAGE = {
    "message_id": "7c2f7f0e-6b7c-5b0a-9a35-2f6f1f0a1d11",
    "purpose": "offer",
    "policy_id": "elderly-comprehensive-allowance",
    "claim_id": "0d4c2f56-31a5-5a57-8c3e-6f0d0f1c2b3a",
    "title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
    "body": {
        "zh": "每月150.00元。确认一次即可办理，无需提交材料。",
        "en": "CNY 150.00 a month. One confirmation is enough; no papers are needed.",
    },
    "created_at": "2026-11-24T01:00:00Z",
    "read_at": None,
}


class MessageAnswer(Answer):
    """One message."""

    model_config = ConfigDict(json_schema_extra=example(_MESSAGE))

    message_id: UUID
    purpose: str = Field(description="offer, inform, claim or payment")
    policy_id: str
    claim_id: UUID | None
    title: Label
    body: Label
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> MessageAnswer:
        zh, en = message.content["zh"], message.content["en"]
        return cls(
            message_id=message.message_id,
            purpose=message.purpose,
            policy_id=message.policy_id,
            claim_id=message.claim_id,
            title=Label(zh=zh["title"], en=en["title"]),
            body=Label(zh=zh["body"], en=en["body"]),
            created_at=message.created_at,
            read_at=message.read_at,
        )


class InboxAnswer(Answer):
    """A page of messages, newest first."""

    model_config = ConfigDict(json_schema_extra=example({"unread": 1, "messages": [_MESSAGE]}))

    unread: int = Field(ge=0, description="Of all messages, not only of this page.")
    messages: list[MessageAnswer]
