"""Amounts of whole columns and of one subject are the same, in every form and rounding, also over terms."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.amount import benefit_amount_fen
from domain.benefit import (
    AmountForm,
    Benefit,
    Brackets,
    Coin,
    FixedAmount,
    Period,
    PerUnit,
    Rounding,
    RoundingMode,
    Share,
    Step,
    Table,
)
from domain.errors import ProfileInvalid
from domain.facts import Audience, Value
from domain.grammar import parse_term
from domain.terms import FactRef, ParameterRef, Term
from matcher.amounts import amounts_fen
from matcher.compile import compile_policies
from tests.matcher.rules import AS_OF_DAYS, PARAMETERS, WORDS, as_of_days, many_profiles, periods, policy, table

roundings = st.builds(Rounding, st.sampled_from(Coin), st.sampled_from(RoundingMode))
operands = st.sampled_from([0, 1, 7, 15, Decimal("0.5"), Decimal("33.333"), Decimal("100.005"), ParameterRef("p")])
limits = st.none() | operands
terms: st.SearchStrategy[Term] = st.builds(
    parse_term,
    periods()
    | st.sampled_from(
        ["i1", "i2", "n1", "n1 - i1", "0.1 * n1 + param.q", "n1 / i2", "percent(i1, n1)", "(n1 - 2.5) / 3", "i1 * i1"]
    ),
)
steps = st.lists(
    st.builds(
        Step, st.sampled_from([Decimal(text) for text in ("-1", "0", "0.1", "2.1", "2.5", "3", "100")]), operands
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda step: step.from_,
).map(lambda some: tuple(sorted(some, key=lambda step: step.from_)))
forms: st.SearchStrategy[AmountForm] = st.one_of(
    st.builds(FixedAmount, operands),
    st.builds(Table, st.sampled_from(["c1", "c2"]), st.dictionaries(st.sampled_from("xyz"), operands), limits),
    st.builds(Brackets, terms, steps),
    st.builds(Share, terms, operands, limits, limits),
    st.builds(PerUnit, terms, operands, limits, limits),
)


def hold(benefit: Benefit, rows: Sequence[Mapping[str, Value]], as_of=AS_OF_DAYS[0]) -> None:
    one = policy(0, "b1", benefit.form)
    object.__setattr__(one, "benefit", benefit)
    program = compile_policies([one], WORDS, PARAMETERS, Audience.CITIZEN, as_of)
    wanted = [benefit_amount_fen(benefit, row, PARAMETERS, as_of) for row in rows]
    if max((amount or 0 for amount in wanted), default=0) > 2**62:
        with pytest.raises(ProfileInvalid, match="more money"):
            amounts_fen(program, one, table(rows))
        return
    fen, known = amounts_fen(program, one, table(rows))
    assert [int(f) if k else None for f, k in zip(fen, known, strict=True)] == wanted


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(forms, roundings, st.integers(0, 2**32), as_of_days)
def test_a_column_of_amounts_is_what_each_subject_gets(form, rounding, seed, as_of):
    hold(Benefit(form, Period.MONTH, rounding), many_profiles(seed, 40), as_of)


@pytest.mark.parametrize("mode", RoundingMode)
@pytest.mark.parametrize("to", Coin)
def test_amounts_on_and_beside_every_turning_point_are_rounded_as_decimals_are(to, mode):
    """Quantities in fen, and doubles just above and below them, whose share of 12.5 per cent turns at many of them."""
    whole = [k / 100 for k in range(2_000)]
    quantities = [near for x in whole for near in (np.nextafter(x, -1.0), x, np.nextafter(x, np.inf))]
    rows = [dict.fromkeys(table_names(), None) | {"n1": float(x)} for x in quantities]
    for percent, cap, floor in ((ParameterRef("rate"), None, None), (10, Decimal("1.5"), Decimal("0.25"))):
        hold(Benefit(Share(FactRef("n1"), percent, cap, floor), Period.ONCE, Rounding(to, mode)), rows)


def table_names() -> list[str]:
    return list(many_profiles(0, 1)[0])


def test_a_word_that_a_table_does_not_name_is_unknown_without_an_otherwise():
    one = policy(0, "b1", Table("c1", {"x": 10}))
    program = compile_policies([one], WORDS, PARAMETERS, Audience.CITIZEN, AS_OF_DAYS[0])
    fen, known = amounts_fen(program, one, pa.table({"c1": pa.array(["x", "y", None])}))
    assert (fen.tolist(), known.tolist()) == ([1_000, 0, 0], [True, False, False])


def test_a_step_between_two_doubles_is_reached_by_the_upper_one():
    step = Brackets(FactRef("n1"), (Step(Decimal("0.30000000000000001"), 5),))
    nothing = dict.fromkeys(table_names(), None)
    hold(Benefit(step, Period.ONCE), [nothing | {"n1": 0.3}, nothing | {"n1": float(np.nextafter(0.3, 1))}])


def test_a_quantity_beyond_all_money_is_refused_unless_a_cap_holds():
    rows = pa.table({"n1": pa.array([1e300, 2.0])})
    for cap, fails in ((None, True), (50, False)):
        one = policy(0, "b1", Share(FactRef("n1"), 100, cap))
        program = compile_policies([one], WORDS, PARAMETERS, Audience.CITIZEN, AS_OF_DAYS[0])
        if fails:
            with pytest.raises(ProfileInvalid, match="more money"):
                amounts_fen(program, one, rows)
        else:
            assert amounts_fen(program, one, rows)[0].tolist() == [5_000, 200]


def test_an_empty_table_has_no_amounts():
    for form in (FixedAmount(5), Share(FactRef("n1"), 15), Table("c1", {"x": 1}), Brackets(FactRef("n1"), ())):
        hold(Benefit(form, Period.ONCE), [])
