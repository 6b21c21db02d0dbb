from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient

from api.auth import (
    OfficerCaller,
    issue_officer_token,
    issue_operator_token,
    issue_token,
    read_token,
)
from api.console.session import COOKIE, session_token
from api.main import create_app
from api.services import Services
from domain.errors import TokenInvalid
from domain.facts import Audience
from tests.api.conftest import KEY, NOW, YEAR_MINUTES, ZHANG, City
from tests.api.console.conftest import CIVIL, HOUSING, WANG
from tests.api.test_access import BODIES, PROTECTED
from tests.api.workbench.conftest import System, Way, done, officers_token, refused
from workbench.roles import Role

Systems = Callable[[str], System]
NOBODYS = "0b0f3d6a-7a52-4b43-9d11-3f6a1f2b7c90"
REVISION = {"revision": 1}
SEQUENCE = {"sequence": 1, "reason": "误"}


@dataclass(frozen=True)
class Entry:
    """Whose roles open a route, and what a request of it looks like."""

    roles: set[Role]
    body: dict[str, Any] | None = None


EVERYBODY = set(Role)
OFFICER, REVIEWER, ADMINISTRATOR = {Role.OFFICER}, {Role.REVIEWER}, {Role.ADMINISTRATOR}
MATRIX = {
    "GET /drafts": Entry(EVERYBODY),
    "POST /drafts": Entry(OFFICER, {"policy_id": "elderly-allowance"}),
    "GET /drafts/{draft_id}": Entry(EVERYBODY),
    "PUT /drafts/{draft_id}/text": Entry(OFFICER, {**REVISION, "text": "id: elderly-allowance"}),
    "GET /drafts/{draft_id}/events": Entry(EVERYBODY),
    "GET /drafts/{draft_id}/revisions": Entry(EVERYBODY),
    "GET /drafts/{draft_id}/revisions/{revision}": Entry(EVERYBODY),
    "POST /drafts/{draft_id}/check": Entry(OFFICER, REVISION),
    "POST /drafts/{draft_id}/simulate": Entry(OFFICER, REVISION),
    "GET /drafts/{draft_id}/impacts": Entry(EVERYBODY),
    "GET /drafts/{draft_id}/impacts/{impact_id}": Entry(EVERYBODY),
    "GET /drafts/{draft_id}/difference": Entry(EVERYBODY),
    "GET /drafts/{draft_id}/ladder": Entry(EVERYBODY),
    "POST /drafts/{draft_id}/submit": Entry(OFFICER, REVISION),
    "POST /drafts/{draft_id}/approve": Entry(REVIEWER, {**REVISION, "impact_id": NOBODYS}),
    "POST /drafts/{draft_id}/send-back": Entry(REVIEWER, {**REVISION, "reason": "误"}),
    "POST /drafts/{draft_id}/withdraw": Entry(OFFICER, REVISION),
    "POST /drafts/{draft_id}/schedule": Entry(OFFICER, {**REVISION, "publish_on": "2026-11-24"}),
    "POST /drafts/{draft_id}/release": Entry(OFFICER, {**REVISION, "to": "published"}),
    "GET /standings": Entry(EVERYBODY),
    "GET /policies/{policy_id}/standings": Entry(EVERYBODY),
    "POST /policies/{policy_id}/roll-back": Entry(OFFICER, SEQUENCE),
    "POST /policies/{policy_id}/retire": Entry(OFFICER, {**SEQUENCE, "last_day": "2026-12-31"}),
    "GET /policies/{policy_id}/difference": Entry(EVERYBODY),
    "GET /policies/{policy_id}/funnel": Entry(EVERYBODY),
    "GET /policies/{policy_id}/budget": Entry(EVERYBODY),
    "POST /policies/{policy_id}/lots": Entry(OFFICER, {"seed": "1"}),
    "POST /count": Entry(OFFICER, {"audience": "citizen", "rule": "age_years >= 65"}),
    "GET /audit/entries": Entry({Role.AUDITOR, Role.ADMINISTRATOR}),
    "GET /audit/proof": Entry({Role.AUDITOR, Role.ADMINISTRATOR}),
    "GET /me": Entry(EVERYBODY),
    "GET /officers": Entry(ADMINISTRATOR),
    "PUT /officers/{officer_id}": Entry(ADMINISTRATOR, {"name": "新", "agency_id": CIVIL, "roles": ["officer"]}),
    "POST /officers/{officer_id}/sign-in-codes": Entry(ADMINISTRATOR),
    "GET /agencies": Entry(ADMINISTRATOR),
    "PUT /agencies/{agency_id}": Entry(ADMINISTRATOR, {"citywide": False}),
}
QUERIES = {"GET /policies/{policy_id}/difference": {"before": 1, "after": 1}}
OF_DRAFTS = [name for name in MATRIX if "{draft_id}" in name]


def ask(api: TestClient, name: str, headers: dict[str, str], draft_id: str = NOBODYS) -> Any:
    method, _, path = name.partition(" ")
    filled = path.format(
        draft_id=draft_id,
        impact_id=NOBODYS,
        revision=1,
        policy_id="elderly-allowance",
        officer_id="new",
        agency_id="新机构",
    )
    return api.request(
        method, f"/v1/workbench{filled}", json=MATRIX[name].body, params=QUERIES.get(name), headers=headers
    )


def test_every_route_of_the_desk_has_an_entry_in_the_matrix(api: TestClient) -> None:
    described = {
        f"{method.upper()} {path.removeprefix('/v1/workbench')}"
        for path, operations in api.get("/openapi.json").json()["paths"].items()
        if path.startswith("/v1/workbench")
        for method in operations
    }
    assert described == MATRIX.keys()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_own_routes_and_no_other(api: TestClient, services: Services, way: Way, role: Role) -> None:
    draft_id = way.begun()
    assert services.console is not None
    services.console.officers.set_officer("li", "李", CIVIL, {role})
    services.console.officers.set_officer("new", "新", CIVIL, {Role.OFFICER})
    told = {name: ask(api, name, officers_token("li"), draft_id) for name in MATRIX}
    assert not [name for name, answer in told.items() if answer.status_code in (401, 422) or answer.status_code >= 500]
    closed = {name for name, answer in told.items() if answer.status_code == 403}
    assert closed == {name for name, entry in MATRIX.items() if role not in entry.roles}
    for name in closed:
        refused(told[name], 403, "not-allowed")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REVIEWER, Role.ADMINISTRATOR])
def test_another_agencys_draft_is_closed_on_every_route_and_listed_to_nobody_there(
    api: TestClient, services: Services, system: Systems, way: Way, role: Role
) -> None:
    draft_id = way.begun()
    assert services.console is not None
    services.console.officers.set_officer("stranger", "外人", HOUSING, {role})
    for name in OF_DRAFTS:
        data = refused(ask(api, name, officers_token("stranger"), draft_id), 403, "not-allowed")
        assert "text" not in data
    refused(system("stranger").post("/drafts", draft_id=draft_id, policy_id="elderly-allowance"), 403, "not-allowed")
    assert done(system("stranger").get("/drafts")) == {"drafts": [], "total": 0, "next": None}
    assert done(system("stranger").get("/drafts", agency_id=CIVIL))["total"] == 0
    services.console.officers.set_agency(HOUSING, citywide=True)
    assert done(system("stranger").get("/drafts"))["total"] == 1


def test_a_draft_that_is_none_answers_404(api: TestClient) -> None:
    for name in OF_DRAFTS:
        for no_draft in (NOBODYS, "nonsense"):
            refused(ask(api, name, officers_token(WANG), no_draft), 404, "unknown-draft")


def signed(**claims: object) -> str:
    now = int(NOW.timestamp())
    body = {"aud": "duixian", "iat": now, "exp": now + 600, **claims}
    return jwt.encode({"alg": "HS256"}, body, OctKey.import_key(KEY), algorithms=["HS256"])


OTHER_CALLERS = {
    "a subject": issue_token(KEY, ZHANG, Audience.CITIZEN, YEAR_MINUTES, NOW),
    "a subject named like an officer": issue_token(KEY, WANG, Audience.CITIZEN, YEAR_MINUTES, NOW),
    "a register": issue_operator_token(KEY, WANG, YEAR_MINUTES, NOW),
    "a register with another scope": issue_operator_token(KEY, WANG, YEAR_MINUTES, NOW, ["officer", "events"]),
}
NO_CALLERS = {
    "another key": issue_officer_token(b"somebody else's key, just as long as ours", WANG, YEAR_MINUTES, NOW),
    "over": issue_officer_token(KEY, WANG, 1, NOW - timedelta(minutes=2)),
    "nobody": issue_officer_token(KEY, "nobody", YEAR_MINUTES, NOW),
    "who has left": issue_officer_token(KEY, "gone", YEAR_MINUTES, NOW),
    "a session of the console": session_token(KEY, WANG, YEAR_MINUTES, NOW),
    "an unknown kind": signed(sub=WANG, caller="administrator"),
    "a kind that is no text": signed(sub=WANG, caller=["officer"]),
    "officer and subject at once": signed(sub=WANG, caller="officer", audience="citizen"),
    "officer and register at once": signed(sub=WANG, caller="officer", scope="events"),
    "no kind": signed(sub=WANG),
}


def test_no_other_callers_token_opens_a_route_of_the_desk(api: TestClient) -> None:
    for (why, token), name in product(OTHER_CALLERS.items(), MATRIX):
        told = refused(ask(api, name, {"Authorization": f"Bearer {token}"}), 403, "scope-missing")
        assert told == {"scope": "officer"}, f"{why}: {name}"


def test_what_is_no_officers_token_opens_no_route_of_the_desk(api: TestClient, services: Services) -> None:
    assert services.console is not None
    services.console.officers.set_officer("gone", "已离职", CIVIL, set(Role), active=False)
    headers = [{"Authorization": f"Bearer {token}"} for token in NO_CALLERS.values()]
    for sent, name in product([{}, *headers], MATRIX):
        answer = ask(api, name, sent)
        refused(answer, 401, "token-invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
    bad = api.post("/v1/workbench/count", content=b"{")
    assert bad.status_code == 401, "who may not ask is told nothing about what they asked"


def test_an_officers_token_opens_no_subjects_route(sealed_api: TestClient) -> None:
    event = {"subject_id": ZHANG, "kind": "raise", "as_of": "2026-11-24", "facts": {"pregnant": True}}
    for (method, address), officer_id in product(PROTECTED, (WANG, ZHANG)):
        body = event if address == "/v1/events" else BODIES.get(address.rsplit("/", 1)[1], {"grade": 5})
        answer = sealed_api.request(
            method, address, json=body if method == "POST" else None, headers=officers_token(officer_id)
        )
        assert (answer.status_code, answer.json()["code"]) in ((403, "scope-missing"), (404, "unknown-subject"))


def test_an_officers_token_signs_nobody_in_at_the_console(api: TestClient) -> None:
    token = officers_token(WANG)["Authorization"].removeprefix("Bearer ")
    page = api.get("/console/catalogue", headers={"Cookie": f"{COOKIE}={token}"}, follow_redirects=False)
    assert page.headers["Location"].startswith("/console/sign-in")


def test_roles_are_read_anew_at_every_request(services: Services, system: Systems, city: City) -> None:
    assert services.console is not None
    officers, mine = services.console.officers, system(WANG)
    assert done(mine.get("/me"))["roles"] == ["officer"]
    officers.set_officer(WANG, "王芳", HOUSING, {Role.AUDITOR})
    assert done(mine.get("/me")) == {
        "officer_id": WANG,
        "name": "王芳",
        "agency_id": HOUSING,
        "citywide": False,
        "roles": ["auditor"],
        "active": True,
    }
    officers.set_officer(WANG, "王芳", HOUSING, {Role.AUDITOR}, active=False)
    refused(mine.get("/me"), 401, "token-invalid")
    officers.set_officer(WANG, "王芳", HOUSING, {Role.AUDITOR})
    city.now += timedelta(minutes=YEAR_MINUTES)
    refused(mine.get("/me"), 401, "token-invalid")


def test_an_officers_token_says_who_they_are_and_nothing_more() -> None:
    token = issue_officer_token(KEY, WANG, 5, NOW)
    assert read_token(KEY, token, NOW) == OfficerCaller(WANG)
    assert jwt.decode(token, OctKey.import_key(KEY), algorithms=["HS256"]).claims.keys() == {
        "sub", "caller", "aud", "iat", "exp"
    }  # fmt: skip
    with pytest.raises(TokenInvalid):
        read_token(KEY, token, NOW + timedelta(minutes=5))


def test_where_there_is_no_desk_there_are_no_routes_of_it(services: Services) -> None:
    with TestClient(create_app(replace(services, console=None))) as api:
        for name in MATRIX:
            refused(ask(api, name, officers_token(WANG)), 404, "not-found")
