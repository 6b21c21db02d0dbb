from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from catalogue.loader import Catalogue
from tests.api.conftest import LI, ZHANG, City
from tests.api.console.conftest import CHEN, CIVIL, HOUSING, LIN, WANG, ZHAO
from tests.api.workbench.conftest import SUN, System, Way, done, refused
from workbench.canary import bucket_of

Systems = Callable[[str], System]
SignedIn = Callable[[str], dict[str, str]]
FOR_ALL = """\
id: fare-help
version: 1
audience: citizen
domain: elderly_care
kind: subsidy
level: city
title: {zh: 出行补贴, en: Fare help}
summary: {zh: 本市户籍居民每月领取。, en: Paid monthly to all who are registered.}
agency: {zh: 市民政局, en: Civil Affairs Bureau}
document: {title: 补贴办法, number: null, issued_on: null, url: null}
verification: illustrative
true_on: 2026-01-01
effective: {from: 2026-01-01, to: null}
eligibility: registered_in_shanghai
benefit: {period: month, amount: 30}
delivery: one_click
cases:
  - {name: 本市, facts: {registered_in_shanghai: true}, verdict: eligible, amount_cny: 30}
  - {name: 外地, facts: {registered_in_shanghai: false}, verdict: ineligible}
  - {name: 不详, facts: {}, verdict: unknown}
"""


@pytest.fixture
def raised(catalogue: Catalogue) -> str:
    """The allowance with another amount from 70 on: nobody gains, nobody is told."""
    source = catalogue.policy("elderly-allowance").source.replace("version: 1", "version: 2")
    return source.replace("amount: param.elderly_allowance_70_cny_month", "amount: 200")


def test_a_rule_goes_from_its_first_line_to_what_serves_and_back(  # noqa: PLR0915 - one way, from end to end
    api: TestClient, system: Systems, signed_in: SignedIn, raised: str
) -> None:
    wang, sun = system(WANG), system(SUN)
    draft_id = str(uuid4())
    begun = done(wang.post("/drafts", draft_id=draft_id, policy_id="elderly-allowance"), 201)
    assert (begun["state"], begun["revision"], begun["version"], begun["base_version"]) == ("draft", 1, 2, 1)
    assert "version: 2" in begun["text"]
    again = done(wang.post("/drafts", draft_id=draft_id, policy_id="elderly-allowance"))
    assert again == begun, "a repetition begins no second draft"
    at = f"/drafts/{draft_id}"

    # A case fails, and is mended.
    done(wang.put(f"{at}/text", revision=1, text=raised.replace("amount_cny: 75", "amount_cny: 80")))
    failed = done(wang.post(f"{at}/check", revision=2))
    assert not failed["ok"]
    assert [(one["case"], one["got"]) for one in failed["failed_cases"]] == [("65岁", "eligible, 75.00 yuan")]
    refused(wang.post(f"{at}/simulate", revision=2), 409, "draft-moved")
    saved = done(wang.put(f"{at}/text", revision=2, text=raised))
    assert done(wang.put(f"{at}/text", revision=2, text=raised)) == saved, "sent twice, it is saved once"
    assert done(wang.post(f"{at}/check", revision=3))["ok"]

    simulated = done(wang.post(f"{at}/simulate", revision=3))
    figures = simulated["figures"]
    assert (figures["subjects"], figures["before"]["eligible"], figures["after"]["eligible"]) == (2, 1, 1)
    assert (figures["gain"], figures["messages"], simulated["to_confirm"]) == (0, 0, None)
    assert figures["cost_after_fen_year"] > figures["cost_before_fen_year"]
    impact_id = simulated["draft"]["impact_id"]
    listed = done(sun.get(f"{at}/impacts"))
    assert (listed["current"], [one["impact_id"] for one in listed["impacts"]]) == (impact_id, [impact_id])
    assert done(sun.get(f"{at}/impacts/{impact_id}"))["figures"] == figures
    refused(sun.get(f"{at}/impacts/{uuid4()}"), 404, "unknown-impact")
    changes = done(sun.get(f"{at}/difference"))
    assert (changes["before"], changes["after"]) == (1, 2)
    assert any("200" in change["sentence"]["en"] for change in changes["changes"])
    assert done(sun.get(f"{at}/ladder"))["mode"] == "one_click"

    assert done(wang.post(f"{at}/submit", revision=3, note="依据新办法"))["state"] == "submitted"
    assert done(wang.post(f"{at}/submit", revision=3))["state"] == "submitted"
    approval = {"revision": 3, "impact_id": impact_id}
    refused(sun.post(f"{at}/approve", revision=3, impact_id=str(uuid4())), 409, "impact-stale")
    approved = done(sun.post(f"{at}/approve", **approval))
    assert (approved["state"], approved["approved_by"]) == ("approved", SUN)
    assert done(sun.post(f"{at}/approve", **approval)) == approved

    refused(wang.post(f"{at}/schedule", revision=3, publish_on="2026-11-01"), 422, "release-invalid")
    share = bucket_of(ZHANG) + 1
    planned = {"revision": 3, "publish_on": "2026-11-24", "canary_percent": share}
    scheduled = done(wang.post(f"{at}/schedule", **planned))
    assert done(wang.post(f"{at}/schedule", **planned)) == scheduled
    assert done(wang.post(f"{at}/release", revision=3, to="canary"))["state"] == "canary"
    assert done(wang.post(f"{at}/release", revision=3, to="canary"))["state"] == "canary", "no second step"

    assert amount(api, signed_in, ZHANG) == 200_00, "the canary's share has it already"
    assert served_version(api) == 1
    [standing] = [one for one in done(wang.get("/standings"))["standings"] if one["policy_id"] == "elderly-allowance"]
    assert (standing["version"], standing["canary_version"], standing["canary_percent"]) == (1, 2, share)
    assert done(wang.post(f"{at}/release", revision=3, to="published"))["state"] == "published"
    assert served_version(api) == 2
    assert done(wang.get("/policies/elderly-allowance/difference", before=1, after=2))["changes"] == changes["changes"]

    events = [one["event"] for one in done(wang.get(f"{at}/events"))["events"]]
    assert events == [
        *("create", "save", "fail", "save", "check", "simulate", "submit", "approve", "schedule"),
        *("start_canary", "publish"),
    ]
    history = done(wang.get("/policies/elderly-allowance/standings"))["standings"]
    back = {"sequence": history[-1]["sequence"], "reason": "金额有误"}
    rolled_back = done(wang.post("/policies/elderly-allowance/roll-back", **back))
    assert (rolled_back["version"], rolled_back["cause"]) == (1, "rolled_back")
    assert done(wang.post("/policies/elderly-allowance/roll-back", **back)) == rolled_back, "no second step back"
    refused(wang.post("/policies/elderly-allowance/roll-back", **{**back, "reason": "其他"}), 409, "standing-moved")
    refused(system(CHEN).post("/policies/elderly-allowance/roll-back", **back), 409, "standing-moved")
    older = {**back, "sequence": back["sequence"] - 1}
    refused(wang.post("/policies/elderly-allowance/roll-back", **older), 409, "standing-moved")
    assert amount(api, signed_in, ZHANG) != 200_00
    assert done(wang.get(at))["state"] == "withdrawn"

    zhao = system(ZHAO)
    entries = done(zhao.get("/audit/entries", about=f"draft/{draft_id}"))["entries"]
    assert [one["act"] for one in reversed(entries)] == [f"draft.{event}" for event in [*events, "roll_back"]]
    proof = done(zhao.get("/audit/proof"))
    assert proof["holds"]
    assert proof["anchored"] == proof["entries"]


def served_version(api: TestClient) -> Any:
    return api.get("/v1/policies/elderly-allowance").json()["policy"]["version"]


def amount(api: TestClient, signed_in: SignedIn, subject_id: str) -> Any:
    told = api.get(f"/v1/subjects/{subject_id}/recommendations", headers=signed_in(subject_id)).json()
    return {one["policy_id"]: one["amount_fen"] for one in told["entitled"]}["elderly-allowance"]


def test_of_two_officers_editing_one_draft_neither_loses_a_word(system: Systems, way: Way, raised: str) -> None:
    draft_id = way.begun()
    wang, chen = system(WANG), system(CHEN)
    assert done(wang.put(f"/drafts/{draft_id}/text", revision=1, text=raised))["revision"] == 2
    theirs = refused(chen.put(f"/drafts/{draft_id}/text", revision=1, text=raised + "# 陈\n"), 409, "draft-changed")
    assert (theirs["editor"], theirs["revision"], theirs["text"]) == (WANG, 2, raised)
    for act in ("check", "simulate", "submit", "withdraw"):
        refused(chen.post(f"/drafts/{draft_id}/{act}", revision=1), 409, "draft-changed")
    assert done(chen.put(f"/drafts/{draft_id}/text", revision=2, text=raised + "# 陈\n"))["editor"] == CHEN
    kept = done(wang.get(f"/drafts/{draft_id}/revisions"))["revisions"]
    assert [(one["revision"], one["editor"]) for one in kept] == [(1, WANG), (2, WANG), (3, CHEN)]
    assert done(wang.get(f"/drafts/{draft_id}/revisions/2"))["text"] == raised
    refused(wang.get(f"/drafts/{draft_id}/revisions/4"), 404, "unknown-draft")


def test_nobody_approves_what_went_through_their_own_hands(system: Systems, way: Way, raised: str) -> None:
    way.writer = CHEN
    draft_id = way.submitted(raised)
    impact_id = done(system(CHEN).get(f"/drafts/{draft_id}"))["impact_id"]
    refused(system(CHEN).post(f"/drafts/{draft_id}/approve", revision=1, impact_id=impact_id), 403, "own-draft")
    refused(system(WANG).post(f"/drafts/{draft_id}/approve", revision=1, impact_id=impact_id), 403, "not-allowed")
    assert done(system(SUN).post(f"/drafts/{draft_id}/approve", revision=1, impact_id=impact_id))


def test_a_rule_that_would_tell_everybody_waits_until_its_number_is_written_down(
    api: TestClient, system: Systems, way: Way, signed_in: SignedIn
) -> None:
    draft_id, sun = way.submitted(FOR_ALL), system(SUN)
    held = done(sun.get(f"/drafts/{draft_id}"))
    stored = done(sun.get(f"/drafts/{draft_id}/impacts/{held['impact_id']}"))
    assert (stored["to_confirm"], stored["figures"]["before"]) == (2, None)
    yes = {"revision": 1, "impact_id": held["impact_id"]}
    for confirmed in (None, 1, 3):
        data = refused(
            sun.post(f"/drafts/{draft_id}/approve", **yes, confirmed_messages=confirmed), 409, "push-to-everyone"
        )
        assert (data["messages"], data["subjects"], data["confirmed"]) == (2, 2, confirmed)
    done(sun.post(f"/drafts/{draft_id}/approve", **yes, confirmed_messages=2))
    wang = system(WANG)
    done(wang.post(f"/drafts/{draft_id}/schedule", revision=1, publish_on="2026-11-24"))
    assert api.get("/v1/policies/fare-help").status_code == 404
    done(wang.post(f"/drafts/{draft_id}/release", revision=1, to="published"))
    told = api.get(f"/v1/subjects/{LI}/recommendations", headers=signed_in(LI)).json()
    assert "fare-help" in [one["policy_id"] for one in told["entitled"]]


def test_a_parameters_new_value_goes_the_same_way_through_all_that_it_reaches(
    api: TestClient, system: Systems, signed_in: SignedIn
) -> None:
    wang, sun = system(WANG), system(SUN)
    draft_id, name = str(uuid4()), "elderly_allowance_70_cny_month"
    begun = done(wang.post("/drafts", draft_id=draft_id, parameter=name), 201)
    assert (begun["kind"], begun["policy_id"], begun["agency_id"]) == ("parameter", name, CIVIL)
    assert done(wang.post("/drafts", draft_id=draft_id, parameter=name)) == begun
    assert [one["draft_id"] for one in done(wang.get("/drafts", kind="parameter"))["drafts"]] == [draft_id]
    assert done(wang.get("/drafts"))["total"] == 0
    at, text = f"/drafts/{draft_id}", begun["text"].replace("150", "180")
    assert text != begun["text"], begun["text"]
    done(wang.put(f"{at}/text", revision=1, text=text))
    assert done(wang.post(f"{at}/check", revision=2))["ok"]
    impact_id = done(wang.post(f"{at}/simulate", revision=2))["draft"]["impact_id"]
    found = done(sun.get(f"{at}/impacts/{impact_id}"))
    assert [part["policy_id"] for part in found["parts"]] == ["elderly-allowance"]
    assert found["figures"]["cost_after_fen_year"] == found["parts"][0]["cost_after_fen_year"] == 12 * 180_00
    changes = done(sun.get(f"{at}/difference"))
    assert (changes["before"], changes["after"]) == (1, 2)
    assert {one["policy_id"] for one in changes["changes"]} == {"elderly-allowance"}
    assert any("180" in one["sentence"]["en"] for one in changes["changes"])
    refused(sun.get(f"{at}/ladder"), 422, "draft-invalid")
    done(wang.post(f"{at}/submit", revision=2))
    done(sun.post(f"{at}/approve", revision=2, impact_id=impact_id))
    done(wang.post(f"{at}/schedule", revision=2, publish_on="2026-11-24"))
    assert amount(api, signed_in, ZHANG) == 150_00
    assert done(wang.post(f"{at}/release", revision=2, to="published"))["state"] == "published"
    assert amount(api, signed_in, ZHANG) == 180_00
    refused(wang.post("/drafts", parameter="elderly_allowance_71_cny_month"), 400, "unknown-parameter")
    refused(wang.post("/drafts", parameter=name, policy_id="elderly-allowance"), 422, "request-invalid")


def test_figures_that_are_a_week_old_are_approved_no_more(system: Systems, way: Way, city: City, raised: str) -> None:
    draft_id, sun = way.submitted(raised), system(SUN)
    impact_id = done(sun.get(f"/drafts/{draft_id}"))["impact_id"]
    city.now += timedelta(days=8)
    data = refused(sun.post(f"/drafts/{draft_id}/approve", revision=1, impact_id=impact_id), 409, "impact-stale")
    assert data["causes"] == ["it is 8 days old, more than 7"]


def test_a_no_is_said_once_however_often_it_is_sent(system: Systems, way: Way, raised: str) -> None:
    draft_id, sun = way.approved(raised), system(SUN)
    refused(sun.post(f"/drafts/{draft_id}/send-back", revision=1, reason="  "), 422, "draft-invalid")
    no = {"revision": 1, "reason": "金额与文件不符"}
    sent_back = done(sun.post(f"/drafts/{draft_id}/send-back", **no))
    assert (sent_back["state"], sent_back["impact_id"], sent_back["approved_by"]) == ("draft", None, None)
    assert done(sun.post(f"/drafts/{draft_id}/send-back", **no)) == sent_back
    refused(sun.post(f"/drafts/{draft_id}/send-back", revision=1, reason="另有原因"), 409, "draft-moved")
    assert [one["event"] for one in done(sun.get(f"/drafts/{draft_id}/events"))["events"]].count("send_back") == 1


def test_a_draft_is_given_up_and_a_policy_ends_once(system: Systems, way: Way, api: TestClient, raised: str) -> None:
    wang = system(WANG)
    draft_id = way.begun()
    given_up = done(wang.post(f"/drafts/{draft_id}/withdraw", revision=1, note="不再需要"))
    assert done(wang.post(f"/drafts/{draft_id}/withdraw", revision=1)) == given_up
    refused(wang.put(f"/drafts/{draft_id}/text", revision=1, text="id: x"), 409, "draft-moved")

    [loaded] = done(wang.get("/policies/elderly-allowance/standings"))["standings"]
    end = {"sequence": loaded["sequence"], "last_day": "2026-12-31", "reason": "办法到期"}
    refused(
        wang.post("/policies/elderly-allowance/retire", **{**end, "last_day": "2026-11-01"}), 422, "release-invalid"
    )
    ended = done(wang.post("/policies/elderly-allowance/retire", **end))
    assert (ended["cause"], ended["last_day"]) == ("retired", "2026-12-31")
    assert done(wang.post("/policies/elderly-allowance/retire", **end)) == ended
    refused(wang.post("/policies/elderly-allowance/retire", **{**end, "last_day": "2027-01-31"}), 409, "standing-moved")
    assert api.get("/v1/policies/elderly-allowance").json()["policy"]["effective_to"] == "2026-12-31"
    refused(system(LIN).post("/policies/elderly-allowance/retire", **end), 403, "not-allowed")
    refused(wang.get("/policies/no-such/standings"), 404, "unknown-policy")


def test_drafts_are_listed_a_page_at_a_time_and_by_what_they_are(system: Systems, way: Way, city: City) -> None:
    wang = system(WANG)
    made = []
    for number in range(5):
        city.now += timedelta(minutes=number // 2)  # two and two of one moment
        made.append(way.begun())
    seen, after = [], None
    while True:
        page = done(wang.get("/drafts", limit=2, **({"after": after} if after else {})))
        assert page["total"] == 5
        assert all("text" not in draft for draft in page["drafts"])
        seen += [draft["draft_id"] for draft in page["drafts"]]
        if (after := page["next"]) is None:
            break
    assert len(seen) == 5
    assert set(seen) == set(made)
    done(wang.post(f"/drafts/{made[0]}/withdraw", revision=1))
    assert done(wang.get("/drafts", state="withdrawn"))["drafts"][0]["draft_id"] == made[0]
    assert done(wang.get("/drafts", state=["withdrawn", "draft"]))["total"] == 5
    assert done(wang.get("/drafts", policy_id="rent-subsidy"))["total"] == 0
    assert done(wang.get("/drafts", agency_id=HOUSING))["total"] == 0
    assert done(wang.get("/drafts", agency_id=CIVIL))["total"] == 5
    for wrong in ({"after": "nonsense"}, {"after": "2026-11-24T00:00:00~x"}, {"limit": 0}, {"state": "lost"}):
        refused(wang.get("/drafts", **wrong), 422, "request-invalid")
