"""A rule worked out over columns says of each row what the judge says of the subject."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evaluate import evaluate
from domain.rules import parse
from features.rules import truth_of
from features.terms import Setting
from tests.matcher.rules import FACTS, PARAMETERS, as_of_days, many_profiles, rules, table


@settings(max_examples=200)
@given(rules, as_of_days, st.integers(0, 2**32))
def test_columns_and_one_subject_agree(rule: object, as_of: date, seed: int) -> None:
    expression = parse(rule)
    rows = many_profiles(seed, 20)
    population = table(rows)
    columns = dict(zip(population.column_names, population.columns, strict=True))
    found = truth_of(expression, columns, Setting(FACTS, PARAMETERS, as_of)).to_pylist()
    assert found == [evaluate(expression, row, PARAMETERS, as_of) for row in rows]


def test_a_table_without_rows_has_no_answers() -> None:
    for rule in ("i1 in [1, 2]", "r1 within s.x", 't1 == "a"', {"at_least": {"count": 1, "of": ["n1 > i1", "b1"]}}):
        population = table([])
        columns = dict(zip(population.column_names, population.columns, strict=True))
        assert truth_of(parse(rule), columns, Setting(FACTS, PARAMETERS, date(2026, 1, 1))).to_pylist() == []
