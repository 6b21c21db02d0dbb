import json
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.labels import EVENT_LABELS, STATE_LABELS
from domain.claim import ClaimEvent, ClaimState
from tests.api.conftest import ZHANG, City

SignedIn = Callable[[str], dict[str, str]]
TO_MONEY = (ClaimEvent.APPROVE, ClaimEvent.SUBMIT_PAYMENT, ClaimEvent.SETTLE)


@pytest.fixture
def me(signed_in: SignedIn) -> dict[str, str]:
    return signed_in(ZHANG)


@pytest.fixture
def claim_id(api: TestClient, me: dict[str, str]) -> str:
    """A claim that was just made."""
    made = api.post(f"/v1/subjects/{ZHANG}/claims", json={"policy_id": "elderly-allowance"}, headers=me)
    return str(made.json()["claim_id"])


def test_the_timeline_runs_from_claim_to_money(city: City, api: TestClient, me: dict[str, str], claim_id: str) -> None:
    city.move(claim_id, *TO_MONEY)
    answer = api.get(f"/v1/claims/{claim_id}", headers=me).json()
    steps = answer["timeline"]
    assert [step["event"] for step in steps] == ["claim", "approve", "submit_payment", "settle"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert steps[-1]["label"] == {"zh": "款项到账", "en": "Money arrived"}
    assert answer["claim"]["state"] == "paid"
    assert answer["claim"]["actions"] == ["confirm", "rate"]
    assert answer["review"] is None


def test_confirming_twice_is_confirming_once(city: City, api: TestClient, me: dict[str, str], claim_id: str) -> None:
    city.move(claim_id, *TO_MONEY)
    answers = [api.post(f"/v1/claims/{claim_id}/confirm", headers=me) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["state"] == "confirmed"


def test_what_has_not_arrived_cannot_be_confirmed(api: TestClient, me: dict[str, str], claim_id: str) -> None:
    refused = api.post(f"/v1/claims/{claim_id}/confirm", headers=me)
    assert refused.status_code == 409
    assert refused.json()["code"] == "illegal-transition"
    assert refused.json()["data"] == {"state": "claimed", "event": "confirm"}


def test_a_claim_can_be_withdrawn_until_it_is_approved(
    city: City, api: TestClient, me: dict[str, str], claim_id: str
) -> None:
    city.move(claim_id, ClaimEvent.APPROVE)
    assert api.post(f"/v1/claims/{claim_id}/withdraw", headers=me).status_code == 409


def test_a_review_comes_back_with_its_claim(city: City, api: TestClient, me: dict[str, str], claim_id: str) -> None:
    city.move(claim_id, *TO_MONEY)
    made = api.post(f"/v1/claims/{claim_id}/review", json={"grade": 4, "words": "到账很快"}, headers=me)
    assert made.status_code == 201
    answer = api.get(f"/v1/claims/{claim_id}", headers=me).json()
    assert answer["review"] == made.json()
    assert answer["claim"]["state"] == "rated"
    again = api.post(f"/v1/claims/{claim_id}/review", json={"grade": 1}, headers=me)
    assert (again.status_code, again.json()["code"]) == (409, "illegal-transition")


def test_markup_in_a_review_is_kept_as_text(city: City, api: TestClient, me: dict[str, str], claim_id: str) -> None:
    city.move(claim_id, *TO_MONEY)
    words = "<script>alert('到账')</script> & <b>谢谢</b>"
    assert api.post(f"/v1/claims/{claim_id}/review", json={"grade": 5, "words": words}, headers=me).status_code == 201
    assert api.get(f"/v1/claims/{claim_id}", headers=me).json()["review"]["words"] == words


@pytest.mark.parametrize(
    ("review", "where"),
    [
        ({"grade": 0}, "body.grade"),
        ({"grade": 6}, "body.grade"),
        ({"grade": "5"}, "body.grade"),
        ({"grade": True}, "body.grade"),
        ({}, "body.grade"),
        ({"grade": 5, "words": "字" * 501}, "body.words"),
        ({"grade": 5, "words": "a\x00b"}, "body.words"),
        ({"grade": 5, "words": "\ud800"}, "body.words"),
        ({"grade": 5, "stars": 5}, "body.stars"),
    ],
)
def test_a_review_that_makes_no_sense_says_where(
    sealed_api: TestClient, me: dict[str, str], review: dict[str, object], where: str
) -> None:
    body = json.dumps(review)  # in ASCII, so that half a surrogate pair can be sent
    refused = sealed_api.post(
        "/v1/claims/00000000-0000-4000-8000-000000000000/review",
        content=body,
        headers=me | {"Content-Type": "application/json"},
    )
    assert refused.status_code == 422
    assert [error["where"] for error in refused.json()["data"]["errors"]] == [where]


def test_the_longest_review_fits(city: City, api: TestClient, me: dict[str, str], claim_id: str) -> None:
    city.move(claim_id, *TO_MONEY)
    assert (
        api.post(f"/v1/claims/{claim_id}/review", json={"grade": 5, "words": "字" * 500}, headers=me).status_code == 201
    )


def test_every_state_and_event_has_words_in_both_languages() -> None:
    assert set(STATE_LABELS) == set(ClaimState)
    assert set(EVENT_LABELS) == set(ClaimEvent)
    assert all(label.zh and label.en for label in [*STATE_LABELS.values(), *EVENT_LABELS.values()])
