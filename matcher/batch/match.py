"""A population against every policy: Arrow in, verdicts out in the form that is asked for.

- `count_table`: how many are eligible, unknown and ineligible, int64[policies, 3];
- `match_table`: every verdict, as `Verdicts`;
- `list_policies`: for each policy the subjects who are eligible and who might be;
- `list_subjects`: for each subject the policies, as a stream of record batches.

All take a table, a stream of record batches of any size, or coded columns that were kept (`coded.py`); `threads`
(default: one a processor); and `progress`, called with the subjects done and their number where it is known. If
`progress` raises, the run stops and gives nothing. What is in memory is bounded by pieces of 65,536 subjects a thread,
but for the output. ProfileInvalid is raised where a column is missing, doubled or of the wrong type, or holds NaN, an
infinity, a date outside 1850 to 9999 or an unlisted word; where there are other `rows` than was said; and where
`subjects` are not as many as the population's, or not a column of it. ValueError is raised for `threads` below one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matcher.batch import lists as lists_of
from matcher.batch.ids import Ids
from matcher.batch.kernel import BEST, WORD, Path, aligned
from matcher.batch.run import Population, Progress, Run, Worker, room_for
from matcher.batch.stream import Piece
from matcher.batch.verdicts import Verdicts, verdict_counts
from matcher.compile import Program

__all__ = ["Population", "Verdicts", "count_table", "list_policies", "list_subjects", "match_table"]


def count_table(
    program: Program,
    population: Population,
    *,
    rows: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    path: Path = BEST,
) -> npt.NDArray[np.int64]:
    """int64[policies, 3]: eligible, unknown, ineligible. `rows`: how many subjects a stream holds, for `progress`."""
    run = Run(program, population, rows, threads, progress, path)

    def work(worker: Worker, piece: Piece) -> npt.NDArray[np.int64]:
        counts = np.zeros((len(program.policies), 2), dtype=np.int64)
        worker.load(piece)
        worker.matcher.count(worker.narrow, worker.wide, piece.rows, counts)
        return counts

    counted, subjects = np.zeros((len(program.policies), 2), dtype=np.int64), 0
    for piece, counts in run.each(work):
        counted += counts
        subjects += piece.rows
    return verdict_counts(counted, subjects)


def match_table(
    program: Program,
    population: Population,
    *,
    rows: int | None = None,
    reuse: Verdicts | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    path: Path = BEST,
) -> Verdicts:
    """All verdicts. With the number of `rows` a stream's are written in place; else they are put together at the end.

    `reuse`: earlier verdicts that are needed no more, whose memory is taken if it fits; writing to memory that is
    already there takes half the time.
    """
    run = Run(program, population, rows, threads, progress, path)
    policies = len(program.policies)
    if run.rows is None:
        return _put_together(run)
    shape = (policies, room_for(run.rows) // WORD)
    true, possible = reuse.give_up() if reuse is not None else (None, None)
    if true is None or possible is None or true.shape != shape:
        true, possible = aligned(shape, np.uint64), aligned(shape, np.uint64)

    def work(worker: Worker, piece: Piece) -> None:
        worker.load(piece)
        worker.matcher.write(worker.narrow, worker.wide, piece.rows, true, possible, piece.start // WORD)

    for _ in run.each(work):
        pass
    return Verdicts(program, run.rows, true, possible)


def _put_together(run: Run) -> Verdicts:
    parts, rows = [], 0
    for piece, planes in run.each(lambda worker, piece: tuple(words.copy() for words in worker.planes(piece))):
        parts.append(planes)
        rows += piece.rows
    none = np.zeros((len(run.program.policies), 0), dtype=np.uint64)
    true, possible = (np.concatenate([none, *(planes[i] for planes in parts)], axis=1) for i in (0, 1))
    return Verdicts(run.program, rows, true, possible)


def list_policies(
    program: Program,
    population: Population,
    *,
    subjects: str | pa.Array | pa.ChunkedArray | None = None,
    rows: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    path: Path = BEST,
) -> pa.Table:
    """One row a policy: policy_id, eligible: large_list, unknown: large_list, of subjects in the population's order.

    `subjects`: the ids, or the name of the population's column that holds them (the lists are then dictionary-encoded);
    without it, row numbers from 0.
    """
    run = Run(program, population, rows, threads, progress, path)
    ids = Ids(subjects, population, run.rows)
    of_pieces: list[pa.Array] = []
    seen = 0
    lists = (lists_of.Collected(len(program.policies)), lists_of.Collected(len(program.policies)))

    def work(worker: Worker, piece: Piece) -> tuple[lists_of.Positions, lists_of.Positions]:
        true, possible = worker.planes(piece)
        return lists_of.positions(true, piece.start), lists_of.positions(possible & ~true, piece.start)

    for piece, found in run.each(work):
        for collected, positions in zip(lists, found, strict=True):
            collected.add(positions)
        of_pieces += ids.chunks(piece)
        seen += piece.rows
    names = ids.whole(of_pieces, seen)
    policy_ids = pa.array([policy.id for policy in program.policies], pa.string())
    found_lists = [one.lists(names) for one in lists]
    return pa.table([policy_ids, *found_lists], names=["policy_id", "eligible", "unknown"])


def list_subjects(
    program: Program,
    population: Population,
    *,
    subjects: str | pa.Array | pa.ChunkedArray | None = None,
    rows: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    path: Path = BEST,
) -> Iterator[pa.RecordBatch]:
    """Batches of subject_id, eligible: list, unknown: list, the lists of policy ids (dictionary-encoded).

    `subjects` as in `list_policies`. Each batch is made when it is asked for; stop whenever you like.
    """
    run = Run(program, population, rows, threads, progress, path)
    ids = Ids(subjects, population, run.rows)
    policy_ids = pa.array([policy.id for policy in program.policies], pa.string())

    def work(worker: Worker, piece: Piece) -> pa.RecordBatch:
        true, possible = worker.planes(piece)
        names = ids.of(piece)
        eligible = lists_of.by_subject(true, piece.rows, policy_ids)
        unknown = lists_of.by_subject(possible & ~true, piece.rows, policy_ids)
        return pa.record_batch([names, eligible, unknown], names=["subject_id", "eligible", "unknown"])

    seen = 0
    for piece, batch in run.each(work):
        yield batch
        seen += piece.rows
    ids.check(seen)
