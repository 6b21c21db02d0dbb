"""The best lawful bundle as an answer: what to take together, and what not, by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Self

from pydantic import ConfigDict, Field

from api.labels import VERIFICATION_LABELS
from api.schemas.base import Answer, Label, example
from domain import facts
from domain.combination import Combination
from domain.policy import Verification
from matcher.bundle.best import Bundle, Cause
from matcher.bundle.sentences import BundleSentences


class CombinationAnswer(Answer):
    """A rule by which policies combine, with the document that says so."""

    id: str
    label: Label
    document: str
    number: str | None
    url: str | None
    verification: Verification
    verification_label: Label

    @classmethod
    def of(cls, one: Combination) -> Self:
        return cls(
            id=one.id,
            label=Label.of(one.label),
            document=one.document.title,
            number=one.document.number,
            url=one.document.url,
            verification=one.verification,
            verification_label=Label.of(VERIFICATION_LABELS[one.verification]),
        )


class TakenAnswer(Answer):
    """A policy of the bundle: what it pays in the year, and of how much."""

    policy_id: str
    title: Label
    paid_fen: int
    full_fen: int
    cut_by: list[CombinationAnswer]
    sentence: str


class LeftOutAnswer(Answer):
    """A policy that is not in the bundle, and why."""

    policy_id: str
    title: Label
    full_fen: int | None = Field(description="What the year would come to; null while unknown.")
    cause: Cause
    rules: list[CombinationAnswer]
    instead: list[str] = Field(description="The policies taken in its stead, or received this year.")
    loss_fen: int | None = Field(description="How much less the year comes to with the best bundle that has it.")
    sentence: str


class BundleAnswer(Answer):
    """The entitlements that lawfully come to most in a year, taken together. Advice: it claims nothing."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "subject_id": "E000000017",
                "as_of": "2026-11-24",
                "total_fen": 180000,
                "sentence": "Taken together, these come to 1,800 yuan a year.",
                "taken": [
                    {
                        "policy_id": "elderly-comprehensive-allowance",
                        "title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
                        "paid_fen": 180000,
                        "full_fen": 180000,
                        "cut_by": [],
                        "sentence": "“Comprehensive allowance for the elderly”: 1,800 yuan a year.",
                    }
                ],
                "left_out": [],
            }
        )
    )

    subject_id: str
    as_of: date
    total_fen: int
    sentence: str
    taken: list[TakenAnswer]
    left_out: list[LeftOutAnswer]

    @classmethod
    def of(
        cls, found: Bundle, titles: Mapping[str, facts.Label], subject_id: str, as_of: date, language: str
    ) -> BundleAnswer:
        """`titles`: each policy's, by id."""
        sentences = BundleSentences(titles, language)
        return cls(
            subject_id=subject_id,
            as_of=as_of,
            total_fen=found.total_fen,
            sentence=sentences.total(found),
            taken=[
                TakenAnswer(
                    policy_id=one.policy_id,
                    title=Label.of(titles[one.policy_id]),
                    paid_fen=one.paid_fen,
                    full_fen=one.full_fen,
                    cut_by=[CombinationAnswer.of(rule) for rule in one.cut_by],
                    sentence=sentences.taken(one),
                )
                for one in found.taken
            ],
            left_out=[
                LeftOutAnswer(
                    policy_id=one.policy_id,
                    title=Label.of(titles[one.policy_id]),
                    full_fen=one.full_fen,
                    cause=one.cause,
                    rules=[CombinationAnswer.of(rule) for rule in one.combinations],
                    instead=list(one.instead),
                    loss_fen=one.loss_fen,
                    sentence=sentences.left_out(one),
                )
                for one in found.left_out
            ],
        )
