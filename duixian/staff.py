"""Made-up people for the demo's workbench: every agency of the catalogue, and somebody in each role."""

from __future__ import annotations

from collections import Counter

from duixian.runtime import Runtime
from workbench.roles import Role

__all__ = ["CITYWIDE", "hire"]

CITYWIDE = "上海市大数据中心"
"""Looks after the policies of all agencies."""

_PEOPLE = (
    ("wang.min", "王敏", Role.OFFICER),
    ("zhou.lan", "周岚", Role.REVIEWER),
    ("shen.jing", "沈静", Role.AUDITOR),
    ("lu.yuan", "陆远", Role.ADMINISTRATOR),
)
_OF_ONE_AGENCY = ("chen.fang", "陈芳", Role.OFFICER)


def hire(runtime: Runtime) -> int:
    """Add the agencies that are missing, and the people where nobody works here yet; how many people work here."""
    officers = runtime.officers
    agencies = Counter(policy.agency.zh for policy in runtime.catalogue.policies)
    officers.add_agencies(list(agencies))
    if not officers.everybody():
        officers.set_agency(CITYWIDE, citywide=True)
        for officer_id, name, role in _PEOPLE:
            officers.set_officer(officer_id, name, CITYWIDE, [role])
        officer_id, name, role = _OF_ONE_AGENCY
        [(busiest, _)] = agencies.most_common(1)
        officers.set_officer(officer_id, name, busiest, [role])
    return len(officers.everybody())
