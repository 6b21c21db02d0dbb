import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient

from api.auth import Operator, Subject, issue_operator_token, issue_token, read_token
from api.main import create_app
from api.services import ApiSettings, Services
from domain.claim import ClaimEvent
from domain.errors import TokenInvalid, TokenKeyWeak
from domain.facts import Audience
from tests.api.conftest import FACTORY, KEY, LI, NOW, ZHANG, City

SignedIn = Callable[[str], dict[str, str]]

SUBJECT_ROUTES = [
    ("GET", "recommendations"),
    ("GET", "bundle"),
    ("GET", "outlook"),
    ("GET", "inbox"),
    ("GET", "claims"),
    ("POST", "claims"),
    ("GET", "profile"),
]
CLAIM_ROUTES = [("GET", ""), ("POST", "/confirm"), ("POST", "/withdraw"), ("POST", "/review")]
BODIES: dict[str, dict[str, object]] = {
    "claims": {"policy_id": "elderly-allowance"},
    "/review": {"grade": 5, "words": ""},
}


def ask(api: TestClient, method: str, address: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and body, the asked id taken out, so that two answers can be held against each other."""
    rest = address.rsplit("/", 1)[-1]
    body = BODIES.get(rest) or BODIES.get(f"/{rest}")
    answer = api.request(method, address, json=body if method == "POST" else None, headers=headers)
    asked = address.split("/")[3]
    return answer.status_code, answer.text.replace(asked, "ID")


@pytest.mark.parametrize(("method", "rest"), SUBJECT_ROUTES)
def test_anothers_subject_answers_as_one_that_does_not_exist(
    api: TestClient, signed_in: SignedIn, city: City, method: str, rest: str
) -> None:
    mine = ask(api, method, f"/v1/subjects/{ZHANG}/{rest}", signed_in(ZHANG))
    assert mine[0] in (200, 201), "or else this test would prove nothing"
    theirs = ask(api, method, f"/v1/subjects/{LI}/{rest}", signed_in(ZHANG))
    nobodys = ask(api, method, f"/v1/subjects/C999999999/{rest}", signed_in(ZHANG))
    assert theirs == nobodys
    assert theirs[0] == 404
    assert json.loads(theirs[1])["code"] == "unknown-subject"
    # The same again for somebody whose token is good, but whom the registers do not know.
    del city.profiles[LI]
    if rest in ("recommendations", "bundle", "profile"):
        assert ask(api, method, f"/v1/subjects/{LI}/{rest}", signed_in(LI)) == theirs


@pytest.mark.parametrize(("method", "rest"), CLAIM_ROUTES)
def test_anothers_claim_answers_as_one_that_does_not_exist(
    api: TestClient, signed_in: SignedIn, city: City, method: str, rest: str
) -> None:
    made = api.post(f"/v1/subjects/{ZHANG}/claims", json=BODIES["claims"], headers=signed_in(ZHANG)).json()
    if rest in ("/confirm", "/review"):
        city.move(made["claim_id"], ClaimEvent.APPROVE, ClaimEvent.SUBMIT_PAYMENT, ClaimEvent.SETTLE)
    before = api.get(f"/v1/claims/{made['claim_id']}", headers=signed_in(ZHANG)).json()
    theirs = ask(api, method, f"/v1/claims/{made['claim_id']}{rest}", signed_in(LI))
    nobodys = ask(api, method, f"/v1/claims/00000000-0000-4000-8000-000000000000{rest}", signed_in(LI))
    no_id = ask(api, method, f"/v1/claims/nonsense{rest}", signed_in(LI))
    assert theirs == nobodys == no_id
    assert theirs[0] == 404
    assert json.loads(theirs[1])["code"] == "unknown-claim"
    assert api.get(f"/v1/claims/{made['claim_id']}", headers=signed_in(ZHANG)).json() == before
    assert ask(api, method, f"/v1/claims/{made['claim_id']}{rest}", signed_in(ZHANG))[0] in (200, 201)


def test_anothers_message_answers_as_one_that_does_not_exist(api: TestClient, signed_in: SignedIn, city: City) -> None:
    city.push(ZHANG, "elderly-allowance")
    [message] = api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG)).json()["messages"]
    theirs = ask(api, "POST", f"/v1/messages/{message['message_id']}/seen", signed_in(LI))
    nobodys = ask(api, "POST", "/v1/messages/00000000-0000-4000-8000-000000000000/seen", signed_in(LI))
    assert theirs == nobodys == ask(api, "POST", "/v1/messages/nonsense/seen", signed_in(LI))
    assert theirs[0] == 404
    assert api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG)).json()["unread"] == 1


PROTECTED = [
    *((method, f"/v1/subjects/{ZHANG}/{rest}") for method, rest in SUBJECT_ROUTES),
    *((method, f"/v1/claims/00000000-0000-4000-8000-000000000000{rest}") for method, rest in CLAIM_ROUTES),
    ("POST", "/v1/messages/00000000-0000-4000-8000-000000000000/seen"),
    ("POST", "/v1/events"),
]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged() -> dict[str, str]:
    """Tokens that a stranger, or a careless library, might come up with."""
    good: dict[str, object] = {"sub": ZHANG, "audience": "citizen", "aud": "duixian"}
    now = int(NOW.timestamp())
    times: dict[str, object] = {"iat": now, "exp": now + 600}

    def signed(claims: dict[str, object], key: bytes = KEY, algorithm: str = "HS256") -> str:
        return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(key), algorithms=[algorithm])

    genuine = signed(good | times)
    header, body, signature = genuine.split(".")
    return {
        "another key": signed(good | times, key=b"somebody else's key, just as long as ours"),
        "alg none": f"{part({'alg': 'none'})}.{body}.",
        "alg none with a signature": f"{part({'alg': 'none'})}.{body}.{signature}",
        "another hash": signed(good | times, algorithm="HS512"),
        "another's body": f"{header}.{part(good | times | {'sub': LI})}.{signature}",
        "cut signature": genuine[:-4],
        "expired": signed(good | {"iat": now - 700, "exp": now - 1}),
        "expires now": signed(good | {"iat": times["iat"], "exp": now}),
        "never expires": signed(good | {"iat": times["iat"]}),
        "no issue time": signed(good | {"exp": times["exp"]}),
        "issued tomorrow": signed(good | {"iat": now + 86_400, "exp": now + 87_000}),
        "for another service": signed(good | times | {"aud": "elsewhere"}),
        "for no service": signed({"sub": ZHANG, "audience": "citizen", **times}),
        "no subject": signed({"audience": "citizen", "aud": "duixian", **times}),
        "a number for a subject": signed(good | times | {"sub": 1}),
        "no audience": signed({"sub": ZHANG, "aud": "duixian", **times}),
        "an unknown audience": signed(good | times | {"audience": "officer"}),
        "not a token": "abc",
        "three empty parts": "..",
        "not ASCII": "兑.现.啊",
        "deep header": f"{base64.urlsafe_b64encode(b'[' * 1400).decode()}.e30.x",
        "very long": "a" * 3000 + ".b.c",
    }


@pytest.mark.parametrize("why", forged())
def test_a_forged_token_opens_nothing(sealed_api: TestClient, why: str) -> None:
    authorization = f"Bearer {forged()[why]}".encode()
    answer = sealed_api.get(f"/v1/subjects/{ZHANG}/recommendations", headers={b"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="duixian", error="invalid_token"'
    assert answer.json()["code"] == "token-invalid"
    assert answer.json()["data"] == {}


HEADERS = st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".e30.x")


@given(st.text(max_size=200) | HEADERS)
def test_no_text_whatever_is_taken_for_a_token(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read_token(KEY, text, NOW)


@pytest.mark.parametrize(("method", "address"), PROTECTED)
def test_without_a_token_every_personal_route_is_closed(sealed_api: TestClient, method: str, address: str) -> None:
    body = {"policy_id": "x", "grade": 5} if method == "POST" else None
    answer = sealed_api.request(method, address, json=body)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="duixian"'


def test_every_route_is_either_public_or_tried_above(sealed_api: TestClient) -> None:
    public = {"/v1/policies", "/v1/policies/{policy_id}", "/healthz", "/readyz"}
    described = {
        (method.upper(), path)
        for path, operations in sealed_api.get("/openapi.json").json()["paths"].items()
        for method in operations
        if path not in public
    }
    nobody = "00000000-0000-4000-8000-000000000000"
    tried = {
        (
            method,
            address.replace(ZHANG, "{subject_id}").replace(
                nobody, "{message_id}" if "messages" in address else "{claim_id}"
            ),
        )
        for method, address in PROTECTED
    }
    assert described == tried


def test_a_token_ends_when_it_said_it_would(api: TestClient, city: City) -> None:
    headers = {"Authorization": f"Bearer {issue_token(KEY, ZHANG, Audience.CITIZEN, 30, NOW)}"}
    city.now += timedelta(minutes=29, seconds=59)
    assert api.get(f"/v1/subjects/{ZHANG}/claims", headers=headers).status_code == 200
    city.now += timedelta(seconds=1)
    assert api.get(f"/v1/subjects/{ZHANG}/claims", headers=headers).status_code == 401


def test_a_registers_token_reads_nobody(api: TestClient, register: dict[str, str]) -> None:
    assert api.get(f"/v1/subjects/{ZHANG}/profile", headers=register).status_code == 404
    answer = api.get("/v1/claims/00000000-0000-4000-8000-000000000000", headers=register)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


def test_a_register_named_like_a_subject_is_no_subject(api: TestClient) -> None:
    token = issue_operator_token(KEY, ZHANG, 30, NOW)
    assert api.get(f"/v1/subjects/{ZHANG}/profile", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_a_subjects_token_reports_no_events(api: TestClient, signed_in: SignedIn) -> None:
    event = {"subject_id": ZHANG, "kind": "raise", "as_of": "2026-11-24", "facts": {"pregnant": True}}
    answer = api.post("/v1/events", json=event, headers=signed_in(ZHANG))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


def test_a_token_says_whose_it_is_and_nothing_more() -> None:
    assert read_token(KEY, issue_token(KEY, ZHANG, Audience.CITIZEN, 5, NOW), NOW) == Subject(ZHANG, Audience.CITIZEN)
    operator = read_token(KEY, issue_operator_token(KEY, "market", 5, NOW), NOW)
    assert operator == Operator("market", frozenset({"events"}))


def test_a_short_key_is_refused_at_the_start(services: Services) -> None:
    with pytest.raises(TokenKeyWeak, match="32 or more random bytes"):
        create_app(replace(services, settings=ApiSettings(b"short")))
    assert "short" not in repr(ApiSettings(b"short"))


def test_the_demo_hands_out_tokens_of_its_samples_only(api: TestClient) -> None:
    given_ = api.post("/demo/session", json={"subject_id": FACTORY})
    assert given_.json()["audience"] == "enterprise"
    headers = {"Authorization": f"Bearer {given_.json()['token']}"}
    assert api.get(f"/v1/subjects/{FACTORY}/claims", headers=headers).status_code == 200
    assert api.get(f"/v1/subjects/{ZHANG}/claims", headers=headers).status_code == 404
    assert api.post("/demo/session", json={"subject_id": LI}).status_code == 404


def test_outside_the_demo_nobody_hands_out_tokens(services: Services) -> None:
    with TestClient(create_app(replace(services, settings=ApiSettings(KEY, demo=False)))) as api:
        assert api.post("/demo/session", json={"subject_id": ZHANG}).status_code == 404
        assert api.get("/").status_code == 404
        assert api.get("/citizen").status_code == 200
