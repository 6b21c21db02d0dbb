"""A few subjects whose lives differ, for the demo's start page."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from domain.facts import Audience, Label
from features import wide

_F = pc.field

PORTRAITS = {
    Audience.CITIZEN: (
        (
            Label("七十岁以上的本市户籍老人", "A Shanghai resident over 70"),
            (_F("age_years") >= 70) & _F("registered_in_shanghai"),
        ),
        (
            Label("家有三岁以下孩子", "Has a child under three"),
            (_F("children_under_3_count") >= 1) & (_F("age_years") >= 25),
        ),
        (Label("登记失业人员", "Registered as unemployed"), _F("employment_status") == "unemployed"),
        (
            Label("租房的在职青年", "A young employee who rents"),
            _F("renting") & (_F("age_years") < 35) & (_F("provident_fund_months") >= 3),
        ),
        (Label("退役军人", "A veteran"), _F("veteran")),
        (Label("残疾人", "A person with a disability"), (_F("disability_level") >= 1) & (_F("disability_level") <= 2)),
    ),
    Audience.ENTERPRISE: (
        (
            Label("小型微利企业", "A small low-profit enterprise"),
            _F("small_low_profit") & (_F("enterprise_type") == "company"),
        ),
        (Label("高新技术企业", "A certified high-tech enterprise"), _F("high_tech_enterprise")),
        (Label("个体工商户", "An individual business"), _F("enterprise_type") == "individual_business"),
        (Label("招用了高校毕业生的企业", "Has hired graduates this year"), _F("graduates_hired_count") >= 1),
    ),
}


def samples(home: Path) -> list[tuple[str, Label]]:
    """(subject id, who it is): the first of each portrait that the city has."""
    found = []
    for audience, portraits in PORTRAITS.items():
        table = wide.read(wide.latest(home, audience))
        taken: set[str] = set()
        for label, who in portraits:
            ids = table.filter(who)["subject_id"].slice(0, len(portraits)).to_pylist()
            if chosen := next((one for one in ids if one not in taken), None):
                taken.add(chosen)
                found.append((chosen, label))
    return found
