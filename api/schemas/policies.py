"""A policy as the public may read it: document, rule in plain words, benefit, materials."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict, Field

from api.labels import DELIVERY_LABELS, KIND_LABELS, LEVEL_LABELS, VERIFICATION_LABELS
from api.schemas.base import Answer, Label, example
from api.schemas.rules import BenefitAnswer, RuleNode, rule_of
from catalogue.loader import Catalogue, parameter_names
from domain import policy as domain
from domain.facts import Audience, Vocabulary
from domain.policy import DOMAIN_LABELS, DeliveryMode, Kind, Level, Policy, Verification


class Document(Answer):
    """The official source; number and date are null where they are not certain."""

    title: str
    number: str | None
    issued_on: date | None
    url: str | None

    @classmethod
    def of(cls, document: domain.Document) -> Document:
        return cls(title=document.title, number=document.number, issued_on=document.issued_on, url=document.url)


class ParameterAnswer(Answer):
    """A threshold or amount of law in force, with its source."""

    name: str
    label: Label
    value: float | None = Field(description="Null when no value is in force today.")
    unit: str
    unit_label: Label
    document: Document
    verification: Verification

    @classmethod
    def of(cls, parameter: domain.Parameter, vocabulary: Vocabulary, today: date) -> ParameterAnswer:
        in_force = next((dated.value for dated in parameter.values if dated.covers(today)), None)
        return cls(
            name=parameter.name,
            label=Label.of(parameter.label),
            value=None if in_force is None else float(in_force),
            unit=parameter.unit,
            unit_label=Label.of(vocabulary.units[parameter.unit]),
            document=Document.of(parameter.document),
            verification=parameter.verification,
        )


class MaterialAnswer(Answer):
    """A paper once asked for, and what replaces it."""

    label: Label
    replaced_by: Label | None


class PolicySummary(Answer):
    """A policy in a list."""

    policy_id: str
    version: int
    audience: Audience
    domain: str
    domain_label: Label
    kind: Kind
    kind_label: Label
    level: Level
    level_label: Label
    title: Label
    summary: Label
    agency: Label
    delivery_mode: DeliveryMode
    delivery_label: Label
    verification: Verification
    verification_label: Label
    effective_from: date
    effective_to: date | None

    @classmethod
    def of(cls, policy: Policy) -> PolicySummary:
        return cls(
            policy_id=policy.id,
            version=policy.version,
            audience=policy.audience,
            domain=policy.domain,
            domain_label=Label.of(DOMAIN_LABELS[policy.domain]),
            kind=policy.kind,
            kind_label=Label.of(KIND_LABELS[policy.kind]),
            level=policy.level,
            level_label=Label.of(LEVEL_LABELS[policy.level]),
            title=Label.of(policy.title),
            summary=Label.of(policy.summary),
            agency=Label.of(policy.agency),
            delivery_mode=policy.delivery_mode,
            delivery_label=Label.of(DELIVERY_LABELS[policy.delivery_mode]),
            verification=policy.verification,
            verification_label=Label.of(VERIFICATION_LABELS[policy.verification]),
            effective_from=policy.effective_from,
            effective_to=policy.effective_to,
        )


_SUMMARY = {
    "policy_id": "elderly-comprehensive-allowance",
    "version": 1,
    "audience": "citizen",
    "domain": "elderly_care",
    "domain_label": {"zh": "老有所养", "en": "Elderly care"},
    "kind": "subsidy",
    "kind_label": {"zh": "补贴", "en": "Subsidy"},
    "level": "city",
    "level_label": {"zh": "市级", "en": "City"},
    "title": {"zh": "老年综合津贴", "en": "Comprehensive allowance for the elderly"},
    "summary": {"zh": "按年龄段按月发放。", "en": "Paid monthly, by age."},
    "agency": {"zh": "上海市民政局", "en": "Shanghai Civil Affairs Bureau"},
    "delivery_mode": "one_click",
    "delivery_label": {"zh": "一键申领", "en": "One click"},
    "verification": "recalled",
    "verification_label": {"zh": "待核对原文", "en": "Known, not yet checked against the text"},
    "effective_from": "2016-05-01",
    "effective_to": None,
}
_DOCUMENT = {"title": "关于建立老年综合津贴制度的通知", "number": None, "issued_on": None, "url": None}


class PoliciesAnswer(Answer):
    """The policies in force, by audience, domain and id."""

    model_config = ConfigDict(json_schema_extra=example({"policies": [_SUMMARY]}))

    policies: list[PolicySummary]


class PolicyDetail(Answer):
    """All that the catalogue says about a policy."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "policy": _SUMMARY,
                "document": _DOCUMENT,
                "true_on": "2025-01-01",
                "districts": [],
                "rule": {
                    "join": "all",
                    "items": [
                        {
                            "requirement": {"zh": "年龄须不低于65岁", "en": "Age must be at least 65 years"},
                            "clause": "age_years >= param.elderly_allowance_age_years",
                            "fact": "age_years",
                        }
                    ],
                },
                "conditions": [],
                "benefit": {
                    "form": "brackets",
                    "period": "month",
                    "period_label": {"zh": "每月", "en": "a month"},
                    "fact": "age_years",
                    "fact_label": {"zh": "年龄", "en": "Age"},
                    "quantity": None,
                    "rows": [],
                    "steps": [{"at_least": 65, "amount": "param.elderly_allowance_65_cny_month"}],
                    "amount": None,
                    "floor": None,
                    "cap": None,
                    "rounding": {"zh": "四舍五入到分", "en": "Rounded to the nearest fen"},
                },
                "parameters": [
                    {
                        "name": "elderly_allowance_65_cny_month",
                        "label": {"zh": "65-69岁津贴标准", "en": "Allowance at 65 to 69"},
                        "value": 75,
                        "unit": "cny_per_month",
                        "unit_label": {"zh": "元/月", "en": "CNY a month"},
                        "document": _DOCUMENT,
                        "verification": "recalled",
                    }
                ],
                "materials": [
                    {
                        "label": {"zh": "身份证", "en": "Identity card"},
                        "replaced_by": {"zh": "电子身份证", "en": "Electronic identity card"},
                    }
                ],
                "budget_fen": None,
                "budget_year": None,
            }
        )
    )

    policy: PolicySummary
    document: Document
    true_on: date = Field(description="The date on which these facts were true, as far as known.")
    districts: list[str] = Field(description="Where it holds; empty: everywhere its level reaches.")
    rule: RuleNode
    conditions: list[Label] = Field(description="Conditions that are checked by the agency, not by the rule.")
    benefit: BenefitAnswer
    parameters: list[ParameterAnswer] = Field(description="Every parameter of the rule and the benefit.")
    materials: list[MaterialAnswer]
    budget_fen: int | None
    budget_year: int | None

    @classmethod
    def of(cls, policy: Policy, catalogue: Catalogue, today: date) -> PolicyDetail:
        vocabulary, parameters = catalogue.vocabulary, catalogue.parameters
        return cls(
            policy=PolicySummary.of(policy),
            document=Document.of(policy.document),
            true_on=policy.true_on,
            districts=list(policy.districts),
            rule=rule_of(policy, vocabulary, catalogue.parameters_at(today), today),
            conditions=[Label.of(condition) for condition in policy.unencoded],
            benefit=BenefitAnswer.of(policy, vocabulary),
            parameters=[ParameterAnswer.of(parameters[name], vocabulary, today) for name in parameter_names(policy)],
            materials=[
                MaterialAnswer(
                    label=Label.of(material.label),
                    replaced_by=Label.of(material.replaced_by) if material.replaced_by else None,
                )
                for material in policy.materials
            ],
            budget_fen=policy.budget.cap_fen if policy.budget else None,
            budget_year=policy.budget.year if policy.budget else None,
        )
