from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.errors import NotAllowed, OfficerInvalid, SignInRefused, UnknownAgency, UnknownOfficer
from tests.workbench.conftest import Clock
from workbench.audit import AuditLog
from workbench.officers import CODE_VALID, Officers
from workbench.roles import Officer, Role

Hire = Callable[..., Officer]


def test_a_code_signs_in_once(officers: Officers, hire: Hire) -> None:
    hire("li.na", Role.OFFICER)
    code = officers.code_for("li.na")

    assert officers.redeem(f" {code}\n").officer_id == "li.na"
    with pytest.raises(SignInRefused):
        officers.redeem(code)


def test_a_code_is_over_after_its_time(officers: Officers, hire: Hire, clock: Clock) -> None:
    hire("li.na", Role.OFFICER)
    code = officers.code_for("li.na")
    clock.passes(CODE_VALID)

    with pytest.raises(SignInRefused):
        officers.redeem(code)


def test_what_was_never_a_code_is_refused(officers: Officers) -> None:
    for guess in ("", "0" * 22, "李娜", "x" * 10_000):
        with pytest.raises(SignInRefused):
            officers.redeem(guess)


def test_who_has_left_signs_in_no_more_and_is_no_officer(officers: Officers, hire: Hire) -> None:
    hire("li.na", Role.OFFICER)
    code = officers.code_for("li.na")
    officers.set_officer("li.na", "李娜", "上海市民政局", {Role.OFFICER}, active=False)

    with pytest.raises(SignInRefused):
        officers.redeem(code)
    with pytest.raises(UnknownOfficer):
        officers.officer("li.na")
    assert officers.everybody() == []


def test_roles_change_at_once(officers: Officers, hire: Hire) -> None:
    hire("li.na", Role.OFFICER)
    hire("li.na", Role.REVIEWER, Role.AUDITOR)

    assert officers.officer("li.na").roles == {Role.REVIEWER, Role.AUDITOR}


def test_only_an_administrator_manages_people(officers: Officers, hire: Hire) -> None:
    officer, administrator = hire("li.na", Role.OFFICER), hire("admin", Role.ADMINISTRATOR)

    officers.set_officer("wang.wei", "王伟", "上海市民政局", {Role.REVIEWER}, by=administrator)
    with pytest.raises(NotAllowed):
        officers.set_officer("li.na", "李娜", "上海市民政局", set(Role), by=officer)
    with pytest.raises(NotAllowed):
        officers.code_for("wang.wei", by=officer)
    assert officers.officer("li.na").roles == {Role.OFFICER}


def test_an_agency_that_is_not_there_is_named_with_the_nearest(officers: Officers) -> None:
    with pytest.raises(UnknownAgency, match="上海市民政局"):
        officers.set_officer("li.na", "李娜", "上海市民政", {Role.OFFICER})


@pytest.mark.parametrize(("officer_id", "name"), [("Li Na", "李娜"), ("", "李娜"), ("li.na", " "), ("a" * 65, "李娜")])
def test_an_id_or_name_that_cannot_be_is_refused(officers: Officers, officer_id: str, name: str) -> None:
    with pytest.raises(OfficerInvalid):
        officers.set_officer(officer_id, name, "上海市民政局", {Role.OFFICER})


def test_a_token_is_made_only_for_who_works_here_and_is_in_the_log(
    officers: Officers, hire: Hire, log: AuditLog
) -> None:
    with pytest.raises(UnknownOfficer):
        officers.note_token("li.na", 60)
    hire("li.na", Role.OFFICER)
    before = log.verify().entries
    officers.note_token("li.na", 60)
    assert (log.verify().entries, log.verify().anchored) == (before + 1, before + 1)


def test_every_change_is_in_the_log(officers: Officers, hire: Hire, log: AuditLog, clock: Clock) -> None:
    before = log.verify().entries
    hire("li.na", Role.OFFICER)
    officers.redeem(officers.code_for("li.na"))
    officers.add_agencies(["上海市民政局", "上海市体育局"])
    clock.passes(timedelta(days=1))

    found = log.verify()
    assert (found.entries - before, found.anchored) == (4, found.entries)
