import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.main import create_app
from api.routes.pages import FOLDER, TEXTS
from domain.claim import ClaimEvent
from tests.api.conftest import FACTORY, ZHANG, City, services_of

TO_MONEY = (ClaimEvent.APPROVE, ClaimEvent.SUBMIT_PAYMENT, ClaimEvent.SETTLE)
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def words_used() -> set[str]:
    """The texts that templates and script ask for by name."""
    script = (FOLDER / "static" / "duixian.js").read_text(encoding="utf-8")
    templates = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html"))
    return set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)*)"', script)) | set(re.findall(r"text\.([a-z_]+)", templates))


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    for key, chinese in TEXTS["zh"].items():
        assert chinese, key
        assert set(re.findall(r"\{\w+\}", chinese)) == set(re.findall(r"\{\w+\}", TEXTS["en"][key])), key


def test_no_text_is_missing_and_none_is_left_over() -> None:
    by_pattern = r"(amount|grade|who|hello|verification|none|citizen|enterprise)_\w+"
    used = words_used()
    left_over = {key for key in TEXTS["zh"] if key not in used and not re.fullmatch(by_pattern, key)}
    assert left_over <= {"entitled", "possible", "claims", "inbox"}
    asked = set(re.findall(r'say\("([a-z_0-9]+)"', (FOLDER / "static" / "duixian.js").read_text(encoding="utf-8")))
    assert asked <= TEXTS["zh"].keys()


def test_data_enters_the_pages_as_text_only() -> None:
    script = (FOLDER / "static" / "duixian.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"):
        assert way not in script
    for template in (FOLDER / "templates").glob("*.html"):
        markup = template.read_text(encoding="utf-8")
        assert "|safe" not in markup
        assert not re.search(r"\son\w+=|style=|javascript:", markup), template.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in [*(FOLDER / "templates").iterdir(), *(FOLDER / "static").iterdir()]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//\w+\.\w+/|@import", text), path.name


def test_pages_come_in_the_language_asked_for(sealed_api: TestClient) -> None:
    english = sealed_api.get("/citizen")
    assert '<html lang="en">' in english.text
    chinese = sealed_api.get("/citizen", params={"language": "zh"})
    assert '<html lang="zh-Hans-CN">' in chinese.text
    assert chinese.headers["Content-Language"] == "zh"
    assert "现在可享" in chinese.text


def test_the_start_page_offers_the_samples(sealed_api: TestClient) -> None:
    page = sealed_api.get("/", params={"language": "zh"}).text
    assert f'data-subject="{ZHANG}"' in page
    assert "72岁，独居老人" in page
    assert "有研发投入的制造企业" in page


def test_the_api_is_described_to_be_read(sealed_api: TestClient) -> None:
    page = sealed_api.get("/docs")
    assert page.status_code == 200
    for path in sealed_api.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "elderly-comprehensive-allowance" in page.text, "examples are shown"


@pytest.fixture
def server(city: City) -> Iterator[str]:
    """The application on a port of its own, in a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(services_of(city)), log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def page(chromium: str, tmp_path: Path) -> Iterator[Any]:
    """A browser's page that fails the test when a script fails or anything outside is asked for."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(tmp_path / "browser"), executable_path=chromium, headless=True, args=list(QUIET), locale="zh-CN"
        )
        page = browser.pages[0]
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith("http://127.0.0.1:") else troubles.append(asked.url),
        )
        yield page
        browser.close()
    assert troubles == []


def enter(page: Any, server: str, subject_id: str) -> None:
    page.goto(f"{server}/")
    page.click(f"[data-subject={subject_id}]")
    page.wait_for_selector("#content:not([hidden])")


@pytest.mark.browser
def test_a_citizen_claims_and_follows_the_claim_to_the_money(city: City, server: str, page: Any) -> None:
    city.push(ZHANG, "elderly-allowance")
    enter(page, server, ZHANG)
    assert page.locator("h1").inner_text() == "您现在可享 3 项权益"
    offer = page.locator("[data-policy=elderly-allowance]")
    assert "¥150" in offer.inner_text()
    offer.locator("summary").click()
    assert "年龄须不低于65岁" in offer.locator(".reasons").inner_text()
    offer.locator(".basis p").first.wait_for()
    assert "无需提交身份证（由电子身份证代替）" in offer.locator(".basis").inner_text()
    assert "家庭人均月收入" in page.locator("[data-policy=rent-subsidy] .needed").inner_text()

    offer.get_by_role("button", name="一键申领").click()
    claim = page.locator("[data-claim=elderly-allowance]")
    claim.wait_for()
    assert claim.locator(".steps li > span:first-child").all_inner_texts() == ["推送给您", "您已申领"]

    city.move(claim.get_attribute("id").removeprefix("claim-"), *TO_MONEY)
    page.wait_for_selector("[data-claim=elderly-allowance][data-state=paid]")
    assert claim.locator(".steps li > span:first-child").all_inner_texts()[-1] == "款项到账"
    assert offer.locator(".state").inner_text() == "已到账"

    claim.get_by_role("button", name="确认收到").click()
    page.wait_for_selector("[data-claim=elderly-allowance][data-state=confirmed]")
    claim.get_by_label("很满意", exact=True).check()
    claim.get_by_role("textbox").fill("<img src=x onerror=document.title='broken'>")
    claim.get_by_role("button", name="提交评价").click()
    page.wait_for_selector("[data-claim=elderly-allowance][data-state=rated]")
    assert "<img src=x" in claim.inner_text(), "markup is shown as the text it is"
    assert "broken" not in page.title()


@pytest.mark.browser
def test_an_enterprise_sees_its_policies_in_both_languages(server: str, page: Any) -> None:
    enter(page, server, FACTORY)
    assert page.locator("h1").inner_text() == "贵企业现在可享 1 项政策"
    assert "¥180,000" in page.locator("[data-policy=rd-deduction]").inner_text()
    page.click("#language")
    page.wait_for_selector("#content:not([hidden])")
    assert page.locator("h1").inner_text() == "One policy applies to your enterprise now"
    assert "R&D expense of the year must be above 0" in page.locator("[data-policy=rd-deduction]").text_content()


@pytest.mark.browser
def test_a_message_is_marked_as_read(city: City, server: str, page: Any) -> None:
    city.push(ZHANG, "elderly-allowance")
    enter(page, server, ZHANG)
    assert page.locator("#inbox-count").inner_text() == "1 条未读"
    page.get_by_role("button", name="标为已读").click()
    page.wait_for_selector("#inbox .card:not(.unread)")
    assert page.locator("#inbox-count").inner_text() == ""
