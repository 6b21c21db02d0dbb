"""Benefits in fen, rounded once, as the benefit says."""

from datetime import date
from decimal import Decimal

import pytest

from domain.amount import benefit_amount_fen, benefit_facts, benefit_operands, yearly_fen
from domain.benefit import (
    Benefit,
    Brackets,
    Coin,
    FixedAmount,
    NoMoney,
    Period,
    PerUnit,
    Rounding,
    RoundingMode,
    Share,
    Step,
    Table,
)
from domain.grammar import parse_term
from domain.terms import FactRef, ParameterRef

DAY = date(2026, 3, 1)
AGE = FactRef("age")
LADDER = Brackets(AGE, (Step(Decimal(65), 75), Step(Decimal(70), ParameterRef("p")), Step(Decimal(80), 180)))
SHARE = Share(AGE, 15, cap=100, floor=Decimal("0.5"))


@pytest.mark.parametrize(
    ("form", "value", "fen"),
    [
        (NoMoney(), 1, 0),
        (FixedAmount(Decimal("8000.5")), None, 800_050),
        (LADDER, 64, 0),
        (LADDER, 65, 7_500),
        (LADDER, 79.9, 15_000),
        (LADDER, 80, 18_000),
        (LADDER, None, None),
        (Share(AGE, 15), 0.3, 5),  # 4.5 fen: half up
        (Share(AGE, 15, 100), 1_000_000, 10_000),
        (Share(AGE, 15), -3, 0),
        (Share(AGE, 15), None, None),
        (SHARE, -3, 50),
        (SHARE, 3.33, 50),
        (SHARE, 3.4, 51),
        (SHARE, 700, 10_000),
        (Share(AGE, 15, cap=1, floor=2), 5, 100),
        (PerUnit(AGE, 1500, 4000), 2, 300_000),
        (PerUnit(AGE, 1500, 4000), 3, 400_000),
        (PerUnit(AGE, 1500, None, 2000), 1, 200_000),
    ],
)
def test_an_amount_is_exact_to_the_fen_and_unknown_when_its_fact_is(form, value, fen):
    assert benefit_amount_fen(Benefit(form, Period.YEAR), {"age": value}, {"p": Decimal(150)}, DAY) == fen


@pytest.mark.parametrize(
    ("otherwise", "word", "fen"), [(None, "a", 1_000), (None, "b", 15_000), (None, "c", None), (7, "c", 700)]
)
def test_a_table_gives_the_amount_beside_the_word_and_otherwise_for_others(otherwise, word, fen):
    table = Benefit(Table("level", {"a": 10, "b": ParameterRef("p")}, otherwise), Period.MONTH)
    assert benefit_amount_fen(table, {"level": word}, {"p": Decimal(150)}, DAY) == fen
    assert benefit_amount_fen(table, {}, {"p": Decimal(150)}, DAY) is None


def test_an_amount_may_rest_on_a_quantity_that_is_worked_out():
    support = Benefit(Share(parse_term("rd_cny - subsidy_cny"), 30), Period.ONCE)
    assert benefit_amount_fen(support, {"rd_cny": 1000.1, "subsidy_cny": 0.1}, {}, DAY) == 30_000
    assert benefit_amount_fen(support, {"rd_cny": 100, "subsidy_cny": 400}, {}, DAY) == 0
    assert benefit_amount_fen(support, {"rd_cny": 100}, {}, DAY) is None
    assert benefit_facts(support) == ("rd_cny", "subsidy_cny")


def test_an_amount_may_rest_on_time_passed_and_on_parameters():
    months = Benefit(PerUnit(parse_term("months_since(joined_on) - param.waiting"), 10), Period.ONCE)
    assert benefit_amount_fen(months, {"joined_on": date(2025, 12, 1)}, {"waiting": Decimal(1)}, DAY) == 2_000
    assert benefit_amount_fen(months, {"joined_on": date(2026, 3, 2)}, {"waiting": Decimal(1)}, DAY) is None
    assert ParameterRef("waiting") in benefit_operands(months)


@pytest.mark.parametrize(
    ("to", "mode", "fen"),
    [
        (Coin.FEN, RoundingMode.HALF_UP, 12_346),
        (Coin.FEN, RoundingMode.UP, 12_346),
        (Coin.FEN, RoundingMode.DOWN, 12_345),
        (Coin.YUAN, RoundingMode.HALF_UP, 12_300),
        (Coin.YUAN, RoundingMode.UP, 12_400),
        (Coin.YUAN, RoundingMode.DOWN, 12_300),
    ],
)
def test_an_amount_is_rounded_as_the_benefit_says(to, mode, fen):
    benefit = Benefit(Share(AGE, 50), Period.ONCE, Rounding(to, mode))
    assert benefit_amount_fen(benefit, {"age": 246.91}, {}, DAY) == fen


def test_a_whole_amount_is_not_moved_by_rounding_up_or_down():
    for mode in RoundingMode:
        benefit = Benefit(Share(AGE, 10), Period.ONCE, Rounding(Coin.FEN, mode))
        # As doubles 0.7 * 10 / 100 lies above seven fen and 0.57 * 10 / 100 below.
        assert benefit_amount_fen(benefit, {"age": 0.7}, {}, DAY) == 7
        assert benefit_amount_fen(benefit, {"age": 5.7}, {}, DAY) == 57


def test_a_monthly_amount_comes_twelve_times_a_year():
    assert yearly_fen(Benefit(FixedAmount(75), Period.MONTH), 7_500) == 90_000
    assert yearly_fen(Benefit(FixedAmount(75), Period.ONCE), 7_500) == 7_500
