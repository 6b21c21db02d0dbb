"""What people are told about a verdict."""

from datetime import date
from decimal import Decimal

import pytest

from domain.decision import Decision, Outcome, Verdict
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, NoMoney, Policy, Verification
from domain.profile import Fact, FactStatus, Profile
from domain.rules import parse
from matcher.explain import explain
from matcher.sentences import Sentences

DAY = date(2026, 11, 1)
NAME = Label("名", "name")


def fact(name: str, kind: str, unit: str, zh: str, en: str, **words: Label) -> FactDefinition:
    return FactDefinition(name, Audience.CITIZEN, FactType(kind), unit, Label(zh, en), "population", 90, words)


FACTS = {
    one.name: one
    for one in (
        fact("age_years", "integer", "years", "年龄", "Age"),
        fact("rent_cny_month", "number", "cny_per_month", "月租金", "Monthly rent"),
        fact("veteran", "boolean", "none", "退役军人", "Veteran"),
        fact("district", "category", "none", "居住区", "District",
             xuhui=Label("徐汇区", "Xuhui"), pudong=Label("浦东新区", "Pudong")),
    )
}  # fmt: skip
WORDS = Vocabulary(
    {Audience.CITIZEN: FACTS},
    {"population": Label("公安人口登记", "Population register")},
    {"none": Label("", ""), "years": Label("岁", "years"), "cny_per_month": Label("元/月", "CNY a month")},
)


def decide(rule: object, **values: object) -> Decision:
    policy = Policy(
        id="p", version=3, audience=Audience.CITIZEN, domain="health", kind=Kind.SERVICE, level=Level.CITY,
        title=NAME, summary=NAME, agency=NAME, document=Document("d"), verification=Verification.ILLUSTRATIVE,
        true_on=DAY, effective_from=DAY, effective_to=None, eligibility=parse(rule), benefit=Benefit(NoMoney()),
        delivery_mode=DeliveryMode.ONE_CLICK,
    )  # fmt: skip
    facts = {name: Fact(value, "population", DAY, FactStatus.KNOWN) for name, value in values.items()}  # type: ignore[arg-type]
    return explain(policy, Profile("C1", Audience.CITIZEN, facts), WORDS, {"line": Decimal(1655)}, DAY)


def said(decision: Decision, language: str) -> list[str]:
    return Sentences(WORDS, language).of(decision, FACTS)


@pytest.mark.parametrize(
    ("rule", "values", "zh", "en"),
    [
        (
            "age_years >= 65", {"age_years": 72},
            "符合：年龄须不低于65岁，登记为72岁（公安人口登记，2026年11月1日）",
            "Met: Age must be at least 65 years; on record: 72 years (Population register, 1 November 2026).",
        ),
        (
            "rent_cny_month < param.line", {"rent_cny_month": 2000.5},
            "不符合：月租金须低于1,655元/月，登记为2,000.5元/月（公安人口登记，2026年11月1日）",
            "Not met: Monthly rent must be below 1,655 CNY a month; on record: 2,000.5 CNY a month"
            " (Population register, 1 November 2026).",
        ),
        (
            {"not": "veteran"}, {"veteran": True},
            "不符合：“退役军人”须为“否”，登记为是（公安人口登记，2026年11月1日）",
            "Not met: “Veteran” must not apply; on record: yes (Population register, 1 November 2026).",
        ),
        (
            {"not": "age_years between 50 and 74"}, {"age_years": 40},
            "符合：年龄须不在50岁至74岁之间，登记为40岁（公安人口登记，2026年11月1日）",
            "Met: Age must not be from 50 to 74 years; on record: 40 years (Population register, 1 November 2026).",
        ),
        (
            "district in [xuhui, pudong]", {},
            "待确认：居住区须为徐汇区或浦东新区，登记信息中没有这一项",
            "To be confirmed: District must be Xuhui or Pudong; the registers do not say.",
        ),
    ],
)  # fmt: skip
def test_a_reason_is_said_with_value_threshold_unit_source_and_date(rule, values, zh, en):
    decision = decide(rule, **values)
    assert said(decision, "zh") == [zh]
    assert said(decision, "en") == [en]


def test_only_the_clauses_that_decide_are_said():
    rule = {"all": ["age_years >= 60", {"any": ["veteran", "rent_cny_month < 10"]}]}
    eligible = decide(rule, age_years=70, veteran=True, rent_cny_month=50.0)
    assert [r.fact for r in eligible.reasons if r.decisive] == ["age_years", "veteran"]
    ineligible = decide(rule, age_years=50, veteran=True)
    assert [r.fact for r in ineligible.reasons if r.decisive] == ["age_years"]
    assert len(ineligible.reasons) == 3


LADDER = {
    "any": [
        "age_years >= 60",
        {"all": ["age_years >= 70", "rent_cny_month < 20"]},
        {"all": ["age_years >= 80", "rent_cny_month < 30"]},
    ]
}


def test_of_a_ladder_of_thresholds_the_one_that_implies_the_others_is_said():
    met = said(decide(LADDER, age_years=85, rent_cny_month=10.0), "en")
    assert [line.split(";")[0] for line in met] == [
        "Met: Monthly rent must be below 20 CNY a month",
        "Met: Age must be at least 80 years",
    ]
    unmet = said(decide(LADDER, age_years=50, rent_cny_month=10.0), "en")
    assert [line.split(";")[0] for line in unmet] == ["Not met: Age must be at least 60 years"]


def test_a_fact_missing_in_several_branches_is_asked_for_once():
    assert said(decide(LADDER, rent_cny_month=10.0), "en") == ["To be confirmed: Age; the registers do not say."]
    assert said(decide(LADDER, rent_cny_month=10.0), "zh") == ["待确认：年龄，登记信息中没有这一项"]


def test_words_go_by_number_and_list():
    assert "岁" in said(decide("age_years == 1", age_years=1), "zh")[0]
    assert said(decide("age_years == 1", age_years=1), "en")[0].startswith(
        "Met: Age must be 1 year; on record: 1 year "
    )
    assert said(decide("age_years in [1, 2, 3]"), "en")[0].startswith(
        "To be confirmed: Age must be 1 year, 2 years or 3 years;"
    )


def test_an_unknown_verdict_names_the_facts_that_would_settle_it():
    decision = decide(
        {"all": ["age_years >= 60", {"any": ["veteran", "rent_cny_month < 10"]}]}, age_years=70, veteran=False
    )
    assert decision.verdict is Verdict.UNKNOWN
    assert decision.missing_facts == ("rent_cny_month",)


def test_a_contested_fact_is_not_rested_upon():
    policy_facts = {"age_years": Fact(70, "population", DAY, FactStatus.CONTESTED)}
    assert Profile("C1", Audience.CITIZEN, policy_facts).value("age_years") is None


def test_a_decision_reads_back_from_json_as_it_was_made():
    decision = decide({"all": ["age_years >= 60", "district not in [xuhui]"]}, age_years=70, district="pudong")
    assert Decision.from_json(decision.to_json()) == decision
    assert decision.reasons[0].outcome is Outcome.MET
