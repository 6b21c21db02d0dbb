"""The audit log and its proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, example
from domain.errors import AuditBroken
from storage.audit import EntryRow
from workbench.audit import Verified

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class AuditEntryAnswer(Answer):
    """One act. Its digest covers what it says and the digest of the entry before it."""

    sequence: int
    at: datetime
    who: str = Field(description="An officer's id, or 'system'.")
    act: str
    about: str = Field(description="A draft, policy, officer or agency, such as 'policy/ID'.")
    data: dict[str, Any]
    previous: str
    digest: str

    @classmethod
    def of(cls, entry: EntryRow) -> AuditEntryAnswer:
        return cls(**vars(entry))


class AuditEntriesAnswer(Answer):
    """Entries of the log, newest first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "entries": [
                    {
                        "sequence": 90,
                        "at": "2026-11-24T02:00:00Z",
                        "who": "chen.jianguo",
                        "act": "draft.approve",
                        "about": "draft/5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11",
                        "data": {"policy_id": "elderly-comprehensive-allowance", "revision": 3, "messages": 69100},
                        "previous": _DIGEST,
                        "digest": _DIGEST,
                    }
                ],
                "next": 90,
            }
        )
    )

    entries: list[AuditEntryAnswer]
    next: int | None = Field(description="What to give as `before` for the following page; null: this was the last.")


class AuditProofAnswer(Answer):
    """Whether the log is what was written: its chain recomputed and held against the anchors outside the database."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "holds": True,
                "entries": 90,
                "anchors": 90,
                "anchored": 90,
                "head": _DIGEST,
                "broken_at": None,
                "detail": None,
                "next_step": None,
            }
        )
    )

    holds: bool
    entries: int | None = Field(description="Null where it does not hold, as the three after it.")
    anchors: int | None
    anchored: int | None = Field(description="The last entry that an anchor vouches for.")
    head: str | None = Field(description="The digest of the newest entry.")
    broken_at: int | None = Field(description="The first entry that is not what was written, where one is to blame.")
    detail: str | None = Field(description="What does not hold; null where it does.")
    next_step: str | None

    @classmethod
    def of(cls, found: Verified | AuditBroken) -> AuditProofAnswer:
        proved, broken = (found, None) if isinstance(found, Verified) else (None, found)
        sequence = broken.data.get("sequence") if broken else None
        return cls(
            holds=proved is not None,
            entries=proved.entries if proved else None,
            anchors=proved.anchors if proved else None,
            anchored=proved.anchored if proved else None,
            head=proved.head if proved else None,
            broken_at=sequence if isinstance(sequence, int) else None,
            detail=broken.message if broken else None,
            next_step=broken.next_step if broken else None,
        )
