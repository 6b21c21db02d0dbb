"""What lint says of policies beside each other and of how they combine, and that the city's own are well."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from catalogue.lint import Severity, lint, lint_catalogue
from domain.combination import CapSpan, Combination, Exclusion, HighestOnly, JointCap
from domain.facts import Audience, Label
from domain.policy import Document, Verification
from tests.catalogue.lint_texts import AS_OF, CITY, catalogue, codes, found, policy

MONEY = {"period": "month", "amount": 200}
PAST: dict[str, Any] = {"true_on": date(2025, 1, 1), "effective": {"from": date(2020, 1, 1), "to": date(2025, 12, 31)}}
W, N = Severity.WARNING, Severity.NOTE


def other(rule, benefit=None, **fields):
    return policy(rule, benefit, **{"id": "other", "title": {"zh": "另一项", "en": "Another"}} | fields)


def test_the_same_rule_and_benefit_twice_are_found_however_they_are_written():
    one = policy({"all": ["renting", "age_years >= 60"]}, MONEY)
    [finding] = found(one, other({"all": ["age_years > 59", "renting"]}, MONEY))
    assert (finding.code, finding.severity) == ("duplicate-policy", W)
    assert "与“另一项”（other）的条件和待遇完全相同" in finding.message.zh


@pytest.mark.parametrize(
    ("rule", "beside", "said"),
    [
        ("age_years >= 65", "age_years >= 60", "Whoever qualifies for this policy qualifies for 'Another'"),
        (
            "age_years >= 60",
            {"all": ["age_years >= 65", "renting"]},
            "Whoever qualifies for 'Another' qualifies for this",
        ),
    ],
)
def test_a_policy_within_another_is_found(rule, beside, said):
    [finding] = found(policy(rule, MONEY), other(beside, MONEY))
    assert (finding.code, finding.severity) == ("shadowed-policy", W)
    assert said in finding.message.en


@pytest.mark.parametrize(
    "beside",
    [
        other("age_years >= 60", {"period": "month", "amount": 300}),
        other("age_years >= 60", MONEY, agency={"zh": "别的局", "en": "Other office"}),
        other("age_years >= 60", MONEY, domain="housing"),
        other("age_years >= 60", MONEY, level="district", districts=["xuhui"]),
        other("age_years >= 60", MONEY, **PAST),
        other("age_years >= 60"),
        other({"any": [{"all": ["age_years >= 66", "renting"]}, "veteran"]}, MONEY),
    ],
)  # fmt: skip
def test_policies_that_differ_are_left_alone(beside):
    assert found(policy("age_years >= 65", MONEY), beside) == ()


def test_services_of_one_agency_may_be_for_the_same_people():
    assert found(policy("age_years >= 60"), other("age_years >= 60")) == ()


def row(*ranges, also=("renting",)):
    """Policies of one document, one for each range."""
    return [
        policy({"all": [*also, *one]}, {"period": "month", "amount": 100 + place}, id=f"step-{place}",
               title={"zh": f"第{place}档", "en": f"Step {place}"})
        for place, one in enumerate(ranges)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ranges", "code", "at"),
    [
        ((["wage_cny_month < 5000"], ["wage_cny_month > 5000"]), "gap-between-policies", "月工资5000元/月"),
        ((["wage_cny_month <= 5000"], ["wage_cny_month >= 5000"]), "overlap-between-policies", "月工资5000元/月"),
        ((["age_years between 60 and 69"], ["age_years >= 71"]), "gap-between-policies", "年龄70岁"),
        ((["age_years between 60 and 70"], ["age_years >= 70"]), "overlap-between-policies", "年龄70岁"),
        (
            (["age_years between 60 and 69"], ["age_years between 70 and 79"], ["age_years >= 85"]),
            "gap-between-policies", "年龄80至84岁",
        ),
        (
            (["age_years between 60 and 69"], ["age_years between 70 and 84"], ["age_years >= 80"]),
            "overlap-between-policies", "年龄80至84岁",
        ),
    ],
)  # fmt: skip
def test_rows_of_policies_that_do_not_meet_are_found_once(ranges, code, at):
    policies = row(*ranges)
    [finding] = lint_catalogue(catalogue(*policies), None, AS_OF)
    assert (finding.code, finding.severity, finding.policy_id) == (code, W, policies[-1].id)
    assert at in finding.message.zh
    assert policies[-2].id in finding.message.en
    # A draft of either side hears of it.
    assert codes(lint(policies[-2], catalogue(*policies), None, AS_OF)) == [code]


@pytest.mark.parametrize(
    "policies",
    [
        row(["age_years between 60 and 69"], ["age_years between 70 and 79"], ["age_years >= 80"]),
        row(["wage_cny_month < 5000"], ["wage_cny_month >= 5000"]),
        row(["age_years < 3"], ["age_years >= 60"]),  # for children, and for the old
        row(["age_years >= 60"], ["age_years >= 80"]),  # a supplement for the very old
        [*row(["wage_cny_month < 5000"]), *row(["wage_cny_month > 5000"], also=("veteran",))[:0],
         policy({"all": ["veteran", "wage_cny_month > 5000"]}, MONEY, id="veterans")],
        [*row(["wage_cny_month < 5000"]),
         policy({"all": ["renting", "wage_cny_month > 5000"]}, MONEY, id="elsewhere", document={"title": "别的文件"})],
        [*row(["wage_cny_month < 5000"], ["wage_cny_month > 5000"]),
         policy({"any": ["wage_cny_month == 5000", "veteran"]}, MONEY, id="between")],
    ],
)  # fmt: skip
def test_rows_that_meet_and_policies_that_are_no_row_are_left_alone(policies):
    assert lint_catalogue(catalogue(*policies), None, AS_OF) == ()


# Combinations


def combination(terms, name="one", start=date(2026, 1, 1), end=None):
    label = Label(f"规则{name}", f"Rule {name}")
    document = Document("文件")
    return Combination(name, Audience.CITIZEN, label, document, Verification.ILLUSTRATIVE, start, end, terms)


RENT, OLD, BOTH = (
    policy(rule, {"period": "month", "amount": amount}, id=name)
    for rule, amount, name in (("renting", 100, "a"), ("age_years >= 60", 200, "b"), ("veteran", 300, "c"))
)


def combined(*combinations, policies=(RENT, OLD, BOTH)):
    words = replace(catalogue(*policies), combinations=combinations)
    return lint_catalogue(words, None, AS_OF)


@pytest.mark.parametrize(
    ("combinations", "code"),
    [
        ((Exclusion("a", ("b",)), Exclusion("b", ("a", "c"))), "overlapping-exclusion"),
        ((HighestOnly(("a", "b")), Exclusion("a", ("b",))), "overlapping-exclusion"),
        ((HighestOnly(("a", "b")), HighestOnly(("a", "b", "c"))), "overlapping-exclusion"),
        ((JointCap(("a", "b"), 500, CapSpan.YEAR), JointCap(("b", "a"), 900, CapSpan.YEAR)), "overlapping-cap"),
        ((HighestOnly(("a", "b", "c")), JointCap(("a", "b"), 500, CapSpan.YEAR)), "cap-on-exclusive"),
    ],
)
def test_combinations_that_say_the_same_twice_are_found(combinations, code):
    named = [combination(terms, name) for terms, name in zip(combinations, ("one", "two"), strict=True)]
    [finding] = combined(*named)
    assert finding.code == code
    assert finding.path == ("combinations", "two")
    assert "规则one" in finding.message.zh
    # In different times they may well.
    assert combined(named[0], replace(named[1], effective_from=date(2020, 1, 1), effective_to=date(2025, 1, 1))) == ()


def test_only_the_highest_of_a_service_cannot_be_told():
    service = policy("driving_licence", id="d")
    [finding] = combined(combination(HighestOnly(("a", "d"))), policies=(RENT, service))
    assert (finding.code, finding.severity) == ("highest-of-no-amount", N)


def test_policies_that_are_never_in_force_together_need_no_exclusion():
    past = policy("veteran", MONEY, id="c", **PAST)
    [finding] = combined(combination(Exclusion("a", ("c",))), policies=(RENT, past))
    assert finding.code == "exclusion-never-applies"


@pytest.mark.parametrize(
    "combinations",
    [
        (Exclusion("a", ("b",)), Exclusion("a", ("c",))),
        (Exclusion("a", ("b",)), JointCap(("a", "c"), 500, CapSpan.YEAR)),
        (JointCap(("a", "b"), 500, CapSpan.YEAR), JointCap(("a", "b"), 900, CapSpan.LIFE)),
        (HighestOnly(("a", "b")), JointCap(("a", "b", "c"), 500, CapSpan.YEAR)),
    ],
)
def test_combinations_that_go_together_are_left_alone(combinations):
    named = [combination(terms, name) for terms, name in zip(combinations, ("one", "two"), strict=True)]
    assert combined(*named) == ()


def test_an_overlap_is_none_where_only_the_higher_is_paid():
    policies = row(["wage_cny_month <= 5000"], ["wage_cny_month >= 5000"])
    words = catalogue(*policies)
    assert codes(lint_catalogue(words, None, AS_OF)) == ["overlap-between-policies"]
    rule = combination(HighestOnly(("step-0", "step-1")))
    assert lint_catalogue(replace(words, combinations=(rule,)), None, AS_OF) == ()


# The city


def test_the_citys_catalogue_has_nothing_that_is_hardly_meant():
    findings = lint_catalogue(CITY, None, AS_OF)
    assert [str(one) for one in findings if one.severity is not Severity.NOTE] == []
