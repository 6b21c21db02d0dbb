from collections.abc import Callable
from dataclasses import replace

from starlette.testclient import TestClient

from api.console.shelf import FACETS, Shelf, find
from api.services import Services
from catalogue.loader import Catalogue
from domain.facts import Label
from tests.api.conftest import TODAY
from tests.api.console.conftest import CIVIL, WANG

SignIn = Callable[[str], TestClient]
NONE = dict.fromkeys(FACETS, "")


def test_policies_are_found_by_any_of_their_words_and_by_each_facet(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    page = client.get("/console/catalogue")
    assert page.status_code == 200, page.text
    assert "6 found" in page.text
    found = client.get("/console/catalogue", params={"words": "区房屋 RENT"}).text
    assert "1 found" in found
    assert "/console/policies/rent-subsidy" in found
    taxes = client.get("/console/catalogue?kind=tax&audience=enterprise").text
    assert "rd-deduction" in taxes
    assert "rent-subsidy" not in taxes
    assert "No policy fits" in client.get("/console/catalogue?words=nothing-of-the-kind").text


def test_only_the_list_is_exchanged_while_somebody_types(sign_in: SignIn) -> None:
    part = sign_in(WANG).get("/console/catalogue?words=rent", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "rent-subsidy" in part


def test_each_filter_tells_how_many_it_would_find(catalogue: Catalogue) -> None:
    items = Shelf().items(catalogue, (), TODAY)
    found = find(items, "", NONE | {"audience": "citizen", "kind": "service"}, 1, 10)
    assert found.total == found.counts["kind"]["service"] == 2
    assert found.counts["kind"]["fund"] == 1, "what another kind would find among the citizens' policies"
    assert found.counts["audience"]["citizen"] == 2
    assert sum(found.counts["domain"].values()) == 2


def test_ten_thousand_policies_are_paged_and_pages_out_of_range_are_mended(catalogue: Catalogue) -> None:
    [first, *_] = catalogue.policies
    many = [replace(first, id=f"policy-{n}", title=Label(f"政策{n}", f"Policy {n}")) for n in range(10_000)]
    items = Shelf().items(replace(catalogue, policies=tuple(many)), (), TODAY)
    found = find(items, "", NONE, 400, 25)
    assert (found.total, found.pages, found.page, len(found.items)) == (10_000, 400, 400, 25)
    assert find(items, "", NONE, 99_999, 25).page == 400
    assert find(items, "", NONE, 0, 25).page == 1
    assert find(items, "policy-9999", NONE, 1, 25).total == 1
    assert find(items, "no such", NONE, 1, 25).pages == 1


def test_what_bears_the_word_in_its_title_comes_first(catalogue: Catalogue) -> None:
    [first, second, *_] = catalogue.policies
    named = replace(second, title=Label("租房", "Flats"))
    mentions = replace(first, summary=Label("也说租房", "Speaks of flats"))
    items = Shelf().items(replace(catalogue, policies=(mentions, named)), (), TODAY)
    assert find(items, "租房", NONE, 1, 9).items[0].policy_id == named.id


def test_the_list_follows_what_serves(catalogue: Catalogue) -> None:
    shelf = Shelf()
    assert shelf.items(catalogue, (), TODAY) is shelf.items(catalogue, (), TODAY)
    fewer = replace(catalogue, policies=catalogue.policies[:1])
    assert len(shelf.items(fewer, (), TODAY)) == 1


def test_a_policys_page_says_all_of_it_in_words(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    page = client.get("/console/policies/elderly-allowance", headers={"Accept-Language": "zh"})
    assert page.status_code == 200, page.text
    for words in ("同时满足以下条件", "年龄", "65", "¥75", "案例", "政策依据", "标准与参数"):
        assert words in page.text, words
    assert "<code" in page.text
    assert client.get("/console/policies/no-such-policy").status_code == 404


def test_drafts_are_begun_by_officers_of_the_agency_alone_and_once(sign_in: SignIn, console_services: Services) -> None:
    client = sign_in(WANG)
    draft = "11111111-2222-4333-8444-555555555555"
    page = client.get("/console/policies/elderly-allowance").text
    assert "Draft a new version" in page
    for _ in range(2):
        begun = client.post("/console/drafts", data={"policy": "elderly-allowance", "draft": draft})
        assert begun.headers["Location"] == f"/console/drafts/{draft}", begun.text
    assert console_services.console is not None
    wang = console_services.console.officers.officer(WANG)
    assert len(console_services.console.desk.drafts(wang)) == 1
    assert "Draft a new version" not in client.get("/console/policies/rent-subsidy").text
    assert client.post("/console/drafts", data={"policy": "rent-subsidy"}).status_code == 403
    listed = client.get("/console/catalogue", params={"state": "draft", "agency": CIVIL}).text
    assert f"/console/drafts/{draft}" in listed
    assert client.post("/console/drafts", data={"policy": "elderly-allowance", "draft": "x"}).status_code == 422


def test_script_in_a_title_is_shown_as_text(sign_in: SignIn, catalogue: Catalogue) -> None:
    client = sign_in(WANG)
    text = catalogue.policy("elderly-allowance").source.replace(
        "en: Allowance for the elderly", "en: <script>alert(1)</script>"
    )
    assert "<script>" in text
    begun = client.post("/console/drafts", data={"text": text})
    assert begun.status_code == 303, begun.text
    for address in ("/console/catalogue", begun.headers["Location"], "/console/drafts"):
        page = client.get(address)
        assert page.status_code == 200, page.text
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
