"""What people are told about a verdict, in both languages."""

from datetime import date
from decimal import Decimal

import pytest

from domain.decision import Decision, Verdict
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, NoMoney, Policy, Verification
from domain.profile import Fact, FactStatus, Profile
from domain.rules import parse
from matcher.compile import compile_policies
from matcher.reasons.explain import explain
from matcher.reasons.sentences import Sentences

DAY = date(2026, 11, 1)
NAME = Label("名", "name")
PLACES = {
    "shanghai": Label("上海市", "Shanghai"),
    "shanghai.xuhui": Label("徐汇区", "Xuhui"),
    "shanghai.xuhui.tianping": Label("天平路街道", "Tianping Road"),
    "shanghai.pudong": Label("浦东新区", "Pudong"),
}


def fact(name: str, kind: str, unit: str, zh: str, en: str, **words: Label) -> FactDefinition:
    places = PLACES if kind == "region" else words
    return FactDefinition(name, Audience.CITIZEN, FactType(kind), unit, Label(zh, en), "population", 90, places)


FACTS = {
    one.name: one
    for one in (
        fact("age_years", "integer", "years", "年龄", "Age"),
        fact("rent_cny_month", "number", "cny_per_month", "月租金", "Monthly rent"),
        fact("income_cny_month", "number", "cny_per_month", "家庭月收入", "Household income"),
        fact("wages_cny", "number", "cny", "工资总额", "Wages"),
        fact("training_cny", "number", "cny", "培训支出", "Training costs"),
        fact("household_size", "integer", "persons", "家庭人口数", "Persons in the household"),
        fact("veteran", "boolean", "none", "退役军人", "Veteran"),
        fact("founded_on", "date", "none", "成立日期", "Date of registration"),
        fact("expires_on", "date", "none", "许可证到期日期", "Expiry date"),
        fact("birth_date", "date", "none", "出生日期", "Date of birth"),
        fact("district", "category", "none", "居住区", "District",
             xuhui=Label("徐汇区", "Xuhui"), pudong=Label("浦东新区", "Pudong")),
        fact("registered_district", "category", "none", "户籍所在区", "District of registration",
             xuhui=Label("徐汇区", "Xuhui"), pudong=Label("浦东新区", "Pudong")),
        fact("area", "region", "none", "居住地", "Place of residence"),
        fact("trade", "text", "none", "经营范围", "Trade"),
    )
}  # fmt: skip
WORDS = Vocabulary(
    {Audience.CITIZEN: FACTS},
    {"population": Label("公安人口登记", "Population register")},
    {
        "none": Label("", ""),
        "years": Label("岁", "years"),
        "persons": Label("人", "persons"),
        "percent": Label("%", "%"),
        "cny": Label("元", "CNY"),
        "cny_per_month": Label("元/月", "CNY a month"),
    },
)


def decide(rule: object, **values: object) -> Decision:
    policy = Policy(
        id="p", version=3, audience=Audience.CITIZEN, domain="health", kind=Kind.SERVICE, level=Level.CITY,
        title=NAME, summary=NAME, agency=NAME, document=Document("d"), verification=Verification.ILLUSTRATIVE,
        true_on=DAY, effective_from=DAY, effective_to=None, eligibility=parse(rule), benefit=Benefit(NoMoney()),
        delivery_mode=DeliveryMode.ONE_CLICK,
    )  # fmt: skip
    facts = {name: Fact(value, "population", DAY, FactStatus.KNOWN) for name, value in values.items()}  # type: ignore[arg-type]
    parameters = {"line": Decimal(1655), "share": Decimal("0.3")}
    program = compile_policies([policy], WORDS, parameters, Audience.CITIZEN, DAY)
    return explain(program, 0, Profile("C1", Audience.CITIZEN, facts))


def said(decision: Decision, language: str) -> list[str]:
    return Sentences(WORDS, language).of(decision, FACTS)


RECORDED = "（公安人口登记，2026年11月1日）"
ON_RECORD = " (Population register, 1 November 2026)"
BORN = date(1960, 3, 1)
FOUNDED = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("rule", "values", "zh", "en"),
    [
        (
            "age_years >= 65", {"age_years": 72},
            "符合：年龄须不低于65岁，登记为72岁" + RECORDED,
            f"Met: Age must be at least 65 years; on record: 72 years{ON_RECORD}.",
        ),
        (
            "rent_cny_month < param.line", {"rent_cny_month": 2000.5},
            "不符合：月租金须低于1,655元/月，登记为2,000.50元/月" + RECORDED,
            f"Not met: Monthly rent must be below 1,655 CNY a month; on record: 2,000.50 CNY a month{ON_RECORD}.",
        ),
        (
            {"not": "veteran"}, {"veteran": True},
            "不符合：“退役军人”须为“否”，登记为是" + RECORDED,
            f"Not met: “Veteran” must not apply; on record: yes{ON_RECORD}.",
        ),
        (
            {"not": "age_years between 50 and 74"}, {"age_years": 40},
            "符合：年龄不得在50岁至74岁之间，登记为40岁" + RECORDED,
            f"Met: Age must not be from 50 to 74 years; on record: 40 years{ON_RECORD}.",
        ),
        (
            "district in [xuhui, pudong]", {},
            "待确认：居住区须为徐汇区或浦东新区，登记信息中没有这一项",
            "To be confirmed: District must be Xuhui or Pudong; the registers do not say.",
        ),
        (
            'trade == "研发 服务"', {"trade": "餐饮"},
            "不符合：经营范围须为研发 服务，登记为餐饮" + RECORDED,
            f"Not met: Trade must be 研发 服务; on record: 餐饮{ON_RECORD}.",
        ),
        (
            "founded_on <= 2025-06-30", {"founded_on": FOUNDED},
            "符合：成立日期须不晚于2025年6月30日，登记为2025年3月1日" + RECORDED,
            f"Met: Date of registration must be no later than 30 June 2025; on record: 1 March 2025{ON_RECORD}.",
        ),
        (
            "household_size < 3", {"household_size": 3},
            "不符合：家庭人口数须少于3人，登记为3人" + RECORDED,
            f"Not met: Persons in the household must be fewer than 3 persons; on record: 3 persons{ON_RECORD}.",
        ),
        (
            "district not in [xuhui, pudong]", {"district": "xuhui"},
            "不符合：居住区不得为徐汇区或浦东新区，登记为徐汇区" + RECORDED,
            f"Not met: District must not be Xuhui or Pudong; on record: Xuhui{ON_RECORD}.",
        ),
        (
            "expires_on > as_of", {"expires_on": DAY},
            "不符合：许可证到期日期须晚于2026年11月1日，登记为2026年11月1日" + RECORDED,
            f"Not met: Expiry date must be after 1 November 2026; on record: 1 November 2026{ON_RECORD}.",
        ),
        (
            "household_size == fact.age_years", {"household_size": 3, "age_years": 3},
            "符合：家庭人口数须与年龄相同，登记信息为：家庭人口数3人，公安人口登记，2026年11月1日；"
            "年龄3岁，公安人口登记，2026年11月1日",
            "Met: Persons in the household must be the same as Age; on record: Persons in the household 3 persons,"
            " Population register, 1 November 2026; Age 3 years, Population register, 1 November 2026.",
        ),
    ],
)  # fmt: skip
def test_a_reason_is_said_with_value_threshold_unit_source_and_date(rule, values, zh, en):
    decision = decide(rule, **values)
    assert said(decision, "zh") == [zh]
    assert said(decision, "en") == [en]
    assert said(Decision.from_json(decision.to_json()), "zh") == [zh]


@pytest.mark.parametrize(
    ("rule", "values", "zh", "en"),
    [
        (
            "months_since(founded_on) >= 6", {"founded_on": FOUNDED},
            "符合：成立须满6个月，2025年3月1日成立，至今20个月" + RECORDED,
            "Met: At least 6 months must have passed since registration; Date of registration: 1 March 2025,"
            f" 20 months ago{ON_RECORD}.",
        ),
        (
            "months_since(founded_on) < 12", {"founded_on": FOUNDED},
            "不符合：成立须未满12个月，2025年3月1日成立，至今20个月" + RECORDED,
            "Not met: Less than 12 months must have passed since registration; Date of registration: 1 March 2025,"
            f" 20 months ago{ON_RECORD}.",
        ),
        (
            {"not": "years_since(founded_on) >= 1"}, {"founded_on": FOUNDED},
            "不符合：成立须未满1年，2025年3月1日成立，至今1年" + RECORDED,
            "Not met: Less than 1 year must have passed since registration; Date of registration: 1 March 2025,"
            f" 1 year ago{ON_RECORD}.",
        ),
        (
            "years_since(birth_date) >= 60", {"birth_date": BORN},
            "符合：须年满60周岁，1960年3月1日出生，66周岁" + RECORDED,
            f"Met: Age must be at least 60 years; born on 1 March 1960, aged 66 years{ON_RECORD}.",
        ),
        (
            "days_until(expires_on) between 30 and 90", {"expires_on": date(2026, 11, 11)},
            "不符合：距许可证到期须不少于30天且不超过90天，2026年11月11日许可证到期，尚有10天" + RECORDED,
            "Not met: From 30 days to 90 days must be left until expiry; Expiry date: 11 November 2026,"
            f" 10 days ahead{ON_RECORD}.",
        ),
        (
            "months_since(founded_on) >= 6", {"founded_on": date(2026, 12, 1)},
            "待确认：成立须满6个月，2026年12月1日成立" + RECORDED + "，尚不足以判定",
            "To be confirmed: At least 6 months must have passed since registration; Date of registration:"
            f" 1 December 2026{ON_RECORD}, which does not settle it.",
        ),
        (
            "months_between(founded_on, expires_on) >= 12", {"founded_on": FOUNDED, "expires_on": DAY},
            "符合：成立日期至许可证到期日期的时间须不低于12个月，按登记信息计算为20个月（成立日期2025年3月1日，"
            "公安人口登记，2026年11月1日；许可证到期日期2026年11月1日，公安人口登记，2026年11月1日）",
            None,
        ),
    ],
)  # fmt: skip
def test_a_period_is_told_by_the_day_that_it_is_counted_from(rule, values, zh, en):
    decision = decide(rule, **values)
    assert said(decision, "zh") == [zh]
    if en is not None:
        assert said(decision, "en") == [en]


@pytest.mark.parametrize(
    ("rule", "values", "zh", "en"),
    [
        (
            "income_cny_month / household_size <= param.line", {"income_cny_month": 4500.0, "household_size": 3},
            "符合：家庭月收入 ÷ 家庭人口数 须不超过1,655元/月，按登记信息计算为1,500元/月（家庭月收入4,500元/月，"
            "公安人口登记，2026年11月1日；家庭人口数3人，公安人口登记，2026年11月1日）",
            "Met: Household income ÷ Persons in the household must be at most 1,655 CNY a month; worked out as"
            " 1,500 CNY a month (Household income 4,500 CNY a month, Population register, 1 November 2026;"
            " Persons in the household 3 persons, Population register, 1 November 2026).",
        ),
        (
            "income_cny_month / household_size <= param.line", {"income_cny_month": 4500.0},
            "待确认：家庭月收入 ÷ 家庭人口数 须不超过1,655元/月，登记信息中没有家庭人口数",
            "To be confirmed: Household income ÷ Persons in the household must be at most 1,655 CNY a month;"
            " the registers do not say Persons in the household.",
        ),
        (
            "rent_cny_month >= param.share * income_cny_month", {"rent_cny_month": 2000.0, "income_cny_month": 8000.0},
            "不符合：月租金须不低于0.3 × 家庭月收入（即2,400元/月），登记信息为：月租金2,000元/月，公安人口登记，"
            "2026年11月1日；家庭月收入8,000元/月，公安人口登记，2026年11月1日",
            "Not met: Monthly rent must be at least 0.3 × Household income (2,400 CNY a month); on record: Monthly rent"
            " 2,000 CNY a month, Population register, 1 November 2026; Household income 8,000 CNY a month,"
            " Population register, 1 November 2026.",
        ),
        (
            "percent(training_cny, wages_cny) >= 8", {},
            "待确认：培训支出占工资总额的比例 须不低于8%，登记信息中没有培训支出或工资总额",
            "To be confirmed: Training costs as a share of Wages must be at least 8%; the registers do not say"
            " Training costs or Wages.",
        ),
        (
            "(wages_cny - training_cny) / household_size > 3", {},
            "待确认：（工资总额 − 培训支出） ÷ 家庭人口数 须高于3元，登记信息中没有工资总额、培训支出或家庭人口数",
            None,
        ),
        (
            "registered_district == fact.district", {"registered_district": "xuhui", "district": "pudong"},
            "不符合：户籍所在区须与居住区相同，登记信息为：户籍所在区徐汇区，公安人口登记，2026年11月1日；"
            "居住区浦东新区，公安人口登记，2026年11月1日",
            "Not met: District of registration must be the same as District; on record: District of registration"
            " Xuhui, Population register, 1 November 2026; District Pudong, Population register, 1 November 2026.",
        ),
        (
            "area within [shanghai.xuhui, shanghai.pudong]", {"area": "shanghai.xuhui.tianping"},
            "符合：居住地须在徐汇区或浦东新区内，登记为天平路街道" + RECORDED,
            f"Met: Place of residence must be in Xuhui or Pudong; on record: Tianping Road{ON_RECORD}.",
        ),
        (
            "area not within shanghai.xuhui", {"area": "shanghai"},
            "待确认：居住地不得在徐汇区内，登记为上海市" + RECORDED + "，尚不足以判定",
            "To be confirmed: Place of residence must not be in Xuhui; on record: Shanghai"
            f"{ON_RECORD}, which does not settle it.",
        ),
    ],
)  # fmt: skip
def test_quantities_are_told_with_all_facts_that_go_into_them(rule, values, zh, en):
    decision = decide(rule, **values)
    assert said(decision, "zh") == [zh]
    if en is not None:
        assert said(decision, "en") == [en]
    assert said(Decision.from_json(decision.to_json()), "zh") == [zh]


def test_of_a_list_it_is_said_how_many_must_be_met():
    rule = {"at_least": {"count": 2, "of": ["veteran", "age_years >= 60", "district == xuhui"]}}
    decision = decide(rule, veteran=True, age_years=50, district="pudong")
    assert said(decision, "zh") == ["不符合（3项中至少须符合2项）：年龄须不低于60岁，登记为50岁" + RECORDED]
    assert said(decision, "en") == [
        f"Not met (at least 2 of 3 are needed): Age must be at least 60 years; on record: 50 years{ON_RECORD}."
    ]


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


def test_of_a_ladder_of_thresholds_the_closest_step_is_said():
    assert [line.split(";")[0] for line in said(decide(LADDER, age_years=85, rent_cny_month=10.0), "en")] == [
        "Met: Age must be at least 60 years"
    ]
    unmet = said(decide(LADDER, age_years=50, rent_cny_month=10.0), "en")
    assert [line.split(";")[0] for line in unmet] == ["Not met: Age must be at least 60 years"]


def test_of_thresholds_that_must_all_be_met_the_one_that_implies_the_others_is_said():
    rule = {"all": ["age_years >= 60", "age_years >= 70", "rent_cny_month < 20"]}
    met = said(decide(rule, age_years=85, rent_cny_month=10.0), "en")
    assert [line.split(";")[0] for line in met] == [
        "Met: Age must be at least 70 years",
        "Met: Monthly rent must be below 20 CNY a month",
    ]


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
    contested = {"age_years": Fact(70, "population", DAY, FactStatus.CONTESTED)}
    assert Profile("C1", Audience.CITIZEN, contested).value("age_years") is None
