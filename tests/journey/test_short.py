"""The short way, with every run: a clause mended in the form, approved by somebody else, published."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journey import steps
from tests.journey.browser import PHONE, Screen

pytestmark = pytest.mark.browser

POLICY, TITLE = "home-adaptation", "老年人居家适老化改造"


def test_an_officer_changes_a_rule_and_publishes_it_once_another_has_approved(screens: Callable[..., Screen]) -> None:
    officer = screens("wang.min")
    draft = steps.begin_draft(officer, POLICY, TITLE)
    assert officer.faults() == []
    steps.add_clause(officer, "年龄", "age_years", "不高于 ≤", "110")
    steps.show(officer, "文本")
    expect(steps.text_of(officer)).to_have_value(re.compile(r"\n    - age_years <= 110\n"))
    steps.save_and_check(officer, 2)
    steps.work_out_impact(officer, draft)
    assert officer.faults() == []
    steps.submit(officer, "上限防止误录")
    reviewer = screens("zhou.lan", width=PHONE)
    steps.approve(reviewer, draft)
    assert reviewer.overflow() == []
    steps.schedule(officer, draft, "所有人")
    steps.publish(officer, draft, "发布给所有人")
    officer.open(f"policies/{POLICY}/standing")
    expect(officer.page.locator("tbody tr").first).to_contain_text("第 2 版")
