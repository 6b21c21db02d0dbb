from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from api.auth import issue_token
from api.console.session import COOKIE
from api.main import create_app
from api.services import Services
from domain.facts import Audience
from tests.api.conftest import KEY, NOW, YEAR_MINUTES, ZHANG, City
from tests.api.console.conftest import CIVIL, HU, SAME_SITE, WANG
from workbench.roles import Role

SignIn = Callable[[str], TestClient]


def test_without_a_session_a_page_sends_its_reader_to_sign_in_and_back(
    console: TestClient, console_services: Services
) -> None:
    sent = console.get("/console/catalogue?kind=tax")
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Fcatalogue%3Fkind%3Dtax"
    assert console_services.console is not None
    code = console_services.console.officers.code_for(WANG)
    signed = console.post("/console/sign-in", data={"code": f" {code} ", "next": "/console/catalogue?kind=tax"})
    assert signed.headers["Location"] == "/console/catalogue?kind=tax"
    cookie = signed.headers["Set-Cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/console", "Secure"):
        assert word in cookie
    page = console.get("/console/catalogue")
    assert page.status_code == 200
    assert "王芳" in page.text
    assert CIVIL in page.text
    again = console.post("/console/sign-in", data={"code": code})
    assert again.status_code == 200
    assert "does not work, or no longer" in again.text, "a code works once"


def test_only_addresses_of_the_console_are_followed_after_signing_in(console: TestClient) -> None:
    for next_ in ("https://example.org/", "//example.org", "/console/\\example.org", "/citizen", "/console/sign-out"):
        answer = console.post("/console/sign-in/demo", data={"officer": WANG, "next": next_})
        assert answer.headers["Location"] == "/console/catalogue", next_


def test_roles_are_read_anew_at_every_request(sign_in: SignIn, console_services: Services) -> None:
    client = sign_in(WANG)
    assert console_services.console is not None
    officers = console_services.console.officers
    assert "Officer" in client.get("/console/catalogue").text
    officers.set_officer(WANG, "王芳", CIVIL, {Role.AUDITOR})
    assert "Auditor" in client.get("/console/catalogue").text
    officers.set_officer(WANG, "王芳", CIVIL, {Role.AUDITOR}, active=False)
    assert client.get("/console/catalogue").status_code == 303, "who has left is signed out"


def test_a_session_ends_and_an_exchange_is_answered_by_a_dialog_in_place(sign_in: SignIn, city: City) -> None:
    client = sign_in(WANG)
    city.now += timedelta(minutes=481)
    page = client.get("/console/catalogue")
    assert page.status_code == 303
    exchange = client.get("/console/catalogue", headers={"HX-Request": "true"})
    assert exchange.status_code == 401
    assert exchange.headers["HX-Retarget"] == "#dialog"
    assert "Everything you typed is still here" in exchange.text
    signed = client.post("/console/sign-in/demo", data={"officer": WANG}, headers={"HX-Request": "true"})
    assert (signed.status_code, signed.headers["HX-Trigger"]) == (204, "signed-in")
    assert client.get("/console/catalogue").status_code == 200


def test_neither_a_subjects_token_nor_a_changed_cookie_signs_anybody_in(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    good = client.cookies[COOKIE]
    for cookie in (
        issue_token(KEY, ZHANG, Audience.CITIZEN, YEAR_MINUTES, NOW),
        issue_token(KEY, WANG, Audience.CITIZEN, YEAR_MINUTES, NOW),
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "x" * 5000,
        "",
    ):
        client.cookies.clear()
        client.cookies.set(COOKIE, cookie, domain="testserver.local", path="/console")
        assert client.get("/console/catalogue").status_code == 303, cookie[:20]


def test_changes_from_other_sites_are_refused(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        answer = client.post("/console/sign-out", headers=headers)
        assert answer.status_code == 403
        assert "did not come from here" in answer.text
    del client.headers["Sec-Fetch-Site"]
    for origin in ("https://example.org", "null", ""):
        assert client.post("/console/sign-out", headers={"Origin": origin}).status_code == 403
    assert client.post("/console/sign-out").status_code == 403, "neither header: no browser"
    assert client.post("/console/sign-out", headers={"Origin": "https://testserver"}).status_code == 303
    client.headers.update(SAME_SITE)


def test_officers_are_chosen_from_a_list_in_the_demo_only(console_services: Services) -> None:
    real = replace(console_services, settings=replace(console_services.settings, demo=False))
    with TestClient(create_app(real), headers=SAME_SITE) as client:
        assert client.post("/console/sign-in/demo", data={"officer": WANG}).status_code == 404
        assert "王芳" not in client.get("/console/sign-in").text


def test_the_console_guards_its_pages_and_takes_larger_bodies(console: TestClient) -> None:
    page = console.get("/console/sign-in")
    policy = page.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'"):
        assert f"{part};" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert console.post("/console/sign-in", data={"code": "x" * 100_000}).status_code == 200
    large = console.post("/console/sign-in", data={"code": "x" * 1_100_000})
    assert large.status_code == 413
    assert "At most 1 MB" in large.text


def test_failures_are_pages_in_the_readers_language(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    missing = client.get("/console/nothing", headers={"Accept-Language": "zh"})
    assert missing.status_code == 404
    assert "页面不存在" in missing.text
    assert missing.headers["Content-Type"].startswith("text/html")
    assert client.post("/console/sign-in", content=b"\xff=\xff").status_code == 400


def test_a_fault_of_ours_is_told_as_a_page_and_the_next_request_is_served(
    sign_in: SignIn, console_services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(WANG)
    assert console_services.console is not None
    monkeypatch.setattr(console_services.console.desk, "drafts", lambda *_, **__: 1 / 0)

    page = client.get("/console/drafts")

    assert page.status_code == 500
    assert "Something went wrong here" in page.text
    assert "ZeroDivisionError" not in page.text
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert client.get("/console/catalogue").status_code == 200


def test_the_language_is_kept_once_chosen(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    assert '<html lang="en">' in client.get("/console/catalogue").text
    assert "zh-Hans-CN" in client.get("/console/catalogue?language=zh").text
    assert '<html lang="zh-Hans-CN">' in client.get("/console/catalogue").text


@pytest.mark.parametrize("address", ["/audit?who=a%00", "/catalogue?words=%00", "/policies/a%00b", "/people?x=%00"])
def test_an_address_with_a_nul_is_told_and_asks_no_database(sign_in: SignIn, address: str) -> None:
    answer = sign_in(HU).get(f"/console{address}")
    assert (answer.status_code, "<h1" in answer.text) == (400, True)


def test_a_form_with_a_nul_is_told(sign_in: SignIn) -> None:
    for field in ("officer_id", "name", "agency"):
        given = {"officer_id": "new", "name": "新", "agency": CIVIL, "role": "officer", field: "a\x00"}
        assert sign_in(HU).post("/console/people", data=given).status_code == 400
