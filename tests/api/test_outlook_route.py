"""What lies ahead of a subject, as the API tells it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from starlette.testclient import TestClient

from domain.facts import Value
from domain.profile import Fact, FactStatus
from tests.api.conftest import FACTORY, LI, TODAY, ZHANG, City

SignedIn = Callable[[str], dict[str, str]]


def test_what_time_will_bring_is_told_with_its_day(api: TestClient, signed_in: SignedIn, city: City) -> None:
    known: dict[str, Value] = {"birth_date": date(1962, 2, 28), "age_years": 64}
    facts = {name: Fact(value, "population", TODAY, FactStatus.KNOWN) for name, value in known.items()}
    city.profiles[LI] = replace(city.profiles[LI], facts={**city.profiles[LI].facts, **facts})
    told = api.get(f"/v1/subjects/{LI}/outlook", headers=signed_in(LI)).json()
    assert (told["as_of"], told["until"]) == ("2026-11-24", "2027-11-24")
    [coming] = [one for one in told["coming"] if one["policy_id"] == "elderly-allowance"]
    assert (coming["on"], coming["before"], coming["after"]) == ("2027-02-28", "ineligible", "eligible")
    assert coming["cause"] == "time"
    near = told["near"][0]
    assert (near["policy_id"], near["distance"], near["unit"], near["on"]) == (
        "elderly-allowance", 1.0, "years", "2027-02-28",
    )  # fmt: skip
    assert near["sentence"].endswith("1 year below what is required; it comes about by itself on 28 February 2027.")
    chinese = api.get(f"/v1/subjects/{LI}/outlook", params={"language": "zh"}, headers=signed_in(LI)).json()
    assert "年龄低于要求1岁；无需办理，2027年2月28日自然满足。" in chinese["near"][0]["sentence"]


def test_the_next_question_says_why_it_is_asked(api: TestClient, signed_in: SignedIn) -> None:
    found = api.get(f"/v1/subjects/{ZHANG}/outlook", params={"language": "zh"}, headers=signed_in(ZHANG)).json()
    question = found["question"]
    assert question["fact"] == "household_income_per_person_cny_month"
    assert question["sentence"].startswith("问“")
    assert [stake["policy_id"] for stake in question["policies"]]


def test_an_enterprise_is_asked_as_one(api: TestClient, signed_in: SignedIn) -> None:
    found = api.get(f"/v1/subjects/{FACTORY}/outlook", headers=signed_in(FACTORY)).json()
    assert found["question"]["fact"] == "social_insurance_in_arrears"
    assert found["question"]["sentence"].startswith("We ask for “")
