from dataclasses import replace
from datetime import date
from typing import Any

from starlette.testclient import TestClient

from api.main import create_app
from catalogue.loader import load_catalogue
from tests.api.conftest import City, services_of


def detail(api: TestClient, policy_id: str) -> Any:
    return api.get(f"/v1/policies/{policy_id}").json()


def test_everybody_may_read_the_policies_in_force(sealed_api: TestClient) -> None:
    found = sealed_api.get("/v1/policies").json()["policies"]
    assert [policy["policy_id"] for policy in found] == [
        "elderly-allowance",
        "family-doctor",
        "rent-subsidy",
        "legal-advice",
        "graduate-hiring",
        "rd-deduction",
    ]
    assert found[0]["verification_label"]["en"] == "Made up for the demo"


def test_policies_are_narrowed_by_audience_domain_and_kind(sealed_api: TestClient) -> None:
    def ids(**wanted: str) -> list[str]:
        return [one["policy_id"] for one in sealed_api.get("/v1/policies", params=wanted).json()["policies"]]

    assert ids(audience="enterprise") == ["graduate-hiring", "rd-deduction"]
    assert ids(domain="housing") == ["rent-subsidy"]
    assert ids(kind="service", audience="citizen") == ["family-doctor", "legal-advice"]
    assert ids(kind="tax", audience="citizen") == []
    assert sealed_api.get("/v1/policies", params={"kind": "gift"}).status_code == 422


def test_what_is_not_yet_in_force_is_not_listed(sealed_city: City, sealed_api: TestClient) -> None:
    sealed_city.now = sealed_city.now.replace(year=2019)
    assert sealed_api.get("/v1/policies").json() == {"policies": []}


def test_a_policy_says_its_rule_in_plain_words(sealed_api: TestClient) -> None:
    rule = detail(sealed_api, "elderly-allowance")["rule"]
    assert rule["join"] == "all"
    assert [node["requirement"]["en"] for node in rule["items"]] == [
        "“Registered in Shanghai” must apply",
        "Age must be at least 65 years",
    ]
    assert rule["items"][1]["clause"] == "age_years >= param.elderly_age_years"


def test_a_not_is_written_into_what_is_below_it(sealed_api: TestClient) -> None:
    [*_, turned] = detail(sealed_api, "rent-subsidy")["rule"]["items"]
    assert turned["join"] == "any", "not all of two is any of their opposites"
    assert [(node["negated"], node["requirement"]["en"]) for node in turned["items"]] == [
        (True, "“Receives the minimum living allowance” must not apply"),
        (True, "“Member of a recognised low-income household” must not apply"),
    ]


def test_parameters_come_with_value_unit_and_source(sealed_api: TestClient) -> None:
    parameters = {one["name"]: one for one in detail(sealed_api, "elderly-allowance")["parameters"]}
    assert set(parameters) == {
        "elderly_age_years",
        "elderly_allowance_65_cny_month",
        "elderly_allowance_70_cny_month",
    }
    assert parameters["elderly_age_years"]["value"] == 65
    assert parameters["elderly_allowance_70_cny_month"]["unit_label"]["zh"] == "元/月"
    assert parameters["elderly_age_years"]["document"]["title"] == "津贴办法"
    assert parameters["elderly_age_years"]["document"]["number"] is None


def test_benefits_of_every_form_are_told(sealed_api: TestClient) -> None:
    def told(policy_id: str) -> tuple[Any, ...]:
        benefit = detail(sealed_api, policy_id)["benefit"]
        return benefit["form"], benefit["period"], benefit["fact"], benefit["amount"], benefit["cap"]

    assert told("family-doctor") == ("none", None, None, None, None)
    assert told("rent-subsidy") == ("fixed", "month", None, "600", None)
    assert told("rd-deduction") == ("share", "year", "rd_expense_cny_year", "param.rd_deduction_percent", None)
    assert told("graduate-hiring") == ("per_unit", "once", "graduates_hired_count", "2000", "100000")
    assert detail(sealed_api, "elderly-allowance")["benefit"]["steps"] == [
        {"at_least": 65, "amount": "param.elderly_allowance_65_cny_month"},
        {"at_least": 70, "amount": "param.elderly_allowance_70_cny_month"},
    ]


def test_papers_no_longer_asked_for_name_what_replaces_them(sealed_api: TestClient) -> None:
    answer = detail(sealed_api, "elderly-allowance")
    assert answer["materials"][0] == {
        "label": {"zh": "身份证", "en": "Identity card"},
        "replaced_by": {"zh": "电子身份证", "en": "Electronic identity card"},
    }
    assert answer["materials"][1]["replaced_by"] is None
    assert (answer["budget_fen"], answer["budget_year"]) == (100_000_000, 2026)
    assert answer["true_on"] == date(2025, 1, 1).isoformat()


def test_a_policys_limits_are_told(sealed_api: TestClient) -> None:
    answer = detail(sealed_api, "rent-subsidy")
    assert answer["districts"] == ["huangpu"]
    assert answer["conditions"] == [{"zh": "租赁合同须已备案", "en": "The lease must be registered"}]


def test_a_mistyped_policy_gets_the_nearest_name(sealed_api: TestClient) -> None:
    answer = sealed_api.get("/v1/policies/rent-subsidies")
    assert answer.status_code == 404
    assert answer.json()["data"]["did_you_mean"] == "rent-subsidy"


def test_every_policy_of_the_city_can_be_read(sealed_city: City) -> None:
    catalogue = load_catalogue()
    services = replace(services_of(sealed_city), served=lambda: catalogue)
    with TestClient(create_app(services)) as api:
        for listed in api.get("/v1/policies").json()["policies"]:
            answer = api.get(f"/v1/policies/{listed['policy_id']}")
            assert answer.status_code == 200, listed["policy_id"]
            assert answer.json()["policy"] == listed
