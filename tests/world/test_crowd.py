import json
import threading
import uuid
from collections import Counter
from typing import Any

import httpx
import pyarrow as pa
import pytest

import world.crowd
from world.crowd import Crowd, Tally, wishes_of

PEOPLE = [f"C{i:09d}" for i in range(120)]
POLICIES = ("rent-subsidy", "library-card", "child-allowance")


class Api:
    """An API of the same shape in memory: messages, claims and who asked with which token."""

    def __init__(self, offers: int = 3) -> None:
        self.lock = threading.Lock()
        self.posts: Counter[str] = Counter()
        self.reviews: dict[str, dict[str, Any]] = {}
        self.claims: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.down_for = 0
        for subject in PEOPLE:
            for policy in POLICIES[:offers]:
                claim_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{policy}"))
                message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{policy}/offer"))
                self.claims[claim_id] = {"claim_id": claim_id, "policy_id": policy, "owner": subject, "state": "pushed"}
                self.messages[message_id] = {
                    "message_id": message_id,
                    "claim_id": claim_id,
                    "policy_id": policy,
                    "owner": subject,
                    "read_at": None,
                    "created_at": "2026-11-24T01:00:00Z",
                }

    def pay(self) -> None:
        for claim in self.claims.values():
            claim["state"] = "paid" if claim["state"] == "claimed" else claim["state"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if self.down_for:
                self.down_for -= 1
                return httpx.Response(503)
            return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        subject = request.headers["authorization"].removeprefix("Bearer token-of-")
        parts = request.url.path.removeprefix("/v1/").split("/")
        body = json.loads(request.content or b"null")
        if request.method == "POST":
            self.posts[parts[-1]] += 1
        match request.method, *parts:
            case "GET", "subjects", owner, "inbox":
                assert owner == subject
                return httpx.Response(
                    200, json={"messages": [m for m in self.messages.values() if m["owner"] == owner]}
                )
            case "GET", "subjects", owner, "claims":
                assert owner == subject
                actions = {"pushed": ["claim"], "seen": ["claim"], "paid": ["confirm", "rate"], "confirmed": ["rate"]}
                held = [
                    claim | {"actions": actions.get(claim["state"], [])}
                    for claim in self.claims.values()
                    if claim["owner"] == owner
                ]
                return httpx.Response(200, json={"claims": held})
            case "POST", "messages", message_id, "seen":
                assert self.messages[message_id]["owner"] == subject
                self.messages[message_id]["read_at"] = "2026-11-24T02:00:00Z"
            case "POST", "subjects", owner, "claims":
                claim = next(
                    c for c in self.claims.values() if (c["owner"], c["policy_id"]) == (owner, body["policy_id"])
                )
                claim["state"] = "claimed"
            case "POST", "claims", claim_id, "confirm":
                self.claims[claim_id]["state"] = "confirmed"
            case "POST", "claims", claim_id, "review":
                self.claims[claim_id]["state"] = "rated"
                self.reviews[claim_id] = body
        return httpx.Response(200, json={})


def act(api: Api, seed: int = 1, wish: float = 0.5, people: list[str] = PEOPLE) -> Tally:
    wishes = {(subject, policy): wish for subject in PEOPLE for policy in POLICIES}
    with Crowd("http://api", seed, wishes, transport=httpx.MockTransport(api)) as crowd:
        return crowd.act(people, lambda subject: f"token-of-{subject}")


def test_people_open_claim_and_ignore() -> None:
    api = Api()
    tally = act(api)
    assert tally.people == len(PEOPLE)
    assert 0.75 * 360 < tally.opened < 0.95 * 360
    assert 0.3 * 360 < tally.claimed < 0.55 * 360
    assert tally.confirmed == tally.judged == tally.failed == tally.refused == 0


def test_who_is_paid_confirms_and_judges() -> None:
    api = Api()
    claimed = act(api).claimed
    api.pay()
    tally = act(api)
    assert tally.claimed == tally.opened == 0
    assert 0.6 * claimed < tally.confirmed < claimed
    assert 0 < tally.judged < tally.confirmed
    assert {review["grade"] for review in api.reviews.values()} <= {1, 2, 3, 4, 5}
    assert all(review["words"] for review in api.reviews.values())


def test_a_second_run_with_the_same_seed_does_nothing_new() -> None:
    api = Api()
    act(api)
    api.pay()
    act(api)
    before = api.posts.copy()
    assert act(api) == Tally(people=len(PEOPLE))
    assert api.posts == before


def test_deeds_follow_from_the_seed_alone() -> None:
    states = []
    for seed, people in ((1, PEOPLE), (1, PEOPLE[::-1]), (2, PEOPLE)):
        api = Api()
        act(api, seed, people=people)
        states.append({claim_id: claim["state"] for claim_id, claim in api.claims.items()})
    assert states[0] == states[1] != states[2]


def test_nobody_claims_what_nobody_wants() -> None:
    assert act(Api(), wish=0.0).claimed == 0


def test_a_server_that_is_briefly_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.crowd, "PATIENCE_S", 0.001)
    quiet, troubled = Api(), Api()
    troubled.down_for = 2
    assert act(troubled) == act(quiet)


def test_a_server_that_stays_away_is_counted_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.crowd, "PATIENCE_S", 0.001)
    api = Api()
    api.down_for = 10**6
    assert act(api) == Tally(people=len(PEOPLE), failed=len(PEOPLE))


def test_wishes_come_from_pairs() -> None:
    pairs = pa.table({"subject_id": ["C1", "C2"], "policy_id": ["a", "b"], "relevance": [0.25, 0.5]})
    assert wishes_of(pairs) == {("C1", "a"): 0.25, ("C2", "b"): 0.5}
