import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from api.errors import TITLES
from api.guard import MAX_BODY_BYTES
from api.language import preferred
from api.main import create_app
from api.schemas.problem import Problem
from domain.errors import DatabaseUnavailable, DataDamaged, DuixianError
from tests.api.conftest import KEY, ZHANG, City, services_of

SignedIn = Callable[[str], dict[str, str]]
SECRET = "postgresql://duixian:hunter2@10.0.0.7/city"


def test_every_problem_has_one_shape(sealed_api: TestClient, signed_in: SignedIn) -> None:
    answers = [
        sealed_api.get("/v1/subjects/C1/profile"),
        sealed_api.get("/v1/subjects/C1/profile", headers=signed_in(ZHANG)),
        sealed_api.get("/v1/policies/none"),
        sealed_api.get("/nowhere"),
        sealed_api.delete("/v1/policies"),
        sealed_api.get("/v1/policies", params={"audience": "pets"}),
        sealed_api.post("/demo/session", content=b"\xff{", headers={"Content-Type": "application/json"}),
        sealed_api.post("/demo/session", content=b'{"subject_id": '),
        sealed_api.post("/demo/session", content=b"x" * (MAX_BODY_BYTES + 1)),
        sealed_api.get("/static/nothing.js"),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 404, 404, 405, 422, 400, 422, 413, 404]
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = Problem.model_validate(answer.json())
        assert problem.status == answer.status_code
        assert problem.type == f"urn:duixian:problem:{problem.code}"
        assert problem.code in TITLES
        assert problem.detail
        assert problem.next_step
    assert answers[4].headers["Allow"] == "GET"


def test_a_refused_method_is_told_every_method_of_the_address(sealed_api: TestClient) -> None:
    assert sealed_api.put("/v1/subjects/C1/claims").headers["Allow"] == "GET, POST"
    assert sealed_api.put("/static/nothing.js").headers["Allow"] == "GET, HEAD"


def test_a_slash_too_many_is_not_followed_to_a_host_of_the_callers_choice(sealed_api: TestClient) -> None:
    answer = sealed_api.get("/v1/policies/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "evil.example" not in str(answer.headers)


def test_titles_come_in_the_callers_language(sealed_api: TestClient) -> None:
    assert sealed_api.get("/nowhere").json()["title"] == "There is nothing here"
    assert sealed_api.get("/nowhere", params={"language": "zh"}).json()["title"] == "页面不存在"
    assert sealed_api.get("/nowhere", headers={"Accept-Language": ""}).json()["title"] == "页面不存在"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW", "zh"),
        ("fr-FR, fr", "zh"),
        ("zh;q=0.5, en;q=0.6", "en"),
        ("en;q=0", "zh"),
        ("en;q=nonsense", "zh"),
        ("en;q=nan", "zh"),
        (";;;,,,", "zh"),
        ("ENGLISH", "zh"),
    ],
)
def test_the_better_liked_language_is_spoken(header: str, language: str) -> None:
    assert preferred(header) == language


def test_a_body_that_does_not_say_its_length_is_cut_off_too(sealed_api: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    answer = sealed_api.post("/demo/session", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_just_within_the_limit_is_read(sealed_api: TestClient) -> None:
    body = b'{"subject_id": "C000000001"' + b" " * (MAX_BODY_BYTES - 28) + b"}"
    assert len(body) == MAX_BODY_BYTES
    answer = sealed_api.post("/demo/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "٣"])
def test_a_length_that_is_no_number_is_refused(sealed_api: TestClient, length: str) -> None:
    answer = sealed_api.post("/demo/session", content=b"{}", headers={b"Content-Length": length.encode()})
    assert answer.status_code == 413


def failing(city: City, error: Exception) -> TestClient:
    """The application when its database answers with `error`."""

    def connect() -> NoReturn:
        raise error

    services = replace(services_of(city), connect=connect)
    return TestClient(create_app(services), headers={"Accept-Language": "en"})


def test_a_database_that_is_down_is_our_affair(
    sealed_city: City, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    down = DatabaseUnavailable(f"The database cannot be reached: {SECRET}.", next_step=f"Check {SECRET}.", url=SECRET)
    with failing(sealed_city, down) as api:
        answer = api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.json()["code"] == "database-unavailable"
    assert answer.json()["title"] == "The service is not available at the moment"
    assert "hunter2" not in answer.text
    assert "cannot be reached" in caplog.text


@pytest.mark.parametrize(
    "error", [DataDamaged("/var/duixian/wide.parquet"), RuntimeError("/etc/secret"), KeyError("hunter2")]
)
def test_our_own_mistakes_are_told_to_the_log_and_not_to_the_caller(
    sealed_city: City, signed_in: SignedIn, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with failing(sealed_city, error) as api:
        answer = api.get(f"/v1/subjects/{ZHANG}/inbox", headers=signed_in(ZHANG))
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert answer.json()["data"] == {}
    assert not any(word in answer.text for word in ("parquet", "secret", "hunter2", "Traceback"))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert str(error.args[0]) in caplog.text


def test_nothing_is_left_behind_by_a_claim_that_fails_half_way(
    city: City, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> NoReturn:
        raise DatabaseUnavailable("The disk is full.", next_step="Make room.")

    with TestClient(create_app(services_of(city))) as api:
        monkeypatch.setattr("storage.claims.write_first_events", full_disk)
        address, headers = f"/v1/subjects/{ZHANG}/claims", signed_in(ZHANG)
        assert api.post(address, json={"policy_id": "elderly-allowance"}, headers=headers).status_code == 503
        assert api.get(address, headers=headers).json() == {"claims": []}


def test_tokens_and_bodies_stay_out_of_the_log(
    sealed_api: TestClient, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    headers = signed_in(ZHANG)
    with caplog.at_level(logging.DEBUG, "duixian"):
        sealed_api.post(
            "/v1/claims/00000000-0000-4000-8000-000000000000/review",
            json={"grade": 9, "words": "very private"},
            headers=headers,
        )
        sealed_api.get(f"/v1/subjects/{ZHANG}/recommendations", headers={"Authorization": "Bearer wrong.token.here"})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("duixian")]
    assert not any("private" in line or "token" in line for line in ours)
    assert headers["Authorization"].split()[1] not in caplog.text
    assert KEY.decode() not in caplog.text


def test_a_refused_input_is_not_echoed(sealed_api: TestClient, signed_in: SignedIn) -> None:
    answer = sealed_api.post(
        "/v1/claims/00000000-0000-4000-8000-000000000000/review",
        json={"grade": "my grade is private"},
        headers=signed_in(ZHANG),
    )
    assert "private" not in answer.text


def test_every_answer_carries_the_security_headers(sealed_api: TestClient) -> None:
    for address in ("/", "/citizen", "/healthz", "/nowhere", "/static/duixian.js", "/v1/policies"):
        headers = sealed_api.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] in ("no-store", "no-cache")


def test_the_process_is_healthy_even_when_a_part_is_not(
    sealed_city: City, sealed_api: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert sealed_api.get("/readyz").json() == {"ready": True, "parts": {"database": "ok"}}
    sealed_city.health["features"] = f"cannot read {SECRET}"
    answer = sealed_api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "parts": {"database": "ok", "features": "unavailable"}}
    assert SECRET in caplog.text
    assert sealed_api.get("/healthz").json() == {"status": "ok"}


def test_every_title_belongs_to_a_code_that_exists() -> None:
    def codes(of: type[DuixianError]) -> set[str]:
        return {of.code}.union(*(codes(below) for below in of.__subclasses__()))

    of_http = {"bad-request", "body-too-large", "internal-error", "method-not-allowed", "not-found", "request-invalid"}
    assert set(TITLES) <= codes(DuixianError) | of_http
