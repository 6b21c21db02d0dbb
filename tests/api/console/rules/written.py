"""Rules as anybody could write them by the grammar, for hypothesis: clauses as texts, rules as plain trees."""

from typing import Any

from hypothesis import strategies as st

FACTS = ["age_years", "industry", "registered_on", "veteran", "家", "revenue_cny_year"]
_spaces = st.sampled_from([" ", "  ", ""])
facts = st.sampled_from(["age_years", "industry", "registered_on", "veteran", "revenue_cny_year", "fact.rent"])
numbers = st.one_of(
    st.integers(-(10**14), 10**14).map(str),
    st.decimals(-9999, 9999, places=3).map(lambda one: f"{one:f}"),
    st.just("-0.0"),
    st.just("0.0000001"),
    st.just("007"),
)
dates = st.dates().map(lambda one: one.isoformat())
words = st.sampled_from(["software", "x1", '"研发 服务"', '"true"', '"as_of"', '"a.b"', '"#no"', '"it\'s"', '"k: v"'])
literals = st.one_of(numbers, dates, words, st.sampled_from(["true", "false", "any"]))
regions = st.sampled_from(["shanghai", "shanghai.xuhui", "shanghai.xuhui.tianping"])
_symbols = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_periods = st.sampled_from(["years_since", "months_since", "days_until"])


def _worked_out(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        st.tuples(inner, inner).map(lambda two: f"percent({two[0]}, {two[1]})"),
        inner.map(lambda one: f"years_since({one})"),
        st.tuples(inner, inner).map(lambda two: f"months_between({two[0]},{two[1]})"),
    )


right_terms = st.recursive(
    st.one_of(facts, numbers, dates, st.sampled_from(["param.elder_age", "param.x_1", "as_of"])),
    _worked_out,
    max_leaves=3,
)
left_terms = st.one_of(
    facts,
    facts,
    st.tuples(_periods, facts).map(lambda two: f"{two[0]}({two[1]})"),
    st.tuples(facts, st.sampled_from("+-*/"), right_terms).map(lambda one: f"{one[0]} {one[1]} {one[2]}"),
)


@st.composite
def clauses(draw: st.DrawFn) -> str:
    left, space = draw(left_terms), draw(_spaces)
    match draw(st.integers(0, 5)):
        case 0:
            return left
        case 1:
            return f"{left}{space}{draw(_symbols)}{space}{draw(st.one_of(right_terms, words, st.just('true')))}"
        case 2:
            return f"{left} between {draw(right_terms)} and {draw(right_terms)}"
        case 3:
            some = draw(st.lists(literals, min_size=1, max_size=4))
            return f"{left} {draw(st.sampled_from(['in', 'not in']))} [{(',' + space).join(some)}]"
        case 4:
            return f"{left} {draw(st.sampled_from(['within', 'not within']))} {draw(regions)}"
        case _:
            some = draw(st.lists(regions, min_size=1, max_size=3))
            return f"{left} within [{', '.join(some)}]"


def _joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        items.map(lambda some: {"all": some}),
        items.map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
        st.tuples(items, st.integers(1, 4)).map(
            lambda two: {"at_least": {"count": min(two[1], len(two[0])), "of": two[0]}}
        ),
    )


rules = st.recursive(clauses(), _joined, max_leaves=8)
