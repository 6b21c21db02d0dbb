"""Officers, their agencies, and the codes they sign in with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.routes.workbench.office import PREFIX, TAG, AtDesk, failures
from api.schemas.workbench.people import (
    AgenciesAnswer,
    AgencyAnswer,
    AgencyRequest,
    OfficerAnswer,
    OfficerRequest,
    OfficersAnswer,
    SignInCodeAnswer,
)
from storage.officers import AgencyRow
from workbench.officers import CODE_VALID
from workbench.roles import Act

router = APIRouter(prefix=PREFIX, tags=[TAG])

OfficerId = Annotated[str, Path(max_length=100, description="The name they sign in by.", examples=["wang.fang"])]
AgencyId = Annotated[str, Path(max_length=100, description="Its Chinese name.", examples=["上海市民政局"])]


@router.get(
    "/me",
    summary="Who the token is for",
    description="With the agency and roles of this moment.",
    responses=failures(),
)
def me(office: AtDesk) -> OfficerAnswer:
    """The caller."""
    return OfficerAnswer.of(office.officer)


@router.get(
    "/officers",
    summary="Who works here",
    description="Those who are active, by id. For administrators.",
    responses=failures(),
)
def officers(office: AtDesk) -> OfficersAnswer:
    """With their roles."""
    office.require(Act.MANAGE)
    return OfficersAnswer(officers=[OfficerAnswer.of(one) for one in office.parts.officers.everybody()])


@router.put(
    "/officers/{officer_id}",
    summary="Add or change an officer",
    description="Name, agency and roles are from now on as given; with `active` false they may do nothing any more, "
    "not even with a token they hold. For administrators. May be repeated.",
    responses=failures(
        404,
        body=True,
        s404={
            "code": "unknown-agency",
            "detail": "There is no agency '上海市民政'.",
            "next_step": "Did you mean '上海市民政局'?",
            "data": {"agency_id": "上海市民政", "did_you_mean": "上海市民政局"},
        },
    ),
)
def set_officer(office: AtDesk, officer_id: OfficerId, given: OfficerRequest) -> OfficerAnswer:
    """What they did before stays theirs."""
    kept = office.parts.officers.set_officer(
        officer_id, given.name, given.agency_id, set(given.roles), active=given.active, by=office.officer
    )
    return OfficerAnswer.of(kept, active=given.active)


@router.post(
    "/officers/{officer_id}/sign-in-codes",
    status_code=201,
    summary="Make a sign-in code",
    description="With which this officer signs in to the console, once. Each request makes another; one that is not "
    "used lapses. For administrators.",
    responses=failures(
        404,
        422,
        s404={
            "code": "unknown-officer",
            "detail": "There is no active officer 'wang.fan'.",
            "next_step": "'duixian officer list' shows who there is.",
            "data": {"officer_id": "wang.fan"},
        },
    ),
)
def make_code(office: AtDesk, officer_id: OfficerId) -> SignInCodeAnswer:
    """Shown this once; only its digest is kept."""
    code = office.parts.officers.code_for(officer_id, by=office.officer)
    return SignInCodeAnswer(officer_id=officer_id, code=code, minutes=int(CODE_VALID.total_seconds() // 60))


@router.get(
    "/agencies",
    summary="The agencies",
    description="All, by name. For administrators.",
    responses=failures(),
)
def agencies(office: AtDesk) -> AgenciesAnswer:
    """Whose policies these are."""
    office.require(Act.MANAGE)
    return AgenciesAnswer(agencies=[AgencyAnswer.of(row) for row in office.parts.officers.agencies()])


@router.put(
    "/agencies/{agency_id}",
    summary="Add or change an agency",
    description="Whether it looks after its own policies or after all agencies'. For administrators. May be repeated.",
    responses=failures(
        body=True,
        s422={
            "code": "officer-invalid",
            "detail": "An agency's name has 1 to 100 characters.",
            "next_step": "Give its Chinese name, as policies give it in 'agency'.",
            "data": {},
        },
    ),
)
def set_agency(office: AtDesk, agency_id: AgencyId, given: AgencyRequest) -> AgencyAnswer:
    """By its Chinese name."""
    office.parts.officers.set_agency(agency_id, citywide=given.citywide, by=office.officer)
    return AgencyAnswer.of(AgencyRow(agency_id, given.citywide))
