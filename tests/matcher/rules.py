"""Random rules in the whole language, and random profiles, drawn so that thresholds are often met exactly.

Facts are named by type: i whole numbers, n numbers, b true or false, c categories, d dates, r places, t open text.
Dates stand around ends of February in leap and common years, and around ends of months.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

from domain.benefit import AmountForm, Brackets, FixedAmount, PerUnit, Share, Step, Table
from domain.facts import Audience, FactDefinition, FactType, Label, Value, Vocabulary
from domain.policy import (
    Benefit,
    DeliveryMode,
    Document,
    Kind,
    Level,
    NoMoney,
    Period,
    Policy,
    Verification,
)
from domain.profile import Fact, FactStatus, Profile
from domain.rules import parse
from domain.terms import Arithmetic, FactRef, ParameterRef

NAME = Label("名", "name")
PLACES = ("s", "s.x", "s.x.1", "s.x.2", "s.y", "s.y.1", "z")
TEXTS = ("a", "a b", "研发 服务")
TYPES = {
    "i": FactType.INTEGER,
    "n": FactType.NUMBER,
    "b": FactType.BOOLEAN,
    "c": FactType.CATEGORY,
    "d": FactType.DATE,
    "r": FactType.REGION,
    "t": FactType.TEXT,
}
ARROW = {
    "i": pa.int64(), "n": pa.float64(), "b": pa.bool_(), "c": pa.string(), "d": pa.date32(), "r": pa.string(),
    "t": pa.string(),
}  # fmt: skip
_WORDS_OF: Mapping[str, Sequence[str]] = {"c": ("x", "y", "z"), "r": PLACES}
FACTS = {
    name: FactDefinition(
        name, Audience.CITIZEN, TYPES[name[0]], "none", NAME, "r", 1, dict.fromkeys(_WORDS_OF.get(name[0], ()), NAME)
    )
    for name in ("i1", "i2", "n1", "n2", "b1", "b2", "c1", "c2", "d1", "d2", "r1", "t1")
}
WORDS = Vocabulary({Audience.CITIZEN: FACTS}, {}, {"none": Label("", "")})
PARAMETERS = {"p": Decimal("2.1"), "q": Decimal(3), "rate": Decimal("12.5")}
DAY = date(2024, 2, 27)
AS_OF_DAYS = (DAY, *(date(2024, 2, 28) + timedelta(days=n) for n in range(3)), date(2023, 2, 28), date(2024, 8, 31))
_DAYS = (
    date(2019, 2, 28), date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1), date(2022, 8, 31), date(2023, 2, 27),
    date(2023, 2, 28), date(2023, 3, 1), date(2023, 8, 28), date(2023, 8, 29), date(2023, 8, 31), date(2024, 1, 29),
    date(2024, 1, 31), *(DAY + timedelta(days=n) for n in range(6)), date(2024, 8, 29), date(2025, 2, 28),
    date(2850, 2, 28), date(1850, 1, 1),
)  # fmt: skip
_VALUES: Mapping[str, Sequence[Value]] = {
    "i": (-1, 0, 1, 2, 3, 4, 6, 2**53 + 1),
    "n": (-1.0, -0.0, 0.0, 0.1, 0.3, 1.0, 2.1, 2.5, 3.0),
    "b": (True, False),
    "c": ("x", "y", "z"),
    "d": _DAYS,
    "r": PLACES,
    "t": (*TEXTS, "", "q"),
}

as_of_days = st.sampled_from(AS_OF_DAYS)
doubles = st.sampled_from(_VALUES["n"]) | st.floats(-1e6, 1e6, allow_subnormal=False)
OF_TYPE: Mapping[str, st.SearchStrategy[Value]] = {
    kind: doubles if kind == "n" else st.sampled_from(values) for kind, values in _VALUES.items()
}
profiles = st.fixed_dictionaries({name: st.none() | OF_TYPE[name[0]] for name in FACTS})
"""All facts by name, each unknown in about half of the profiles."""


def many_profiles(seed: int, count: int) -> list[dict[str, Value]]:
    """`count` profiles for a drawn seed, a quarter of each fact unknown: cheaper by far than to draw each."""
    draw = random.Random(seed)
    return [{name: None if draw.random() < 0.25 else _value(draw, name) for name in FACTS} for _ in range(count)]


def _value(draw: random.Random, name: str) -> Value:
    if name == "n2" and draw.random() < 0.1:
        return draw.choice([1e308, -1e308, 5e-324])  # n1 has none: benefits are shares of it, and of money
    if name[0] == "n" and draw.random() < 0.4:
        return draw.choice([draw.uniform(-5, 5), draw.randint(-50, 50) / 10])
    return draw.choice(_VALUES[name[0]])


def profile_of(values: Mapping[str, Value]) -> Profile:
    """The values as a subject's profile, each from register `r`."""
    facts = {name: Fact(value, "r", DAY, FactStatus.KNOWN) for name, value in values.items()}
    return Profile("s", Audience.CITIZEN, facts)


def table(rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], type=ARROW[name[0]]) for name in FACTS})


def _named(kinds: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name in FACTS if name[0] in kinds])


numbers = st.sampled_from(["-1", "0", "0.3", "2.1", "3", "6", "12", "param.p", "param.q"])
dates = _named("d") | st.sampled_from([*map(str, _DAYS), "as_of"])
comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


@st.composite
def periods(draw: st.DrawFn) -> str:
    unit, ends = (
        draw(st.sampled_from(["years", "months", "days"])),
        draw(st.sampled_from(["since", "until", "between"])),
    )
    day = draw(_named("d"))
    if ends != "between":
        return f"{unit}_{ends}({day})"
    return f"{unit}_between({', '.join(draw(st.permutations([day, draw(dates)])))})"


quantities = st.recursive(
    _named("in"),
    lambda below: (
        st.builds("({} {} {})".format, below, st.sampled_from("+-*/"), below | numbers)
        | st.builds("({} {} {})".format, numbers, st.sampled_from("+-*/"), below)
        | st.builds("percent({}, {})".format, below, below | numbers)
    ),
    max_leaves=3,
)
"""Numbers: facts, and arithmetic over them."""


@st.composite
def _compared(draw: st.DrawFn) -> str:
    """A quantity, a period or a date, compared with constants, parameters, the as-of date or other facts."""
    left, right = draw(
        st.sampled_from(
            [(_named("in"), numbers), (quantities, numbers), (quantities, quantities), (periods(), numbers),
             (periods().map("({} / 12)".format), numbers), (_named("d"), dates)]
        )
    )  # fmt: skip
    first = draw(left)
    if draw(st.booleans()):
        return f"{first} {draw(comparisons)} {_fact_named(draw(right))}"
    return f"{first} between {draw(right)} and {draw(right)}"


def _fact_named(term: str) -> str:
    """After == a lone word is a literal: a fact is named as such."""
    return f"fact.{term}" if term in FACTS else term


@st.composite
def _listed(draw: st.DrawFn) -> str:
    """Membership of whole numbers, numbers, words, texts and dates."""
    name = draw(_named("incdt"))
    literals = {"i": ["0", "2", "3"], "n": ["-1", "0.3", "2.1"], "c": ["x", "y", "z"], "t": [f'"{t}"' for t in TEXTS]}
    choices = literals.get(name[0], [str(day) for day in _DAYS])
    some = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
    return f"{name} {draw(st.sampled_from(['in', 'not in']))} [{', '.join(some)}]"


@st.composite
def _worded(draw: st.DrawFn) -> str:
    """Facts that have no order: true or false, words, open text, places."""
    equal = draw(st.sampled_from(["==", "!="]))
    match draw(st.sampled_from("bctr")):
        case "b":
            name = draw(_named("b"))
            return draw(st.sampled_from([name, f"{name} {equal} false", f"{name} {equal} true", f"b1 {equal} fact.b2"]))
        case "c":
            return f"{draw(_named('c'))} {equal} {draw(st.sampled_from(['x', 'y', 'fact.c2', 'fact.c1']))}"
        case "t":
            return f't1 {equal} "{draw(st.sampled_from(TEXTS))}"'
    regions = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2))
    return f"r1 {draw(st.sampled_from(['within', 'not within']))} [{', '.join(regions)}]"


clauses = _compared() | _listed() | _worded()


def _joined(below: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    some = st.lists(below, min_size=1, max_size=4)
    return st.one_of(
        st.builds(lambda items: {"all": items}, some),
        st.builds(lambda items: {"any": items}, some),
        st.builds(lambda item: {"not": item}, below),
        some.flatmap(
            lambda items: st.integers(1, len(items)).map(lambda count: {"at_least": {"count": count, "of": items}})
        ),
    )


rules: st.SearchStrategy[object] = st.recursive(clauses, _joined, max_leaves=10)
"""As YAML gives them, for domain.rules.parse. All pass the type check but for units, which no executor reads."""
forms: st.SearchStrategy[AmountForm] = st.sampled_from(
    [
        NoMoney(),
        FixedAmount(ParameterRef("p")),
        Table("c1", {"x": 10, "y": ParameterRef("q")}, 5),
        Brackets(FactRef("i1"), (Step(Decimal(1), 10), Step(Decimal(3), ParameterRef("q")))),
        Share(FactRef("n1"), ParameterRef("rate"), 500),
        Share(Arithmetic("-", FactRef("n1"), FactRef("i1")), 15),
        PerUnit(FactRef("i2"), ParameterRef("p"), 7),
    ]
)


def policy(number: int, rule: object, form: AmountForm | None = None) -> Policy:
    return Policy(
        id=f"policy-{number}", version=1, audience=Audience.CITIZEN, domain="health", kind=Kind.FUND,
        level=Level.CITY, title=NAME, summary=NAME, agency=NAME, document=Document("d"),
        verification=Verification.ILLUSTRATIVE, true_on=DAY, effective_from=date(2000, 1, 1), effective_to=None,
        eligibility=parse(rule), benefit=Benefit(form or NoMoney(), Period.ONCE), delivery_mode=DeliveryMode.ONE_CLICK,
    )  # fmt: skip
