"""What goes wrong at an officer's desk: a session that ends, two at one draft, a double click, script in a title."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.journey import steps
from tests.journey.browser import PHONE, Screen
from tests.journey.conftest import Workplace

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

Screens = Callable[..., Screen]
EVERYONE = """\
eligibility:
  all:
    - age_years >= 3
benefit: {none: true}
delivery: inform
cases:
  - {name: 三岁, facts: {age_years: 3}, verdict: eligible}
  - {name: 两岁, facts: {age_years: 2}, verdict: ineligible}
  - {name: 年龄未知, facts: {library_card: true}, verdict: unknown}
"""


def test_a_session_that_ends_while_somebody_edits_loses_nothing(screens: Screens) -> None:
    officer = screens("wang.min")
    page = officer.page
    steps.begin_draft(officer, "community-canteens", "老年助餐服务")
    steps.show(officer, "文本")
    typed = steps.text_of(officer).input_value().replace("title: {zh: 老年助餐服务", "title: {zh: 老年助餐优惠")
    steps.text_of(officer).fill(typed)
    steps.settled(officer)
    page.context.clear_cookies()
    officer.press("保存")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("您填写的内容都还在")
    assert officer.faults() == []
    dialog.locator("button[value='wang.min']").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("第 2 稿")
    expect(steps.text_of(officer)).to_have_value(typed)
    page.reload()
    steps.show(officer, "文本")
    expect(steps.text_of(officer)).to_have_value(typed)


def test_what_was_not_saved_when_the_window_closed_is_offered_again(screens: Screens) -> None:
    officer = screens("wang.min")
    page = officer.page
    draft = steps.begin_draft(officer, "elderly-care-visits", "特殊困难老年人探访关爱")
    steps.show(officer, "文本")
    typed = steps.text_of(officer).input_value().replace("探访关爱, en", "上门探访, en")
    steps.text_of(officer).fill(typed)
    steps.settled(officer)
    officer.open("catalogue")
    officer.open(draft)
    page.get_by_role("button", name="恢复这些修改").click()
    steps.show(officer, "文本")
    expect(steps.text_of(officer)).to_have_value(typed)


def test_a_note_is_sent_after_all_once_the_session_that_ended_is_renewed(screens: Screens) -> None:
    officer = screens("wang.min")
    page = officer.page
    draft = steps.begin_draft(officer, "bowel-cancer-screening", "社区居民大肠癌免费筛查")
    steps.settled(officer)
    steps.save_and_check(officer, 1)
    steps.work_out_impact(officer, draft)
    page.context.clear_cookies()
    page.get_by_label("给复核人的说明").fill("依据新的筛查方案")
    officer.press("提交复核")
    page.get_by_role("dialog").locator("button[value='wang.min']").click()
    officer.notice("已提交复核")
    officer.open(f"{draft}/history")
    expect(page.locator(".events")).to_contain_text("依据新的筛查方案")


def test_what_is_typed_while_the_form_is_redrawn_is_kept(screens: Screens) -> None:
    """The answer to a chosen comparison comes after the value has been typed already."""
    officer = screens("wang.min")
    page = officer.page
    steps.begin_draft(officer, "lifelong-learning-for-elders", "老年教育")
    steps.add_clause(officer, "年龄", "age_years", "不高于 ≤", "99")
    steps.settled(officer)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/look", hold, times=1)
    row = page.locator(".rule-row").last
    row.get_by_label("比较方式").select_option(label="低于 <")
    row.get_by_role("textbox", name="值").fill("88")
    expect(page.locator(".htmx-request")).to_have_count(1)
    [asked] = held
    asked.continue_()
    steps.settled(officer)
    steps.show(officer, "文本")
    expect(steps.text_of(officer)).to_have_value(re.compile(r"- age_years < 88\n"))


def test_two_officers_at_one_draft_lose_neither_text(screens: Screens) -> None:
    first, second = screens("wang.min"), screens("wang.min")
    draft = steps.begin_draft(first, "library-reader-card", "公共图书馆免费借阅")
    second.open(draft)
    for officer, title in ((first, "公共图书馆全民借阅"), (second, "公共图书馆免押金借阅")):
        steps.show(officer, "文本")
        text = steps.text_of(officer).input_value().replace("公共图书馆免费借阅, en", f"{title}, en")
        steps.text_of(officer).fill(text)
        steps.settled(officer)
        officer.press("保存")
    expect(first.page.locator("#saved")).to_contain_text("第 2 稿")
    conflict = second.page.locator(".card-conflict")
    expect(conflict).to_contain_text("没有覆盖任何内容")
    for title in ("公共图书馆全民借阅", "公共图书馆免押金借阅"):
        expect(conflict.locator(".compare")).to_contain_text(title)
    assert second.faults() == []
    assert second.overflow() == []
    second.keep_picture("draft-conflict-zh-1440")
    second.page.set_viewport_size({"width": PHONE, "height": 844})
    assert second.overflow() == []
    assert second.faults() == []
    second.keep_picture("draft-conflict-zh-390")
    second.press("把我的文本保存为新的一稿")
    expect(second.page.locator("#saved")).to_contain_text("第 3 稿")
    second.open(f"{draft}/history?revision=2")
    expect(second.page.locator("body")).to_contain_text("公共图书馆全民借阅")


def test_a_double_click_acts_once(screens: Screens) -> None:
    officer = screens("wang.min")
    page = officer.page
    officer.open("policies/museum-concessions")
    officer.button("起草新版本").dblclick()
    page.wait_for_url(re.compile(r"/console/drafts/[0-9a-f-]{36}$"))
    draft = officer.path
    steps.settled(officer)
    officer.button("保存并检查").dblclick()
    officer.notice("检查通过")
    steps.settled(officer)
    officer.open(f"{draft}/impact")
    officer.button("开始影响分析").dblclick()
    page.locator(".card-sm .h1").first.wait_for()
    officer.button("提交复核").dblclick()
    officer.notice("已提交复核")
    officer.open(f"{draft}/history")
    happened = page.locator(".event-what").all_inner_texts()
    for what in ("起草", "提交"):
        assert sum(what in one for one in happened) == 1, happened
    assert "第 1 稿" in page.locator(".list-group").inner_text()
    assert "第 2 稿" not in page.locator(".list-group").inner_text(), "the same text again is no new revision"
    officer.open("drafts")
    assert page.locator(f"a[href*='{draft}']").count() == 1


def test_a_rule_that_would_reach_nearly_everybody_waits_for_its_number(screens: Screens, workplace: Workplace) -> None:
    """A new policy, its title with script in it, which stays a text on every page."""
    title = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
    officer = screens("wang.min")
    page = officer.page
    officer.open("drafts/new")
    page.get_by_label("中文名称").fill(title)
    page.get_by_label("英文名称").fill(title)
    page.get_by_label("编号").fill("reading-for-all")
    page.get_by_label("对象和领域").select_option("citizen/culture")
    officer.press("开始起草")
    page.wait_for_url(re.compile(r"/console/drafts/[0-9a-f-]{36}$"))
    draft = officer.path
    steps.show(officer, "文本")
    text = steps.text_of(officer).input_value()
    steps.text_of(officer).fill(text[: text.index("eligibility:")] + EVERYONE)
    expect(page.locator("#cases")).to_contain_text("全部通过")
    steps.save_and_check(officer, 2)
    *_, messages = steps.work_out_impact(officer, draft)
    steps.submit(officer, "")
    reviewer = screens("zhou.lan")
    reviewer.open(f"{draft}/approval")
    expect(reviewer.page.get_by_role("alert")).to_contain_text(messages)
    reviewer.page.get_by_label("请输入将发出的消息数量以确认").fill("12")
    reviewer.press("复核通过")
    expect(reviewer.page.locator("body")).to_contain_text(messages)
    reviewer.open(f"{draft}/approval")
    expect(reviewer.page.locator(".way-step.now")).to_have_text("待复核")
    steps.approve(reviewer, draft, messages)
    steps.schedule(officer, draft, "所有人")
    steps.publish(officer, draft, "发布给所有人")
    for path in ("catalogue?words=reading-for-all", "policies/reading-for-all", "policies/reading-for-all/delivery",
                 "policies/reading-for-all/standing", "publishing", draft, f"{draft}/impact", f"{draft}/approval",
                 f"{draft}/history"):  # fmt: skip
        officer.open(path)
        expect(page.locator("body")).to_contain_text("<script>document.title='broken'</script>")
        assert "broken" not in page.title().replace(title, ""), path
        assert officer.overflow() == [], path
