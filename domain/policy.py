"""A policy: one entitlement, versioned and dated, with its rule, its benefit and its official source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.benefit import Benefit, FixedAmount, NoMoney, Period
from domain.budget import Budget
from domain.decision import Verdict
from domain.errors import ConsultationDraft, ParameterExpired
from domain.expression import Expression
from domain.facts import Audience, Label, Value

__all__ = [
    "DOMAIN_LABELS",
    "Benefit",
    "Budget",
    "Case",
    "CitizenDomain",
    "DatedValue",
    "DeliveryMode",
    "Document",
    "EnterpriseDomain",
    "FixedAmount",
    "Kind",
    "Level",
    "Material",
    "NoMoney",
    "Parameter",
    "Period",
    "Policy",
    "Verification",
    "domains_of",
]


class Kind(StrEnum):
    SERVICE = "service"
    FUND = "fund"
    SUBSIDY = "subsidy"
    TAX = "tax"


class Level(StrEnum):
    NATIONAL = "national"
    CITY = "city"
    DISTRICT = "district"


class Verification(StrEnum):
    """How sure we are of what a policy's file says about it."""

    TEXT_READ = "text_read"
    RECALLED = "recalled"
    ILLUSTRATIVE = "illustrative"


class DeliveryMode(StrEnum):
    AUTO = "auto"
    ONE_CLICK = "one_click"
    ASSISTED = "assisted"
    INFORM = "inform"


class CitizenDomain(StrEnum):
    CHILDCARE = "childcare"
    HEALTH = "health"
    TRANSPORT = "transport"
    EDUCATION = "education"
    CULTURE = "culture"
    HOUSING = "housing"
    FOOD_DRUG_SAFETY = "food_drug_safety"
    ENVIRONMENT = "environment"
    SOCIAL_ASSISTANCE = "social_assistance"
    VETERANS = "veterans"
    ELDERLY_CARE = "elderly_care"
    LEGAL_SERVICES = "legal_services"


class EnterpriseDomain(StrEnum):
    SETUP_CHANGE_CLOSURE = "setup_change_closure"
    ENTERPRISE_SUPPORT = "enterprise_support"
    INCLUSIVE_FINANCE = "inclusive_finance"
    INTEGRATED_TAX = "integrated_tax"
    SPECIAL_FUNDS = "special_funds"
    EMPLOYMENT = "employment"


DOMAIN_LABELS: Mapping[str, Label] = {
    CitizenDomain.CHILDCARE: Label("幼有所育", "Childcare"),
    CitizenDomain.HEALTH: Label("健康医疗", "Health"),
    CitizenDomain.TRANSPORT: Label("交通出行", "Transport"),
    CitizenDomain.EDUCATION: Label("学有所教", "Education"),
    CitizenDomain.CULTURE: Label("文旅休闲", "Culture and leisure"),
    CitizenDomain.HOUSING: Label("住有所居", "Housing"),
    CitizenDomain.FOOD_DRUG_SAFETY: Label("食药安全", "Food and drug safety"),
    CitizenDomain.ENVIRONMENT: Label("绿化环保", "Environment"),
    CitizenDomain.SOCIAL_ASSISTANCE: Label("弱有所扶", "Social assistance"),
    CitizenDomain.VETERANS: Label("优军优抚", "Veterans and service families"),
    CitizenDomain.ELDERLY_CARE: Label("老有所养", "Elderly care"),
    CitizenDomain.LEGAL_SERVICES: Label("公共法律服务", "Public legal services"),
    EnterpriseDomain.SETUP_CHANGE_CLOSURE: Label("企业开办变更注销", "Set-up, change and closure"),
    EnterpriseDomain.ENTERPRISE_SUPPORT: Label("惠企政策", "Enterprise support"),
    EnterpriseDomain.INCLUSIVE_FINANCE: Label("普惠金融", "Inclusive finance"),
    EnterpriseDomain.INTEGRATED_TAX: Label("综合纳税", "Integrated tax"),
    EnterpriseDomain.SPECIAL_FUNDS: Label("专项资金", "Special funds"),
    EnterpriseDomain.EMPLOYMENT: Label("用工就业", "Employment"),
}


def domains_of(audience: Audience) -> tuple[str, ...]:
    return tuple(CitizenDomain) if audience is Audience.CITIZEN else tuple(EnterpriseDomain)


@dataclass(frozen=True)
class Document:
    """The official source; `number` and `issued_on` are None where they are not certain.

    A `consultation` draft (征求意见稿) binds nobody: what rests on it can be tried out, but never published.
    """

    title: str
    number: str | None = None
    issued_on: date | None = None
    url: str | None = None
    consultation: bool = False


@dataclass(frozen=True)
class Material:
    """A paper once asked for, and the electronic certificate that replaces it (免于提交)."""

    label: Label
    replaced_by: Label | None = None


@dataclass(frozen=True)
class DatedValue:
    """A parameter's value from `from_` to `to`, both days included; `to` None: still in force."""

    from_: date
    to: date | None
    value: Decimal

    def covers(self, day: date) -> bool:
        return self.from_ <= day and (self.to is None or day <= self.to)


@dataclass(frozen=True)
class Parameter:
    """A threshold or amount of law, as data: unit, source, and its value over time."""

    name: str
    unit: str
    label: Label
    document: Document
    verification: Verification
    values: tuple[DatedValue, ...]

    def require_final(self) -> None:
        """Raise ConsultationDraft where the document was only put out for comment: it must never be published."""
        if self.document.consultation:
            raise ConsultationDraft(self.name, self.document.title)

    def at(self, as_of: date) -> Decimal:
        """The value in force on `as_of`; raises ParameterExpired when there is none."""
        for dated in self.values:
            if dated.covers(as_of):
                return dated.value
        raise ParameterExpired(self.name, as_of)


@dataclass(frozen=True)
class Case:
    """A worked example that the rule must get right; facts that are not named are unknown."""

    name: str
    facts: Mapping[str, Value]
    verdict: Verdict
    amount_fen: int | None = None
    as_of: date | None = None


@dataclass(frozen=True)
class Policy:
    """One version of one entitlement; `source` is the text of its file, from which it can be rebuilt."""

    id: str
    version: int
    audience: Audience
    domain: str
    kind: Kind
    level: Level
    title: Label
    summary: Label
    agency: Label
    document: Document
    verification: Verification
    true_on: date
    effective_from: date
    effective_to: date | None
    eligibility: Expression
    benefit: Benefit
    delivery_mode: DeliveryMode
    districts: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    unencoded: tuple[Label, ...] = ()
    budget: Budget | None = None
    cases: tuple[Case, ...] = ()
    source: str = ""
    file: str = ""

    def in_force(self, as_of: date) -> bool:
        return self.effective_from <= as_of and (self.effective_to is None or as_of <= self.effective_to)

    def require_final(self) -> None:
        """Raise ConsultationDraft where the document was only put out for comment: it must never be published."""
        if self.document.consultation:
            raise ConsultationDraft(self.id, self.document.title)
