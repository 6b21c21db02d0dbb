"""Random rules that time can turn: ages, periods, the as-of date, parameters with gaps, policy windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from hypothesis import strategies as st

from catalogue.loader import Catalogue
from domain.derivation import Aggregate, FromRule, FromTerm, OfHousehold
from domain.facts import DERIVED_REGISTER, Audience, FactDefinition, FactType, Label, Value, Vocabulary
from domain.grammar import parse_term
from domain.policy import DatedValue, Document, Parameter, Policy, Verification
from domain.rules import parse
from tests.matcher import rules as drawn

NAME = Label("名", "name")


def derived(name: str, kind: FactType, sources: tuple[str, ...], how: object, **bounds: float) -> FactDefinition:
    return FactDefinition(
        name, Audience.CITIZEN, kind, "none", NAME, DERIVED_REGISTER, 1, {}, derived_from=sources,
        derivation=how, **bounds,  # type: ignore[arg-type]
    )  # fmt: skip


def term(text: str) -> FromTerm:
    return FromTerm(text, parse_term(text))


FACTS = drawn.FACTS | {
    one.name: one
    for one in (
        derived("years", FactType.INTEGER, ("d1",), term("years_since(d1)"), minimum=0, maximum=3),
        derived("months", FactType.INTEGER, ("d2",), term("months_since(d2)"), minimum=0, maximum=1200),
        derived("left", FactType.INTEGER, ("d2",), term("months_until(d2)"), minimum=1, maximum=30),
        derived("twice", FactType.NUMBER, ("years", "i1"), term("(years + i1) / 2"), minimum=0, maximum=8),
        derived("young", FactType.BOOLEAN, ("years", "b1"), FromRule(parse({"all": ["years < param.q", "b1"]}))),
        derived(
            "children", FactType.INTEGER, ("household_id", "years"),
            OfHousehold(Aggregate.COUNT, parse("years < 2")),
        ),
    )
}  # fmt: skip
VOCABULARY = Vocabulary({Audience.CITIZEN: FACTS}, {}, {"none": NAME, "years": Label("岁", "years")})


def catalogue(parameters: dict[str, Parameter], policies: Sequence[Policy]) -> Catalogue:
    return Catalogue(VOCABULARY, parameters, tuple(policies), "digest")


def parameter(name: str, *values: DatedValue) -> Parameter:
    return Parameter(name, "none", NAME, Document("d"), Verification.ILLUSTRATIVE, values)


def always(name: str, value: str) -> Parameter:
    return parameter(name, DatedValue(date(1900, 1, 1), None, Decimal(value)))


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Parameter]:
    """Two parameters, each of which may change on a leap day, and may have no value for a time, or from then on."""
    made = {"rate": always("rate", "5")}
    for name, first, second in (("p", "2.1", "1"), ("q", "3", "2")):
        kind = draw(st.sampled_from(["always", "changed", "changed", "gap", "ends"]))
        day = draw(st.sampled_from([date(2024, 2, 29), date(2024, 8, 31), date(2025, 3, 1)]))
        end = DatedValue(date(1900, 1, 1), date.fromordinal(day.toordinal() - 1), Decimal(first))
        made[name] = {
            "always": always(name, first),
            "changed": parameter(name, end, DatedValue(day, None, Decimal(second))),
            "gap": parameter(name, end, DatedValue(date.fromordinal(day.toordinal() + 90), None, Decimal(second))),
            "ends": parameter(name, end),
        }[kind]
    return made


small = st.sampled_from(["0", "1", "2", "3", "5", "6", "12", "24", *["param.p", "param.q"] * 3])


@st.composite
def clause(draw: st.DrawFn) -> str:
    symbol = draw(drawn.comparisons)
    kind = draw(st.sampled_from(["derived", "derived", "period", "period", "date", "sum", "between", "rule", "other"]))
    number = draw(st.sampled_from(["years", "months", "left", "twice", "children"]))
    period = draw(drawn.periods())
    match kind:
        case "derived":
            return f"{number} {symbol} {draw(small)}"
        case "period":
            return f"{period} {symbol} {draw(small)}"
        case "date":
            return draw(st.sampled_from([f"d1 {symbol} as_of", f"d2 {symbol} as_of", "d1 between as_of and d2"]))
        case "sum":
            other = draw(st.sampled_from(["years", "months", "i1", period, "days_since(d2) / 30"]))
            return f"({period} {draw(st.sampled_from('+-*/'))} {other}) {symbol} {draw(small)}"
        case "between":
            return f"{draw(st.sampled_from([number, period]))} between {draw(small)} and {draw(small)}"
        case "rule":
            return draw(st.sampled_from(["young", "young == false"]))
        case _:
            return draw(drawn.clauses)


rules: st.SearchStrategy[object] = clause() | st.recursive(clause(), drawn._joined, max_leaves=6)


@st.composite
def policies(draw: st.DrawFn, number: int = 0) -> Policy:
    """A policy that may begin or end within the years that the dates of the profiles lie in."""
    begins = draw(st.sampled_from([date(2000, 1, 1), date(2000, 1, 1), date(2024, 2, 29), date(2024, 8, 1)]))
    ends = draw(st.sampled_from([None, None, date(2024, 2, 28), date(2024, 12, 31)]))
    window = {"effective_from": begins, "effective_to": ends if ends is None or ends >= begins else None}
    return replace(drawn.policy(number, draw(rules)), **window)  # type: ignore[arg-type]


def _seldom_unknown(name: str, die: int) -> st.SearchStrategy[Value]:
    return drawn.OF_TYPE[name[0]] if die else st.none()


profiles = st.fixed_dictionaries(
    {name: st.sampled_from(range(5)).flatmap(partial(_seldom_unknown, name)) for name in drawn.FACTS}
    | {name: st.none() | st.integers(0, 4) for name in ("years", "months", "left", "children")}
    | {"twice": st.none() | st.sampled_from([0.5, 2.0]), "young": st.none() | st.booleans()}
)
"""All facts by name; what a derived fact says on its own counts only where its sources are unknown."""
