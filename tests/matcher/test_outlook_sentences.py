"""What people are told about what lies ahead."""

from dataclasses import replace
from datetime import date

import pytest

from catalogue.loader import Catalogue
from domain.benefit import Benefit, FixedAmount, NoMoney, Period
from domain.derivation import Aggregate, FromTerm, OfHousehold
from domain.facts import DERIVED_REGISTER, Audience, FactDefinition, FactType, Label, Value, Vocabulary
from domain.grammar import parse_term
from domain.policy import Policy
from domain.rules import parse
from matcher.outlook.sentences import OutlookSentences
from matcher.outlook.subject import outlook
from matcher.outlook.timeline import Timeline
from tests.matcher import rules as drawn
from tests.matcher.time_rules import parameter

DAY, UNTIL = date(2026, 11, 24), date(2027, 11, 24)


def fact(name: str, kind: str, unit: str, zh: str, en: str, how: object = None, **words: Label) -> FactDefinition:
    register = "population" if how is None else DERIVED_REGISTER
    sources = {"age_years": ("birth_date",), "children": ("age_years",)}.get(name, ())
    return FactDefinition(
        name, Audience.CITIZEN, FactType(kind), unit, Label(zh, en), register, 90, words, None, None, sources,
        how,  # type: ignore[arg-type]
    )  # fmt: skip


FACTS = {
    one.name: one
    for one in (
        fact("birth_date", "date", "none", "出生日期", "Date of birth"),
        fact("graduated_on", "date", "none", "毕业日期", "Date of graduation"),
        fact("age_years", "integer", "years", "年龄", "Age",
             FromTerm("years_since(birth_date)", parse_term("years_since(birth_date)"))),
        fact("children", "integer", "persons", "家中儿童数", "Children in the household",
             OfHousehold(Aggregate.COUNT, parse("age_years < 18"))),
        fact("disability", "integer", "level", "残疾等级", "Disability level"),
        fact("rent", "number", "cny_per_month", "月租金", "Monthly rent"),
        fact("veteran", "boolean", "none", "退役军人", "Veteran"),
        fact("district", "category", "none", "居住区", "District",
             xuhui=Label("徐汇区", "Xuhui"), pudong=Label("浦东新区", "Pudong"), huangpu=Label("黄浦区", "Huangpu")),
    )
}  # fmt: skip
WORDS = Vocabulary(
    {Audience.CITIZEN: FACTS}, {},
    {"none": Label("", ""), "years": Label("岁", "years"), "cny_per_month": Label("元/月", "CNY a month"),
     "persons": Label("人", "persons"), "level": Label("级", "")},
)  # fmt: skip
TITLE = Label("租房补贴", "Rent allowance")


def policy(rule: object, yuan: int = 100) -> Policy:
    benefit = Benefit(FixedAmount(yuan), Period.MONTH)
    return replace(drawn.policy(0, "b1"), eligibility=parse(rule), title=TITLE, benefit=benefit)


def said(rule: object, language: str, **facts: Value) -> list[str]:
    """All sentences about one policy: what turns, what is missed, what is asked, what was taken as it is."""
    law = {"line": parameter("line")}
    timeline = Timeline(Catalogue(WORDS, law, (policy(rule),), "digest"), Audience.CITIZEN)
    found = outlook(timeline, facts, DAY, UNTIL)
    sentences = OutlookSentences(WORDS, Audience.CITIZEN, language)
    turning = [sentences.forecast(one) for one in found.turning]
    near = [sentences.near_miss(one) for one in found.near]
    notes = [note for one in (*found.turning, *found.steady) if (note := sentences.fixed(one))]
    return [*turning, *near, *(sentences.question(one) for one in found.questions), *notes]


@pytest.mark.parametrize(
    ("rule", "facts", "zh", "en"),
    [
        (
            "age_years >= 65", {"birth_date": date(1962, 3, 1)},
            ["2027年3月1日起，“租房补贴”由“不符合”变为“符合”：届时变化的是年龄",
             "“租房补贴”只有一项条件不符合：年龄低于要求1岁；无需办理，2027年3月1日自然满足。"],
            ["From 1 March 2027, “Rent allowance” turns from not eligible to eligible: what changes by then is Age",
             "Only one condition of “Rent allowance” is not met:"
             " Age, 1 year below what is required; it comes about by itself on 1 March 2027."],
        ),
        (
            "months_since(graduated_on) <= 24", {"graduated_on": date(2024, 1, 1)},
            ["“租房补贴”只有一项条件不符合：距毕业日期的时间超出要求10个月。"],
            ["Only one condition of “Rent allowance” is not met:"
             " Time since “Date of graduation”, 10 months above what is allowed."],
        ),
        (
            "rent < 3000", {"rent": 3500.5},
            ["“租房补贴”只有一项条件不符合：月租金超出要求500.50元/月。"],
            ["Only one condition of “Rent allowance” is not met:"
             " Monthly rent, 500.50 CNY a month above what is allowed."],
        ),
        (
            "disability between 1 and 2", {"disability": 0},
            ["“租房补贴”只有一项条件不符合：残疾等级不在要求的范围内。"],
            ["Only one condition of “Rent allowance” is not met: Disability level, outside the range required."],
        ),
        (
            "rent > 5", {"rent": 5},
            ["“租房补贴”只有一项条件不符合：月租金须高于5元/月。"],
            ["Only one condition of “Rent allowance” is not met: Monthly rent must be above 5 CNY a month."],
        ),
        (
            "graduated_on >= 2024-01-11", {"graduated_on": date(2024, 1, 1)},
            ["“租房补贴”只有一项条件不符合：毕业日期比要求早10天。"],
            ["Only one condition of “Rent allowance” is not met: Date of graduation, 10 days too early."],
        ),
        (
            {"all": ["district in [xuhui, pudong]", "veteran"]}, {"district": "huangpu"},
            ["“租房补贴”只有一项条件不符合：居住区须为徐汇区或浦东新区；满足后仍有情况待确认。"],
            ["Only one condition of “Rent allowance” is not met:"
             " District must be Xuhui or Pudong; then something is still to be"
             " confirmed."],
        ),
        (
            {"not": "veteran"}, {"veteran": True},
            ["“租房补贴”只有一项条件不符合：“退役军人”须为“否”。"],
            ["Only one condition of “Rent allowance” is not met: “Veteran” must not apply."],
        ),
        (
            "veteran", {},
            ["问“退役军人”这一项，是因为它可能让您每年多得1,200元（“租房补贴”）。"],
            ["We ask for “Veteran” because it may bring you up to 1,200 yuan more a year (“Rent allowance”)."],
        ),
        (
            {"all": ["veteran", "rent > 1"]}, {},
            ["问“月租金”这一项，是因为它的答案可能就足以确定是否符合“租房补贴”。",
             "问“退役军人”这一项，是因为它的答案可能就足以确定是否符合“租房补贴”。"],
            ["We ask for “Monthly rent” because its answer may be enough to decide about “Rent allowance”.",
             "We ask for “Veteran” because its answer may be enough to decide about “Rent allowance”."],
        ),
        (
            {"any": [{"all": ["veteran", "rent > 1"]}, {"all": [{"not": "veteran"}, "rent <= 1"]}]}, {},
            ["问“月租金”这一项，是因为“租房补贴”要看它，也要看其他未知情况。",
             "问“退役军人”这一项，是因为“租房补贴”要看它，也要看其他未知情况。"],
            ["We ask for “Monthly rent” because eligibility for “Rent allowance” depends on it, and on other unknown"
             " facts.",
             "We ask for “Veteran” because eligibility for “Rent allowance” depends on it, and on other unknown"
             " facts."],
        ),
        (
            "children >= 1", {"children": 2},
            ["家中儿童数按现有登记计算，未随时间推算"],
            ["Children in the household: taken as registered and not carried through time"],
        ),
    ],
)  # fmt: skip
def test_what_lies_ahead_is_said_with_its_day_its_distance_and_its_reason(rule, facts, zh, en):
    assert said(rule, "zh", **facts) == zh
    assert said(rule, "en", **facts) == en


def test_a_service_that_one_answer_settles_is_said_to_be_settled():
    service = replace(policy("veteran"), benefit=Benefit(NoMoney()))
    timeline = Timeline(Catalogue(WORDS, {}, (service,), "digest"), Audience.CITIZEN)
    [question] = outlook(timeline, {}, DAY, UNTIL).questions
    assert OutlookSentences(WORDS, Audience.CITIZEN, "zh").question(question) == (
        "问“退役军人”这一项，是因为由它就能确定是否符合“租房补贴”。"
    )
    assert OutlookSentences(WORDS, Audience.CITIZEN, "en").question(question) == (
        "We ask for “Veteran” because it alone decides about “Rent allowance”."
    )


@pytest.mark.parametrize(("language", "says"), [("zh", "政策前一日到期"), ("en", "the policy ended on the day before")])
def test_a_policy_that_ends_is_told_though_no_clause_turns(language: str, says: str) -> None:
    ending = replace(policy("veteran"), effective_to=date(2026, 12, 31))
    timeline = Timeline(Catalogue(WORDS, {}, (ending,), "digest"), Audience.CITIZEN)
    [turning] = outlook(timeline, {"veteran": True}, DAY, UNTIL).turning
    assert says in OutlookSentences(WORDS, Audience.CITIZEN, language).forecast(turning)
