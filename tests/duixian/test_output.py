"""What commands print, in a narrow terminal and without one."""

import io

import pytest
from rich.console import Console

from duixian.cli.output import counted, table

ID = "elderly-comprehensive-allowance"


@pytest.mark.parametrize("width", [80, 160])
def test_an_id_stays_in_one_piece_and_numbers_too(width):
    shown = table("policies", "id", "title", "subjects", right=("subjects",))
    shown.add_row(ID, "经济困难的高龄、失能等老年人补贴 " * 3, "1,234,567")
    text = io.StringIO()
    Console(file=text, width=width).print(shown)
    assert f"│ {ID} │" in text.getvalue()
    assert "│ 1,234,567 │" in text.getvalue()


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 policy"), (0, "0 policies"), (36, "36 policies"), (1200, "1,200 policies")]
)
def test_one_is_not_many(count, text):
    assert counted(count, "policy", "policies") == text
