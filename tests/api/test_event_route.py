import json
import math
from collections.abc import Callable
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api.auth import issue_operator_token
from storage import life_events
from tests.api.conftest import FACTORY, KEY, LI, ZHANG, City

SignedIn = Callable[[str], dict[str, str]]


def event(**given: object) -> dict[str, object]:
    facts = {"household_income_per_person_cny_month": 3000}
    return {"subject_id": ZHANG, "kind": "income_known", "as_of": "2026-11-20", "facts": facts} | given


def recorded(city: City, subject_id: str = ZHANG) -> int:
    with city.begin() as connection:
        return len(life_events.of_subject(connection, subject_id))


def test_a_life_event_changes_what_the_subject_is_entitled_to(
    city: City, api: TestClient, signed_in: SignedIn, register: dict[str, str]
) -> None:
    address = f"/v1/subjects/{ZHANG}/recommendations"
    before = api.get(address, headers=signed_in(ZHANG)).json()
    assert "rent-subsidy" in [one["policy_id"] for one in before["possible"]]
    taken = api.post("/v1/events", json=event(), headers=register)
    assert taken.status_code == 202
    assert taken.json()["repeated"] is False
    after = api.get(address, headers=signed_in(ZHANG)).json()
    assert after["entitled"][0]["policy_id"] == "rent-subsidy"
    assert "reported life event, 20 November 2026" in " ".join(after["entitled"][0]["why"])


def test_an_event_sent_again_changes_nothing(city: City, api: TestClient, register: dict[str, str]) -> None:
    sent = event(event_id=str(uuid4()))
    first = api.post("/v1/events", json=sent, headers=register)
    again = api.post("/v1/events", json=sent, headers=register)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["event_id"] == again.json()["event_id"] == sent["event_id"]
    assert again.json()["repeated"] is True
    assert recorded(city) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"subject_id": LI},
        {"kind": "wage_rise"},
        {"as_of": "2026-11-21"},
        {"facts": {"household_income_per_person_cny_month": 3001}},
    ],
)
def test_another_event_under_a_known_id_is_refused_and_not_lost_in_silence(
    city: City, api: TestClient, register: dict[str, str], other: dict[str, object]
) -> None:
    sent = event(event_id=str(uuid4()))
    api.post("/v1/events", json=sent, headers=register)
    answer = api.post("/v1/events", json=sent | other, headers=register)
    assert (answer.status_code, answer.json()["code"]) == (422, "life-event-invalid")
    assert (recorded(city), recorded(city, LI)) == (1, 0)


def test_events_without_an_id_are_events_of_their_own(city: City, api: TestClient, register: dict[str, str]) -> None:
    ids = {api.post("/v1/events", json=event(), headers=register).json()["event_id"] for _ in range(2)}
    assert len(ids) == recorded(city) == 2


def test_a_date_comes_as_text_and_is_kept_as_a_date(
    api: TestClient, signed_in: SignedIn, register: dict[str, str]
) -> None:
    sent = event(facts={"birth_date": "1950-01-31", "volunteer_hours": None})
    assert api.post("/v1/events", json=sent, headers=register).status_code == 202
    answer = api.get(f"/v1/subjects/{ZHANG}/profile", headers=signed_in(ZHANG)).json()
    facts = {fact["name"]: fact for fact in answer["facts"]}
    assert facts["birth_date"]["text"] == "31 January 1950"
    assert facts["birth_date"]["source"] == "life_event"
    assert facts["volunteer_hours"]["status"] == "unknown"


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"facts": {"agee_years": 5}}, "unknown-fact", "age_years"),
        ({"facts": {"rd_expense_cny_year": 5}}, "unknown-fact", "citizen"),
        ({"facts": {"pension": "private"}}, "profile-invalid", "employee, resident, none"),
        ({"facts": {"pension": 1}}, "profile-invalid", "category words"),
        ({"facts": {"pregnant": 1}}, "profile-invalid", "true or false"),
        ({"facts": {"blood_donations_count": 1.5}}, "profile-invalid", "whole number"),
        ({"facts": {"blood_donations_count": True}}, "profile-invalid", "whole number"),
        ({"facts": {"blood_donations_count": -1}}, "profile-invalid", "outside"),
        ({"facts": {"pension_cny_month": 10**30}}, "life-event-invalid", "Check the unit"),
        ({"facts": {"birth_date": "1950-02-30"}}, "profile-invalid", "YYYY-MM-DD"),
        ({"facts": {"age_years": 5}}, "life-event-invalid", "birth_date"),
        ({"as_of": "2026-11-25"}, "life-event-invalid", "after today"),
        ({"as_of": "0001-01-01"}, "life-event-invalid", "before 1850"),
        ({"as_of": 0}, "request-invalid", "YYYY-MM-DD"),
        ({"as_of": "2026-11-20T00:00:00"}, "request-invalid", "YYYY-MM-DD"),
        ({"facts": {"birth_date": "2026-11-21"}}, "life-event-invalid", "after the event itself"),
        ({"facts": {"birth_date": "0001-01-01"}}, "profile-invalid", "before 1850"),
        ({"facts": {"birth_date": "2020-W01-1"}}, "profile-invalid", "YYYY-MM-DD"),
        ({"facts": {"birth_date": "20200101"}}, "profile-invalid", "YYYY-MM-DD"),
        ({"as_of": "yesterday"}, "request-invalid", "body.as_of"),
        ({"facts": {}}, "request-invalid", "body.facts"),
        ({"facts": {"birth_date": ["1950"]}}, "request-invalid", "body.facts"),
        ({"facts": {"a\x00": 1}}, "request-invalid", "NUL"),
        ({"facts": {"sex": "\ud800"}}, "request-invalid", "body.facts"),
        ({"kind": "Robert'); DROP"}, "request-invalid", "body.kind"),
        ({"event_id": "7"}, "request-invalid", "body.event_id"),
        ({"subject_id": "C99"}, "unknown-subject", "C99"),
        ({"subject_id": "nobody"}, "unknown-subject", "nobody"),
        ({"source": "me"}, "request-invalid", "body.source"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_whole(
    sealed_api: TestClient, register: dict[str, str], given: dict[str, object], code: str, says: str
) -> None:
    body = json.dumps(event(**given))  # in ASCII, so that half a surrogate pair can be sent
    answer = sealed_api.post("/v1/events", content=body, headers=register | {"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == code
    assert says in answer.text


def test_a_fact_drawn_from_links_between_people_may_be_reported(
    city: City, api: TestClient, register: dict[str, str]
) -> None:
    sent = event(kind="birth", facts={"children_under_3_count": 1})
    assert api.post("/v1/events", json=sent, headers=register).status_code == 202


def test_not_a_number_is_no_number(sealed_api: TestClient, register: dict[str, str]) -> None:
    body = json.dumps(event(facts={"pension_cny_month": math.nan}))
    answer = sealed_api.post("/v1/events", content=body, headers=register | {"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_an_enterprise_has_life_events_too(city: City, api: TestClient, register: dict[str, str]) -> None:
    sent = event(subject_id=FACTORY, kind="arrears_cleared", facts={"social_insurance_in_arrears": False})
    assert api.post("/v1/events", json=sent, headers=register).status_code == 202
    assert recorded(city, FACTORY) == 1


def test_today_is_the_citys_today(city: City, api: TestClient) -> None:
    city.now = city.now.replace(hour=17)  # already the 25th in Shanghai
    headers = {"Authorization": f"Bearer {issue_operator_token(KEY, 'civil-affairs', 5, city.now)}"}
    assert api.post("/v1/events", json=event(as_of="2026-11-25"), headers=headers).status_code == 202
    assert api.post("/v1/events", json=event(as_of="2026-11-26"), headers=headers).status_code == 422
