"""What a subject best takes together, as the API tells it."""

from collections.abc import Callable
from datetime import date

from starlette.testclient import TestClient

from domain.combination import CapSpan, Combination, JointCap
from domain.facts import Audience, Label
from domain.policy import Document, Verification
from tests.api.conftest import ZHANG, City

SignedIn = Callable[[str], dict[str, str]]


def test_a_bundle_says_what_to_take_and_what_a_cap_leaves(api: TestClient, signed_in: SignedIn, city: City) -> None:
    address = f"/v1/subjects/{ZHANG}/bundle"
    free = api.get(address, headers=signed_in(ZHANG)).json()
    assert (free["total_fen"], free["left_out"]) == (180_000, [])
    assert free["taken"][0]["policy_id"] == "elderly-allowance"

    terms = JointCap(("elderly-allowance",), 1000, CapSpan.YEAR)
    city.combinations.append(
        Combination(
            "cap",
            Audience.CITIZEN,
            Label("年度限额", "Yearly cap"),
            Document("某通知"),
            Verification.RECALLED,
            date(2026, 1, 1),
            None,
            terms,
        )
    )
    capped = api.get(address, headers=signed_in(ZHANG)).json()
    [taken] = capped["taken"]
    assert (capped["total_fen"], taken["paid_fen"], taken["full_fen"]) == (100_000, 100_000, 180_000)
    assert taken["cut_by"] == [
        {
            "id": "cap",
            "label": {"zh": "年度限额", "en": "Yearly cap"},
            "document": "某通知",
            "number": None,
            "url": None,
            "verification": "recalled",
            "verification_label": {"zh": "待核对原文", "en": "Known, not yet checked against the text"},
        }
    ]
    assert "1,000 yuan a year of 1,800 yuan" in taken["sentence"]
    chinese = api.get(address, params={"language": "zh"}, headers=signed_in(ZHANG)).json()
    assert chinese["sentence"] == "同时享受以下各项，全年合计1,000元"
