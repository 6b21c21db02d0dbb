"""This file knows why a row of an extract is not taken over, and how such rows are written down.

A row with one bad cell is kept out whole: half a row would look like a subject with unknown facts, and the
register's owner would never hear of it.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Mask = npt.NDArray[np.bool_]

_LONGEST_VALUE = 200
"""Characters of a bad cell that are kept: enough to recognise it, not enough to copy a document."""


class Reason(StrEnum):
    MALFORMED_ROW = "malformed_row"
    MISSING_SUBJECT = "missing_subject"
    UNUSABLE_SUBJECT = "unusable_subject"
    DUPLICATE_SUBJECT = "duplicate_subject"
    WRONG_TYPE = "wrong_type"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NOT_WHOLE = "not_whole"
    UNSEEN_CODE = "unseen_code"
    OUT_OF_RANGE = "out_of_range"
    IMPOSSIBLE_DATE = "impossible_date"
    FUTURE_DATE = "future_date"
    MISSING_AS_OF = "missing_as_of"


NEXT_STEP = {
    Reason.MALFORMED_ROW: "The row has too many or too few cells: look for a stray delimiter or quote.",
    Reason.MISSING_SUBJECT: "Ask the register's owner for the subject's id.",
    Reason.UNUSABLE_SUBJECT: "An id has at most 40 signs, all visible: look for a slipped column or a stray quote.",
    Reason.DUPLICATE_SUBJECT: "The subject was already given for this date; its first row is used. Keep one row.",
    Reason.WRONG_TYPE: "The column holds another type than the fact: check which column the mapping names.",
    Reason.NOT_A_NUMBER: "Give a plain number, or list the word under 'unknown' in the mapping.",
    Reason.NOT_FINITE: "NaN and infinity are no values: leave the cell empty, or list the word under 'unknown'.",
    Reason.NOT_WHOLE: "The fact is a whole number: check the unit and the column in the mapping.",
    Reason.UNSEEN_CODE: "Add the code to the mapping's 'codes' or 'unknown', or correct the cell.",
    Reason.OUT_OF_RANGE: "Check the unit and the column in the mapping; the bounds are in vocabulary.yaml.",
    Reason.IMPOSSIBLE_DATE: "There is no such day, or it is written otherwise than the mapping's 'format' says.",
    Reason.FUTURE_DATE: "The date lies after the extract's own date: correct the cell or the extract's as_of.",
    Reason.MISSING_AS_OF: "Give the row's date, or a date for the whole extract in the mapping's 'as_of'.",
}

SCHEMA = pa.schema(
    [
        ("part", pa.string()),
        ("row", pa.int64()),
        ("subject_id", pa.string()),
        ("column", pa.string()),
        ("fact", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("next_step", pa.string()),
    ]
)
"""One record per bad cell. `row` counts an extract's data rows from 1 within its `part` (file)."""


class Quarantine:
    """A quarantine.parquet that is being written, with the count of records by reason.

    A context manager: the file is complete when the block ends.
    """

    def __init__(self, file: Path) -> None:
        self._writer = pq.ParquetWriter(file, SCHEMA, compression="zstd")
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(
        self,
        reason: Reason,
        *,
        part: str,
        rows: npt.NDArray[np.int64],
        subjects: pa.Array,
        column: str,
        fact: str | None,
        values: pa.Array,
    ) -> None:
        """Write one record per element of the equally long `rows`, `subjects` and `values`."""
        count = len(rows)

        def same(text: str | None) -> pa.Array:
            return pa.repeat(pa.scalar(text, pa.string()), count)

        columns = [
            same(part),
            pa.array(rows, pa.int64()),
            subjects.cast(pa.string()),
            same(column),
            same(fact),
            pc.utf8_slice_codeunits(values.cast(pa.string()), 0, _LONGEST_VALUE),
            same(reason.value),
            same(NEXT_STEP[reason]),
        ]
        self.reasons[reason.value] += count
        self._writer.write_table(pa.table(columns, schema=SCHEMA))
