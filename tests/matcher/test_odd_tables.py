"""Tables that hold the same facts in another shape, or not quite."""

from collections.abc import Mapping

import pyarrow as pa
import pytest

from domain.errors import ProfileInvalid
from domain.facts import Audience, Value
from domain.policy import NoMoney
from matcher.batch import match_table
from matcher.compile import Program, compile_policies
from matcher.online import match_profile
from tests.matcher.rules import DAY, FACTS, PARAMETERS, WORDS, policy, table

RULE = {"all": ["i1 >= 65", "c1 in [x, y]", {"not": "b1"}]}
UNKNOWN: dict[str, Value] = dict.fromkeys(FACTS)
ROWS: list[Mapping[str, Value]] = [
    UNKNOWN | {"i1": 65, "c1": "x", "b1": False},
    UNKNOWN | {"i1": 64, "c1": "x", "b1": False},
    UNKNOWN | {"i1": None, "c1": "y", "b1": False},
    UNKNOWN | {"i1": 2**62 + 1, "c1": "y", "b1": None},
    UNKNOWN | {"i1": -(2**63), "c1": None, "b1": True},
]


@pytest.fixture
def program() -> Program:
    return compile_policies([policy(0, RULE, NoMoney())], WORDS, PARAMETERS, Audience.CITIZEN, DAY)


def test_whole_numbers_that_no_double_holds_are_matched_as_for_one_profile(program: Program) -> None:
    found = match_table(program, table(ROWS))
    alone = [match_profile(program, row)[0].verdict.value for row in ROWS]
    pairs = zip(*found_of(found), strict=True)
    assert ["eligible" if true else "unknown" if possible else "ineligible" for true, possible in pairs] == alone
    assert alone == ["eligible", "ineligible", "unknown", "unknown", "ineligible"]


def test_chunks_and_slices_change_no_verdict(program: Program) -> None:
    whole = table(ROWS)
    pieces = pa.concat_tables([whole.slice(0, 0), whole.slice(0, 2), whole.slice(2, 1), whole.slice(3)])
    assert found_of(match_table(program, pieces)) == found_of(match_table(program, whole))
    assert match_table(program, whole.slice(0, 0)).all_true().shape == (1, 0)


def test_a_column_given_twice_is_refused(program: Program) -> None:
    doubled = table(ROWS).append_column("i1", pa.array([1] * len(ROWS)))
    with pytest.raises(ProfileInvalid, match="2 columns 'i1'"):
        match_table(program, doubled)


def found_of(verdicts) -> tuple[list[bool], list[bool]]:
    return verdicts.true(0).tolist(), (verdicts.true(0) | verdicts.unknown(0)).tolist()
