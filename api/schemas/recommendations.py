"""What a subject is entitled to, or may be, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from pydantic import ConfigDict, Field

from api.labels import DELIVERY_LABELS, KIND_LABELS, STATE_LABELS
from api.schemas.base import Answer, Label, Value, example, value_of
from delivery.recommend import Recommendation, Recommendations
from domain.claim import ClaimState
from domain.decision import Evidence, Outcome, Reason
from domain.facts import Audience, FactDefinition, Vocabulary
from domain.policy import DOMAIN_LABELS, DeliveryMode, Kind, Period, Verification
from matcher.reasons.sentences import Sentences
from storage.claims import Claim


class EvidenceAnswer(Answer):
    """One fact that a clause reads, with its source and date; all null but the label while it is unknown."""

    fact: str
    label: Label
    value: Value
    source: str | None = Field(description="The register the value comes from, or life_event.")
    as_of: date | None

    @classmethod
    def of(cls, one: Evidence, facts: Mapping[str, FactDefinition]) -> EvidenceAnswer:
        return cls(
            fact=one.fact,
            label=Label.of(facts[one.fact].label),
            value=value_of(one.value),
            source=one.source,
            as_of=one.as_of,
        )


class ReasonAnswer(Answer):
    """One clause with what it asks and what is known: a fact, or what is worked out from several."""

    sentence: str = Field(description="In the chosen language.")
    outcome: Outcome
    decisive: bool = Field(description="Whether the verdict rests on it.")
    clause: str = Field(description="As the rule is written.")
    operator: str
    value: Value = Field(description="What the tested quantity comes to; null while unknown.")
    threshold: Value | list[Value]
    unit: str
    facts: list[EvidenceAnswer] = Field(description="All that the clause reads.")

    @classmethod
    def of(cls, reason: Reason, facts: Mapping[str, FactDefinition], sentences: Sentences) -> ReasonAnswer:
        threshold = reason.threshold
        return cls(
            sentence=sentences.sentence(reason, facts),
            outcome=reason.outcome,
            decisive=reason.decisive,
            clause=reason.clause,
            operator=reason.requirement.operator,
            value=value_of(reason.value),
            threshold=[value_of(one) for one in threshold] if isinstance(threshold, tuple) else value_of(threshold),
            unit=reason.requirement.unit,
            facts=[EvidenceAnswer.of(one, facts) for one in reason.evidence],
        )


class MissingFact(Answer):
    """A fact that would settle the question, and the register that would know it."""

    fact: str
    label: Label
    register_label: Label

    @classmethod
    def of(cls, name: str, facts: dict[str, FactDefinition], vocabulary: Vocabulary) -> MissingFact:
        fact = facts[name]
        # What is derived is not asked for; what it comes from first is.
        asked = fact
        while sources := [facts[source] for source in asked.derived_from if source in facts]:
            asked = sources[0]
        register = vocabulary.registers[asked.register]
        return cls(fact=name, label=Label.of(fact.label), register_label=Label.of(register))


class CurrentClaim(Answer):
    """The subject's live claim of the policy for the current period."""

    claim_id: UUID
    state: ClaimState
    state_label: Label


class RecommendationAnswer(Answer):
    """A policy with its rank, score, amount and reasons."""

    rank: int = Field(ge=1)
    score: float
    policy_id: str
    policy_version: int
    title: Label
    summary: Label
    agency: Label
    domain: str
    domain_label: Label
    kind: Kind
    kind_label: Label
    delivery_mode: DeliveryMode
    delivery_label: Label
    verification: Verification
    amount_fen: int | None = Field(description="Of one period; 0 where no money moves, null while unknown.")
    period: Period | None
    yearly_fen: int | None
    conditions: list[Label] = Field(description="Conditions that are checked by the agency, not by the rule.")
    why: list[str] = Field(description="The decisive reasons as sentences, in the chosen language.")
    reasons: list[ReasonAnswer]
    missing: list[MissingFact]
    claim: CurrentClaim | None

    @classmethod
    def of(
        cls, one: Recommendation, vocabulary: Vocabulary, sentences: Sentences, claim: Claim | None
    ) -> RecommendationAnswer:
        policy, decision = one.policy, one.decision
        facts = dict(vocabulary.of(policy.audience))
        return cls(
            rank=one.rank,
            score=one.score,
            policy_id=policy.id,
            policy_version=policy.version,
            title=Label.of(policy.title),
            summary=Label.of(policy.summary),
            agency=Label.of(policy.agency),
            domain=policy.domain,
            domain_label=Label.of(DOMAIN_LABELS[policy.domain]),
            kind=policy.kind,
            kind_label=Label.of(KIND_LABELS[policy.kind]),
            delivery_mode=policy.delivery_mode,
            delivery_label=Label.of(DELIVERY_LABELS[policy.delivery_mode]),
            verification=policy.verification,
            amount_fen=decision.amount_fen,
            period=policy.benefit.period,
            yearly_fen=one.yearly_fen,
            conditions=[Label.of(condition) for condition in policy.unencoded],
            why=sentences.of(decision, facts),
            reasons=[ReasonAnswer.of(reason, facts, sentences) for reason in decision.reasons],
            missing=[MissingFact.of(name, facts, vocabulary) for name in decision.missing_facts],
            claim=CurrentClaim(
                claim_id=claim.claim_id, state=claim.state, state_label=Label.of(STATE_LABELS[claim.state])
            )
            if claim
            else None,
        )


_REASON = {
    "sentence": "Met: Age must be at least 65 years; on record: 72 years (Population register, 2026-11-01).",
    "outcome": "met",
    "decisive": True,
    "clause": "age_years >= 65",
    "operator": ">=",
    "value": 72,
    "threshold": 65,
    "unit": "years",
    "facts": [
        {
            "fact": "age_years",
            "label": {"zh": "年龄", "en": "Age"},
            "value": 72,
            "source": "population",
            "as_of": "2026-11-01",
        }
    ],
}
_RECOMMENDATION = {
    "rank": 1,
    "score": 0.83,
    "policy_id": "elderly-comprehensive-allowance",
    "policy_version": 1,
    "title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
    "summary": {
        "zh": "年满65周岁的本市户籍老人按年龄段按月领取津贴。",
        "en": "Registered residents of 65 and over receive a monthly allowance that grows with age.",
    },
    "agency": {"zh": "上海市民政局", "en": "Shanghai Civil Affairs Bureau"},
    "domain": "elderly_care",
    "domain_label": {"zh": "老有所养", "en": "Elderly care"},
    "kind": "subsidy",
    "kind_label": {"zh": "补贴", "en": "Subsidy"},
    "delivery_mode": "one_click",
    "delivery_label": {"zh": "一键申领", "en": "One click"},
    "verification": "recalled",
    "amount_fen": 15000,
    "period": "month",
    "yearly_fen": 180000,
    "conditions": [],
    "why": [_REASON["sentence"]],
    "reasons": [_REASON],
    "missing": [],
    "claim": None,
}


class RecommendationsAnswer(Answer):
    """All that the rules allow now (`entitled`) or leave open (`possible`), best first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "subject_id": "C000000042",
                "audience": "citizen",
                "as_of": "2026-11-24",
                "order": "published order",
                "entitled": [_RECOMMENDATION],
                "possible": [],
            }
        )
    )

    subject_id: str
    audience: Audience
    as_of: date
    order: str = Field(description="What put them in order: a model and its version, or the published fallback.")
    entitled: list[RecommendationAnswer]
    possible: list[RecommendationAnswer]

    @classmethod
    def of(
        cls, found: Recommendations, vocabulary: Vocabulary, language: str, claims: dict[str, Claim]
    ) -> RecommendationsAnswer:
        """`claims`: the subject's live claims of the current period, by policy id."""
        sentences = Sentences(vocabulary, language)

        def answers(ones: tuple[Recommendation, ...]) -> list[RecommendationAnswer]:
            return [RecommendationAnswer.of(one, vocabulary, sentences, claims.get(one.policy.id)) for one in ones]

        return cls(
            subject_id=found.subject_id,
            audience=found.audience,
            as_of=found.as_of,
            order=found.order,
            entitled=answers(found.entitled),
            possible=answers(found.possible),
        )
