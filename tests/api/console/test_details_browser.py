"""The form of a draft's details in a real browser, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.services import Services
from tests.api.console.browsing import browser_page, picture, serving
from tests.api.console.test_browser import begin_draft

pytestmark = pytest.mark.browser


@pytest.fixture
def server(console_services: Services) -> Iterator[str]:
    with serving(console_services) as address:
        yield address


@pytest.fixture
def page(chromium: str, tmp_path: Path) -> Iterator[Any]:
    with browser_page(chromium, tmp_path / "browser") as one:
        yield one


def test_an_officer_fills_in_the_details_and_sees_what_follows(server: str, page: Any) -> None:
    begin_draft(page, server)
    page.click("#tab-details")
    page.wait_for_selector("#pane-details:not([hidden])")
    picture(page, "draft-details")
    page.fill("#d-title-zh", "老年人综合津贴（试行）")
    page.fill("#d-document-number", "沪府规〔2026〕1号")
    page.locator("#text", has_text="老年人综合津贴（试行）").wait_for(state="attached")
    page.click("#add_item-unencoded")
    page.fill("#d-unencoded-0-zh", "实际居住")
    page.fill("#d-unencoded-0-en", "Really lives here")
    page.select_option("#d-delivery", "auto")
    page.locator("#remarks-d-delivery .remark-error").wait_for()
    page.select_option("#d-delivery", "assisted")
    page.locator("#remarks-d-delivery .remark-error").wait_for(state="detached")
    page.select_option("#d-benefit-brackets-steps-0-amount-kind", "number")
    page.wait_for_selector("#d-benefit-brackets-steps-0-amount[inputmode]")
    page.fill("#d-benefit-brackets-steps-0-amount", "１,080")
    page.locator("#cases .badge", has_text="不通过").first.wait_for()
    page.fill("#d-budget-places", "500")
    page.select_option("#d-budget-order", "lottery")
    page.wait_for_selector("#d-budget-order-lottery-seed_from-zh")
    page.click("#add_item-materials")
    page.wait_for_selector("#d-materials-2-label-zh")
    page.locator("#remarks-d-budget", has_text="申领截止日期 还没有填写").wait_for()
    assert page.get_attribute("#d-budget-order-lottery-closes_on", "aria-invalid") == "true"
    picture(page, "draft-details-filled")
    page.click("#tab-text")
    page.wait_for_selector("#pane-text:not([hidden])")
    text = page.input_value("#text")
    assert "number: 沪府规〔2026〕1号" in text
    assert "unencoded:\n  - {zh: 实际居住, en: Really lives here}\n" in text
    assert "places: 500" in text
    assert "{from: 65, amount: 1080}" in text
    page.fill("#text", text.replace("（试行）", ""))
    page.click("#tab-details")
    page.wait_for_selector("#pane-details:not([hidden])")
    assert page.input_value("#d-title-zh") == "老年人综合津贴"
    page.click("#save")
    page.locator("#saved", has_text="第 2 稿").wait_for()
