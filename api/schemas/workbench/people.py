"""Officers, their agencies, and the codes they sign in with."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request, Text, example
from storage.officers import AgencyRow
from workbench.roles import Officer, Role

_OFFICER = {
    "officer_id": "wang.fang",
    "name": "王芳",
    "agency_id": "上海市民政局",
    "citywide": False,
    "roles": ["officer"],
    "active": True,
}


class OfficerRequest(Request):
    """What holds of an officer from now on."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"name": "王芳", "agency_id": "上海市民政局", "roles": ["officer", "reviewer"], "active": True}
        )
    )

    name: Text = Field(min_length=1, max_length=100)
    agency_id: Text = Field(min_length=1, max_length=100, description="The agency's Chinese name.")
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    active: bool = Field(default=True, description="False: they may do nothing any more; what they did stays.")


class OfficerAnswer(Answer):
    """Somebody who works here."""

    model_config = ConfigDict(json_schema_extra=example(_OFFICER))

    officer_id: str
    name: str
    agency_id: str
    citywide: bool = Field(description="The agency looks after all agencies' policies.")
    roles: list[Role]
    active: bool

    @classmethod
    def of(cls, officer: Officer, *, active: bool = True) -> OfficerAnswer:
        return cls(
            officer_id=officer.officer_id,
            name=officer.name,
            agency_id=officer.agency_id,
            citywide=officer.citywide,
            roles=sorted(officer.roles),
            active=active,
        )


class OfficersAnswer(Answer):
    """Everybody who works here, by id."""

    model_config = ConfigDict(json_schema_extra=example({"officers": [_OFFICER]}))

    officers: list[OfficerAnswer]


class SignInCodeAnswer(Answer):
    """A code to hand over; it is shown this once."""

    model_config = ConfigDict(
        json_schema_extra=example({"officer_id": "wang.fang", "code": "q3o0x1Jm2mC3mYx7vZq0dw", "minutes": 15})
    )

    officer_id: str
    code: str
    minutes: int = Field(description="How long it works, once.")


class AgencyRequest(Request):
    """What holds of an agency from now on."""

    model_config = ConfigDict(json_schema_extra=example({"citywide": False}))

    citywide: bool


_AGENCY = {"agency_id": "上海市民政局", "citywide": False}


class AgencyAnswer(Answer):
    """An agency, by its Chinese name."""

    model_config = ConfigDict(json_schema_extra=example(_AGENCY))

    agency_id: str
    citywide: bool

    @classmethod
    def of(cls, row: AgencyRow) -> AgencyAnswer:
        return cls(agency_id=row.agency_id, citywide=row.citywide)


class AgenciesAnswer(Answer):
    """All agencies, by name."""

    model_config = ConfigDict(json_schema_extra=example({"agencies": [_AGENCY]}))

    agencies: list[AgencyAnswer]
