"""A quantity worked out over columns is bit by bit the one worked out for each subject."""

import math
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import completed_months, day_number
from domain.facts import Audience, FactDefinition, FactType, Label
from domain.grammar import parse_clause
from domain.terms import value_of
from features.terms import Setting, column_of

NAME = Label("名", "name")
TYPES = {"i": "integer", "n": "number", "d": "date", "b": "boolean", "c": "category"}
ARROW = {"i": pa.int64(), "n": pa.float64(), "d": pa.date32(), "b": pa.bool_(), "c": pa.string()}
WORDS = {"c1": ("x", "y"), "c2": ("y", "z", "x")}
FACTS = {
    name: FactDefinition(
        name, Audience.CITIZEN, FactType(TYPES[name[0]]), "none", NAME, "r", 1, dict.fromkeys(WORDS.get(name, ()), NAME)
    )
    for name in ("i1", "n1", "n2", "d1", "d2", "b1", "b2", "c1", "c2")
}
PARAMETERS = {"p": Decimal("0.1")}

days = st.dates(date(1900, 1, 1), date(2100, 12, 31)) | st.sampled_from(
    [date(2024, 2, 29), date(2023, 2, 28), date(2024, 1, 31), date(2024, 3, 31), date(2026, 2, 28)]
)
number = st.sampled_from([0.0, -0.0, 0.1, 3.0, 1e200, -1e-200]) | st.floats(-1e9, 1e9)
values = st.fixed_dictionaries(
    {
        "i1": st.none() | st.integers(-3, 3) | st.integers(-(2**60), 2**60),
        "n1": st.none() | number,
        "n2": st.none() | number,
        "d1": st.none() | days,
        "d2": st.none() | days,
        "b1": st.none() | st.booleans(),
        "b2": st.none() | st.booleans(),
        "c1": st.none() | st.sampled_from(WORDS["c1"]),
        "c2": st.none() | st.sampled_from(WORDS["c2"]),
    }
)
atoms = st.sampled_from(["i1", "n1", "n2", "param.p", "0", "2.5"]) | st.sampled_from(["d1", "d2"]).flatmap(
    lambda name: st.sampled_from(
        [f"{unit}_{end}({name})" for unit in ("years", "months", "days") for end in ("since", "until")]
        + [f"{unit}_between(d1, d2)" for unit in ("years", "months", "days")]
        + [f"months_between({name}, 2024-02-29)"]
    )
)
terms = st.recursive(
    atoms,
    lambda below: (
        st.tuples(below, st.sampled_from("+-*/"), below).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
        | st.tuples(below, below).map(lambda parts: f"percent({parts[0]}, {parts[1]})")
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(terms, st.lists(values, min_size=1, max_size=30), days)
def test_columns_and_subjects_give_the_same_bits(text, rows, as_of):
    term = parse_clause(f"n1 < {text}").operands()[0]
    columns = {name: pa.array([row[name] for row in rows], ARROW[name[0]]) for name in FACTS}
    found = column_of(term, columns, Setting(FACTS, PARAMETERS, as_of))
    wanted = [value_of(term, row, PARAMETERS, as_of) for row in rows]
    doubles = np.array([float(value) if isinstance(value, int | float) else math.nan for value in wanted])
    assert np.array_equal(found.view(np.int64)[~np.isnan(found)], doubles.view(np.int64)[~np.isnan(doubles)])
    assert np.array_equal(np.isnan(found), np.isnan(doubles))


@given(days, days)
def test_a_month_is_complete_on_the_same_day_or_on_the_last_of_the_month(start, end):
    months = completed_months(start, end)
    if start > end:
        assert months is None
        return
    assert months is not None
    # Definition: as many months as can be added to the start, each clamped to its month's last day.
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    assert date(year, month + 1, min(start.day, last)) <= end
    year, month = divmod(start.year * 12 + start.month - 1 + months + 1, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    assert date(year, month + 1, min(start.day, last)) > end


def test_a_chunked_column_and_an_empty_one_are_worked_out():
    term = parse_clause("n1 + i1 > 0").left
    setting = Setting(FACTS, PARAMETERS, date(2026, 11, 24))
    chunked = {"n1": pa.chunked_array([[1.0], [None, 2.0]]), "i1": pa.chunked_array([[1, 2], [3]])}
    assert column_of(term, chunked, setting).tolist()[::2] == [2.0, 5.0]
    assert len(column_of(term, {"n1": pa.array([], pa.float64()), "i1": pa.array([], pa.int64())}, setting)) == 0


def test_days_are_numbered_from_1970():
    assert [day_number(date(1970, 1, 1)), day_number(date(1969, 12, 31))] == [0, -1]
