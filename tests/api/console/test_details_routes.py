from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.services import Services
from tests.api.console.conftest import WANG
from tests.api.console.test_editor import draft, markup, post, text

__all__ = ["draft", "text"]
SignIn = Callable[[str], TestClient]


def sent(text: str, **more: str) -> list[tuple[str, str]]:
    named = {name.replace("__", ":", 1).replace("__", "/"): value for name, value in more.items()}
    return [("view", "details"), ("text", text), ("revision", "1"), *named.items()]


def test_a_typed_title_reaches_the_text_and_nobodys_typing_is_overwritten(
    console: TestClient, draft: str, text: str
) -> None:
    looked = post(console, f"{draft}/look", sent(text, d__title__en="Grant for the elderly")).text
    assert markup("en: Grant for the elderly}") in looked
    assert 'id="details"' not in looked
    assert 'id="remarks-d-title"' in looked


def test_an_act_draws_the_details_anew_and_the_cases_are_run(console: TestClient, draft: str, text: str) -> None:
    looked = post(console, f"{draft}/look", sent(text, x__benefit="amount", act="rebuild")).text
    assert 'id="d-benefit-amount"' in looked
    assert "is not filled in yet." in looked
    assert "period: month, amount: null" in looked


def test_what_is_typed_in_the_text_reaches_the_details(console: TestClient, draft: str, text: str) -> None:
    changed = text.replace("delivery: one_click", "delivery: [one_click]")
    assert changed != text
    looked = post(console, f"{draft}/look", [("view", "text"), ("text", changed)]).text
    assert "This form cannot show “Delivery”" in looked
    assert 'id="d-title-zh"' in looked


def test_what_the_facts_would_carry_is_told(console: TestClient, draft: str) -> None:
    page = console.get(draft, headers={"Accept-Language": "en"}).text
    assert "What is known of its facts would carry:" in page


def test_saving_keeps_what_was_typed_in_the_details(
    console: TestClient, draft: str, text: str, console_services: Services
) -> None:
    saved = post(console, f"{draft}/save", sent("# 抬头\n" + text, d__document__number="沪府规〔2026〕1号"))
    assert saved.status_code == 200, saved.text
    parts = console_services.console
    assert parts is not None
    [kept] = parts.desk.drafts(parts.officers.officer(WANG))
    assert "number: 沪府规〔2026〕1号" in kept.text
    assert kept.text.startswith("# 抬头\n")


@pytest.mark.parametrize(
    "more",
    [
        {"act": "add_item", "path": "cases"},
        {"act": "remove_item", "path": "materials/99"},
        {"act": "add_row", "path": "r"},
        {"d__id": "other"},
    ],
)
def test_what_the_form_does_not_have_is_refused(console: TestClient, draft: str, text: str, more: Any) -> None:
    assert post(console, f"{draft}/look", sent(text, **more)).status_code == 422


def test_a_text_that_is_no_policy_is_kept_and_told(console: TestClient, draft: str) -> None:
    for broken in ("a: [", "- x\n", ""):
        looked = post(console, f"{draft}/look", [("view", "text"), ("text", broken)])
        assert looked.status_code == 200
        assert "The text cannot be read as a policy yet" in looked.text
        assert post(console, f"{draft}/look", sent(broken, d__title__zh="x")).status_code == 422


@pytest.mark.parametrize("form", ["none", "amount", "per_unit", "share", "table", "brackets"])
def test_every_form_of_a_benefit_and_every_order_is_drawn(
    console: TestClient, draft: str, text: str, form: str
) -> None:
    for order in ("need", "lottery"):
        more = {"x__benefit": form, "x__budget__order": order, "d__level": "district"}
        looked = post(console, f"{draft}/look", sent(text, act="rebuild", **more))
        assert looked.status_code == 200, looked.text
        assert f'value="{form}" selected' in looked.text
        assert f'value="{order}" selected' in looked.text
        assert 'name="w:districts"' in looked.text


def test_details_are_written_where_the_rule_has_no_shape(console: TestClient, draft: str, text: str) -> None:
    start, end = text.index("eligibility:"), text.index("benefit:")
    shapeless = f"{text[:start]}eligibility: {{some: thing}}\n{text[end:]}"
    looked = post(console, f"{draft}/look", sent(shapeless, d__title__en="Grant"))
    assert looked.status_code == 200
    assert "en: Grant}" in looked.text
