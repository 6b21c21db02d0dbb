"""What lint says of amounts, of parameters and of delivery."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from catalogue.lint import FactStatistics, Severity, lint
from catalogue.lint.positions import position
from domain.amount import benefit_amount_fen
from domain.benefit import Brackets, Share, Step
from domain.evaluate import evaluate
from domain.policy import DatedValue
from tests.catalogue.lint_texts import AS_OF, CITY, FACTS, catalogue, codes, found, policy

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE


def ladder(*steps, fact="age_years"):
    return {"period": "month", "brackets": {"fact": fact, "steps": [{"from": a, "amount": b} for a, b in steps]}}


def share(**fields):
    return {"period": "month", "share": {"percent": 10, **fields}}


def table(amounts, otherwise=None):
    rows = {"fact": "medical_insurance", "amounts": amounts}
    return {"period": "once", "table": rows if otherwise is None else rows | {"otherwise": otherwise}}


@pytest.mark.parametrize(
    ("rule", "benefit", "code", "severity", "path", "said"),
    [
        pytest.param(
            "age_years >= 60", ladder((65, 150), (70, 180)), "admitted-for-nothing", W, ("brackets", "steps", 0),
            "例如：年龄为60。", id="a ladder that begins late",
        ),
        pytest.param(
            "age_years >= 70", ladder((65, 150), (70, 180)), "step-never-reached", W, ("brackets", "steps", 0),
            "“年龄65岁至不足70岁”一档没有人能用到", id="a step below the rule",
        ),
        pytest.param(
            "age_years between 65 and 79", ladder((65, 150), (70, 180), (80, 200)), "step-never-reached", W,
            ("brackets", "steps", 2), "Nobody reaches the step 'Age from 80 years'", id="a step above the rule",
        ),
        pytest.param(
            "age_years >= 65", ladder((65, 150), (70, 220), (80, 200), (90, 350)), "ladder-turns", N,
            ("brackets", "steps", 2), "the amount falls from 220 to 200 yuan, where all others rise.",
            id="two amounts swapped",
        ),
        pytest.param(
            "medical_insurance in [employee, resident]", table({"employee": 100, "resident": 50, "none": 20}),
            "row-never-reached", W, ("table", "amounts", "none"), "表中“未参保”一行有金额", id="a row for the excluded",
        ),
        pytest.param(
            "renting", table({"employee": 100, "resident": 50, "none": 20}, 10), "row-never-reached", N,
            ("table", "otherwise"), "'otherwise' is never used", id="nothing left for otherwise",
        ),
        pytest.param(
            "renting", table({"employee": 100}, 0), "admitted-for-nothing", N, ("table",),
            "基本医疗保险为居民医保", id="a row of zero",
        ),
        pytest.param(
            "renting", {"period": "year", "per_unit": {"fact": "children_under_3_count", "amount": 3600}},
            "admitted-for-nothing", W, ("per_unit",), "Children under 3 in the household: 0", id="for each of none",
        ),
        pytest.param(
            "renting", share(of="wage_cny_month - rent_cny_month"), "admitted-for-nothing", N, ("share",),
            "月工资为0，月租金为0", id="a share of a quantity",
        ),
    ],
)  # fmt: skip
def test_each_fault_of_an_amount_is_found_at_its_place(rule, benefit, code, severity, path, said):
    one = policy(rule, benefit)
    [finding] = [finding for finding in found(one) if finding.code == code]
    assert finding.severity is severity
    assert finding.path == ("benefit", *path)
    assert said in finding.message.zh or said in finding.message.en
    assert position(one.source, finding.path) > position(one.source, ("benefit",))


def test_limits_that_cross_are_found():
    """The loader refuses a floor above its cap where both are numbers; with parameters only lint can tell."""
    one = policy("rent_cny_month > 0", share(fact="rent_cny_month", floor=700, cap=800))
    form = one.benefit.form
    assert isinstance(form, Share)
    [finding] = found(replace(one, benefit=replace(one.benefit, form=replace(form, floor=900))))
    assert (finding.code, finding.severity, finding.path) == ("floor-above-cap", W, ("benefit", "share", "floor"))
    assert "保底900元高于封顶800元" in finding.message.zh


@pytest.mark.parametrize(
    ("rule", "benefit"),
    [
        ("age_years >= 65", ladder((65, 150), (70, 180), (80, 350))),
        ("age_years >= 65", ladder((0, 150), (70, 150))),
        ("household_size >= 2", {"period": "year", "per_unit": {"fact": "household_size", "amount": 3600}}),
        ("rent_cny_month > 0", share(fact="rent_cny_month")),
        ("medical_insurance in [employee, resident]", table({"employee": 100, "resident": 50}, 0)),
        ("renting", {"period": "once", "amount": 500}),
        # Falling with age is a law's choice, if it goes on falling.
        ("age_years < 60", ladder((0, 900), (18, 600), (40, 300))),
    ],
)  # fmt: skip
def test_nothing_is_said_of_amounts_that_are_well(rule, benefit):
    assert [one for one in found(policy(rule, benefit)) if one.code != "step-never-reached"] == []


def test_the_example_of_who_gets_nothing_is_one():
    one = policy({"all": ["age_years >= 60", {"any": ["veteran", "renting"]}]}, ladder((65, 150)))
    [finding] = found(one)
    assert "60" in finding.message.en
    facts = {"age_years": 60, "veteran": True}
    assert evaluate(one.eligibility, facts, {}, AS_OF) is True
    assert benefit_amount_fen(one.benefit, facts, {}, AS_OF) == 0


def test_a_rule_that_admits_nobody_is_told_of_without_each_step_of_its_ladder():
    one = policy({"all": ["age_years >= 65", "age_years < 60"]}, ladder((65, 150), (70, 180)))
    assert codes(found(one)) == ["contradiction"]


# Parameters


def with_values(name, *values):
    parameter = replace(CITY.parameters[name], values=tuple(DatedValue(*value) for value in values))
    return {"parameters": {**CITY.parameters, name: parameter}}


AGE = "elderly_age_years"
ELDERLY = f"age_years >= param.{AGE}"


def test_a_parameter_that_ends_inside_the_window_is_found_at_its_clause():
    ends = with_values(AGE, (date(2000, 1, 1), date(2027, 5, 31), Decimal(60)))
    [finding] = found(policy({"all": ["renting", ELDERLY]}), **ends)
    assert (finding.code, finding.severity, finding.clause) == ("parameter-ends", W, ELDERLY)
    assert finding.path == ("eligibility", "all", 1)
    assert "在2027-06-01没有值，而政策没有终止日期" in finding.message.zh


def test_a_parameter_without_a_value_today_is_an_error_and_stops_no_other_finding():
    ended = with_values(AGE, (date(2000, 1, 1), date(2026, 10, 31), Decimal(60)))
    one = policy({"all": ["renting", ELDERLY, "age_years > 200"]})
    assert [(each.code, each.severity) for each in found(one, **ended)] == [
        ("parameter-ends", E),
        ("clause-never-holds", E),
    ]


def test_a_gap_between_two_values_is_found_too():
    gap = with_values(AGE, (date(2000, 1, 1), date(2027, 5, 31), Decimal(60)), (date(2027, 7, 1), None, Decimal(62)))
    [finding] = found(policy(ELDERLY), **gap)
    assert "2027-06-01" in finding.message.en


@pytest.mark.parametrize(("last", "noted"), [(date(2027, 2, 22), True), (date(2027, 2, 23), False)])
def test_a_parameter_that_ends_with_its_policy_is_noted_in_the_last_ninety_days(last, noted):
    ends = with_values(AGE, (date(2000, 1, 1), last, Decimal(60)))
    one = policy(ELDERLY, effective={"from": date(2026, 1, 1), "to": last})
    assert codes(found(one, **ends)) == (["parameter-ends-soon"] if noted else [])


def test_a_derived_fact_whose_law_ends_before_the_policy_does_is_found():
    one = policy("small_low_profit", audience="enterprise")
    [finding] = found(one)
    assert (finding.code, finding.severity) == ("derived-fact-ends", W)
    assert "From 2028-01-01 the derived fact 'Small low-profit enterprise'" in finding.message.en
    shorter = policy(
        "small_low_profit", audience="enterprise", effective={"from": date(2026, 1, 1), "to": date(2027, 12, 31)}
    )
    assert found(shorter) == ()


def test_a_fault_that_a_later_value_brings_is_told_with_its_day():
    later = with_values(AGE, (date(2000, 1, 1), date(2027, 5, 31), Decimal(60)), (date(2027, 6, 1), None, Decimal(70)))
    one = policy({"all": [ELDERLY, "age_years < 65"]})
    [finding] = found(one, **later)
    assert finding.code == "contradiction"
    assert finding.message.zh.startswith("自2027-06-01起：")
    assert finding.message.en.startswith("From 2027-06-01: ")


# Delivery


def test_automatic_delivery_on_weak_facts_is_found_by_statistics_alone():
    one = policy({"all": ["registered_in_shanghai", "age_years >= 65"]}, delivery="auto")
    good = {name: FactStatistics(1.0, 1.0) for name in FACTS}
    assert found(one) == ()
    assert found(one, statistics=good) == ()
    [finding] = found(one, statistics=good | {"registered_in_shanghai": FactStatistics(0.9, 0.5)})
    assert (finding.code, finding.severity, finding.path) == ("delivery-too-high", W, ("delivery",))
    assert "'Registered in Shanghai' is known of 90% only" in finding.message.en
    assert "“本市户籍”只有50%在180天内更新" in finding.message.zh
    assert "one_click" in finding.proposal.en


def test_a_draft_is_read_beside_the_version_that_it_replaces():
    served = policy("age_years >= 60")
    draft = replace(policy("age_years >= 65"), version=2)
    assert lint(draft, catalogue(served), None, AS_OF) == ()


def test_a_ladder_of_three_steps_may_turn():
    one = policy("age_years >= 65", ladder((65, 150), (70, 180), (80, 200)))
    form = one.benefit.form
    assert isinstance(form, Brackets)
    turned = (*form.steps[:1], Step(Decimal(70), 140), *form.steps[2:])
    # Of two moves neither is the odd one.
    assert found(replace(one, benefit=replace(one.benefit, form=replace(form, steps=turned)))) == ()
