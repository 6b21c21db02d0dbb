"""What lies ahead as an answer: verdicts that will turn, conditions just missed, and the next question."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Label, example
from domain.decision import Verdict
from matcher.outlook.forecast import Cause, Forecast
from matcher.outlook.near_miss import NearMiss
from matcher.outlook.questions import Question
from matcher.outlook.sentences import OutlookSentences
from matcher.outlook.subject import Outlook


class ComingAnswer(Answer):
    """A verdict that turns if nothing but time changes."""

    policy_id: str
    title: Label
    on: date
    before: Verdict
    after: Verdict
    cause: Cause = Field(description="A period or the date itself, a new parameter, or the policy's own first or end.")
    sentence: str

    @classmethod
    def of(cls, one: Forecast, sentences: OutlookSentences) -> Self:
        flip = one.flip
        assert flip is not None, "what does not turn is not coming"
        return cls(
            policy_id=one.policy.id,
            title=Label.of(one.policy.title),
            on=flip.on,
            before=flip.before,
            after=flip.after,
            cause=flip.cause,
            sentence=sentences.forecast(one),
        )


class NearAnswer(Answer):
    """A policy that one condition alone keeps away."""

    policy_id: str
    title: Label
    then: Verdict = Field(description="The verdict with that condition met.")
    distance: float | None = Field(description="The threshold less the value, in `unit`; null for words.")
    unit: str
    on: date | None = Field(description="The day on which it comes about by itself; null where time does not help.")
    sentence: str

    @classmethod
    def of(cls, one: NearMiss, sentences: OutlookSentences) -> Self:
        return cls(
            policy_id=one.policy.id,
            title=Label.of(one.policy.title),
            then=one.then,
            distance=one.distance,
            unit=one.unit,
            on=one.on,
            sentence=sentences.near_miss(one),
        )


class StakeAnswer(Answer):
    """A policy on which the answer bears."""

    policy_id: str
    title: Label
    most_fen: int = Field(description="The most a year that an answer makes certain; 0 where none alone does.")


class QuestionAnswer(Answer):
    """The fact whose answer would decide most."""

    fact: str
    label: Label
    gain_fen: int = Field(description="The most a year that one answer makes certain, of all policies together.")
    policies: list[StakeAnswer]
    sentence: str

    @classmethod
    def of(cls, one: Question, sentences: OutlookSentences) -> Self:
        return cls(
            fact=one.fact,
            label=Label.of(sentences.facts[one.fact].label),
            gain_fen=one.gain_fen,
            policies=[
                StakeAnswer(policy_id=stake.policy.id, title=Label.of(stake.policy.title), most_fen=stake.most_fen)
                for stake in one.stakes
            ],
            sentence=sentences.question(one),
        )


_TITLE = {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"}
_POLICY = {"policy_id": "elderly-comprehensive-allowance", "title": _TITLE}


class OutlookAnswer(Answer):
    """What lies ahead of a subject between two days. It decides nothing."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "subject_id": "C000000042",
                "as_of": "2026-11-24",
                "until": "2027-11-24",
                "coming": [
                    {
                        **_POLICY,
                        "on": "2026-11-28",
                        "before": "ineligible",
                        "after": "eligible",
                        "cause": "time",
                        "sentence": "From 28 November 2026, “Comprehensive allowance for the elderly” turns from not"
                        " eligible to eligible: what changes by then is Age",
                    }
                ],
                "near": [
                    {
                        **_POLICY,
                        "then": "eligible",
                        "distance": 1,
                        "unit": "years",
                        "on": "2026-11-28",
                        "sentence": "Only one condition of “Comprehensive allowance for the elderly” is not met: Age,"
                        " 1 year below what is required; it comes about by itself on 28 November 2026.",
                    }
                ],
                "question": None,
                "notes": [],
            }
        )
    )

    subject_id: str
    as_of: date
    until: date
    coming: list[ComingAnswer] = Field(description="The first day first.")
    near: list[NearAnswer] = Field(description="What time brings by itself first.")
    question: QuestionAnswer | None
    notes: list[str] = Field(description="What was taken as it is, or is not known to the end, in sentences.")

    @classmethod
    def of(cls, found: Outlook, sentences: OutlookSentences, subject_id: str) -> Self:
        every = (*found.turning, *found.steady)
        ended = [sentences.forecast(one) for one in found.steady if one.parameter is not None]
        fixed = [note for one in every if (note := sentences.fixed(one)) is not None]
        return cls(
            subject_id=subject_id,
            as_of=found.as_of,
            until=found.until,
            coming=[ComingAnswer.of(one, sentences) for one in found.turning],
            near=[NearAnswer.of(one, sentences) for one in found.near],
            question=QuestionAnswer.of(found.questions[0], sentences) if found.questions else None,
            notes=[*ended, *dict.fromkeys(fixed)],
        )
