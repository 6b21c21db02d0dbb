from collections.abc import Callable
from datetime import timedelta

from starlette.testclient import TestClient

from api.guard import MAX_BODY_BYTES
from api.routes.workbench import office
from api.services import Services
from catalogue.loader import Catalogue
from domain.claim import ClaimEvent
from tests.api.conftest import ZHANG, City
from tests.api.console.conftest import CIVIL, HU, WANG, ZHAO
from tests.api.workbench.conftest import SUN, System, Way, done, officers_token, refused

Systems = Callable[[str], System]
LOTTERY = """\
budget:
  places: 1
  year: 2026
  order: {lottery: {seed_from: {zh: 公开号码, en: A public number}, closes_on: 2026-11-25}}
"""


def test_a_rule_is_counted_over_everybody_and_its_faults_are_told_by_line(system: Systems) -> None:
    wang = system(WANG)
    counted = done(
        wang.post("/count", audience="citizen", rule="all:\n  - registered_in_shanghai\n  - age_years >= 65\n")
    )
    assert (counted["eligible"], counted["unknown"], counted["ineligible"], counted["subjects"]) == (1, 0, 1, 2)
    assert counted["as_of"] == "2026-11-24"
    unknown = done(wang.post("/count", audience="citizen", rule="household_income_per_person_cny_month <= 1000"))
    assert unknown["unknown"] == 2, "unknown is not no"
    faults = refused(
        wang.post("/count", audience="citizen", rule="all:\n  - age_yeers >= 65\n  - 1 +\n"), 400, "catalogue-invalid"
    )
    assert [one.split(":")[:2] for one in faults["problems"]] == [["rule.yaml", "2"], ["rule.yaml", "3"]]
    for text in (":", "", "{" * 3000, "- *x"):
        answer = wang.post("/count", audience="citizen", rule=text)
        assert answer.status_code in (400, 422), text
    refused(wang.post("/count", audience="pets", rule="x"), 422, "request-invalid")


def test_what_cannot_be_read_is_told_by_line_and_nothing_is_begun_of_it(system: Systems, way: Way) -> None:
    wang = system(WANG)
    refused(wang.post("/drafts", text="id: [x"), 400, "catalogue-invalid")
    refused(wang.post("/drafts", text="id: x"), 422, "draft-invalid")
    refused(wang.post("/drafts"), 422, "request-invalid")
    refused(wang.post("/drafts", policy_id="elderly-alowance"), 404, "unknown-policy")
    assert done(wang.get("/drafts"))["total"] == 0
    draft_id = way.begun(f"id: new-help\nagency: {{zh: {CIVIL}, en: x}}\nkind: pets\n")
    checked = done(wang.post(f"/drafts/{draft_id}/check", revision=1))
    assert (checked["ok"], checked["draft"]["state"]) == (False, "draft")
    assert any((fault["line"], fault["column"]) == (3, 7) for fault in checked["faults"])
    for part in ("difference", "ladder"):
        answer = wang.get(f"/drafts/{draft_id}/{part}")
        assert refused(answer, 400, "catalogue-invalid")["problems"]
        assert "duixian" not in answer.json()["next_step"], "the caller has no command line here"
    refused(wang.post("/drafts", text="id: x\x00"), 422, "request-invalid")
    refused(wang.get("/drafts", policy_id="\x00"), 400, "bad-request")
    refused(wang.get("/policies/a%00/standings"), 400, "bad-request")


def test_the_longest_text_is_taken_and_a_longer_body_is_refused_as_a_problem(
    api: TestClient, system: Systems, way: Way, catalogue: Catalogue
) -> None:
    draft_id, wang = way.begun(), system(WANG)
    source = catalogue.policy("elderly-allowance").source
    longest = source + "# " + "兑" * (200_000 - len(source) - 2)
    assert len(longest.encode()) > MAX_BODY_BYTES
    assert done(wang.put(f"/drafts/{draft_id}/text", revision=1, text=longest))["revision"] == 2
    refused(wang.put(f"/drafts/{draft_id}/text", revision=2, text=longest + "兑"), 422, "draft-invalid")
    answer = api.put(
        f"/v1/workbench/drafts/{draft_id}/text",
        content=b" " * (office.MAX_BODY_BYTES + 1),
        headers=officers_token(WANG),
    )
    refused(answer, 413, "body-too-large")
    assert str(office.MAX_BODY_BYTES) in answer.json()["detail"]
    refused(api.post("/v1/events", content=b" " * (MAX_BODY_BYTES + 1)), 413, "body-too-large")


def test_a_policys_funnel_counts_what_became_of_its_claims(
    api: TestClient, system: Systems, city: City, signed_in: Callable[[str], dict[str, str]]
) -> None:
    city.push(ZHANG, "elderly-allowance")
    found = done(system(SUN).get("/policies/elderly-allowance/funnel"))
    assert (found["told"], found["claimed"], found["delivered_fen"], found["grade"]) == (1, 0, 0, None)
    api.post(f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG))
    found = done(system(SUN).get("/policies/elderly-allowance/funnel"))
    assert (found["claimed"], found["days_to_money"]) == (1, None)
    assert found["waiting"] == [{"state": "claimed", "cause": None, "claims": 1}]
    refused(system(SUN).get("/policies/no-such/funnel"), 404, "unknown-policy")


def test_the_room_in_a_budget_is_told_with_who_waits(
    api: TestClient, system: Systems, city: City, signed_in: Callable[[str], dict[str, str]]
) -> None:
    room = done(system(WANG).get("/policies/elderly-allowance/budget"))["room"]
    assert (room["cap_fen"], room["granted_fen"], room["left_fen"]) == (1_000_000_00, 0, 1_000_000_00)
    assert (room["order"], room["draw"], set(room["queue"].values())) == ("first_come", None, {0})
    claim = api.post(f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG))
    assert done(system(WANG).get("/policies/elderly-allowance/budget"))["room"]["queue"]["granted"] == 1
    city.move(claim.json()["claim_id"], ClaimEvent.APPROVE)
    room = done(system(WANG).get("/policies/elderly-allowance/budget"))["room"]
    assert room["left_fen"] == room["cap_fen"] - claim.json()["amount_fen"]
    assert done(system(WANG).get("/policies/family-doctor/budget"))["room"] is None
    refused(system(WANG).get("/policies/no-such/budget"), 404, "unknown-policy")


def test_lots_are_drawn_once_from_a_public_seed(system: Systems, way: Way, city: City, catalogue: Catalogue) -> None:
    source = catalogue.policy("elderly-allowance").source.replace("version: 1", "version: 2")
    way.published(source.replace("budget: {cap_cny: 1000000, year: 2026}\n", LOTTERY))
    wang = system(WANG)
    room = done(wang.get("/policies/elderly-allowance/budget"))["room"]
    assert (room["order"], room["left_places"], room["draw"]) == ("lottery", 1, None)
    early = refused(wang.post("/policies/elderly-allowance/lots", seed="03 07"), 409, "draw-refused")
    assert early == {"closes_on": "2026-11-25"}
    city.now += timedelta(days=2)
    drawn = done(wang.post("/policies/elderly-allowance/lots", seed="03 07 "), 201)
    assert (drawn["seed"], drawn["entrants"], drawn["officer_id"]) == ("03 07", 0, WANG)
    assert done(wang.post("/policies/elderly-allowance/lots", seed="03 07")) == drawn, "the same again draws nothing"
    refused(wang.post("/policies/elderly-allowance/lots", seed="03 08"), 409, "draw-refused")
    assert done(wang.get("/policies/elderly-allowance/budget"))["room"]["draw"] == drawn
    refused(wang.post("/policies/family-doctor/lots", seed="1"), 403, "not-allowed")
    acts = [one["act"] for one in done(system(ZHAO).get("/audit/entries"))["entries"]]
    assert acts.count("draw_lots") == 1


def test_versions_that_are_none_cannot_be_compared(system: Systems) -> None:
    wang = system(WANG)
    same = done(wang.get("/policies/elderly-allowance/difference", before=1, after=1))
    assert same == {"before": 1, "after": 1, "changes": []}
    refused(wang.get("/policies/elderly-allowance/difference", before=1, after=7), 404, "unknown-policy")
    for wrong in ({"before": 0, "after": 1}, {"before": 1}, {"before": 1, "after": 2**40}):
        refused(wang.get("/policies/elderly-allowance/difference", **wrong), 422, "request-invalid")


def test_the_log_is_read_page_by_page_and_a_tampered_one_does_not_hold(
    system: Systems, services: Services, way: Way
) -> None:
    way.begun()
    zhao = system(ZHAO)
    everything = done(zhao.get("/audit/entries"))
    assert everything["next"] is None
    seen, before = [], None
    while True:
        page = done(zhao.get("/audit/entries", limit=3, **({"before": before} if before else {})))
        seen += page["entries"]
        if (before := page["next"]) is None:
            break
    assert seen == everything["entries"]
    assert [one["who"] for one in done(zhao.get("/audit/entries", who=WANG))["entries"]] == [WANG]
    assert done(zhao.get("/audit/proof"))["holds"]
    assert services.console is not None
    with services.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.exec_driver_sql("UPDATE audit_entry SET who = 'somebody' WHERE sequence = 2")
    broken = done(zhao.get("/audit/proof"))
    assert (broken["holds"], broken["broken_at"], broken["entries"]) == (False, 2, None)
    assert "entry 2 was changed" in broken["detail"]


def test_an_administrator_adds_people_who_sign_in_with_a_code_once(api: TestClient, system: Systems) -> None:
    hu = system(HU)
    done(hu.put("/agencies/区人社局", citywide=False))
    assert {"agency_id": "区人社局", "citywide": False} in done(hu.get("/agencies"))["agencies"]
    told = {"name": "何静", "agency_id": "区人社局", "roles": ["reviewer", "officer"]}
    kept = done(hu.put("/officers/he.jing", **told))
    assert kept["roles"] == ["officer", "reviewer"]
    assert done(hu.put("/officers/he.jing", **told)) == kept
    assert kept in done(hu.get("/officers"))["officers"]
    code = done(hu.post("/officers/he.jing/sign-in-codes"), 201)
    assert (code["officer_id"], code["minutes"]) == ("he.jing", 15)
    own = {"Sec-Fetch-Site": "same-origin"}
    signed = api.post("/console/sign-in", data={"code": code["code"]}, headers=own, follow_redirects=False)
    assert signed.status_code == 303
    done(hu.put("/officers/he.jing", **told, active=False))
    assert kept not in done(hu.get("/officers"))["officers"]
    refused(hu.post("/officers/he.jing/sign-in-codes"), 404, "unknown-officer")
    refused(hu.put("/officers/He Jing", **told), 422, "officer-invalid")
    refused(hu.put("/officers/he.jing", **{**told, "agency_id": "区人社"}), 404, "unknown-agency")
    refused(hu.put("/officers/he.jing", **{**told, "roles": ["king"]}), 422, "request-invalid")


def test_a_body_that_is_none_is_a_problem(api: TestClient, way: Way) -> None:
    draft_id = way.begun()
    headers = {**officers_token(WANG), "Content-Type": "application/json"}
    for body in (b"", b"[]", b"{", b'{"revision": "1"}', b'{"revision": true}', b'{"revision": 1, "more": 2}', b"\xff"):
        answer = api.post(f"/v1/workbench/drafts/{draft_id}/check", content=body, headers=headers)
        assert answer.status_code in (400, 422), body
        assert answer.headers["Content-Type"] == "application/problem+json"
