"""Version differences in words: every part of a policy, in both languages, and nothing where nothing differs."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.clause_words import ClauseWords
from catalogue.difference import difference
from catalogue.rule_difference import rule_differences
from domain.budget import Budget, Lottery
from domain.evaluate import evaluate
from domain.facts import Audience, Label
from domain.policy import DatedValue, Document, Kind, Level, Material, Policy, Verification
from domain.rules import parse
from tests.catalogue.lint_texts import CITY, catalogue, policy
from tests.catalogue.test_lint_rule import joined
from tests.matcher.rules import DAY, PARAMETERS, WORDS, many_profiles

LADDER = {
    "period": "month",
    "brackets": {"fact": "age_years", "steps": [{"from": 65, "amount": 150}, {"from": 70, "amount": 180}]},
}


def changes(before, after, words_before=CITY, words_after=CITY):
    return difference(before, after, words_before, words_after)


def told(before, after, **words):
    found = changes(before, after, **words)
    assert all(one.sentence.zh.endswith("。") and one.sentence.en.endswith(".") for one in found)
    return [(one.sentence.zh, one.sentence.en) for one in found]


def rule_told(before, after):
    return told(policy(before), policy(after))


def test_no_change_is_none_for_any_policy_of_the_city():
    for one in (*CITY.policies, *CITY.consultations):
        assert changes(one, replace(one, version=one.version + 1)) == ()


def test_a_new_policy_is_told_as_one():
    [change] = changes(None, policy("renting"))
    assert (change.part, change.before, change.sentence.zh) == ("policy", None, "新政策：样例。")


@pytest.mark.parametrize(
    ("before", "after", "zh", "en"),
    [
        (
            "age_years >= 60", "age_years >= 65",
            "条件由“年龄不低于60岁”改为“年龄不低于65岁”。",
            "The condition changes from “Age at least 60 years” to “Age at least 65 years”.",
        ),
        (
            "wage_cny_month <= 50000", "wage_cny_month < 60000.5",
            "条件由“月工资不高于5万元/月”改为“月工资低于60000.5元/月”。",
            "The condition changes from “Monthly wage at most 50,000 CNY a month” to “Monthly wage below 60,000.5 CNY a"
            " month”.",
        ),
        (
            "age_years between 50 and 74", "age_years between 45 and 74",
            "条件由“年龄在50岁至74岁之间”改为“年龄在45岁至74岁之间”。",
            "The condition changes from “Age between 50 years and 74 years” to “Age between 45 years and 74 years”.",
        ),
        (
            "sex == male", "sex in [male, female]",
            "条件由“性别为男”改为“性别为男、女”。",
            "The condition changes from “Sex is male” to “Sex is one of male, female”.",
        ),
        (
            "residence_area within shanghai.xuhui", "residence_area not within shanghai.xuhui",
            "条件由“居住地区在徐汇区”改为“居住地区不在徐汇区”。",
            "The condition changes from “Area of residence in Xuhui District” to “Area of residence not in Xuhui"
            " District”.",
        ),
        (
            "veteran", {"not": "veteran"},
            "条件由“退役军人”改为“不符合‘退役军人’”。", "The condition changes from “Veteran” to “not: Veteran”.",
        ),
        (
            "birth_date >= 1960-01-31", "birth_date >= 1961-02-01",
            "条件由“出生日期不早于1960年1月31日”改为“出生日期不早于1961年2月1日”。",
            "The condition changes from “Date of birth on or after 1960-01-31” to “Date of birth on or after"
            " 1961-02-01”.",
        ),
        (
            "rent_cny_month > 0.3 * wage_cny_month", "rent_cny_month > 0.4 * wage_cny_month",
            "条件由“「rent_cny_month > 0.3 * wage_cny_month」”改为“「rent_cny_month > 0.4 * wage_cny_month」”。",
            "The condition changes from “'rent_cny_month > 0.3 * wage_cny_month'” to “'rent_cny_month > 0.4 *"
            " wage_cny_month'”.",
        ),
    ],
)  # fmt: skip
def test_a_changed_condition_is_told_with_both_thresholds(before, after, zh, en):
    assert rule_told({"all": ["renting", before]}, {"all": ["renting", after]}) == [(zh, en)]


def test_new_and_lost_conditions_are_told():
    before, after = {"all": ["renting", "veteran"]}, {"all": ["renting", {"not": {"any": ["driving_licence"]}}]}
    assert [zh for zh, _ in rule_told(before, after)] == [
        "条件：删去“退役军人”。",
        "条件：新增“不符合‘持有机动车驾驶证’”。",
    ]


def test_a_parameter_in_place_of_another_of_the_same_value_is_told_as_written():
    value = CITY.parameters_at(date(2026, 1, 1))["elderly_age_years"]
    [(zh, _)] = rule_told("age_years >= param.elderly_age_years", f"age_years >= {value}")
    assert zh == f"条件由“「age_years >= param.elderly_age_years」”改为“「age_years >= {value}」”。"


def test_conditions_that_are_joined_otherwise_are_told_whole():
    [(zh, en)] = rule_told({"all": ["renting", "veteran"]}, {"any": ["renting", "veteran"]})
    assert zh == "条件的组合方式变了：原为“（租赁住房且退役军人）”，现为“（租赁住房或退役军人）”。"
    assert "are “(Rents a home or Veteran)”" in en
    three = ["renting", "veteran", "driving_licence"]
    count = [{"at_least": {"count": n, "of": three}} for n in (1, 2)]
    assert "中至少2项" in rule_told(*count)[0][0]


def test_another_order_or_another_way_to_write_the_same_is_no_change():
    assert rule_told({"all": ["renting", "age_years>=60"]}, {"all": ["age_years >= 60", {"all": ["renting"]}]}) == []
    assert rule_told({"not": {"any": ["renting", "veteran"]}}, {"all": [{"not": "veteran"}, {"not": "renting"}]}) == []
    four = ["renting", "veteran", "driving_licence", "residence_permit"]
    at_most_one = {"not": {"at_least": {"count": 2, "of": four}}}
    lacking = [{"at_least": {"count": count, "of": [{"not": one} for one in four]}} for count in (3, 2)]
    assert rule_told(at_most_one, lacking[0]) == []
    assert len(rule_told(at_most_one, lacking[1])) == 1


alike_rules = st.recursive(st.sampled_from(["b1", "b2", "i1 >= 1"]), joined, max_leaves=4)
"""Rules over so few clauses that two of them are often the same in other words."""


@settings(max_examples=200)
@given(alike_rules, alike_rules)
def test_rules_between_which_no_difference_is_told_judge_alike(first, second):
    """And each rule against itself differs in nothing."""
    words = ClauseWords(WORDS, WORDS.of(Audience.CITIZEN), PARAMETERS)
    one, other = parse(first), parse(second)
    assert list(rule_differences(one, one, words, words)) == []
    if not list(rule_differences(one, other, words, words)):
        for profile in many_profiles(7, 40):
            assert evaluate(one, profile, PARAMETERS, DAY) == evaluate(other, profile, PARAMETERS, DAY)


ONE = policy("renting", {"period": "month", "amount": 200})
EVERY_PART: dict[str, Any] = {
    "audience": Audience.ENTERPRISE, "domain": "housing", "kind": Kind.FUND, "level": Level.DISTRICT,
    "title": Label("新标题", "New title"), "summary": Label("新。", "New."), "agency": Label("新局", "New office"),
    "document": Document("新文件"), "verification": Verification.RECALLED, "true_on": date(2026, 2, 2),
    "effective_from": date(2026, 3, 3), "effective_to": date(2030, 1, 1),
    "eligibility": parse("veteran"), "benefit": policy("renting", {"period": "year", "amount": 200}).benefit,
    "delivery_mode": ONE.delivery_mode.__class__.ASSISTED, "districts": ("xuhui",),
    "materials": (Material(Label("证件", "Card")),), "unencoded": (Label("条件", "Condition"),),
    "budget": Budget(100_000_00, 2026), "cases": ONE.cases[:2],
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [one.name for one in fields(Policy) if one.name not in ("id", "version", "source", "file")]
)
def test_no_part_of_a_policy_can_change_untold(name):
    if name == "audience":
        changed = replace(policy("renting"), audience=Audience.ENTERPRISE, eligibility=parse("small_low_profit"))
        assert changes(policy("renting"), changed)[0].part == "audience"
        return
    assert len(told(ONE, replace(ONE, **{name: EVERY_PART[name]}))) >= 1


def test_the_documents_parts_are_told_one_by_one():
    issued = Document("样例文件", "沪府〔2026〕1号", date(2026, 1, 5), "https://example.org", consultation=True)
    assert [one.part for one in changes(ONE, replace(ONE, document=issued))] == [
        "document number", "document issued_on", "document url", "document consultation",
    ]  # fmt: skip


def test_the_steps_of_a_ladder_are_told_one_by_one():
    before = policy("renting", LADDER)
    after = policy(
        "renting",
        {
            "period": "month",
            "brackets": {"fact": "age_years", "steps": [{"from": 65, "amount": 160}, {"from": 75, "amount": 180}]},
        },
    )
    assert told(before, after) == [
        (
            "待遇中“65岁起”的金额由“150元”改为“160元”。",
            "The amount “from 65 years” changes from “150 yuan” to “160 yuan”.",
        ),
        ("待遇中“70岁起”的金额：删去“180元”。", "The amount “from 70 years” is gone; it was “180 yuan”."),
        ("待遇中“75岁起”的金额：新增“180元”。", "The amount “from 75 years” is new: “180 yuan”."),
    ]  # fmt: skip


def test_another_form_of_benefit_is_told_in_words():
    share = {"period": "year", "share": {"fact": "taxable_income_cny_year", "percent": 20, "cap": 3000000},
             "rounding": {"to": "yuan", "mode": "down"}}  # fmt: skip
    [(zh, en)] = told(policy("renting", LADDER), policy("renting", share))[:1]
    assert zh == "待遇由“每月按年龄分档”改为“每年按年度综合所得的20%，不超过300万元，向下取整到元”。"
    assert "to “20% of 'Comprehensive income of the year' a year, at most 3,000,000 yuan, rounded down" in en


def test_a_parameter_whose_value_changed_is_told_by_its_days():
    one = policy("age_years >= param.elderly_age_years")
    parameter = CITY.parameters["elderly_age_years"]
    start = parameter.values[-1].from_
    moved = replace(
        parameter,
        values=(
            DatedValue(start, date(2026, 12, 31), parameter.values[-1].value),
            DatedValue(date(2027, 1, 1), None, Decimal(63)),
        ),
    )
    words = [catalogue(one, parameters={**CITY.parameters, parameter.name: each}) for each in (
        replace(parameter, values=parameter.values[-1:]), moved
    )]  # fmt: skip
    found = difference(one, one, *words)
    assert {change.part for change in found} == {"param.elderly_age_years"}
    assert found[-1].sentence.zh == f"参数“{parameter.label.zh}”自2027年1月1日起的值：新增“63岁”。"
    assert "（至2026年12月31日）" in found[0].sentence.zh


def test_budgets_are_told_with_how_places_are_given_out():
    lottery = Lottery(Label("当日彩票开奖号", "the day's lottery draw"), date(2026, 6, 30))
    budget = Budget(1_000_000_00, 2026, 200, rationing=lottery, waiting_list=False)
    [(zh, en)] = told(ONE, replace(ONE, budget=budget))
    assert zh == (
        "预算：新增“2026年每年不超过100万元，2026年每年200个名额，2026年6月30日截止后抽签（种子：当日彩票开奖号），不设候补”。"
    )
    assert "at most 1,000,000 yuan a year in 2026" in en


def test_a_changed_case_is_told_with_what_it_was():
    [first, *rest] = ONE.cases
    changed = replace(ONE, cases=(replace(first, facts={"renting": True}, amount_fen=200_00), *rest))
    [(zh, _)] = told(ONE, changed)
    assert zh == "案例“eligible”由“应为符合”改为“租赁住房为是，应为符合，金额200元”。"
