"""What a draft would do to the living population."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Label, example
from api.schemas.workbench.drafts import DRAFT, DraftSummary
from domain.facts import Audience
from workbench.impact import Impact
from workbench.limits import Limits
from workbench.records import StoredImpact
from workbench.weighing import PARAMETER


class VerdictCounts(Answer):
    """How many subjects got which verdict."""

    eligible: int
    unknown: int
    ineligible: int


class FactLacked(Answer):
    """In how many of the unknown subjects an unknown fact keeps the verdict open; several can in one subject."""

    fact: str
    label: Label
    subjects: int


class ImpactGroup(Answer):
    """The figures of one district, age, size or industry."""

    dimension: str
    word: str | None = Field(description="Null: of those subjects it is not known.")
    label: Label
    subjects: int
    before: int = Field(description="Eligible by what serves.")
    after: int = Field(description="Eligible by the draft.")
    gain: int
    lose: int
    unknown: int
    becomes_unknown: int
    cost_before_fen_year: int
    cost_after_fen_year: int
    messages: int


class ImpactBasis(Answer):
    """What the figures rest on; where any of it is another, they have to be worked out again."""

    text_digest: str
    served_version: int | None
    parameters_digest: str
    vocabulary_digest: str
    snapshot_id: str
    as_of: date


class ImpactFigures(Answer):
    """A draft against what serves, over everybody; the same figures as the console's and the command line's."""

    policy_id: str
    version: int
    audience: Audience
    as_of: date
    snapshot_id: str = Field(description="Of the population that was counted.")
    subjects: int
    before: VerdictCounts | None = Field(description="By what serves; null: nothing does.")
    after: VerdictCounts
    gain: int
    lose: int
    lose_unknown: int = Field(description="Of those who lose, how many are unknown afterwards.")
    becomes_unknown: int
    missing: list[FactLacked] = Field(description="For lack of which facts subjects are unknown.")
    cost_before_fen_year: int | None
    cost_after_fen_year: int
    amount_unknown_before: int
    amount_unknown: int = Field(description="Eligible subjects whose amount is unknown; the cost leaves them out.")
    budget_fen: int | None = Field(description="The budget's cap for a year; null: it has none.")
    places: int | None
    messages: int = Field(description="How many would be told.")
    groups: list[ImpactGroup]
    basis: ImpactBasis

    @classmethod
    def of(cls, impact: Impact) -> ImpactFigures:
        return cls.model_validate(impact.to_json())


_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FIGURES: dict[str, Any] = {
    "policy_id": "elderly-comprehensive-allowance",
    "version": 2,
    "audience": "citizen",
    "as_of": "2026-11-24",
    "snapshot_id": "20261124-6f1d0c",
    "subjects": 1000000,
    "before": {"eligible": 301200, "unknown": 1800, "ineligible": 697000},
    "after": {"eligible": 371000, "unknown": 2000, "ineligible": 627000},
    "gain": 69800,
    "lose": 0,
    "lose_unknown": 0,
    "becomes_unknown": 200,
    "missing": [{"fact": "age_years", "label": {"zh": "年龄", "en": "Age"}, "subjects": 2000}],
    "cost_before_fen_year": 52000000000,
    "cost_after_fen_year": 58282000000,
    "amount_unknown_before": 0,
    "amount_unknown": 0,
    "budget_fen": 60000000000,
    "places": None,
    "messages": 69100,
    "groups": [
        {
            "dimension": "district",
            "word": "xuhui",
            "label": {"zh": "徐汇区", "en": "Xuhui"},
            "subjects": 44800,
            "before": 13400,
            "after": 16500,
            "gain": 3100,
            "lose": 0,
            "unknown": 90,
            "becomes_unknown": 9,
            "cost_before_fen_year": 2310000000,
            "cost_after_fen_year": 2589000000,
            "messages": 3068,
        }
    ],
    "basis": {
        "text_digest": _DIGEST,
        "served_version": 1,
        "parameters_digest": _DIGEST,
        "vocabulary_digest": _DIGEST,
        "snapshot_id": "20261124-6f1d0c",
        "as_of": "2026-11-24",
    },
}
_STORED: dict[str, Any] = {
    "impact_id": DRAFT["impact_id"],
    "revision": 3,
    "made_by": "li.na",
    "made_at": "2026-11-24T02:00:00Z",
    "to_confirm": None,
    "figures": _FIGURES,
    "parts": [],
}


class SimulationAnswer(Answer):
    """The draft, now bound to these figures by its `impact_id`."""

    model_config = ConfigDict(json_schema_extra=example({"draft": DRAFT, "to_confirm": None, "figures": _FIGURES}))

    draft: DraftSummary
    to_confirm: int | None = Field(
        description="The number of messages that whoever approves must give; null where none is asked."
    )
    figures: ImpactFigures

    @classmethod
    def of(cls, draft: DraftSummary, impact: Impact, limits: Limits) -> SimulationAnswer:
        return cls(draft=draft, to_confirm=_to_confirm(impact, limits), figures=ImpactFigures.of(impact))


class ImpactAnswer(Answer):
    """Figures as they were worked out for one revision of a draft."""

    model_config = ConfigDict(json_schema_extra=example(_STORED))

    impact_id: UUID
    revision: int
    made_by: str
    made_at: datetime
    to_confirm: int | None = Field(
        description="The number of messages that whoever approves must give; null where none is asked."
    )
    figures: ImpactFigures
    parts: list[ImpactFigures] = Field(
        description="Of a parameter's draft: each policy that it reaches, which `figures` add up. Empty of a policy's."
    )

    @classmethod
    def of(cls, stored: StoredImpact, kind: str, limits: Limits) -> ImpactAnswer:
        return cls(
            impact_id=stored.impact_id,
            revision=stored.revision,
            made_by=stored.made_by,
            made_at=stored.made_at,
            to_confirm=_to_confirm(stored.impact, limits),
            figures=ImpactFigures.of(stored.impact),
            parts=[ImpactFigures.of(part) for part in stored.parts] if kind == PARAMETER else [],
        )


class ImpactSummary(Answer):
    """An impact in a list."""

    impact_id: UUID
    revision: int
    made_by: str
    made_at: datetime
    subjects: int
    gain: int
    lose: int
    messages: int

    @classmethod
    def of(cls, stored: StoredImpact) -> ImpactSummary:
        impact = stored.impact
        return cls(
            impact_id=stored.impact_id,
            revision=stored.revision,
            made_by=stored.made_by,
            made_at=stored.made_at,
            subjects=impact.subjects,
            gain=impact.gain,
            lose=impact.lose,
            messages=impact.messages,
        )


class ImpactsAnswer(Answer):
    """All impacts that were ever worked out for a draft, oldest first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "current": _STORED["impact_id"],
                "impacts": [
                    {name: _STORED[name] for name in ("impact_id", "revision", "made_by", "made_at")}
                    | {name: _FIGURES[name] for name in ("subjects", "gain", "lose", "messages")}
                ],
            }
        )
    )

    current: UUID | None = Field(description="The one an approval would be bound to; null: none holds.")
    impacts: list[ImpactSummary]


def _to_confirm(impact: Impact, limits: Limits) -> int | None:
    return impact.messages if limits.tells_many(impact.messages, impact.subjects) else None
