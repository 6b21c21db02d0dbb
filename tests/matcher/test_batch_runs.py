"""How a run over a population goes: it tells how far it is, and stops without leaving anything half done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import ProfileInvalid
from matcher.batch.coded import code_table
from matcher.batch.match import Verdicts, count_table, list_policies, list_subjects, match_table
from matcher.batch.stream import AHEAD, PIECE_ROWS, in_order
from tests.matcher.rules import many_profiles, table
from tests.matcher.test_batch import EVERY_GATE, answers, compiled, in_batches

ROWS = 5 * PIECE_ROWS + 100


@pytest.fixture(scope="module")
def population() -> pa.Table:
    part = table(many_profiles(11, 1000))
    return pa.concat_tables([part] * (ROWS // 1000 + 1)).slice(0, ROWS)


@pytest.fixture(scope="module")
def program():
    return compiled(EVERY_GATE)


def matcher_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("matcher")]


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_rises_to_the_number_of_subjects(population, program, threads):
    told: list[tuple[int, int | None]] = []
    count_table(program, population, threads=threads, progress=lambda *step: told.append(step))
    assert [done for done, _ in told] == [*range(PIECE_ROWS, ROWS, PIECE_ROWS), ROWS]
    assert {total for _, total in told} == {ROWS}
    told.clear()
    count_table(program, in_batches(population), threads=threads, progress=lambda *step: told.append(step))
    assert told[-1] == (ROWS, None)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("run", [match_table, count_table, list_policies, lambda *a, **k: list(list_subjects(*a, **k))])
def test_a_cancelled_run_gives_nothing_and_leaves_no_thread_behind(population, program, run, stop):
    def cancel(done: int, total: int | None) -> None:
        raise stop

    earlier = match_table(program, population)
    more = {"reuse": earlier} if run is match_table else {}
    with pytest.raises(stop):
        run(program, population, threads=2, progress=cancel, **more)
    assert matcher_threads() == []
    if run is match_table:
        with pytest.raises(RuntimeError, match="given up"):
            earlier.true(0)  # its memory is half overwritten


def test_items_that_wait_when_the_caller_stops_are_never_begun():
    begun: list[int] = []
    go_on = threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item:
            go_on.wait(10)
        return item

    done = in_order(work, range(100), threads=2)
    assert next(done) == 0
    threading.Timer(0.05, go_on.set).start()
    done.close()
    assert len(begun) <= 3  # the first, and one for each thread


def test_a_run_that_fails_in_the_middle_stops_there(population, program):
    seen = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal seen
        for batch in in_batches(population, *([PIECE_ROWS] * 5)):
            seen += 1
            yield batch if seen != 3 else batch.set_column(0, "i1", pa.nulls(batch.num_rows, pa.string()))

    with pytest.raises(ProfileInvalid, match="does not hold integer facts"):
        match_table(program, batches(), threads=1)
    assert seen == 3
    assert matcher_threads() == []


def test_a_list_of_subjects_may_be_left_half_read(population, program):
    stream = list_subjects(program, population, threads=2)
    first = next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert first.num_rows == PIECE_ROWS
    assert matcher_threads() == []


def test_a_stream_is_read_only_a_little_ahead(population, program):
    read = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for batch in in_batches(population, *([PIECE_ROWS] * 5)):
            read += 1
            yield batch

    stream = list_subjects(program, batches(), threads=1)
    next(stream)
    assert read <= 2
    stream = list_subjects(program, batches(), threads=2)
    next(stream)
    time.sleep(0.05)
    assert read <= 2 + 2 * AHEAD + 1


@pytest.mark.parametrize("said", [ROWS - 1, ROWS + 1, 0, 100, PIECE_ROWS])
def test_another_number_of_subjects_than_was_said_is_refused(population, program, said):
    for run in (match_table, count_table):
        with pytest.raises(ProfileInvalid, match=f"not {said:,} as was said"):
            run(program, in_batches(population), rows=said)
    with pytest.raises(ProfileInvalid, match=f"not {said:,} as was said"):
        code_table(program, in_batches(population), said)


def test_runs_side_by_side_do_not_disturb_each_other(population, program):
    other = compiled(EVERY_GATE[::-1])
    alone = [match_table(one, population, threads=1) for one in (program, other)]
    together: dict[int, Verdicts] = {}

    def run(i: int) -> None:
        together[i] = match_table((program, other)[i], population, threads=2)

    running = [threading.Thread(target=run, args=(i,)) for i in (0, 1)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for i, one in enumerate(alone):
        assert np.array_equal(one.true_words, together[i].true_words)


def test_a_coded_table_too_coarse_for_the_rules_is_refused(population, program):
    rows = population.slice(0, 50)
    coded = code_table(compiled(["i1 >= 2"]), rows, 50)
    with pytest.raises(ProfileInvalid, match="does not tell apart what the rules now ask of i1"):
        match_table(compiled(["i1 >= 3"]), coded)
    assert len(answers(match_table(compiled(["i1 < 2"]), coded))) == 1


def lists_of(run, program, population, **more):
    found = run(program, population, **more)
    return found if isinstance(found, pa.Table) else pa.Table.from_batches(found)


lists = pytest.mark.parametrize("run", [list_policies, list_subjects])


@lists
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("ids", [0, 9, PIECE_ROWS, ROWS - 1, ROWS + 1])
def test_ids_of_other_subjects_than_a_stream_holds_are_refused(population, program, run, ids, threads):
    with pytest.raises(ProfileInvalid, match=f"There are {ids:,} ids for "):
        lists_of(run, program, in_batches(population), subjects=pa.array(range(ids)), threads=threads)
    with pytest.raises(ProfileInvalid, match=f"There are {ids:,} ids for {ROWS:,} subjects"):
        lists_of(run, program, in_batches(population), subjects=pa.array(range(ids)), rows=ROWS)
    assert matcher_threads() == []


@lists
def test_ids_for_a_stream_are_those_for_the_table(population, program, run):
    ids = pa.array([f"s-{j}" for j in range(ROWS)])
    streamed = lists_of(run, program, in_batches(population), subjects=ids)
    assert streamed.equals(lists_of(run, program, population, subjects=ids))
    with pytest.raises(ProfileInvalid, match="There are 1 ids for 0 subjects"):
        lists_of(run, program, [], subjects=ids[:1])


@lists
@pytest.mark.parametrize("stream", [False, True])
def test_a_column_of_ids_that_is_missing_or_doubled_is_refused(population, program, run, stream):
    def fed(whole: pa.Table) -> pa.Table | Iterator[pa.RecordBatch]:
        return in_batches(whole) if stream else whole

    with pytest.raises(ProfileInvalid, match="no column 'nope', which should hold the ids") as caught:
        lists_of(run, program, fed(population), subjects="nope")
    assert "subjects" in caught.value.next_step
    twice = population.append_column("id", population["i1"]).append_column("id", population["i2"])
    with pytest.raises(ProfileInvalid, match="2 columns 'id', which should hold the ids"):
        lists_of(run, program, fed(twice), subjects="id")
    assert matcher_threads() == []


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_threads_than_one_are_refused(population, program, threads):
    few = population.slice(0, 10)
    coded = code_table(program, few, 10)
    for run in (match_table, count_table, list_policies, lambda *a, **k: list(list_subjects(*a, **k))):
        for held in (few, coded, few.to_batches()):
            with pytest.raises(ValueError, match=f"threads is {threads}: there must be one at least"):
                run(program, held, threads=threads)
    with pytest.raises(ValueError, match=f"threads is {threads}: there must be one at least"):
        code_table(program, few, 10, threads=threads)


def test_another_number_of_rows_than_a_table_has_is_refused(population, program):
    few = population.slice(0, 10)
    earlier = match_table(program, few)
    for held in (few, code_table(program, few, 10)):
        for said in (0, 9, 11):
            with pytest.raises(ProfileInvalid, match=f"holds 10 subjects, not {said} as was said"):
                match_table(program, held, rows=said, reuse=earlier)
        assert match_table(program, held, rows=10).counts().tolist() == earlier.counts().tolist()
