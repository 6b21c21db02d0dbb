"""Every page of the console, as it is seen: on a desk and on a phone, in both languages, without a serious fault."""

import os
from collections.abc import Callable, Mapping
from unittest import mock

import pytest
from playwright.sync_api import expect

from duixian.desks import desk_of, population_of
from duixian.runtime import Runtime
from duixian.settings import Settings
from tests.journey import steps
from tests.journey.browser import DESK, PHONE, Screen
from tests.journey.conftest import Workplace
from workbench.records import Draft

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(900)]

Screens = Callable[..., Screen]
CONSULTATION = "xuhui-draft-ai-compute-vouchers"
BOTH = pytest.mark.parametrize(("width", "language"), [(DESK, "zh"), (PHONE, "zh"), (DESK, "en"), (PHONE, "en")])
RULE, CASE = "age_years >= param.elderly_age_years", "{age_years: 59}"
LOWER = {RULE: "age_years >= 57", CASE: "{age_years: 56}"}
FAILING = {RULE: "any:\n        - age_years >= 57\n        - not: registered_in_shanghai"}
BROKEN = {RULE: "age_years >= param.no_such_parameter\n    - age_years between 80 and 60"}
EVERYONE = {
    "id: library-reader-card": "id: reading-at-home",
    "version: 2": "version: 1",
    "not: library_card": "age_years >= 3",
    "{library_card: false}": "{age_years: 3}",
    "{library_card: true}": "{age_years: 2}",
    "{library_card: false, age_years: 8}": "{age_years: 8}",
    "{library_card: true, age_years: 70}": "{age_years: 1}",
    "{age_years: 40}": "{library_card: false}",
}


@pytest.fixture(scope="module")
def drafts(workplace: Workplace) -> Mapping[str, str]:
    """Paths of drafts in the states that pages show differently."""
    with mock.patch.dict(os.environ, workplace.installation.environment), Runtime.open(Settings()) as runtime:
        desk = desk_of(runtime, population_of(runtime))
        wang, zhou = (runtime.officers.officer(one) for one in ("wang.min", "zhou.lan"))

        def written(policy_id: str, changes: Mapping[str, str], *, new: bool = False) -> Draft:
            begun = desk.create(wang, policy_id=policy_id)
            text = begun.text
            for old, made in changes.items():
                assert old in text, old
                text = text.replace(old, made)
            if not new:
                return desk.save(wang, begun.draft_id, begun.revision, text)
            desk.withdraw(wang, begun.draft_id, begun.revision)
            return desk.create(wang, text=text)

        def submitted(draft: Draft) -> Draft:
            checked = desk.check(wang, draft.draft_id, draft.revision)
            assert checked.ok, checked
            desk.simulate(wang, draft.draft_id, draft.revision)
            return desk.submit(wang, draft.draft_id, draft.revision, "按新规调整，请留意门槛。")

        def approved(draft: Draft) -> Draft:
            return desk.approve(zhou, draft.draft_id, draft.revision)

        made = {
            "broken": written("elderly-culture-admission", BROKEN),
            "failing": written("elderly-culture-admission", FAILING),
            "submitted": submitted(written("elderly-culture-admission", LOWER)),
            "everyone": submitted(written("library-reader-card", EVERYONE, new=True)),
            "approved": approved(submitted(written("lifelong-learning-for-elders", LOWER))),
        }
        return {name: f"drafts/{draft.draft_id}" for name, draft in made.items()}


class Look:
    """Opens pages, keeps a picture of each, and collects what is wrong with them."""

    def __init__(self, screen: Screen, width: int, language: str) -> None:
        self.screen, self.suffix, self.found = screen, f"{language}-{width}", list[str]()

    def at(self, name: str, path: str | None = None) -> None:
        if path is not None:
            self.screen.open(path)
            self.screen.page.wait_for_load_state("networkidle")
        steps.settled(self.screen)
        self.screen.keep_picture(f"{name}-{self.suffix}")
        self.found += [f"{name}: wider than the window: {one}" for one in self.screen.overflow()]
        self.found += [f"{name}: {one}" for one in self.screen.faults()]


@BOTH
def test_pages_are_whole_and_open_to_everybody(
    screens: Screens, drafts: Mapping[str, str], width: int, language: str
) -> None:
    looks: list[Look] = []

    def look(officer_id: str | None) -> Look:
        looks.append(Look(screens(officer_id, width=width, language=language), width, language))
        return looks[-1]

    anybody = look(None)
    anybody.at("sign-in", "sign-in")
    anybody.screen.page.locator("#code").fill("no-such-code")
    anybody.screen.page.locator("#code").press("Enter")
    anybody.screen.page.get_by_role("alert").wait_for()
    anybody.at("sign-in-refused")

    officer = look("wang.min")
    page = officer.screen.page
    for name, path in {
        "catalogue": "catalogue",
        "catalogue-empty": "catalogue?words=nothing-of-the-kind",
        "policy": "policies/elderly-comprehensive-allowance",
        "policy-delivery": "policies/elderly-comprehensive-allowance/delivery",
        "policy-delivery-hinted": "policies/community-canteens/delivery",
        "policy-standing": "policies/elderly-comprehensive-allowance/standing",
        "consultation": f"consultations/{CONSULTATION}",
        "drafts": "drafts",
        "drafts-empty": "drafts?state=retired",
        "draft-new": "drafts/new",
        "draft-broken": drafts["broken"],
        "draft-failing": drafts["failing"],
        "draft-submitted": drafts["submitted"],
        "draft-impact": f"{drafts['submitted']}/impact",
        "draft-impact-none": f"{drafts['failing']}/impact",
        "draft-approval-own": f"{drafts['submitted']}/approval",
        "draft-history": f"{drafts['submitted']}/history",
        "approvals": "approvals",
        "publishing": "publishing",
    }.items():
        officer.at(name, path)
    officer.screen.open(drafts["failing"])
    page.locator("#tab-text").click()
    officer.at("draft-text")
    page.locator("#tab-form").click()
    page.locator("#add_row-r").click()
    expect(page.locator(".rule-row")).to_have_count(3)
    page.locator(".rule-row").last.get_by_role("combobox").first.fill("a")
    page.locator("#pick-list [role=option]").first.wait_for()
    officer.at("draft-picker")
    page.context.clear_cookies()
    page.locator("#save").click()
    page.get_by_role("dialog").wait_for()
    officer.at("sign-in-dialog")

    reviewer = look("zhou.lan")
    reviewer.at("approval", f"{drafts['submitted']}/approval")
    reviewer.at("approval-everyone", f"{drafts['everyone']}/approval")
    reviewer.screen.page.locator("#messages").fill("1")
    reviewer.screen.page.locator("form[action$='/approve'] [type=submit]").click()
    reviewer.screen.page.locator("#notices [role=alert]").wait_for()
    reviewer.at("approval-everyone-refused")

    auditor = look("shen.jing")
    auditor.at("audit", "audit")
    auditor.screen.page.locator("form[action$='/verify'] button").click()
    auditor.screen.page.locator("#proof .alert").wait_for()
    auditor.at("audit-proved")
    auditor.at("audit-none", "audit?who=nobody.at.all")
    auditor.at("refused", "people")

    administrator = look("lu.yuan")
    administrator.at("people", "people")
    administrator.screen.page.locator("form[action$='/code'] button").first.click()
    administrator.screen.page.locator("main code").first.wait_for()
    administrator.at("people-code")
    found = [fault for one in looks for fault in one.found]
    assert not found, "\n".join(found)
