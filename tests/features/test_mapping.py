from pathlib import Path

import pytest

from domain.errors import MappingInvalid
from domain.facts import Vocabulary
from features.mapping import load_mapping

GOOD = """\
register: population
audience: citizen
subject_id: {column: id}
as_of: {column: gxrq, format: "%Y%m%d"}
facts:
  sex: {column: xb, codes: {1: male, 2: female}}
"""


def problems(tmp_path: Path, vocabulary: Vocabulary, text: str) -> str:
    file = tmp_path / "m.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MappingInvalid) as caught:
        load_mapping(file, vocabulary)
    return str(caught.value)


def test_codes_that_yaml_reads_as_numbers_are_the_texts_of_the_extract(tmp_path: Path, vocabulary: Vocabulary) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load_mapping(file, vocabulary).facts[0].codes == {"1": "male", "2": "female"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sex:", "sexx:", ":6:3: There is no fact 'sexx' of a citizen. Did you mean 'sex'?"),
        ("population", "populatoin", "Did you mean 'population'?"),
        ("2: female", "2: femal", ":6:38: Code 2: Fact 'sex' has no category 'femal'."),
        ("sex: {", "veteran: {", "'veteran' belongs to the register 'veterans'"),
        ('"%Y%m%d"', '"%y%m%d"', "is no format of a date"),
        ("column: xb", "column: no", "Put the name into quotes"),
        ("subject_id:", "subjectid:", "Did you mean 'subject_id'?"),
        ("codes: {1: male, 2: female}", "unit: fen", "Unit 'fen' cannot become 'none'"),
        ("facts:", "absent: {sex: male}\nfacts:", "the list is not complete"),
        ("facts:", "facts:\n  sex: xb\nfacts:", ":7:1: 'facts' is given twice."),
        ("1: male, 2: female", "1: male, 1: female", ":6:38: '1' is given twice."),
        ("facts:", "csv: {delimiter: ''}\nfacts:", "'' cannot part columns"),
        ("facts:", "csv: {delimiter: '||'}\nfacts:", "'||' cannot part columns"),
        ("audience: citizen", "audience: cat", "There is no audience 'cat'"),
    ],
)
def test_a_mapping_says_what_is_wrong_in_which_line(
    tmp_path: Path, vocabulary: Vocabulary, old: str, new: str, expected: str
) -> None:
    assert expected in problems(tmp_path, vocabulary, GOOD.replace(old, new, 1))


def test_a_near_unit_is_suggested(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = GOOD.replace("population", "social_insurance").replace(
        "sex: {column: xb, codes: {1: male, 2: female}}", "wage_cny_month: {column: x, unit: wan_yaun}"
    )
    assert "Did you mean 'wan_yuan'?" in problems(tmp_path, vocabulary, text)


def test_all_problems_come_at_once(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = problems(tmp_path, vocabulary, GOOD.replace("sex:", "sexx:").replace("column: id", "col: id"))
    assert "sexx" in text
    assert "'col'" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "register: {",
        "just words",
        "as_of: 2026-02-30",
        "as_of: " + "9" * 5000,
        "facts: " + "{a: " * 20_000 + "}" * 20_000,
        "facts: &a {b: *a}",
    ],
)
def test_what_is_no_mapping_is_an_error_and_no_crash(tmp_path: Path, vocabulary: Vocabulary, text: str) -> None:
    assert "mapping" in problems(tmp_path, vocabulary, text)
