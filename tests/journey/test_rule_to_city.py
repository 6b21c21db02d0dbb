"""From an officer's form to the city's inboxes and back: the whole way of one rule, in real browsers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from api.auth import issue_token
from api.console.shown import Shown
from domain.facts import Audience
from duixian import clock
from features import wide
from tests.journey import steps
from tests.journey.browser import Screen
from tests.journey.conftest import Workplace
from workbench.canary import bucket_of

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(900)]

POLICY, TITLE, AGENCY = "elderly-comprehensive-allowance", "老年综合津贴", "上海市大数据中心"
SHARE = 50
MENDED = {
    "{name: 64岁, facts: {registered_in_shanghai: true, age_years: 64}": (
        "{name: 59岁, facts: {registered_in_shanghai: true, age_years: 59}"
    ),
    "{from: 65, amount:": "{from: 60, amount:",
}


def test_a_rule_goes_from_a_form_to_the_city_and_back(  # noqa: PLR0915 - one journey
    screens: Callable[..., Screen], workplace: Workplace, tmp_path: Path
) -> None:
    """The officer has both roles, and still cannot approve their own draft."""
    code = steps.make_officer(screens("lu.yuan"), "he.jing", "何静", AGENCY, "政策专员", "复核人")
    officer = screens()
    steps.sign_in_by_code(officer, code)

    draft = steps.begin_draft(officer, "综合津贴", TITLE)
    steps.add_clause(officer, "年龄", "age_years", "不低于 ≥", "60")
    steps.remove_clause(officer, 2)
    steps.show(officer, "文本")
    expect(steps.text_of(officer)).to_have_value(re.compile(r"- registered_in_shanghai\n    - age_years >= 60\n"))
    expect(steps.failing(officer)).to_have_count(1)
    expect(steps.failing(officer)).to_contain_text("64岁")
    text = steps.text_of(officer).input_value()
    for old, new in MENDED.items():
        assert old in text
        text = text.replace(old, new)
    steps.text_of(officer).fill(text)
    expect(officer.page.locator("#cases")).to_contain_text("全部通过")
    steps.show(officer, "表单")
    expect(officer.page.locator(".rule-row").last.get_by_role("textbox", name="值")).to_have_value("60")
    steps.save_and_check(officer, 2)

    figures = steps.work_out_impact(officer, draft)
    printed = printed_impact(workplace, text, tmp_path)
    assert figures == in_words(printed)
    assert groups_on(officer) == groups_in(printed)
    assert printed["gain"] > 0
    steps.submit(officer, "年龄放宽到六十周岁")

    officer.press("复核通过")
    expect(officer.page.locator("body")).to_contain_text("不能复核自己的草案")
    officer.open(f"{draft}/approval")
    expect(officer.page.locator(".way-step.now")).to_have_text("待复核")
    steps.approve(screens("zhou.lan"), draft)

    steps.schedule(officer, draft, f"{SHARE}%")
    steps.publish(officer, draft, f"现在发布给 {SHARE}% 的对象")
    before = told_on_page(officer)
    push(workplace)
    newly = citizens_aged(workplace, 60, 64)
    first = {one for one in newly if has_message(workplace, one)}
    assert first, "somebody between 60 and 64 was told"
    assert all(bucket_of(one) < SHARE for one in first)
    assert told_on_page(officer) > before

    steps.publish(officer, draft, "发布给所有人")
    push(workplace)
    then = {one for one in newly if has_message(workplace, one)}
    assert then > first
    assert any(bucket_of(one) >= SHARE for one in then)

    steps.roll_back(officer, POLICY, "门槛放宽未获批准")
    officer.open(f"policies/{POLICY}/standing")
    expect(officer.page.locator("tbody tr").first).to_contain_text("第 1 版")
    expect(officer.page.locator("tbody tr").first).to_contain_text("门槛放宽未获批准")

    auditor = screens("shen.jing")
    auditor.open("audit?who=he.jing")
    log = auditor.page.locator("tbody")
    for act in ("登录", "起草", "修改草案", "检查草案", "影响分析", "提交复核", "安排发布", "开始灰度", "全面发布"):
        expect(log.get_by_role("cell", name=act, exact=True).first).to_be_visible()
    expect(log).to_contain_text("门槛放宽未获批准")
    auditor.press("验证记录完整")
    expect(auditor.page.locator("#proof")).to_contain_text("记录完整，没有被改动")
    auditor.open("audit?who=zhou.lan")
    expect(auditor.page.locator("tbody").get_by_role("cell", name="复核通过", exact=True).first).to_be_visible()


def printed_impact(workplace: Workplace, text: str, folder: Path) -> dict[str, Any]:
    """What `duixian impact` says of the same text."""
    file = folder / f"{POLICY}.yaml"
    file.write_text(text, encoding="utf-8")
    done = workplace.installation.here("impact", str(file), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_words(impact: dict[str, Any]) -> list[str]:
    shown = Shown("zh")
    return [
        shown.count(impact["gain"]),
        shown.count(impact["lose"]),
        shown.yuan(impact["cost_after_fen_year"]),
        shown.count(impact["messages"]),
    ]


def groups_on(officer: Screen) -> set[tuple[str, ...]]:
    """The rows of the tables by district and age: name, gain, lose, unknown, cost."""
    rows = officer.page.locator("table.table-sm.card-table tbody tr")
    return {tuple(row.locator("th, td").all_inner_texts()) for row in rows.all()}


def groups_in(impact: dict[str, Any]) -> set[tuple[str, ...]]:
    shown = Shown("zh")
    return {
        (
            group["label"]["zh"],
            *(shown.count(group[name]) for name in ("gain", "lose", "unknown")),
            shown.yuan(group["cost_after_fen_year"]),
        )
        for group in impact["groups"]
        if group["subjects"]
    }


def push(workplace: Workplace) -> None:
    """What a later day's run does: match everybody, and tell what is new."""
    workplace.let_a_week_pass()
    done = workplace.installation.here("push")
    assert done.returncode == 0, done.stderr


def citizens_aged(workplace: Workplace, youngest: int, oldest: int) -> set[str]:
    rows = wide.read(wide.latest(workplace.installation.home, Audience.CITIZEN)).select(["subject_id", "age_years"])
    return {
        row["subject_id"]
        for row in rows.to_pylist()
        if row["age_years"] is not None and youngest <= row["age_years"] <= oldest
    }


def has_message(workplace: Workplace, subject_id: str) -> bool:
    """Whether the subject's own inbox has a message of this policy's second version."""
    key = (workplace.installation.home / "token.key").read_text().encode()
    token = issue_token(key, subject_id, Audience.CITIZEN, 5, clock.now())
    inbox = httpx.get(
        f"{workplace.base}/v1/subjects/{subject_id}/inbox", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    assert inbox.status_code == 200, inbox.text
    return any(one["policy_id"] == POLICY for one in inbox.json()["messages"])


def told_on_page(officer: Screen) -> int:
    """The first step of the funnel that the delivery page draws."""
    officer.open(f"policies/{POLICY}/delivery")
    first = officer.page.locator("figure.chart tbody tr").first
    first.wait_for(state="attached")
    return int(first.locator("td").text_content().replace(",", ""))  # type: ignore[union-attr]
