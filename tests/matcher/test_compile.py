"""What a rule is compiled to: each distinct test once, periods as thresholds on their date."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.errors import ParameterExpired, UnknownFact
from domain.evaluate import evaluate
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, NoMoney, Policy, Verification
from domain.rules import parse
from matcher.compile import Leaf, Program, compile_policies, encode

DAY = date(2026, 11, 24)
NAME = Label("名", "name")
TYPES = {"age": "integer", "rent": "number", "born": "date", "until": "date", "home": "category", "veteran": "boolean"}
FACTS = {
    name: FactDefinition(
        name, Audience.CITIZEN, FactType(kind), "none", NAME, "r", 1, {"xuhui": NAME} if kind == "category" else {}
    )
    for name, kind in TYPES.items()
}
WORDS = Vocabulary({Audience.CITIZEN: FACTS}, {}, {})
LAW = {"elder": Decimal(65), "nothing": Decimal(0), "lately": Decimal("2.5")}


def compiled(*rules: object, as_of: date = DAY) -> Program:
    policies = [
        Policy(
            id=f"p{number}", version=1, audience=Audience.CITIZEN, domain="health", kind=Kind.SERVICE, level=Level.CITY,
            title=NAME, summary=NAME, agency=NAME, document=Document("d"), verification=Verification.ILLUSTRATIVE,
            true_on=DAY, effective_from=DAY, effective_to=None, eligibility=parse(rule), benefit=Benefit(NoMoney()),
            delivery_mode=DeliveryMode.ONE_CLICK,
        )
        for number, rule in enumerate(rules)
    ]  # fmt: skip
    return compile_policies(policies, WORDS, LAW, Audience.CITIZEN, as_of)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("age >= 65", "age >= param.elder"),
        ("age >= 65", "age >= 60 + 5"),
        ("years_since(born) >= 2", "months_since(born) >= 24"),
        ("months_since(born) >= 6", "days_since(born) >= 184"),
        ("rent between 2 and 1", "rent between 5 and 4"),
        ("veteran", "veteran != false"),
    ],
)
def test_two_ways_to_ask_the_same_are_one_predicate(one, other):
    program = compiled(one, other)
    if one == "veteran":  # the same answers, but words of different sets
        assert [program.predicates[i].evaluate(True) for i in (0, 1)] == [True, True]
    else:
        assert program.trees[0] == program.trees[1]
        assert len(program.predicates) == 1


def test_a_rule_reads_only_its_facts_in_order_of_first_use():
    assert list(compiled({"all": ["rent + age > 3", "veteran"]}).facts) == ["rent", "age", "veteran"]


def test_a_parameter_without_a_value_and_a_fact_that_does_not_exist_are_named():
    with pytest.raises(ParameterExpired, match="gone"):
        compiled("age >= param.gone")
    with pytest.raises(ParameterExpired, match="gone"):
        compiled("age + param.gone >= rent", "days_between(born, 2020-01-01) > param.gone")
    with pytest.raises(UnknownFact, match="wage"):
        compiled("wage >= 3")


near = st.integers(-800, 800).map(lambda n: DAY + timedelta(days=n))
dates = st.dates(date(1850, 1, 1)) | near | st.sampled_from([date.max, date(2024, 2, 29), date(2025, 2, 28)])
bounds = st.sampled_from(
    ["0", "1", "5.5", "6", "12", "-1", "100000000000000 * 1000", "param.nothing", "1 / param.nothing"]
)
tests = st.one_of(
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), bounds).map(" ".join),
    st.tuples(bounds, bounds).map(lambda ends: f"between {ends[0]} and {ends[1]}"),
    st.sampled_from(["in [6, 12, 13]", "not in [6, 0]"]),
)
periods = st.tuples(
    st.sampled_from(["years", "months", "days"]),
    st.sampled_from(["since(born)", "until(born)", "between(born, 2026-02-28)", "between(2024-02-29, born)"]),
).map("_".join)


@settings(max_examples=600, deadline=None)
@example("months_since(born)", "== 1", date(2024, 1, 31), date(2024, 2, 29))
@example("years_until(born)", "< 1", date.max, DAY)
@given(periods, tests, dates, near)
def test_a_period_turned_into_a_threshold_asks_the_same_of_every_day(period, test, day, as_of):
    rule = f"{period} {test}"
    program = compiled(rule, as_of=as_of)
    wanted = evaluate(parse(rule), {"born": day}, LAW, as_of)
    tree = program.trees[0]
    if isinstance(tree, Leaf):
        predicate = program.predicates[tree.predicate]
        on_the_date = program.columns[predicate.column].fact == "born"
        assert on_the_date or wanted is None  # a bound without a value settles nothing, whatever the column
        assert predicate.evaluate(encode(day)) is wanted
