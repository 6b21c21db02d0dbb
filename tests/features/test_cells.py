import contextlib
from datetime import date, datetime
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.loader import DEFAULT_ROOT, load_vocabulary
from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from features.cells import Cells, read_dates, read_fact
from features.mapping import FactColumn
from features.quarantine import Reason
from features.units import Conversion

AS_OF = date(2026, 11, 24)
SAME = Conversion(1, 1)


def read(
    vocabulary: Vocabulary,
    name: str,
    column: pa.Array,
    conversion: Conversion = SAME,
    unknown: tuple[str, ...] = (),
    written: str | None = None,
) -> Cells:
    fact = vocabulary.fact(Audience.CITIZEN, name)
    spec = FactColumn(fact, "c", None, written, conversion, frozenset(unknown))
    return read_fact(column, spec, pa.repeat(pa.scalar(AS_OF), len(column)))


def reasons(cells: Cells) -> dict[Reason, list[int]]:
    return {reason: np.flatnonzero(mask).tolist() for reason, mask in cells.bad if mask.any()}


def test_numbers_in_text_are_read_and_what_is_no_number_is_named(vocabulary: Vocabulary) -> None:
    column = pa.array(["12.5", " 7 ", "", "n/a", "NaN", "inf", "1e3", "-1", "1,000", None, "99"])
    cells = read(vocabulary, "wage_cny_month", column, unknown=("99",))
    assert cells.values.to_pylist() == [12.5, 7.0, None, None, None, None, 1000.0, None, None, None, None]
    assert reasons(cells) == {
        Reason.NOT_A_NUMBER: [3, 8],
        Reason.NOT_FINITE: [4, 5],
        Reason.OUT_OF_RANGE: [7],
    }


def test_a_place_must_be_listed_and_may_be_known_coarsely(vocabulary: Vocabulary) -> None:
    column = pa.array(["shanghai.xuhui.tianping", "shanghai.xuhui", "shanghai", "shanghai.xuhui.atlantis", "xuhui", ""])
    cells = read(vocabulary, "residence_area", column)
    assert cells.values.to_pylist() == ["shanghai.xuhui.tianping", "shanghai.xuhui", "shanghai", None, None, None]
    assert reasons(cells) == {Reason.UNSEEN_CODE: [3, 4]}


def test_open_text_is_taken_as_it_is_but_for_the_blanks_around_it() -> None:
    fact = FactDefinition("code", Audience.CITIZEN, FactType.TEXT, "none", Label("码", "code"), "market", 9, {})
    spec = FactColumn(fact, "c", None, None, SAME, frozenset({"-"}))
    as_of = pa.repeat(pa.scalar(AS_OF), 4)
    cells = read_fact(pa.array([" I6510 ", "", "-", "研发"]), spec, as_of)
    assert (cells.values.to_pylist(), reasons(cells)) == (["I6510", None, None, "研发"], {})
    assert read_fact(pa.array([6510.0, None, 1.0, 2.0]), spec, as_of).values.to_pylist() == ["6510", None, "1", "2"]


def test_nan_and_infinity_are_no_values(vocabulary: Vocabulary) -> None:
    cells = read(vocabulary, "wage_cny_month", pa.array([1.0, float("nan"), float("inf"), None], from_pandas=False))
    assert cells.values.to_pylist() == [1.0, None, None, None]
    assert reasons(cells) == {Reason.NOT_FINITE: [1, 2]}


def test_a_whole_number_with_a_rest_is_refused_but_not_one_with_a_rounding_error(vocabulary: Vocabulary) -> None:
    cells = read(vocabulary, "months_unemployed", pa.array(["0.25", "0.3"]), Conversion(12, 1))
    assert cells.values.to_pylist() == [3, None]
    assert reasons(cells) == {Reason.NOT_WHOLE: [1]}


def test_a_whole_number_beyond_what_floats_hold_is_out_of_range_and_no_crash(vocabulary: Vocabulary) -> None:
    cells = read(vocabulary, "months_unemployed", pa.array([2**53 + 1, 3], pa.int64()))
    assert reasons(cells) == {Reason.OUT_OF_RANGE: [0]}


def test_money_in_ten_thousand_yuan_has_no_part_of_a_fen(vocabulary: Vocabulary) -> None:
    cells = read(vocabulary, "taxable_income_cny_year", pa.array([1388.5793]), Conversion(10_000, 1))
    assert cells.values.to_pylist() == [13_885_793.0]


def test_a_column_of_another_type_is_refused_cell_by_cell(vocabulary: Vocabulary) -> None:
    cells = read(vocabulary, "wage_cny_month", pa.array([True, None]))
    assert reasons(cells) == {Reason.WRONG_TYPE: [0]}


def test_unseen_words_are_refused_and_plain_booleans_read(vocabulary: Vocabulary) -> None:
    assert reasons(read(vocabulary, "sex", pa.array(["male", "Male"]))) == {Reason.UNSEEN_CODE: [1]}
    cells = read(vocabulary, "veteran", pa.array(["1", "否", "maybe", ""]))
    assert cells.values.to_pylist() == [True, False, None, None]
    assert reasons(cells) == {Reason.UNSEEN_CODE: [2]}
    assert read(vocabulary, "veteran", pa.array([1.0, 0.0, None])).values.to_pylist() == [True, False, None]


def test_impossible_and_future_dates_are_refused(vocabulary: Vocabulary) -> None:
    column = pa.array(["20230228", "20230229", "20240229", "20261125", "99999999", "2023022", "18000101", None])
    cells = read(vocabulary, "birth_date", column, written="%Y%m%d")
    assert cells.values.to_pylist() == [date(2023, 2, 28), None, date(2024, 2, 29), *[None] * 5]
    assert reasons(cells) == {Reason.IMPOSSIBLE_DATE: [1, 4, 5, 6], Reason.FUTURE_DATE: [3]}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("%Y%m%d", "20230105"),
        ("%d.%m.%Y", "5.1.2023"),
        ("%Y年%m月%d日", "2023年1月5日"),
        ("%Y-%m-%d %H:%M", "2023-01-05 08:00"),
    ],
)
def test_registers_write_dates_in_their_own_ways(written: str, text: str) -> None:
    days, bad = read_dates(pa.array([text]), written)
    assert days.to_pylist() == [date(2023, 1, 5)]
    assert not bad.any()


def test_dates_may_come_as_dates_times_and_whole_numbers() -> None:
    for column in (
        pa.array([date(2023, 1, 5)]),
        pa.array([datetime(2023, 1, 5, 9)], pa.timestamp("us")),  # noqa: DTZ001 -- extracts have no zone
        pa.array([20230105]),
        pa.array([20230105.0]),
        pa.array(["20230105"]).dictionary_encode(),
    ):
        assert read_fact_date(column) == [date(2023, 1, 5)]


def read_fact_date(column: pa.Array) -> list[date | None]:
    from features.cells import decoded  # noqa: PLC0415 -- only here

    found: list[date | None] = read_dates(decoded(column), "%Y%m%d")[0].to_pylist()
    return found


@given(st.lists(st.from_regex(r"[012][0-9]{3}[01][0-9][0-3][0-9]", fullmatch=True), max_size=30))
def test_columns_of_dates_are_read_as_the_standard_library_reads_one(texts: list[str]) -> None:
    def one(text: str) -> date | None:
        with contextlib.suppress(ValueError):
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
            return day if day.year >= 1850 else None
        return None

    days, bad = read_dates(pa.array(texts, pa.string()), "%Y%m%d")
    expected = [one(text) for text in texts]
    assert days.to_pylist() == expected
    assert bad.tolist() == [day is None for day in expected]


@cache
def _vocabulary() -> Vocabulary:
    return load_vocabulary(DEFAULT_ROOT)


COLUMNS = st.one_of(
    st.lists(st.none() | st.text(max_size=8) | st.sampled_from(["1", "0", "1e400", "-5", "20240229", "男", "NaN"])).map(
        lambda values: pa.array(values, pa.string())
    ),
    st.lists(st.none() | st.floats()).map(lambda values: pa.array(values, pa.float64(), from_pandas=False)),
    st.lists(st.none() | st.floats(width=32)).map(lambda values: pa.array(values, pa.float32(), from_pandas=False)),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)).map(lambda values: pa.array(values, pa.int64())),
    st.lists(st.none() | st.integers(0, 2**64 - 1)).map(lambda values: pa.array(values, pa.uint64())),
    st.lists(st.none() | st.booleans()).map(lambda values: pa.array(values, pa.bool_())),
    st.lists(st.none() | st.dates()).map(lambda values: pa.array(values, pa.date32())),
    st.lists(st.none() | st.decimals(-(10**6), 10**6, places=2)).map(
        lambda values: pa.array(values, pa.decimal128(12, 2))
    ),
    st.lists(st.none() | st.sampled_from(["1", "x"])).map(lambda v: pa.array(v, pa.string()).dictionary_encode()),
    st.integers(0, 5).map(pa.nulls),
)


@pytest.mark.parametrize("name", ["wage_cny_month", "months_unemployed", "veteran", "sex", "birth_date"])
@given(column=COLUMNS, times=st.sampled_from([1, 12]), over=st.sampled_from([1, 100]))
def test_every_cell_is_a_value_its_fact_accepts_or_unknown_or_named_bad(
    name: str, column: pa.Array, times: int, over: int
) -> None:
    vocabulary = _vocabulary()  # no argument: hypothesis would print all of it with a failure
    cells = read(vocabulary, name, column, Conversion(times, over), unknown=("-5",))
    bad = np.logical_or.reduce([mask for _, mask in cells.bad]) if cells.bad else np.zeros(len(column), np.bool_)
    fact = vocabulary.fact(Audience.CITIZEN, name)
    for i, value in enumerate(cells.values.to_pylist()):
        fact.check(value)
        given_text = str(column[i].as_py()).strip()
        unknown = not column[i].is_valid or given_text in {"", "-5", "-5.0", "-5.00"}
        assert (value is None) == (unknown or bool(bad[i])), (given_text, value)
