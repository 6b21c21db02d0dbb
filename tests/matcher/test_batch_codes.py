"""Codes that another hand, another version or a broken disk left are refused, never matched as if they were right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import DataDamaged
from matcher.batch.coded import CodedColumn, CodedTable
from matcher.coding import Coding

CODES = pa.array([1, 2], pa.uint8())


def kept(codes: pa.Array, coding: bytes = b'{"cuts": ["0x1p+1"], "words": null, "whole": true}') -> pa.Table:
    field = pa.field("i1", codes.type, metadata={b"duixian.coding": coding})
    return pa.table([codes], schema=pa.schema([field]))


def test_a_table_of_codes_that_does_not_say_what_they_mean_is_refused():
    assert CodedTable.from_arrow(kept(CODES)).columns["i1"].coding == Coding((2.0,), whole=True)
    with pytest.raises(DataDamaged, match="'i1' does not say what its codes mean"):
        CodedTable.from_arrow(pa.table({"i1": CODES}))


@pytest.mark.parametrize(
    "written",
    [
        b"{",
        b"{}",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"cuts": ["zz"]}',
        b'{"cuts": ["zz"], "words": null, "whole": true}',
        b'{"cuts": [2], "words": null, "whole": true}',
        b'{"cuts": ["0x1p+99999"], "words": null, "whole": true}',
        b'{"cuts": ["nan"], "words": null, "whole": true}',
        b'{"cuts": ["0x1p+2", "0x1p+1"], "words": null, "whole": true}',
        b'{"cuts": ["0x1p+1", "0x1p+1"], "words": null, "whole": true}',
        b'{"cuts": ["0x1p+1"], "words": null, "whole": "no"}',
        b'{"cuts": ["0x1p+1"], "words": ["x"], "whole": false}',
        b'{"cuts": [], "words": "xy", "whole": false}',
        b'{"cuts": [], "words": [1], "whole": false}',
        b'{"cuts": [], "words": ["x", "x"], "whole": false}',
    ],
    ids=lambda written: written[:60].decode(errors="replace"),
)
def test_codes_whose_meaning_is_damaged_are_refused(written):
    with pytest.raises(DataDamaged, match="'i1' does not say what its codes mean"):
        CodedTable.from_arrow(kept(CODES, written))


def test_more_codes_than_two_bytes_hold_are_refused():
    cuts = ", ".join(f'"{float(cut).hex()}"' for cut in range(65_534))
    with pytest.raises(DataDamaged, match="'i1' does not say what its codes mean"):
        CodedTable.from_arrow(kept(CODES, f'{{"cuts": [{cuts}], "words": null, "whole": true}}'.encode()))


@pytest.mark.parametrize(
    "codes",
    [
        CODES.cast(pa.uint16()),
        CODES.cast(pa.int8()),
        CODES.cast(pa.float64()),
        CODES.cast(pa.string()),
        pa.array([1, None], pa.uint8()),
        pa.nulls(2),
    ],
    ids=str,
)
def test_codes_of_another_width_or_with_nulls_are_refused(codes):
    with pytest.raises(DataDamaged, match=r"column 'i1' holds .*, not codes of uint8 without nulls"):
        CodedTable.from_arrow(kept(codes))


def test_a_table_with_the_same_codes_twice_is_refused():
    one = kept(CODES)
    with pytest.raises(DataDamaged, match="more than one column 'i1'"):
        CodedTable.from_arrow(pa.table([CODES, CODES], schema=pa.schema([one.schema.field(0)] * 2)))


@pytest.mark.parametrize(
    "codes",
    [np.zeros(2, np.uint8), np.zeros(4, np.uint8), np.zeros((3, 2), np.uint8), np.zeros(3, np.uint16), np.zeros(3)],
    ids=lambda codes: f"{codes.dtype}{codes.shape}",
)
def test_coded_columns_of_another_length_or_width_are_refused(codes):
    CodedTable(3, {"i1": CodedColumn(Coding((2.0,)), np.zeros(3, np.uint8))})
    with pytest.raises(DataDamaged, match=r"column 'i1' holds .*, not 3 codes of uint8"):
        CodedTable(3, {"i1": CodedColumn(Coding((2.0,)), codes)})
