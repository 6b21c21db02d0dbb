"""Reference, online and batch agree on random rules and profiles in the whole language, unknowns included."""

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.amount import benefit_amount_fen
from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.facts import Audience
from domain.policy import NoMoney
from matcher.amounts import amounts_fen
from matcher.batch.match import match_table
from matcher.compile import compile_policies
from matcher.online.match import match_profile
from tests.matcher.rules import (
    AS_OF_DAYS,
    FACTS,
    PARAMETERS,
    WORDS,
    as_of_days,
    forms,
    many_profiles,
    policy,
    profiles,
    rules,
    table,
)

LARGE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(LARGE, max_examples=250)
@example([("i1 != 2.1", NoMoney())], dict.fromkeys(FACTS) | {"i1": 2}, 0, AS_OF_DAYS[0])  # a fraction against integers
@given(st.lists(st.tuples(rules, forms), min_size=4, max_size=10), profiles, st.integers(0, 2**32), as_of_days)
def test_reference_online_and_batch_give_the_same_verdicts_and_amounts(written, drawn, seed, as_of):
    """100 profiles for 4 to 10 rules, 250 times: at least 100,000 pairs of a policy and a profile."""
    rows = [drawn, *many_profiles(seed, 99)]
    policies = [policy(number, *parts) for number, parts in enumerate(written)]
    program = compile_policies(policies, WORDS, PARAMETERS, Audience.CITIZEN, as_of)
    columns = table(rows)
    verdicts = match_table(program, columns)
    wanted = [[evaluate(one.eligibility, row, PARAMETERS, as_of) for row in rows] for one in policies]
    batch = [
        [None if unknown else bool(true) for true, unknown in zip(*pair, strict=True)]
        for pair in zip(verdicts.all_true(), verdicts.all_unknown(), strict=True)
    ]
    assert batch == wanted
    online = [match_profile(program, row) for row in rows]
    assert [[match.verdict for match in one] for one in zip(*online, strict=True)] == [
        [Verdict.of(one) for one in row] for row in wanted
    ]
    assert np.array_equal(verdicts.counts().sum(axis=1), np.full(len(policies), len(rows)))
    for i, one in enumerate(policies):
        fen, known = amounts_fen(program, one, columns)
        amounts = [benefit_amount_fen(one.benefit, row, PARAMETERS, as_of) for row in rows]
        assert [int(f) if k else None for f, k in zip(fen, known, strict=True)] == amounts
        for j, match in enumerate(matches[i] for matches in online):
            assert match.amount_fen == (None if match.verdict is Verdict.INELIGIBLE else amounts[j])
