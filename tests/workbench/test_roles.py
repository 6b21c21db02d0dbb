import pytest

from domain.errors import NotAllowed, OwnDraft
from workbench.roles import ACTS, Act, Officer, Role, may, require

CIVIL, CULTURE = "上海市民政局", "上海市文化和旅游局"


def person(*roles: Role, agency: str = CIVIL, citywide: bool = False) -> Officer:
    return Officer("li.na", "李娜", agency, citywide, frozenset(roles))


def test_every_role_has_its_acts_and_reading_is_for_all() -> None:
    assert set(ACTS) == set(Role)
    assert all(Act.READ in acts for acts in ACTS.values())


def test_officers_write_and_release_but_do_not_approve() -> None:
    officer = person(Role.OFFICER)

    assert may(officer, Act.WRITE, CIVIL)
    assert may(officer, Act.RELEASE, CIVIL)
    with pytest.raises(NotAllowed, match=r"may not approve"):
        require(officer, Act.APPROVE, CIVIL)


def test_another_agencys_draft_is_out_of_reach() -> None:
    assert not may(person(Role.OFFICER), Act.WRITE, CULTURE)
    assert not may(person(Role.REVIEWER), Act.APPROVE, CULTURE)


def test_a_citywide_agency_reaches_all() -> None:
    assert may(person(Role.OFFICER, citywide=True), Act.WRITE, CULTURE)


def test_auditors_read_everything_and_change_nothing() -> None:
    auditor = person(Role.AUDITOR)

    assert may(auditor, Act.READ, CULTURE)
    assert may(auditor, Act.READ_AUDIT)
    assert not any(may(auditor, act, CIVIL) for act in (Act.WRITE, Act.APPROVE, Act.RELEASE, Act.MANAGE))


def test_administrators_manage_people_and_no_policies() -> None:
    administrator = person(Role.ADMINISTRATOR)

    assert may(administrator, Act.MANAGE)
    assert not any(may(administrator, act, CIVIL) for act in (Act.WRITE, Act.APPROVE, Act.RELEASE))


def test_nobody_approves_what_went_through_their_own_hands_whatever_their_roles() -> None:
    both = person(*Role)

    require(both, Act.APPROVE, CIVIL, hands={"wang.wei"})
    with pytest.raises(OwnDraft):
        require(both, Act.APPROVE, CIVIL, hands={"wang.wei", "li.na"})


def test_who_has_no_role_may_nothing() -> None:
    assert not any(may(person(), act) for act in Act)
