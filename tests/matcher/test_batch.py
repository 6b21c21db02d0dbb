"""A population in every form against the reference, in every form of output, on both paths of the kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ProfileInvalid
from domain.evaluate import evaluate
from domain.facts import Audience, Value
from domain.policy import NoMoney
from matcher.batch.coded import CodedTable, code_table, facts_to_read, recode
from matcher.batch.kernel import BLOCK_WORDS, PORTABLE, STEP_WORDS, VECTOR, WORD, Path
from matcher.batch.match import Verdicts, count_table, list_policies, list_subjects, match_table
from matcher.batch.stream import PIECE_ROWS
from matcher.compile import Program, compile_policies
from tests.matcher.rules import DAY, FACTS, PARAMETERS, WORDS, as_of_days, many_profiles, policy, rules, table

Wanted = list[list[bool | None]]
"""By policy, then by subject."""
EVERY_GATE = [
    {"at_least": {"count": 2, "of": ["i1 >= 2", {"not": "b1"}, "c1 in [x, y]", "r1 within s.x"]}},
    {"not": {"at_least": {"count": 3, "of": ["i1 >= 2", "b1", "n1 < 0.3", "i1 / i2 >= 1", "c1 == z"]}}},
    {"any": [{"all": ["i1 >= 2", "b1"]}, {"not": {"all": ["months_since(d1) >= 6", {"any": ["b2", "i2 != 3"]}]}}]},
    {"all": ["i1 >= 2", "b1"]},
    {"all": ["i1 >= 2", "b1"]},
    "r1 not within [s.x.1, z]",
    {"all": ["t1 == q", {"any": ["d1 < d2", "c1 == c2"]}]},
    "b1",
]
on_both_paths = pytest.mark.parametrize("path", [PORTABLE, VECTOR], ids=["portable", "vector"])


def compiled(written: Sequence[object], as_of: date = DAY) -> Program:
    policies = [policy(number, rule, NoMoney()) for number, rule in enumerate(written)]
    return compile_policies(policies, WORDS, PARAMETERS, Audience.CITIZEN, as_of)


def reference(program: Program, rows: Sequence[Mapping[str, Value]]) -> Wanted:
    return [[evaluate(one.eligibility, row, PARAMETERS, program.as_of) for row in rows] for one in program.policies]


def answers(verdicts: Verdicts) -> Wanted:
    return [
        [None if unknown else bool(true) for true, unknown in zip(verdicts.true(i), verdicts.unknown(i), strict=True)]
        for i in range(len(verdicts.program.policies))
    ]


def counted(wanted: Wanted) -> list[list[int]]:
    return [[sum(one is truth for one in row) for truth in (True, None, False)] for row in wanted]


def in_batches(whole: pa.Table, *sizes: int) -> Iterator[pa.RecordBatch]:
    """Record batches of these sizes, the rest in one."""
    start = 0
    for size in (*sizes, whole.num_rows):
        yield from whole.slice(start, size).combine_chunks().to_batches()
        start += size


@on_both_paths
@settings(max_examples=60, deadline=None)
@given(st.lists(rules, min_size=1, max_size=6), st.integers(0, 2**32), as_of_days)
def test_every_output_is_what_the_reference_says(path, written, seed, as_of):
    program = compiled(written, as_of)
    rows = many_profiles(seed, 70)
    wanted = reference(program, rows)
    whole = table(rows)
    coded = code_table(program, whole, len(rows))
    for population in (whole, coded):
        assert answers(match_table(program, population, path=path)) == wanted
        assert count_table(program, population, path=path).tolist() == counted(wanted)
    for policy_row, by_subject in zip(list_policies(program, whole, path=path).to_pylist(), wanted, strict=True):
        assert policy_row["eligible"] == [j for j, truth in enumerate(by_subject) if truth is True]
        assert policy_row["unknown"] == [j for j, truth in enumerate(by_subject) if truth is None]
    [batch] = list_subjects(program, coded, path=path)
    ids = [one.id for one in program.policies]
    for subject_row, truths in zip(batch.to_pylist(), zip(*wanted, strict=True), strict=True):
        assert subject_row["eligible"] == [i for i, truth in zip(ids, truths, strict=True) if truth is True]
        assert subject_row["unknown"] == [i for i, truth in zip(ids, truths, strict=True) if truth is None]


@on_both_paths
@pytest.mark.parametrize(
    "subjects",
    sorted({0, 1, *(edge + d for edge in (WORD, STEP_WORDS * WORD, BLOCK_WORDS * WORD) for d in (-1, 0, 1))}),
)
def test_no_subject_is_lost_or_made_up_at_the_edges_of_words_and_blocks(path, subjects):
    program = compiled(EVERY_GATE)
    rows = many_profiles(1, 300)
    wanted = np.array(reference(program, rows), dtype=object)[:, np.arange(subjects) % 300]
    whole = table(rows * (subjects // 300 + 1)).slice(0, subjects)
    verdicts = match_table(program, whole, path=path)
    assert answers(verdicts) == wanted.tolist()
    assert verdicts.counts().tolist() == count_table(program, whole, path=path).tolist() == counted(wanted.tolist())
    assert sum(len(row["eligible"]) for row in list_policies(program, whole, path=path).to_pylist()) == sum(
        verdicts.counts()[:, 0]
    )
    assert sum(batch.num_rows for batch in list_subjects(program, whole, path=path)) == subjects


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_pieces_chunks_batches_and_threads_change_nothing(threads):
    program = compiled(EVERY_GATE)
    part = table(many_profiles(2, 997))
    whole = pa.concat_tables([part] * 134)  # two pieces and 2,526 subjects
    assert 2 * PIECE_ROWS < whole.num_rows < 3 * PIECE_ROWS
    small = answers(match_table(program, part, threads=1))
    verdicts = match_table(program, whole, threads=threads)
    assert (verdicts.all_true() == np.tile([[one is True for one in row] for row in small], 134)).all()
    assert (verdicts.all_unknown() == np.tile([[one is None for one in row] for row in small], 134)).all()
    pieces = (1, 0, 63, 70_000, 5, 20_000)
    streams = [
        match_table(program, in_batches(whole, *pieces), threads=threads),
        match_table(program, in_batches(whole, *pieces), rows=whole.num_rows, threads=threads),
        match_table(program, code_table(program, in_batches(whole, *pieces), whole.num_rows), threads=threads),
    ]
    for one in streams:
        assert np.array_equal(one.true_words, verdicts.true_words)
        assert np.array_equal(one.possible_words, verdicts.possible_words)
    assert np.array_equal(count_table(program, in_batches(whole, *pieces), threads=threads), verdicts.counts())


def test_lists_name_the_same_subjects_as_the_planes():
    program = compiled(EVERY_GATE)
    whole = pa.concat_tables([table(many_profiles(3, 700))] * 100)
    whole = whole.append_column("subject_id", pa.array([f"s-{j}" for j in range(whole.num_rows)]))
    verdicts = match_table(program, whole)
    planes = {"eligible": verdicts.all_true(), "unknown": verdicts.all_unknown()}
    by_policy = list_policies(program, whole, subjects="subject_id")
    for kind, plane in planes.items():
        for row, found in zip(plane, by_policy[kind].to_pylist(), strict=True):
            assert found == [f"s-{j}" for j in np.flatnonzero(row)]
    assert list_policies(program, whole.to_batches(), subjects="subject_id").equals(by_policy)
    ids = whole["subject_id"]
    coded = code_table(program, whole, whole.num_rows)
    for subjects, population in (("subject_id", whole), (ids, coded), ("subject_id", whole.to_batches())):
        by_subject = pa.Table.from_batches(list_subjects(program, population, subjects=subjects))
        assert by_subject["subject_id"].to_pylist() == ids.to_pylist()
        for kind, plane in planes.items():
            lengths = np.array([len(found) for found in by_subject[kind].to_pylist()])
            assert np.array_equal(lengths, plane.sum(axis=0))
            assert by_subject[kind][69_999].as_py() == [f"policy-{i}" for i in np.flatnonzero(plane[:, 69_999])]


def test_ids_of_another_table_are_refused():
    program, whole = compiled(EVERY_GATE), table(many_profiles(3, 10))
    coded = code_table(program, whole, 10)
    for run in (list_policies, lambda *args, **rest: list(list_subjects(*args, **rest))):
        for population in (whole, coded):
            with pytest.raises(ProfileInvalid, match="There are 9 ids for 10 subjects"):
                run(program, population, subjects=pa.array(range(9)))
        with pytest.raises(TypeError, match="give the ids themselves"):
            run(program, coded, subjects="subject_id")


@on_both_paths
def test_columns_with_more_thresholds_than_a_byte_holds_are_coded_in_two(path):
    written = [f"n1 >= {number / 100}" for number in range(-300, 300)]
    program = compiled([*written, {"all": ["n1 between 0 and 1", "i1 >= 2"]}])
    rows = many_profiles(4, 500)
    assert code_table(program, table(rows), 500).columns["n1"].codes.dtype == np.uint16
    assert answers(match_table(program, table(rows), path=path)) == reference(program, rows)


def test_whole_numbers_spread_too_far_for_a_table_are_searched():
    program = compiled(["i1 >= 2", "i1 < 1000000000", "i1 > -1000000000000", "i2 == 0.3", "i2 != 900000000000000"])
    numbers = [None, 0, 2, 10**9, 10**9 - 1, -(10**12), 1 - 10**12, 2**62, -(2**63), 9 * 10**14]
    rows = [dict.fromkeys(FACTS) | {"i1": one, "i2": one} for one in numbers]
    assert answers(match_table(program, table(rows))) == reference(program, rows)


def test_only_columns_with_new_thresholds_are_coded_anew():
    rows = many_profiles(5, 200)
    whole = table(rows)
    before = compiled(["i1 >= 2", {"all": ["n1 < 3", "c1 == x"]}, "n1 / n2 > 1"])
    coded = code_table(before, whole, 200)
    fewer = compiled(["i1 < 2", {"any": ["c1 == z", "n1 >= 3"]}])  # no new cut: negated, another word of the same list
    assert facts_to_read(coded, fewer) == ()
    assert answers(match_table(fewer, coded)) == reference(fewer, rows)
    more = compiled(["i1 >= 3", "n1 >= 3", "d1 < as_of"])
    assert set(facts_to_read(coded, more)) == {"i1", "d1"}
    again = recode(coded, more, whole.select(["i1", "d1"]))
    assert again.columns["n1"] is coded.columns["n1"]
    for program in (before, fewer, more):
        assert again.covers(program)
        assert answers(match_table(program, again)) == reference(program, rows)


def test_a_term_that_moves_with_time_is_coded_for_its_day_only():
    rule = ["days_since(d1) / days_since(d2) >= 2", "i1 / i2 > 1"]
    rows = many_profiles(6, 100)
    coded = code_table(compiled(rule, DAY), table(rows), 100)
    later = compiled(rule, date(2024, 3, 1))
    assert set(facts_to_read(coded, later)) == {"d1", "d2"}
    assert answers(match_table(later, recode(coded, later, table(rows)))) == reference(later, rows)


def test_coded_columns_come_back_from_arrow_as_they_were():
    program = compiled(EVERY_GATE)
    rows = many_profiles(7, 300)
    coded = code_table(program, table(rows), 300)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, coded.to_arrow().schema) as writer:
        writer.write_table(coded.to_arrow())
    back = CodedTable.from_arrow(pa.ipc.open_stream(sink.getvalue()).read_all())
    assert {name: column.coding for name, column in back.columns.items()} == {
        name: column.coding for name, column in coded.columns.items()
    }
    assert answers(match_table(program, back)) == reference(program, rows)


def test_earlier_verdicts_lend_their_memory_and_are_read_no_more():
    program = compiled(EVERY_GATE)
    first = match_table(program, table(many_profiles(8, 100)))
    place = first.true_words
    rows = many_profiles(9, 100)
    second = match_table(program, table(rows), reuse=first)
    assert second.true_words is place
    assert answers(second) == reference(program, rows)
    with pytest.raises(RuntimeError, match="given up"):
        first.counts()


def test_no_policies_and_no_subjects_give_nothing():
    empty = table([])
    assert match_table(compiled([]), table(many_profiles(1, 3))).counts().shape == (0, 3)
    assert count_table(compiled(EVERY_GATE), empty).tolist() == [[0, 0, 0]] * len(EVERY_GATE)
    assert list(list_subjects(compiled(EVERY_GATE), empty)) == []
    assert list_policies(compiled(EVERY_GATE), empty)["eligible"].to_pylist() == [[]] * len(EVERY_GATE)


@pytest.mark.parametrize("path", [PORTABLE, VECTOR])
def test_a_quorum_of_many_counts_each_item_once_however_often_it_is_named(path: Path):
    items = [f"i1 >= {number}" for number in (0, 2, 4)] + ["b1", "b1", "c1 != x", "n1 < 1", "d1 < as_of", "b2"]
    written = [{"at_least": {"count": count, "of": items}} for count in range(1, len(items) + 1)]
    program = compiled([*written, *({"not": rule} for rule in written), {"any": [written[3], "b2"]}])
    rows = many_profiles(10, 400)
    assert answers(match_table(program, table(rows), path=path)) == reference(program, rows)
