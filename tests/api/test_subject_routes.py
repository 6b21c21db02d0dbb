import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date, timedelta

from starlette.testclient import TestClient

from api.main import create_app
from catalogue.loader import Catalogue
from storage import claims, connection, migrate, policies
from tests.api.conftest import FACTORY, LI, ZHANG, City, city_over, services_of

SignedIn = Callable[[str], dict[str, str]]


def test_recommendations_say_what_why_and_how_much(api: TestClient, signed_in: SignedIn) -> None:
    answer = api.get(f"/v1/subjects/{ZHANG}/recommendations", headers=signed_in(ZHANG)).json()
    assert answer["order"] == "published order"
    first = answer["entitled"][0]
    assert [one["policy_id"] for one in answer["entitled"]] == ["elderly-allowance", "family-doctor", "legal-advice"]
    assert (first["amount_fen"], first["period"], first["yearly_fen"]) == (15_000, "month", 180_000)
    assert "Met: Age must be at least 65 years; on record: 72 years" in first["why"][1]
    assert first["reasons"][1] == {
        "sentence": first["why"][1],
        "outcome": "met",
        "decisive": True,
        "clause": "age_years >= param.elderly_age_years",
        "operator": ">=",
        "value": 72,
        "threshold": 65,
        "unit": "years",
        "facts": [
            {
                "fact": "age_years",
                "label": {"zh": "年龄", "en": "Age"},
                "value": 72,
                "source": "derived",
                "as_of": "2026-11-01",
            }
        ],
    }
    assert answer["entitled"][1]["amount_fen"] == 0, "no money moves"
    assert (first["missing"], first["claim"]) == ([], None)


def test_what_is_possible_names_the_missing_fact_and_who_would_know_it(api: TestClient, signed_in: SignedIn) -> None:
    answer = api.get(f"/v1/subjects/{ZHANG}/recommendations", headers=signed_in(ZHANG)).json()
    [possible] = answer["possible"]
    assert possible["policy_id"] == "rent-subsidy"
    assert possible["missing"] == [
        {
            "fact": "household_income_per_person_cny_month",
            "label": {"zh": "家庭人均月收入", "en": "Household income per person"},
            "register_label": {"zh": "民政救助与养老登记", "en": "Civil affairs register"},
        }
    ]
    assert possible["conditions"] == [{"zh": "租赁合同须已备案", "en": "The lease must be registered"}]


def test_sentences_come_in_the_language_asked_for(api: TestClient, signed_in: SignedIn) -> None:
    address = f"/v1/subjects/{ZHANG}/recommendations"
    chinese = api.get(address, params={"language": "zh"}, headers=signed_in(ZHANG))
    assert chinese.headers["Content-Language"] == "zh"
    assert chinese.json()["entitled"][0]["why"][1].startswith("符合：年龄须不低于65岁")
    preferring = signed_in(ZHANG) | {"Accept-Language": "fr, en;q=0.4, zh-CN;q=0.8"}
    assert api.get(address, headers=preferring).headers["Content-Language"] == "zh"
    assert api.get(address, params={"language": "fr"}, headers=signed_in(ZHANG)).status_code == 422


def test_a_claimed_policy_is_shown_with_its_claim(api: TestClient, signed_in: SignedIn) -> None:
    made = api.post(
        f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG)
    ).json()
    answer = api.get(f"/v1/subjects/{ZHANG}/recommendations", headers=signed_in(ZHANG)).json()
    claim = answer["entitled"][0]["claim"]
    assert (claim["claim_id"], claim["state"]) == (made["claim_id"], "claimed")


def test_an_enterprise_reads_its_own_policies(api: TestClient, signed_in: SignedIn) -> None:
    answer = api.get(f"/v1/subjects/{FACTORY}/recommendations", headers=signed_in(FACTORY)).json()
    assert [one["policy_id"] for one in answer["entitled"]] == ["rd-deduction"]
    assert answer["entitled"][0]["yearly_fen"] == 18_000_000
    assert [one["missing"][0]["fact"] for one in answer["possible"]] == ["social_insurance_in_arrears"]


def test_reading_the_inbox_marks_nothing(city: City, api: TestClient, signed_in: SignedIn) -> None:
    city.push(ZHANG, "elderly-allowance")
    first, again = (api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG)).json() for _ in range(2))
    assert first == again
    assert again["unread"] == 1
    [message] = again["messages"]
    assert message["read_at"] is None
    assert message["title"]["zh"] == "老年综合津贴"
    assert "CNY 150 a month" in message["body"]["en"]


def test_a_message_marked_as_seen_makes_its_claim_seen(city: City, api: TestClient, signed_in: SignedIn) -> None:
    city.push(ZHANG, "elderly-allowance")
    [message] = api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG)).json()["messages"]
    seen = api.post(f"/v1/messages/{message['message_id']}/seen", headers=signed_in(ZHANG))
    assert seen.status_code == 200
    assert seen.json()["read_at"] == "2026-11-24T04:00:00Z"
    assert api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG)).json()["unread"] == 0
    [claim] = api.get(f"/v1/subjects/{ZHANG}/claims", headers=signed_in(ZHANG)).json()["claims"]
    assert claim["state"] == "seen"
    assert claim["actions"] == ["claim", "withdraw"]


def test_older_messages_are_a_page_away(city: City, api: TestClient, signed_in: SignedIn) -> None:
    for policy_id in ("elderly-allowance", "family-doctor", "legal-advice"):
        city.push(ZHANG, policy_id)
        city.now += timedelta(minutes=1)
    first = api.get(f"/v1/subjects/{ZHANG}/inbox", params={"limit": 2}, headers=signed_in(ZHANG)).json()["messages"]
    rest = api.get(
        f"/v1/subjects/{ZHANG}/inbox", params={"before": first[-1]["created_at"]}, headers=signed_in(ZHANG)
    ).json()["messages"]
    assert [one["policy_id"] for one in first + rest] == ["legal-advice", "family-doctor", "elderly-allowance"]


def test_one_click_opens_one_claim(api: TestClient, signed_in: SignedIn) -> None:
    wanted = {"policy_id": "elderly-allowance"}
    first = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG))
    again = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["period"] == "2026-11"
    assert first.json()["amount_fen"] == 15_000
    assert len(api.get(f"/v1/subjects/{ZHANG}/claims", headers=signed_in(ZHANG)).json()["claims"]) == 1


def test_a_pushed_policy_is_claimed_and_not_opened_again(city: City, api: TestClient, signed_in: SignedIn) -> None:
    city.push(ZHANG, "elderly-allowance")
    [pushed] = api.get(f"/v1/subjects/{ZHANG}/claims", headers=signed_in(ZHANG)).json()["claims"]
    city.now += timedelta(minutes=1)
    made = api.post(f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG))
    assert made.status_code == 201
    assert (made.json()["claim_id"], made.json()["state"]) == (pushed["claim_id"], "claimed")


def test_a_claim_stays_readable_once_its_subject_is_no_longer_entitled(
    city: City, api: TestClient, signed_in: SignedIn, register: dict[str, str]
) -> None:
    wanted = {"policy_id": "elderly-allowance"}
    made = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG)).json()
    moved = {"registered_in_shanghai": False}
    event = {"subject_id": ZHANG, "kind": "move_away", "as_of": "2026-11-24", "facts": moved}
    assert api.post("/v1/events", json=event, headers=register).status_code == 202
    again = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG))
    assert (again.status_code, again.json()["claim_id"]) == (200, made["claim_id"])


def test_who_is_not_entitled_gets_the_reasons_and_no_claim(api: TestClient, signed_in: SignedIn) -> None:
    refused = api.post(f"/v1/subjects/{LI}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(LI))
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "not-eligible"
    assert problem["data"]["verdict"] == "ineligible"
    assert problem["data"]["reasons"] == [
        "Not met: Age must be at least 65 years; on record: 40 years (Derived from registers, 1 November 2026)."
    ]
    assert api.get(f"/v1/subjects/{LI}/claims", headers=signed_in(LI)).json() == {"claims": []}


def test_a_pushed_policy_is_checked_again_when_it_is_claimed(
    city: City, api: TestClient, signed_in: SignedIn, register: dict[str, str]
) -> None:
    city.push(ZHANG, "elderly-allowance")
    event = {"subject_id": ZHANG, "kind": "move_away", "as_of": "2026-11-24", "facts": {"registered_in_shanghai": None}}
    assert api.post("/v1/events", json=event, headers=register).status_code == 202
    refused = api.post(
        f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG)
    ).json()
    assert refused["code"] == "not-eligible"
    assert refused["data"]["missing_facts"] == ["registered_in_shanghai"]
    [claim] = api.get(f"/v1/subjects/{ZHANG}/claims", headers=signed_in(ZHANG)).json()["claims"]
    assert claim["state"] == "pushed"


def test_what_cannot_be_claimed_here_says_where_to_go(api: TestClient, signed_in: SignedIn) -> None:
    def refused(policy_id: str) -> tuple[int, str, str]:
        answer = api.post(f"/v1/subjects/{ZHANG}/claims", json={"policy_id": policy_id}, headers=signed_in(ZHANG))
        return answer.status_code, answer.json()["code"], answer.json()["next_step"]

    assert refused("legal-advice") == (409, "not-claimable", "Ask Justice Bureau how to use it.")
    assert refused("rd-deduction") == (409, "not-claimable", "Choose one of your own recommendations.")
    assert refused("elderly-alowance") == (404, "unknown-policy", "Did you mean 'elderly-allowance'?")


def test_the_profile_gives_every_fact_its_source_and_date(api: TestClient, signed_in: SignedIn) -> None:
    answer = api.get(f"/v1/subjects/{ZHANG}/profile", headers=signed_in(ZHANG)).json()
    facts = {fact["name"]: fact for fact in answer["facts"]}
    assert facts["birth_date"]["value"] == "1954-03-02"
    assert facts["age_years"]["text"] == "72 years"
    assert facts["residence_district"]["text"] == "Huangpu"
    assert facts["residence_district"]["source_label"]["en"] == "Population register"
    assert facts["volunteer_hours"]["as_of"] == "2026-11-01"
    income = facts["household_income_per_person_cny_month"]
    assert (income["value"], income["status"], income["text"]) == (None, "unknown", "")


def test_an_old_fact_is_not_fresh(city: City, api: TestClient, signed_in: SignedIn) -> None:
    city.now += timedelta(days=100)
    answer = api.get(f"/v1/subjects/{ZHANG}/profile", headers=signed_in(ZHANG)).json()
    fresh = {fact["name"]: fact["fresh"] for fact in answer["facts"]}
    assert fresh["minimum_living_allowance"] is False, "fresh for 90 days"
    assert fresh["residence_district"] is True, "fresh for 180 days"


def test_the_day_is_the_citys_own(city: City, api: TestClient, signed_in: SignedIn) -> None:
    city.now = city.now.replace(hour=17)  # one in the morning of the 25th in Shanghai
    answer = api.get(f"/v1/subjects/{ZHANG}/recommendations", headers=signed_in(ZHANG)).json()
    assert answer["as_of"] == date(2026, 11, 25).isoformat()


def test_a_withdrawn_claim_can_be_made_anew(api: TestClient, signed_in: SignedIn, city: City) -> None:
    wanted = {"policy_id": "elderly-allowance"}
    first = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG)).json()
    city.now += timedelta(minutes=1)
    assert api.post(f"/v1/claims/{first['claim_id']}/withdraw", headers=signed_in(ZHANG)).json()["state"] == "withdrawn"
    second = api.post(f"/v1/subjects/{ZHANG}/claims", json=wanted, headers=signed_in(ZHANG))
    assert second.status_code == 201
    assert second.json()["claim_id"] != first["claim_id"]


def test_two_clicks_at_once_make_one_claim(database_url: str, catalogue: Catalogue, signed_in: SignedIn) -> None:
    migrate.upgrade(database_url)
    engine = connection.engine(database_url)
    city = city_over(connection.transactions(engine), catalogue)
    with city.begin() as session:
        policies.publish(session, catalogue.policies, city.now)
    together = threading.Barrier(4)

    def click(api: TestClient) -> tuple[int, str]:
        together.wait()
        made = api.post(
            f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=signed_in(ZHANG)
        )
        return made.status_code, made.json()["claim_id"]

    with ExitStack() as open_clients, ThreadPoolExecutor(4) as pool:
        clients = [open_clients.enter_context(TestClient(create_app(services_of(city)))) for _ in range(4)]
        for api in clients:
            # FastAPI builds its routes at the first request, and silences a warning in a way that threads undo.
            api.get("/nowhere")
        answers = list(pool.map(click, clients))
    assert {status for status, _ in answers} <= {200, 201}
    assert len({claim_id for _, claim_id in answers}) == 1
    with city.begin() as session:
        assert sum(claims.counts(session).values()) == 1
    engine.dispose()
