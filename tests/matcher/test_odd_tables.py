"""Tables that hold the same facts in another shape, or not quite, or what no fact can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import ProfileInvalid
from domain.facts import Value
from matcher.batch.coded import code_table
from matcher.batch.match import count_table, match_table
from matcher.compile import Program
from matcher.online.match import match_profile
from tests.matcher.rules import FACTS, many_profiles, table
from tests.matcher.test_batch import EVERY_GATE, Wanted, answers, compiled, reference

RULE = {"all": ["i1 >= 65", "c1 in [x, y]", {"not": "b1"}]}
UNKNOWN: dict[str, Value] = dict.fromkeys(FACTS)
ROWS: list[Mapping[str, Value]] = [
    UNKNOWN | {"i1": 65, "c1": "x", "b1": False},
    UNKNOWN | {"i1": 64, "c1": "x", "b1": False},
    UNKNOWN | {"i1": None, "c1": "y", "b1": False},
    UNKNOWN | {"i1": 2**62 + 1, "c1": "y", "b1": None},
    UNKNOWN | {"i1": -(2**63), "c1": None, "b1": True},
]
FOUND: Wanted = [[True, False, None, None, False]]


@pytest.fixture
def program() -> Program:
    return compiled([RULE])


def test_whole_numbers_that_no_double_holds_are_matched_as_for_one_profile(program):
    alone = [match_profile(program, row)[0].verdict.value for row in ROWS]
    assert alone == ["eligible", "ineligible", "unknown", "unknown", "ineligible"]
    assert answers(match_table(program, table(ROWS))) == FOUND


def test_chunks_and_slices_change_no_verdict(program):
    whole = table(ROWS)
    pieces = pa.concat_tables([whole.slice(0, 0), whole.slice(0, 2), whole.slice(2, 1), whole.slice(3)])
    assert answers(match_table(program, pieces)) == FOUND
    assert answers(match_table(program, whole.slice(1, 3))) == [FOUND[0][1:4]]
    assert match_table(program, whole.slice(0, 0)).all_true().shape == (1, 0)


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()])
def test_whole_numbers_of_any_width_are_accepted(kind):
    program = compiled(["i1 >= 65", "n1 < 3.5", "i2 / i1 > 1"])
    rows = [UNKNOWN | {"i1": one, "i2": 100, "n1": one} for one in (None, 0, 3, 4, 64, 65, 127)]
    narrow = pa.table({name: pa.array([row[name] for row in rows], kind) for name in ("i1", "i2", "n1")})
    assert answers(match_table(program, narrow)) == reference(program, rows)


def test_very_large_unsigned_numbers_are_large_and_not_negative():
    program = compiled(["i1 >= 65"])
    assert count_table(program, pa.table({"i1": pa.array([2**64 - 1, 3], pa.uint64())})).tolist() == [[1, 0, 1]]


def test_single_precision_numbers_are_taken_for_the_doubles_that_they_are():
    program = compiled(["n1 >= 2.1", "n1 < 2.5"])
    held = np.array([2.1, 2.5, 2.4999], dtype=np.float32)
    rows = [UNKNOWN | {"n1": float(one)} for one in held]
    assert answers(match_table(program, pa.table({"n1": held}))) == reference(program, rows)


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.uint16(), pa.large_string()),
    ],
    ids=str,
)
def test_words_in_any_of_arrows_forms_are_the_same_words(kind):
    program = compiled(EVERY_GATE)
    rows = many_profiles(20, 300)
    plain = table(rows)
    for name in ("c1", "c2", "r1", "t1"):
        place = plain.schema.get_field_index(name)
        values = plain[name].combine_chunks()
        other = values.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else values.cast(kind)
        plain = plain.set_column(place, name, other)
    sliced = pa.concat_tables([plain.slice(0, 7), plain.slice(7, 100), plain.slice(107)])
    assert answers(match_table(program, sliced)) == reference(program, rows)


def test_dictionaries_that_differ_from_chunk_to_chunk_and_hold_null_are_read_each_by_its_own():
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["x", "z"])),
        pa.DictionaryArray.from_arrays(pa.array([1, 0, 2], pa.int8()), pa.array(["z", "x", None])),
        pa.DictionaryArray.from_arrays(pa.array([], pa.int8()), pa.array([], pa.string())),
        pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), pa.array(["y", "not a word, and not used"])),
    ]
    found = match_table(compiled(["c1 == x"]), pa.table({"c1": pa.chunked_array(chunks)}))
    assert answers(found) == [[True, False, None, True, False, None, False, False]]


def test_what_lies_under_a_null_is_not_looked_at():
    numbers = pa.array(np.array([math.nan, 3.0, math.inf]), mask=np.array([True, False, True]))
    days = pa.array(np.array([-(2**31), 0, 2**31 - 1], dtype=np.int32), mask=np.array([True, False, True]))
    found = match_table(compiled(["n1 >= 2.1", "d1 < as_of"]), pa.table({"n1": numbers, "d1": days.cast(pa.date32())}))
    assert answers(found) == [[None, True, None]] * 2


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("rule", ["n1 >= 2", "n1 / i1 >= 2"])
def test_numbers_that_are_none_are_refused(bad, rule):
    held = pa.table({"n1": [1.0, None, bad], "i1": [1, 2, 3]})
    with pytest.raises(ProfileInvalid, match="'n1' holds NaN or infinite values; an unknown fact is null"):
        match_table(compiled([rule]), held)


@pytest.mark.parametrize("days", [(date(1849, 12, 31) - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days + 1])
@pytest.mark.parametrize("rule", ["d1 < as_of", "d1 < d2"])
def test_dates_out_of_range_are_refused(days, rule):
    day = pa.array([0, days, None], pa.int32()).cast(pa.date32())
    with pytest.raises(ProfileInvalid, match="'d1' holds dates outside 1850 to 9999"):
        match_table(compiled([rule]), pa.table({"d1": day, "d2": day}))
    edges = pa.array([date(1850, 1, 1), date.max])
    assert count_table(compiled(["d1 < as_of"]), pa.table({"d1": edges})).tolist() == [[1, 0, 1]]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())], ids=str)
@pytest.mark.parametrize("rule", ["c1 == x", "c1 == c2", "r1 within s.x"])
def test_words_that_are_not_listed_are_refused_and_named(kind, rule):
    name = "r1" if rule.startswith("r1") else "c1"
    words = pa.array(["s.x" if name == "r1" else "x", None, "elsewhere"])
    held = words.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else words.cast(kind)
    with pytest.raises(ProfileInvalid, match=f"'{name}' holds 'elsewhere', which is not among its words") as caught:
        match_table(compiled([rule]), pa.table({name: held, "c2": pa.nulls(3, pa.string())}))
    assert caught.value.data["value"] == "elsewhere"
    assert "vocabulary.yaml" in caught.value.next_step


def test_open_texts_may_be_anything():
    rows = [UNKNOWN | {"t1": one} for one in ("a b", "", "何でも", None)]
    program = compiled(['t1 == "a b"', 't1 != "a b"', 't1 not in ["", q]'])
    assert answers(match_table(program, table(rows))) == reference(program, rows)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("i1", pa.array([1.0])),
        ("i1", pa.array(["1"])),
        ("n1", pa.array([True])),
        ("b1", pa.array([1])),
        ("c1", pa.array([1])),
        ("c1", pa.array([b"x"])),
        ("c1", pa.array([1]).dictionary_encode()),
        ("d1", pa.array(["2024-02-29"])),
        ("d1", pa.array([date(2024, 2, 29)]).cast(pa.timestamp("s"))),
    ],
    ids=str,
)
def test_a_column_of_another_type_is_refused_whatever_it_holds(name, column):
    rules = {"i1": "i1 >= 2", "n1": "n1 >= 2", "b1": "b1", "c1": "c1 == x", "d1": "d1 < as_of"}
    for held in (column, column.slice(0, 0)):
        with pytest.raises(ProfileInvalid, match=f"Column '{name}' is .*, which does not hold"):
            match_table(compiled([rules[name]]), pa.table({name: held}))


def test_a_column_that_is_missing_or_doubled_is_refused(program):
    whole = table(ROWS)
    for held in (whole, whole.slice(0, 0)):
        with pytest.raises(ProfileInvalid, match="2 columns 'i1'"):
            match_table(program, held.append_column("i1", held["i1"]))
        with pytest.raises(ProfileInvalid, match="no column 'b1', which a rule reads"):
            match_table(program, held.drop_columns(["b1"]))
    with pytest.raises(ProfileInvalid, match="no column 'b1'"):
        count_table(program, whole.drop_columns(["b1"]).to_batches())
    with pytest.raises(ProfileInvalid, match="no column 'b1'"):
        code_table(program, whole.drop_columns(["b1"]), len(ROWS))
