from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from api.console.rules.fields import fields_of
from api.console.rules.form import form_of
from api.console.rules.splice import plain_rule
from api.services import Services
from catalogue.loader import Catalogue
from tests.api.console.conftest import CHEN, LIN, WANG

SignIn = Callable[[str], TestClient]
EXCHANGE = {"HX-Request": "true"}


@pytest.fixture
def text(catalogue: Catalogue) -> str:
    return catalogue.policy("elderly-allowance").source.replace("version: 1", "version: 2")


@pytest.fixture
def draft(sign_in: SignIn) -> str:
    """The address of a draft that an officer of civil affairs has begun."""
    begun = sign_in(WANG).post("/console/drafts", data={"policy": "elderly-allowance", "draft": str(uuid4())})
    return str(begun.headers["Location"])


def sent(text: str, rule: Any, **more: str) -> list[tuple[str, str]]:
    return [("view", "form"), ("text", text), ("revision", "1"), *fields_of(form_of(rule)), *more.items()]


def post(client: TestClient, address: str, items: list[tuple[str, str]]) -> Any:
    data: dict[str, list[str]] = {}
    for name, value in items:
        data.setdefault(name, []).append(value)
    return client.post(address, data=data, headers=EXCHANGE)


def test_the_editor_shows_the_rule_as_form_and_text_with_labels_and_values_of_today(
    console: TestClient, draft: str
) -> None:
    page = console.get(draft, headers={"Accept-Language": "zh"}).text
    assert "年龄" in page
    assert "现值 65 岁" in page
    assert "- age_years &gt;= param.elderly_age_years" in page
    assert 'name="r.1:fact" value="age_years"' in page


def test_what_is_typed_in_the_form_reaches_the_text_its_cases_and_its_count(
    console: TestClient, draft: str, text: str
) -> None:
    rule = {"all": ["registered_in_shanghai", "age_years >= 70"]}
    looked = post(console, f"{draft}/look", sent(text, rule)).text
    assert "- age_years &gt;= 70" in looked
    assert 'id="rule"' not in looked, "nobody's typing is overwritten"
    assert "1 fail" in looked, "65岁 is no longer eligible"
    counted = post(console, f"{draft}/count", sent(text, rule)).text
    assert "of 2" in counted
    assert "50%" in counted


def test_what_is_typed_in_the_text_reaches_the_form(console: TestClient, draft: str, text: str) -> None:
    changed = text.replace("- registered_in_shanghai", "- any: [registered_in_shanghai, low_income_household]")
    looked = post(console, f"{draft}/look", [("view", "text"), ("text", changed), ("r:is", "row")]).text
    assert 'id="part-r-0-1"' in looked
    assert 'id="text"' not in looked


def test_parts_are_added_and_filled_in_step_by_step(console: TestClient, draft: str, text: str) -> None:
    rule = plain_rule(text)
    added = post(console, f"{draft}/look", sent(text, rule, act="add_row", path="r")).text
    assert 'id="fact-r-2"' in added
    assert "Choose a fact." in added
    assert "waits for the rule" in added, "cases are shown all the while"
    fields = sent(text, {"all": [*rule["all"], ""]}, act="rebuild")
    chosen = [(name, "medical_insurance" if name == "r.2:fact" else value) for name, value in fields]
    redrawn = post(console, f"{draft}/look", chosen).text
    assert 'name="r.2:op"' in redrawn
    assert "Choose" in redrawn
    assert "The rule is not finished" in post(console, f"{draft}/count", chosen).text


def test_a_problem_stands_beside_its_clause_and_at_its_line(console: TestClient, draft: str, text: str) -> None:
    rule = {"all": ["registered_in_shanghai", "volunteer_hours >= param.elderly_age_years"]}
    looked = post(console, f"{draft}/look", sent(text, rule)).text
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "age_years >=" in one)
    assert f'data-lines="{line}"' in looked
    beside = looked[looked.index('id="remarks-r-1"') :]
    assert "remark-error" in beside[: beside.index("</ul>")]


def test_text_that_is_no_yaml_and_a_rule_without_shape_are_told_and_kept(console: TestClient, draft: str) -> None:
    for text in ("a: [", "eligibility: {some: thing}\n", ""):
        looked = post(console, f"{draft}/look", [("view", "text"), ("text", text)])
        assert looked.status_code == 200
        assert "This cannot be shown as a form" in looked.text
        saved = post(console, f"{draft}/save", [("view", "text"), ("text", text), ("revision", "1")])
        assert saved.status_code in (200, 409)


def test_saving_twice_is_harmless_and_keeps_comments(
    console: TestClient, draft: str, text: str, console_services: Services
) -> None:
    commented = text.replace("eligibility:", "# 规则\neligibility:  # who")
    rule = {"all": ["registered_in_shanghai", "age_years >= 70"]}
    for _ in range(2):
        saved = post(console, f"{draft}/save", sent(commented, rule))
        assert saved.status_code == 200, saved.text
        assert 'id="revision" value="2"' in saved.text
    parts = console_services.console
    assert parts is not None
    [kept] = parts.desk.drafts(parts.officers.officer(WANG))
    assert kept.revision == 2
    assert "# 规则\neligibility:  # who\n" in kept.text
    assert "age_years >= 70" in kept.text


def test_two_officers_who_save_lose_nothing_and_see_what_differs(
    sign_in: SignIn, draft: str, text: str, console_services: Services
) -> None:
    client = sign_in(CHEN)
    theirs = {"all": ["registered_in_shanghai", "age_years >= 80"]}
    assert post(client, f"{draft}/save", sent(text, theirs)).status_code == 200
    client = sign_in(WANG)
    mine = {"all": ["registered_in_shanghai", "age_years >= 70"]}
    refused = post(client, f"{draft}/save", sent(text, mine))
    assert refused.status_code == 409
    assert refused.headers["HX-Retarget"] == "#notices"
    assert "saved revision 2" in refused.text
    assert "age_years &gt;= 80" in refused.text
    assert "age_years &gt;= 70" in refused.text
    assert 'data-on-top="2"' in refused.text
    again = [(name, "2" if name == "revision" else value) for name, value in sent(text, mine)]
    assert post(client, f"{draft}/save", again).status_code == 200
    parts = console_services.console
    assert parts is not None
    wang = parts.officers.officer(WANG)
    [kept] = parts.desk.drafts(wang)
    assert (kept.revision, "age_years >= 70" in kept.text) == (3, True)
    assert "age_years >= 80" in parts.desk.revision_text(wang, kept.draft_id, 2)


def test_a_check_says_what_fails_and_what_comes_next(console: TestClient, draft: str, text: str) -> None:
    rule = plain_rule(text)
    passed = post(console, f"{draft}/save", sent(text, rule, then="check")).text
    assert "The check found no fault" in passed
    wrong = {"all": ["registered_in_shanghai", "age_years >= 70"]}
    failed = post(console, f"{draft}/save", sent(text, wrong, then="check"))
    assert "The check found faults" in failed.text


def test_others_read_a_draft_only_as_their_roles_allow(sign_in: SignIn, draft: str, text: str) -> None:
    client = sign_in(LIN)
    assert client.get(draft).status_code == 403
    assert post(client, f"{draft}/save", sent(text, "a")).status_code == 403
    assert client.get(f"{draft}/history").status_code == 403


def test_the_history_tells_each_revision_and_who_made_it(console: TestClient, draft: str, text: str) -> None:
    post(console, f"{draft}/save", sent(text, {"all": ["registered_in_shanghai", "age_years >= 70"]}))
    page = console.get(f"{draft}/history").text
    assert "Revision 2 against 1" in page
    assert "age_years &gt;= 70" in page
    assert "Revision 1" in console.get(f"{draft}/history?revision=1").text
    assert console.get(f"{draft}/history?revision=99").status_code == 200


def test_an_expired_session_answers_a_save_with_a_dialog_after_which_it_is_sent_again(
    console: TestClient, draft: str, text: str
) -> None:
    cookies = dict(console.cookies)
    console.cookies.clear()
    refused = post(console, f"{draft}/save", sent(text, "veteran"))
    assert refused.status_code == 401
    assert refused.headers["HX-Retarget"] == "#dialog"
    assert cookies
    assert post(console, "/console/sign-in/demo", [("officer", WANG)]).headers["HX-Trigger"] == "signed-in"
    assert post(console, f"{draft}/save", sent(text, "registered_in_shanghai")).status_code == 200


def test_a_new_policy_begins_with_a_frame(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    assert client.get("/console/drafts/new").status_code == 200
    new = {"id": "new-one", "title_zh": '新"政策: #1', "title_en": "A: new one", "place": "citizen/health"}
    begun = client.post("/console/drafts/new", data=new)
    assert begun.status_code == 303, begun.text
    page = client.get(begun.headers["Location"]).text
    assert "domain: health" in page
    assert "There is nothing in this group yet." in page
    for wrong in ({"id": "No Id"}, {"place": "citizen/tax"}, {"place": "x"}, {"title_en": ""}):
        assert client.post("/console/drafts/new", data=new | wrong).status_code == 422, wrong


def test_a_consultation_is_tried_out_as_a_draft_of_its_own(sign_in: SignIn, catalogue: Catalogue) -> None:
    assert sign_in(WANG).get("/console/consultations/none").status_code == 404


def test_a_case_is_added_and_removed_by_a_form_and_all_else_in_the_text_stays(
    console: TestClient, draft: str, text: str
) -> None:
    new = {"act": "add_case", "case:name": "满70岁: 新", "case:verdict": "eligible", "case:money": "yes"}
    more = {"case:amount": "１50", "case.fact:age_years": "70", "case.fact:registered_in_shanghai": "true"}
    added = post(console, f"{draft}/look", sent(text, plain_rule(text), **new, **more)).text
    facts = "{age_years: 70, registered_in_shanghai: true}"
    line = f"  - {{name: '满70岁: 新', facts: {facts}, verdict: eligible, amount_cny: 150}}"
    with_case = text.rstrip("\n") + f"\n{line}\n"
    assert markup(with_case) in added
    assert "All hold" in added
    side = [("view", "text"), ("text", with_case), ("act", "remove_case"), ("place", "3")]
    assert markup(text) in post(console, f"{draft}/look", side).text


@pytest.mark.parametrize(
    "cases", ["cases: []", "cases: [{name: a, facts: {}, verdict: unknown}]", "cases:\n  - {name: a}"]
)
def test_a_case_is_added_wherever_the_list_stands(console: TestClient, draft: str, text: str, cases: str) -> None:
    before = text[: text.index("cases:")] + cases + "\n# end\n"
    asked = {"act": "add_case", "case:name": "1", "case:verdict": "unknown", "case.fact:medical_insurance": "no"}
    looked = post(console, f"{draft}/look", [("view", "text"), ("text", before), *asked.items()])
    assert looked.status_code == 200
    assert markup("{name: '1', facts: {medical_insurance: 'no'}, verdict: unknown}") in looked.text
    assert "# end" in looked.text


def test_a_case_without_a_name_is_refused(console: TestClient, draft: str, text: str) -> None:
    for asked in ({"case:verdict": "eligible"}, {"case:name": "x"}, {"act": "remove_case", "place": "99"}):
        assert post(console, f"{draft}/look", sent(text, "veteran", **({"act": "add_case"} | asked))).status_code == 422


def markup(text: str) -> str:
    return str(escape(text))


def test_a_draft_is_given_up_and_can_still_be_read(console: TestClient, draft: str) -> None:
    assert "Give this draft up" in console.get(f"{draft}/history", headers={"Accept-Language": "en"}).text
    assert post(console, f"{draft}/withdraw", [("revision", "1"), ("note", "not needed")]).status_code < 400
    after = console.get(f"{draft}/history", headers={"Accept-Language": "en"}).text
    assert "not needed" in after
    assert "Withdrawn" in after
    assert "Give this draft up" not in after
