"""One profile against every policy: the same verdicts as the reference, and nothing odd let in."""

import math
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.decision import Verdict
from domain.errors import ParameterExpired, ProfileInvalid
from domain.evaluate import evaluate
from domain.facts import Audience
from matcher.compile import Program, compile_policies
from matcher.online.match import VERDICTS, OnlineMatcher, match_profile
from tests.matcher.rules import DAY, PARAMETERS, WORDS, as_of_days, many_profiles, policy, rules


def program_of(*written: object, as_of: date = DAY) -> Program:
    policies = [policy(number, rule) for number, rule in enumerate(written)]
    return compile_policies(policies, WORDS, PARAMETERS, Audience.CITIZEN, as_of)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, min_size=1, max_size=8), st.integers(0, 2**32), as_of_days)
def test_verdicts_are_those_of_the_reference(written, seed, as_of):
    program = program_of(*written, as_of=as_of)
    matcher = OnlineMatcher.of(program)
    for row in many_profiles(seed, 40):
        wanted = [Verdict.of(evaluate(one.eligibility, row, PARAMETERS, as_of)) for one in program.policies]
        assert [VERDICTS[verdict] for verdict in matcher.verdicts(row)] == wanted


def test_more_policies_than_a_word_of_bits_are_each_judged():
    written = [f"i1 >= {i}" if i % 3 else {"any": [f"i1 >= {i}", "b1"]} for i in range(200)]
    matcher = OnlineMatcher.of(program_of(*written))
    for value, b1 in product(range(-1, 201, 20), (True, False, None)):
        wanted = [2 if value >= i or (b1 and i % 3 == 0) else 1 if b1 is None and i % 3 == 0 else 0 for i in range(200)]
        assert matcher.verdicts({"i1": value, "b1": b1}).tolist() == wanted


@pytest.mark.parametrize("function", ["years_between", "months_between", "days_between"])
def test_periods_between_two_facts_are_counted_by_the_calendar(function):
    days = [
        date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1),
        date(1900, 2, 28), date(1900, 3, 1), date(2000, 2, 29), date(1850, 1, 1), date.max, date(2100, 3, 1),
    ]  # fmt: skip
    written = [f"{function}(d1, d2) {symbol} {bound}" for symbol in ("==", ">=") for bound in (0, 1, 12, 36_525, 200)]
    program = program_of(*written)
    for d1, d2 in product(days, days):
        row = {"d1": d1, "d2": d2}
        wanted = [Verdict.of(evaluate(one.eligibility, row, PARAMETERS, DAY)) for one in program.policies]
        assert [match.verdict for match in match_profile(program, row)] == wanted


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("n1", math.nan, "'n1' is nan"),
        ("n1", -math.inf, "'n1' is -inf"),
        ("n1", "3", "'n1' is '3'"),
        ("n1", True, "'n1' is True"),
        ("n1", 10**400, "'n1' is 1000"),
        ("i1", 2.0, "'i1' is 2.0"),
        ("i1", True, "'i1' is True"),
        ("i1", 10**400, "'i1' is 1000"),
        ("i1", np.int64(3), "'i1' is"),
        ("b1", 1, "'b1' is 1"),
        ("c1", "w", "'c1' has no category 'w'"),
        ("c1", 1, "'c1' is 1"),
        ("c1", ["x"], "'c1' is"),
        ("t1", 5, "'t1' is 5"),
        ("r1", "s.q", "'r1' has no category"),
        ("d1", datetime(2024, 1, 1, tzinfo=UTC), "'d1' is"),
        ("d1", "2024-01-01", "'d1' is"),
        ("d1", date(1849, 12, 31), "before 1850"),
    ],
)
def test_a_value_that_its_definition_refuses_is_refused(name, value, said):
    written = ["i1 >= 1", "n1 >= 1", "b1", "c1 == x", 't1 == "a"', "r1 within s.x", "d1 >= 2024-01-01"]
    with pytest.raises(ProfileInvalid, match=said):
        OnlineMatcher.of(program_of(*written)).verdicts({name: value})


def test_names_that_no_rule_reads_and_kindred_numbers_are_taken():
    matcher = OnlineMatcher.of(program_of("n1 >= 2", "c1 == x"))
    assert matcher.verdicts({"n1": np.float64(2.5), "c1": np.str_("x"), "i1": "no number"}).all()


def test_no_policies_give_no_verdicts():
    assert OnlineMatcher.of(program_of()).verdicts({"i1": 1}).shape == (0,)


def test_matches_are_the_eligible_and_the_possible_with_their_amounts():
    matcher = OnlineMatcher.of(program_of("i1 >= 1", "i1 >= 2", "b1"))
    found = matcher.matches({"i1": 1})
    assert [(one.policy.id, one.verdict.value, one.amount_fen) for one in found] == [
        ("policy-0", "eligible", 0),
        ("policy-2", "unknown", 0),
    ]


def test_a_programs_matcher_is_made_once():
    program = program_of("i1 >= 1")
    assert OnlineMatcher.of(program) is OnlineMatcher.of(program)


@pytest.mark.parametrize("rule", ["n1 * param.gone >= 1", "n1 >= param.gone * n2", "n1 between param.gone and n2"])
def test_a_rule_whose_parameter_has_no_value_is_not_compiled(rule):
    with pytest.raises(ParameterExpired, match="gone"):
        program_of(rule)
