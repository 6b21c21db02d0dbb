"""Everything that is held about a subject (一人一档, 一企一档), each fact with its source and date."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Label, Value, example, value_of
from domain.facts import Audience, FactDefinition, Vocabulary
from domain.facts import Label as Words
from domain.profile import Fact, FactStatus, Profile
from matcher.reasons.sentences import Sentences

LIFE_EVENT_LABEL = Words("办事与申报信息", "Reported life event")


class FactAnswer(Answer):
    """One fact."""

    name: str
    label: Label
    value: Value
    text: str = Field(description="The value as people read it, in the chosen language; empty when unknown.")
    unit: str
    source: str = Field(description="The register it comes from, or life_event.")
    source_label: Label
    as_of: date | None
    status: FactStatus
    fresh: bool = Field(description="Whether it is young enough to rest a decision on it alone.")

    @classmethod
    def of(
        cls, fact: Fact, definition: FactDefinition, vocabulary: Vocabulary, sentences: Sentences, today: date
    ) -> FactAnswer:
        age_limit = timedelta(days=definition.fresh_days)
        return cls(
            name=definition.name,
            label=Label.of(definition.label),
            value=value_of(fact.value),
            text=sentences.shown(fact.value, definition),
            unit=definition.unit,
            source=fact.source,
            source_label=Label.of(vocabulary.registers.get(fact.source, LIFE_EVENT_LABEL)),
            as_of=fact.as_of,
            status=fact.status,
            fresh=fact.as_of is not None and today - fact.as_of <= age_limit,
        )


class ProfileAnswer(Answer):
    """A subject's profile, in the vocabulary's order."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "subject_id": "C000000042",
                "audience": "citizen",
                "facts": [
                    {
                        "name": "age_years",
                        "label": {"zh": "年龄", "en": "Age"},
                        "value": 72,
                        "text": "72 years",
                        "unit": "years",
                        "source": "population",
                        "source_label": {"zh": "公安人口登记", "en": "Population register"},
                        "as_of": "2026-11-01",
                        "status": "known",
                        "fresh": True,
                    }
                ],
            }
        )
    )

    subject_id: str
    audience: Audience
    facts: list[FactAnswer]

    @classmethod
    def of(cls, profile: Profile, vocabulary: Vocabulary, language: str, today: date) -> ProfileAnswer:
        sentences = Sentences(vocabulary, language)
        return cls(
            subject_id=profile.subject_id,
            audience=profile.audience,
            facts=[
                FactAnswer.of(profile.facts[name], definition, vocabulary, sentences, today)
                for name, definition in vocabulary.of(profile.audience).items()
                if name in profile.facts
            ],
        )
