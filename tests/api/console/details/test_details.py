from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.console.details.form import acted, changed
from api.console.details.reading import Details
from api.console.details.shapes import Kind, Leaf, Where
from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue
from catalogue.policies import PolicyReader
from catalogue.yaml_positions import Page
from domain.budget import Lottery, NeedOrder
from domain.errors import DetailNotWritten, FormActInvalid
from domain.policy import Policy

REAL = sorted((DEFAULT_ROOT / "policies").rglob("*.yaml"))
WORDS: Catalogue = load_catalogue(DEFAULT_ROOT)
TEXT = """\
# head
id: x
title: {zh: 津贴, en: Allowance}  # as people call it
document:
  title: 办法  # as published
  number: null
  # not certain
  issued_on:
  url: null
effective: {from: 2024-01-01, to: null}
level: city
eligibility:
  all: [a]  # who
benefit:
  # by law
  period: month  # each
  share: {fact: rent_cny_month, percent: 40, cap: param.rent_cap_cny_month}
delivery: inform
materials:
  - label: {zh: 身份证, en: Identity card}  # paper
    replaced_by: {zh: 电子证照, en: Electronic licence}
  # the second
  - label: {zh: 合同, en: Contract}
cases: []
# end
"""
texts = st.one_of(
    st.sampled_from(
        ["", "null", "2024-01-01", "12", "yes", "a: b", "# no", "'", '"', "[x]", "{y}", "- z", "*a", " b ", ","]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
)


def fields_of(text: str) -> dict[str, str]:
    """The form's fields, as the page would send them untouched."""
    details, fields = Details(text), {}
    for where, value in details.values.items():
        name, shape = "/".join(where), details.shape(where)
        if isinstance(shape, Leaf) and shape.kind is Kind.AMOUNT:
            fields[f"k:{name}"] = "param" if value.startswith("param.") else "number"
        fields[f"d:{name}"] = value.removeprefix("param.") if f"k:{name}" in fields else value
    fields["x:benefit"], fields["x:budget"] = details.form or "", "yes" if details.has("budget") else "no"
    return fields


def put(text: str, fields: Mapping[str, str]) -> str:
    return changed(text, (fields_of(text) | dict(fields)).items())


def plain(text: str) -> Any:
    return yaml.safe_load(text)


def read(text: str) -> Policy | None:
    page = Page("x.yaml", text)
    return PolicyReader(page, WORDS.vocabulary, WORDS.parameters).read("x.yaml")


def lines_that_differ(before: str, after: str) -> list[str]:
    return [line for line in unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="") if line[0] != "@"][
        2:
    ]


def test_every_policy_there_is_can_be_shown_whole_and_an_untouched_form_changes_nothing() -> None:
    for path in REAL:
        text = path.read_text(encoding="utf-8")
        details = Details(text)
        assert "benefit" in details.shown, path.name
        assert put(text, {}) == text, path.name


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(REAL), st.data(), texts)
def test_a_changed_field_is_all_that_differs_in_the_text(path: Path, data: st.DataObject, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    details = Details(text)
    where = data.draw(st.sampled_from([one for one in details.values if details.shape(one) == Leaf()]))
    after = put(text, {f"d:{'/'.join(where)}": new})
    assert Details(after).get(*where) == new
    assert at_changed(plain(text), where, new) == plain(after)
    node = details.node(where)
    assert node is not None
    same_before, same_after = node.start_mark.line, len(text.splitlines()) - node.end_mark.line - 1
    assert after.splitlines()[:same_before] == text.splitlines()[:same_before]
    assert after.splitlines()[len(after.splitlines()) - same_after :] == text.splitlines()[node.end_mark.line + 1 :]


def at_changed(tree: Any, where: Where, new: str) -> Any:
    step, *rest = where
    key: Any = int(step) if isinstance(tree, list) else step
    tree[key] = at_changed(tree[key], tuple(rest), new) if rest else new
    return tree


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([path for path in REAL if "param." in path.read_text(encoding="utf-8")]), st.integers(0, 10**9))
def test_an_amount_becomes_a_number_and_a_parameter_again(path: Path, number: int) -> None:
    text = path.read_text(encoding="utf-8")
    for name, kind in fields_of(text).items():
        if name.startswith("k:") and kind == "param":
            field = name[2:]
            asked = put(text, {f"k:{field}": "number"})
            assert Details(asked).get(*field.split("/")) == "", "a parameter's name is no number"
            typed = put(asked, {f"d:{field}": f"{number:,}"})
            assert Details(typed).get(*field.split("/")) == str(number)
            parameter = fields_of(text)[f"d:{field}"]
            assert plain(put(typed, {f"k:{field}": "param", f"d:{field}": parameter})) == plain(text)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(REAL), st.sampled_from(["none", "amount", "per_unit", "share", "table", "brackets"]))
def test_the_benefit_takes_any_other_form_and_all_else_stays(path: Path, form: str) -> None:
    text = path.read_text(encoding="utf-8")
    after = put(text, {"x:benefit": form})
    assert Details(after).form == form
    assert plain(after) | {"benefit": 0} == plain(text) | {"benefit": 0}


def test_comments_stay_around_what_is_changed_put_in_and_taken_out() -> None:
    for field, old, new in (
        ("title/en", "Allowance}", "Grant}"),
        ("document/number", "number: null", "number: 沪〔2024〕1号"),
        ("document/issued_on", "issued_on:\n", "issued_on: 2024-02-29\n"),
        ("effective/to", "to: null", "to: 2025-12-31"),
        ("benefit/share/percent", "percent: 40", "percent: 45.5"),
        ("benefit/share/floor", "param.rent_cap_cny_month}", "param.rent_cap_cny_month, floor: 100}"),
        ("materials/1/label/en", "en: Contract", "en: 'Contract, signed'"),
    ):
        wanted = TEXT.replace(old, new)
        typed = new.rpartition(": ")[2].rstrip("}\n'").replace("'", "") if "Grant" not in new else "Grant"
        assert put(TEXT, {f"d:{field}": typed, f"k:{field}": "number"}) == wanted, field
    cleared = put(TEXT, {"d:benefit/share/cap": "", "k:benefit/share/cap": "param"})
    assert "cap: param." in cleared
    assert ", cap" not in put(TEXT, {"d:benefit/share/cap": "", "k:benefit/share/cap": "number"})


def test_a_certificate_is_added_beside_its_paper_and_taken_away_with_both_its_names() -> None:
    one = put(TEXT, {"d:materials/1/replaced_by/zh": "电子合同", "d:materials/1/replaced_by/en": "Electronic contract"})
    line = "    replaced_by: {zh: 电子合同, en: Electronic contract}"
    assert lines_that_differ(TEXT, one) == [f"+{line}"]
    assert put(one, {"d:materials/1/replaced_by/zh": "", "d:materials/1/replaced_by/en": ""}) == TEXT


def test_items_are_added_and_removed_and_the_last_takes_its_list_along() -> None:
    more = acted(TEXT, "add", "materials")
    assert lines_that_differ(TEXT, more) == ["+  - label: {zh: '', en: ''}"]
    assert acted(more, "remove", "materials/2") == TEXT
    less = acted(acted(TEXT, "remove", "materials/0"), "remove", "materials/0")
    assert "materials:" not in less
    assert "cases: []\n# end\n" in less
    noted = acted(TEXT, "add", "unencoded")
    assert lines_that_differ(TEXT, noted) == ["+unencoded:", "+  - {zh: '', en: ''}"]
    assert acted(noted, "remove", "unencoded/0") == TEXT


def test_steps_of_an_amount_are_added_and_removed() -> None:
    text = put(TEXT, {"x:benefit": "brackets"})
    more = acted(text, "add", "benefit/brackets/steps")
    assert Details(more).count("benefit", "brackets", "steps") == 2
    assert acted(more, "remove", "benefit/brackets/steps/1") == text
    assert Details(acted(text, "remove", "benefit/brackets/steps/0")).count("benefit", "brackets", "steps") == 0


def test_rows_of_a_table_are_filled_in_and_emptied() -> None:
    text = next(path for path in REAL if "phase_3" in path.read_text(encoding="utf-8")).read_text(encoding="utf-8")
    field = "benefit/table/amounts"
    less = put(text, {f"d:{field}/phase_1": "", f"k:{field}/phase_1": "number"})
    assert "phase_1: param" not in less
    more = put(less, {f"d:{field}/none": "5", f"k:{field}/none": "number"})
    assert plain(more)["benefit"]["table"]["amounts"]["none"] == 5


def test_a_budget_is_set_ordered_and_dropped_as_the_catalogue_reads_it() -> None:
    text = (DEFAULT_ROOT / "policies/enterprise/special_funds/class-1-drug-trials.yaml").read_text(encoding="utf-8")
    begun = put(text, {"x:budget": "yes"})
    assert read(begun) is None, "it limits nothing yet"
    capped = put(begun, {"d:budget/cap_cny": "１,000,000", "d:budget/places": "30", "d:budget/waiting_list": "false"})
    policy = read(capped)
    assert policy is not None
    assert policy.budget is not None
    assert (policy.budget.cap_fen, policy.budget.places, policy.budget.waiting_list) == (10**8, 30, False)
    need = put(capped, {"x:budget/order": "need"})
    need = put(need, {"d:budget/order/need/of": "revenue_cny_year", "d:budget/order/need/closes_on": "2025-01-31"})
    policy = read(need)
    assert policy is not None
    assert policy.budget is not None
    assert isinstance(policy.budget.rationing, NeedOrder)
    lot = put(need, {"x:budget/order": "lottery"})
    seed = {"d:budget/order/lottery/seed_from/zh": "开奖号码", "d:budget/order/lottery/seed_from/en": "Draw"}
    policy = read(put(lot, seed | {"d:budget/order/lottery/closes_on": "2025-01-31"}))
    assert policy is not None
    assert policy.budget is not None
    assert isinstance(policy.budget.rationing, Lottery)
    assert put(put(lot, {"x:budget/order": "first_come"}), {"x:budget": "no"}) == text


def test_districts_go_with_their_level() -> None:
    district = changed(
        TEXT, [("d:level", "district"), ("x:districts", "yes"), ("w:districts", "xuhui"), ("w:districts", "huangpu")]
    )
    assert lines_that_differ(TEXT, district) == ["-level: city", "+level: district", "+districts: [xuhui, huangpu]"]
    assert changed(district, [("d:level", "city"), ("x:districts", "yes"), ("w:districts", "xuhui")]) == TEXT


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("delivery: inform", "delivery: [inform]", "delivery"),
        ("title: {zh: 津贴, en: Allowance}", "title: {zh: 津贴, en: Allowance, fr: x}", "title"),
        ("percent: 40", "percent: {of: 40}", "benefit"),
        ("  share:", "  amount: 3\n  share:", "benefit"),
        ("level: city", "level: city\nlevel: district", "level"),
        ("title: {zh: 津贴, en: Allowance}", "title: &t {zh: a, en: b}\nsummary: {zh: *z, en: b}", ""),
    ],
)
def test_what_the_form_cannot_say_is_not_shown_and_not_written(old: str, new: str, field: str) -> None:
    text = TEXT.replace(old, new)
    if not field:
        with pytest.raises(DetailNotWritten):
            Details(text)
        return
    assert field not in Details(text).shown
    assert "document" in Details(text).shown
    with pytest.raises(FormActInvalid):
        changed(text, [(f"d:{field}", "x")])


@pytest.mark.parametrize(
    "fields",
    [
        {"d:id": "y"},
        {"d:": "y"},
        {"d:title": "y"},
        {"d:title/fr": "y"},
        {"d:materials/7/label/zh": "y"},
        {"d:unencoded/0/zh": "y"},
        {"d:budget/cap_cny": "1"},
        {"x:benefit": "lots"},
        {"x:benefit/share": "lots"},
    ],
)
def test_fields_of_no_such_form_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(FormActInvalid):
        put(TEXT, fields)


@pytest.mark.parametrize("path", ["", "title", "materials/9", "cases", "cases/0", "benefit/share/0", "unencoded/0"])
def test_items_of_no_such_list_are_refused(path: str) -> None:
    for name in ("add", "remove"):
        if (name, path) != ("add", "unencoded"):
            with pytest.raises((FormActInvalid, DetailNotWritten)):
                acted(TEXT, name, path)
