"""What people do in the console, step by step, by the words they see (in Chinese) and the states they wait for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.journey.browser import Screen


def make_officer(administrator: Screen, officer_id: str, name: str, agency: str, *roles: str) -> str:
    """Somebody with these roles, new or changed; a code for them to sign in with."""
    page = administrator.page
    administrator.open("people")
    page.get_by_label("登录名").fill(officer_id)
    page.get_by_label("姓名").fill(name)
    page.locator("#agency").fill(agency)
    for role in roles:
        page.get_by_label(role, exact=True).check()
    administrator.press("保存")
    administrator.notice("人员信息已保存")
    page.get_by_role("row").filter(has_text=officer_id).get_by_role("button", name="生成登录码").click()
    return page.locator("main code").first.inner_text()


def sign_in_by_code(screen: Screen, code: str) -> None:
    screen.open("sign-in")
    screen.page.get_by_label("一次性登录码").fill(code)
    screen.press("登录")
    screen.page.wait_for_url("**/console/catalogue")


def begin_draft(officer: Screen, words: str, title: str) -> str:
    """A new version of a policy that is found by a search in the catalogue; the draft's path."""
    page = officer.page
    page.get_by_label("搜索").fill(words)
    page.get_by_role("link", name=title, exact=True).click()
    officer.press("起草新版本")
    page.wait_for_url(re.compile(r"/console/drafts/[0-9a-f-]{36}$"))
    return officer.path


def add_clause(officer: Screen, fact: str, name: str, comparison: str, value: str) -> None:
    """At the end of the rule, its fact found by a word of its label."""
    page = officer.page
    rows = page.locator(".rule-row")
    before = rows.count()
    page.get_by_role("button", name="添加条件", exact=True).last.click()
    expect(rows).to_have_count(before + 1)
    rows.last.get_by_role("combobox").first.fill(fact)
    page.locator("#pick-list [role=option]", has_text=name).first.click()
    operator = rows.last.get_by_label("比较方式")
    operator.select_option(label=comparison)
    settled(officer)
    rows.last.get_by_role("textbox", name="值").fill(value)


def settled(officer: Screen) -> None:
    """Wait until the page has the answers to all that it asked."""
    expect(officer.page.locator(".htmx-request")).to_have_count(0)


def remove_clause(officer: Screen, number: int) -> None:
    rows = officer.page.locator(".rule-row")
    before = rows.count()
    acts = officer.page.get_by_role("group", name=f"条件 {number} 的操作", exact=True)
    acts.get_by_role("button", name="删除").click()
    expect(rows).to_have_count(before - 1)


def show(officer: Screen, side: str) -> None:
    """`side`: 表单 or 文本."""
    tab = officer.page.get_by_role("tab", name=side)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def text_of(officer: Screen) -> Locator:
    return officer.page.locator("#text")


def failing(officer: Screen) -> Locator:
    return officer.page.locator("#cases tr.case-fails")


def save_and_check(officer: Screen, revision: int) -> None:
    officer.press("保存并检查")
    officer.notice("检查通过")
    expect(officer.page.locator("#saved")).to_contain_text(f"第 {revision} 稿")


def work_out_impact(officer: Screen, draft: str) -> list[str]:
    """The four figures that decide: gain, lose, cost, messages, as the page has them."""
    officer.open(f"{draft}/impact")
    officer.press("开始影响分析")
    figures = officer.page.locator(".card-sm .h1")
    expect(figures).to_have_count(4)
    return [text.strip() for text in figures.all_inner_texts()]


def submit(officer: Screen, note: str) -> None:
    officer.page.get_by_label("给复核人的说明").fill(note)
    officer.press("提交复核")
    officer.notice("已提交复核")


def approve(reviewer: Screen, draft: str, messages: str | None = None) -> None:
    """From the queue; `messages`: their number, typed where nearly everybody would be told."""
    reviewer.open("approvals")
    reviewer.page.locator(f"tbody a[href$='{draft}/approval']").first.click()
    if messages is not None:
        reviewer.page.get_by_label("请输入将发出的消息数量以确认").fill(messages)
    reviewer.press("复核通过")
    reviewer.notice("已复核通过")


def schedule(officer: Screen, draft: str, share: str) -> None:
    """For today."""
    officer.open("publishing")
    entry = entry_of(officer, draft)
    entry.get_by_label("先发布给").select_option(label=share)
    entry.get_by_role("button", name="安排发布").click()
    officer.notice("已安排发布")


def publish(officer: Screen, draft: str, button: str) -> None:
    officer.open("publishing")
    entry_of(officer, draft).get_by_role("button", name=button).click()
    officer.notice("已发布")


def entry_of(officer: Screen, draft: str) -> Locator:
    """The draft among those that are to be published."""
    return officer.page.locator("section.card", has=officer.page.locator(f"a[href*='{draft}']"))


def roll_back(officer: Screen, policy_id: str, reason: str) -> None:
    officer.open(f"policies/{policy_id}/standing")
    officer.page.locator("#back-reason").fill(reason)
    officer.press("立即回退")
    officer.notice("已回退")
