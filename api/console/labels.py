"""What the console calls the words of the domain and of the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from api.labels import DELIVERY_LABELS, KIND_LABELS, LEVEL_LABELS, PERIOD_LABELS, VERIFICATION_LABELS
from domain.decision import Verdict
from domain.facts import Audience, FactType, Label
from domain.policy import DOMAIN_LABELS, DeliveryMode, Kind, Level, Verification
from workbench.roles import Act, Role

AUDIENCE_LABELS: Mapping[Audience, Label] = {
    Audience.CITIZEN: Label("市民", "Citizens"),
    Audience.ENTERPRISE: Label("企业", "Enterprises"),
}
ROLE_LABELS: Mapping[Role, Label] = {
    Role.OFFICER: Label("政策专员", "Officer"),
    Role.REVIEWER: Label("复核人", "Reviewer"),
    Role.AUDITOR: Label("审计员", "Auditor"),
    Role.ADMINISTRATOR: Label("管理员", "Administrator"),
}
ACT_LABELS: Mapping[Act, Label] = {
    Act.READ: Label("查看", "read"),
    Act.WRITE: Label("起草", "write drafts"),
    Act.APPROVE: Label("复核", "approve"),
    Act.RELEASE: Label("发布", "publish"),
    Act.READ_AUDIT: Label("查看审计记录", "read the audit log"),
    Act.MANAGE: Label("管理人员和部门", "manage officers and agencies"),
}
VERDICT_LABELS: Mapping[Verdict, Label] = {
    Verdict.ELIGIBLE: Label("符合", "Eligible"),
    Verdict.INELIGIBLE: Label("不符合", "Not eligible"),
    Verdict.UNKNOWN: Label("待核实", "Unknown"),
}
TYPE_LABELS: Mapping[FactType, Label] = {
    FactType.INTEGER: Label("整数", "Whole number"),
    FactType.NUMBER: Label("数值", "Number"),
    FactType.BOOLEAN: Label("是/否", "Yes or no"),
    FactType.CATEGORY: Label("类别", "Category"),
    FactType.DATE: Label("日期", "Date"),
    FactType.REGION: Label("地区", "Region"),
    FactType.TEXT: Label("文字", "Text"),
}
_ALL: Mapping[type[StrEnum], Mapping[str, Label]] = {
    type(next(iter(names))): names  # type: ignore[misc]
    for names in (
        AUDIENCE_LABELS,
        ROLE_LABELS,
        ACT_LABELS,
        VERDICT_LABELS,
        TYPE_LABELS,
        KIND_LABELS,
        LEVEL_LABELS,
        DELIVERY_LABELS,
        VERIFICATION_LABELS,
        PERIOD_LABELS,
    )
}


def name_of(word: StrEnum | str) -> Label:
    """What a word of an enum, or a domain's name, is called."""
    names = _ALL.get(type(word), DOMAIN_LABELS)  # type: ignore[arg-type]
    return names.get(word) or DOMAIN_LABELS[word]


FACET_WORDS: Mapping[str, type[StrEnum]] = {
    "audience": Audience,
    "kind": Kind,
    "level": Level,
    "delivery": DeliveryMode,
    "verification": Verification,
}
"""What policies are sorted by, as their files name it."""


def facet_name(facet: str, word: str) -> Label:
    """What a word of one of these facets, or a domain, is called; the word itself where it is none of them."""
    if facet == "domain":
        return DOMAIN_LABELS.get(word, Label(word, word))
    words = FACET_WORDS[facet]
    return name_of(words(word)) if word in list(words) else Label(word, word)
