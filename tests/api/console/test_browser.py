from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.services import Services
from tests.api.conftest import City
from tests.api.console.browsing import browser_page, picture, serving
from tests.api.console.conftest import CHEN, WANG

pytestmark = pytest.mark.browser


@pytest.fixture
def server(console_services: Services) -> Iterator[str]:
    with serving(console_services) as address:
        yield address


@pytest.fixture
def page(chromium: str, tmp_path: Path) -> Iterator[Any]:
    with browser_page(chromium, tmp_path / "browser") as one:
        yield one


def begin_draft(page: Any, server: str, officer: str = WANG) -> None:
    page.goto(f"{server}/console/policies/elderly-allowance")
    page.click(f"button[value={officer}]")
    page.get_by_role("button", name="起草新版本").click()
    page.wait_for_selector(".count-number")


def pick(page: Any, field: str, typed: str, label: str) -> None:
    page.click(f"#{field}")
    page.keyboard.type(typed)
    page.get_by_role("option", name=label).first.click()


def test_an_officer_finds_a_policy_and_writes_a_rule_in_the_form(server: str, page: Any) -> None:
    page.goto(f"{server}/console")
    picture(page, "sign-in")
    page.click(f"button[value={WANG}]")
    picture(page, "catalogue")
    page.fill("#words", "老年")
    page.wait_for_url("**words=*")
    page.get_by_role("link", name="老年综合津贴", exact=True).click()
    page.wait_for_selector("#rule-title")
    picture(page, "policy")
    page.get_by_role("button", name="起草新版本").click()
    page.wait_for_selector(".count-number")

    page.click("#add_row-r")
    page.wait_for_selector("#fact-r-2")
    assert "请选择一个事实项" in page.locator("#part-r-2").inner_text()
    pick(page, "fact-r-2", "志愿", "志愿服务")
    page.wait_for_selector("#value-r-2-1")
    page.fill("#value-r-2-1", "１，２００")
    page.locator("#hints-r-2 code", has_text="volunteer_hours >= 1200").wait_for()
    page.locator("#cases .badge", has_text="不通过").first.wait_for()
    picture(page, "draft-form")

    page.click("#tab-text")
    page.wait_for_selector("#pane-text:not([hidden])")
    text = page.input_value("#text")
    assert "    - volunteer_hours >= 1200\n" in text
    page.fill("#text", text.replace("    - volunteer_hours >= 1200\n", "    - any: [veteran, low_income_household]\n"))
    page.wait_for_selector("#part-r-2-1", state="attached")
    picture(page, "draft-text")
    page.click("#tab-form")
    page.click("#remove-r-2-1")
    page.wait_for_selector("#part-r-2-1", state="detached")
    page.click("#remove-r-2")
    page.wait_for_selector("#part-r-2", state="detached")
    page.locator("#cases", has_text="全部通过").wait_for()
    page.get_by_text("添加案例").first.click()
    page.fill("#case-name", "差一岁")
    page.select_option("#case-verdict", "ineligible")
    page.fill("#case-fact-2", "64")
    page.click("#add-case")
    page.get_by_text("案例（4 个）").wait_for()
    page.click("#save-check")
    page.get_by_text("检查通过").wait_for()
    page.get_by_role("link", name="历史").click()
    page.wait_for_selector("#events-title")
    picture(page, "draft-history")
    page.goto(f"{server}/console/drafts")
    picture(page, "drafts")
    page.goto(f"{server}/console/drafts/new")
    picture(page, "draft-new")


def test_a_session_that_ends_while_somebody_types_loses_nothing(city: City, server: str, page: Any) -> None:
    begin_draft(page, server)
    city.now += timedelta(minutes=481)
    page.select_option("#op-r-1", ">")
    page.wait_for_selector("#sign-in")
    picture(page, "sign-in-again")
    page.click(f"#dialog button[value={WANG}]")
    page.locator("#hints-r-1 code", has_text="age_years > param").wait_for()
    page.locator("#sign-in").wait_for(state="detached")
    page.click("#save")
    page.locator("#saved", has_text="第 2 稿").wait_for()


def test_what_was_typed_and_not_saved_comes_back_after_a_reload(server: str, page: Any) -> None:
    begin_draft(page, server)
    page.select_option("#op-r-1", ">")
    page.locator("#hints-r-1 code", has_text="age_years > param").wait_for()
    page.reload()
    page.wait_for_selector("#kept:not([hidden])")
    assert page.input_value("#op-r-1") == ">="
    page.click("#restore")
    page.locator("#hints-r-1 code", has_text="age_years > param").wait_for()
    page.click("#save")
    page.locator("#saved", has_text="第 2 稿").wait_for()
    page.select_option("#op-r-1", ">=")
    page.locator("#hints-r-1 code", has_text="age_years >= param").wait_for()
    page.select_option("#op-r-1", ">")
    page.locator("#hints-r-1 code", has_text="age_years > param").wait_for()
    page.wait_for_load_state("networkidle")
    page.reload()
    page.wait_for_selector(".count-number")
    assert not page.is_visible("#kept"), "what is saved is not offered again"


def test_two_officers_who_edit_one_draft_see_both_texts(server: str, page: Any, console_services: Services) -> None:
    begin_draft(page, server)
    assert console_services.console is not None
    desk, chen = console_services.console.desk, console_services.console.officers.officer(CHEN)
    [draft] = desk.drafts(chen)
    desk.save(chen, draft.draft_id, 1, draft.text.replace("- registered_in_shanghai", "- veteran"))
    page.select_option("#op-r-1", ">")
    page.locator("#hints-r-1 code", has_text="age_years > param").wait_for()
    page.click("#save")
    page.wait_for_selector("#conflict-title")
    assert "陈建国" in page.locator(".card-conflict").inner_text()
    picture(page, "conflict")
    page.get_by_role("button", name="把我的文本保存为新的一稿").click()
    page.locator("#saved", has_text="第 3 稿").wait_for()
    assert "age_years > param" in desk.draft(chen, draft.draft_id).text
