"""What the vocabulary says of derived facts, regions and links, and what it refuses."""

from pathlib import Path

import pytest

from catalogue.loader import load_catalogue, load_vocabulary
from domain.derivation import Aggregate, FromTerm, Linked, OfHousehold
from domain.errors import CatalogueInvalid
from domain.facts import Audience, FactType
from domain.grammar import parse_clause
from domain.terms import Call, FactRef

WORDS = """\
units: {none: {zh: "", en: ""}, years: {zh: 岁, en: years}, months: {zh: 月, en: months}, persons: {zh: 人, en: ""}}
registers:
  population: {zh: 人口, en: Population}
  market: {zh: 市场, en: Market}
  derived: {zh: 推算, en: Derived}
links:
  legal_representative: {of: enterprise, to: citizen, zh: 法定代表人, en: Legal representative}
citizen:
  birth_date: {type: date, unit: none, zh: 生, en: b, register: population, fresh_days: 9}
  sex: {type: category, unit: none, zh: 性, en: s, register: population, fresh_days: 9,
        categories: {male: {zh: 男, en: m}, female: {zh: 女, en: f}}}
  area: {type: region, unit: none, zh: 地, en: a, register: population, fresh_days: 9,
         categories: {sh: {zh: 沪, en: sh}, sh.xuhui: {zh: 徐, en: x}, sh.xuhui.tianping: {zh: 天, en: t}}}
  motto: {type: text, unit: none, zh: 言, en: m, register: population, fresh_days: 9}
  age_years: {type: integer, unit: years, zh: 龄, en: a, register: derived, fresh_days: 9, derive: DERIVE_AGE}
  has_child: {type: boolean, unit: none, zh: 孩, en: c, register: derived, fresh_days: 9, derive: DERIVE_CHILD}
  members: {type: integer, unit: persons, zh: 口, en: n, register: derived, fresh_days: 9, derive: DERIVE_MEMBERS}
enterprise:
  founded_on: {type: date, unit: none, zh: 立, en: f, register: market, fresh_days: 9}
  legal_representative_sex: {type: category, unit: none, zh: 性, en: s, register: derived, fresh_days: 9,
                             categories: {male: {zh: 男, en: m}, female: {zh: 女, en: f}}, derive: DERIVE_SEX}
"""
RIGHT = {
    "AGE": "years_since(birth_date)",
    "CHILD": "{household: {any: age_years < 3}}",
    "MEMBERS": "{household: size}",
    "SEX": "{linked: {through: legal_representative, fact: sex}}",
}


def written(folder: Path, **derive: str) -> Path:
    text = WORDS
    for name, right in RIGHT.items():
        text = text.replace(f"DERIVE_{name}", derive.get(name, right))
    (folder / "vocabulary.yaml").write_text(text, encoding="utf-8")
    return folder


def test_every_form_of_a_derivation_is_read(tmp_path: Path) -> None:
    vocabulary = load_vocabulary(written(tmp_path))
    citizen = vocabulary.of(Audience.CITIZEN)
    age, child, members = (citizen[name] for name in ("age_years", "has_child", "members"))
    assert age.derivation == FromTerm("years_since(birth_date)", Call("years_since", (FactRef("birth_date"),)))
    assert age.derived_from == ("birth_date",)
    assert child.derivation == OfHousehold(Aggregate.ANY, parse_clause("age_years < 3"))
    assert child.derived_from == ("household_id", "age_years")
    assert (members.derivation, members.derived_from) == (OfHousehold(Aggregate.SIZE), ("household_id",))
    linked = vocabulary.fact(Audience.ENTERPRISE, "legal_representative_sex")
    assert (linked.derivation, linked.derived_from) == (
        Linked("legal_representative", "sex"),
        ("legal_representative_id",),
    )
    assert (citizen["area"].type, citizen["motto"].type) == (FactType.REGION, FactType.TEXT)


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("AGE", "years_since(birthdate)", "Did you mean 'birth_date'"),
        ("AGE", "months_since(birth_date)", "one side is in year, the other in month"),
        ("AGE", "birth_date", "is compared with a date"),
        ("AGE", '"percent(members, members)"', "need not be a whole number"),
        ("AGE", "years_since(birth_date) / 2", "need not be a whole number"),
        ("AGE", "years_since(birth_date", "cannot be read at column 23"),
        ("AGE", "years_since(birth_date) > 3", "an operation, or the end"),
        ("AGE", "{household: size}", "but this comes to integer (persons)"),
        ("AGE", "age_years + years_since(birth_date)", "age_years -> age_years"),
        ("CHILD", "members", "is compared with 'true'"),
        ("CHILD", "{household: {any: age_year < 3}}", "Did you mean 'age_years'"),
        ("CHILD", "{household: {any: age_years < 3, all: age_years < 3}}", "'household' asks one thing"),
        ("CHILD", "{household: {each: age_years < 3}}", "no field 'each'"),
        ("CHILD", "{household: {count: age_years < 3}}", "but this comes to integer (persons)"),
        ("CHILD", "{household: children}", "A household has no 'children'"),
        ("CHILD", "{household: size, linked: {through: x, fact: y}}", "two things at once"),
        (
            "CHILD",
            "{linked: {through: legal_representative, fact: sex}}",
            "no link 'legal_representative' of citizens",
        ),
        ("SEX", "{linked: {through: representative, fact: sex}}", "no link 'representative' of enterprises"),
        ("SEX", "{linked: {through: legal_representative, fact: sexx}}", "Did you mean 'sex'"),
        ("SEX", "{linked: {through: legal_representative, fact: age_years}}", "Declare both alike"),
        ("SEX", "{household: size}", "Only citizens live in households"),
        ("SEX", "founded_on", "its words are not computed"),
    ],
)
def test_each_fault_of_a_derivation_is_reported_at_its_line(tmp_path: Path, name: str, wrong: str, says: str) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        load_vocabulary(written(tmp_path, **{name: wrong}))
    lines = {"AGE": (15, 16), "CHILD": (16,), "SEX": (20, 21)}[name]
    assert says in str(caught.value)
    assert {problem.line for problem in caught.value.problems} <= set(lines)


def test_a_circle_is_named_in_the_order_in_which_its_facts_rest_on_each_other(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        load_vocabulary(
            written(tmp_path, MEMBERS="{household: {count: has_child}}", CHILD="{household: {any: members > 1}}")
        )
    assert len(caught.value.problems) == 1
    ways = ("has_child -> members -> has_child", "members -> has_child -> members")
    assert any(f" {way}." in str(caught.value) for way in ways)


def test_a_derived_fact_may_name_only_parameters_that_there_are_in_its_unit(root: Path) -> None:
    words = root / "vocabulary.yaml"
    text = words.read_text(encoding="utf-8")
    for old, new, says in (
        ("param.small_low_profit_assets_cny", "param.small_low_profit_asset_cny", "small_low_profit_assets_cny"),
        ("<= param.small_low_profit_assets_cny", "<= param.small_low_profit_employees_persons", "in persons"),
        ("household_size == 1", "household_size == param.none", "no parameter 'none'"),
    ):
        words.write_text(text.replace(old, new), encoding="utf-8")
        load_vocabulary(root)  # parameters are not known here
        with pytest.raises(CatalogueInvalid, match=says) as caught:
            load_catalogue(root)
        assert "vocabulary.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sh.xuhui: {zh: 徐, en: x}, ", "", "lies in 'sh.xuhui', which is not listed above it"),
        ("sh.xuhui.tianping", "sh.xuhui.Tianping", "cannot be the name of a region"),
        ("sh.xuhui.tianping", "sh.xuhui.", "cannot be the name of a region"),
        ("type: text,", "type: text, categories: {a: {zh: a, en: a}},", "categories go with"),
        ("of: enterprise, to: citizen", "of: citizen, to: enterprise", "Link enterprises to citizens"),
        ("  legal_representative: {of", "  Head: {of", "cannot be the name of a link"),
        ("derive: years_since(birth_date)", "min: 0", "'derive' goes with register 'derived'"),
        ("en: b, register: population,", "en: b, register: population, derive: birth_date,", "'derive' goes with"),
    ],
)
def test_each_fault_of_regions_texts_and_links_is_reported(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = written(tmp_path) / "vocabulary.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match=says.replace("'", ".")):
        load_vocabulary(tmp_path)


def test_a_fact_is_marked_sensitive_or_lasting_and_otherwise_is_neither(tmp_path: Path) -> None:
    written(tmp_path)
    text = (tmp_path / "vocabulary.yaml").read_text("utf-8")
    marked = text.replace("motto: {", "motto: {sensitive: true, ").replace("sex: {", "sex: {lasting: true, ", 1)
    (tmp_path / "vocabulary.yaml").write_text(marked, encoding="utf-8")
    facts = load_vocabulary(tmp_path).of(Audience.CITIZEN)
    assert (facts["motto"].sensitive, facts["motto"].lasting) == (True, False)
    assert (facts["sex"].sensitive, facts["sex"].lasting) == (False, True)
    (tmp_path / "vocabulary.yaml").write_text(marked.replace("sensitive: true", "sensitive: 1"), encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match="'sensitive' is 1, which is not true or false"):
        load_vocabulary(tmp_path)
