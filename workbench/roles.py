"""Who may do what: four roles, agencies as tenants, and nobody approves their own draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import NotAllowed, OwnDraft

__all__ = ["Act", "Officer", "Role", "may", "require"]


class Role(StrEnum):
    OFFICER = "officer"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """What is allowed or not.

    `write`: make, edit, check, simulate, submit and withdraw drafts. `release`: publish what was approved, by stages,
    roll back, retire. `manage`: officers and agencies.
    """

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    RELEASE = "release"
    READ_AUDIT = "read_audit"
    MANAGE = "manage"


ACTS: Mapping[Role, frozenset[Act]] = {
    Role.OFFICER: frozenset({Act.READ, Act.WRITE, Act.RELEASE}),
    Role.REVIEWER: frozenset({Act.READ, Act.APPROVE}),
    Role.AUDITOR: frozenset({Act.READ, Act.READ_AUDIT}),
    Role.ADMINISTRATOR: frozenset({Act.READ, Act.READ_AUDIT, Act.MANAGE}),
}


@dataclass(frozen=True)
class Officer:
    """Somebody who works here; `agency_id` is the agency's Chinese name, as policies give it.

    `citywide`: the agency looks after all agencies' policies (a coordinating office), so the tenancy does not bind.
    """

    officer_id: str
    name: str
    agency_id: str
    citywide: bool
    roles: frozenset[Role]


def may(who: Officer, act: Act, agency_id: str | None = None) -> bool:
    """Whether a role of `who` allows the act, and on what belongs to `agency_id` (None: to nobody in particular).

    Auditors read all agencies: what they look for may lie between two of them.
    """
    allowing = [role for role in who.roles if act in ACTS[role]]
    if not allowing:
        return False
    return agency_id in (None, who.agency_id) or who.citywide or Role.AUDITOR in allowing


def require(who: Officer, act: Act, agency_id: str | None = None, *, hands: Collection[str] = frozenset()) -> None:
    """Raise NotAllowed where `who` may not, OwnDraft where they would approve what went through their own hands.

    `hands`: everybody who wrote or edited the draft.
    """
    if not may(who, act, agency_id):
        raise NotAllowed(who.officer_id, act.value, agency_id, sorted(role.value for role in who.roles))
    if act is Act.APPROVE and who.officer_id in hands:
        raise OwnDraft(who.officer_id)
