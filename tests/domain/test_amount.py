"""Benefits in fen, rounded once and half up."""

from decimal import Decimal

import pytest

from domain.amount import benefit_amount_fen, yearly_fen
from domain.policy import Benefit, Brackets, FixedAmount, NoMoney, Period, PerUnit, Share, Step
from domain.terms import ParameterRef

LADDER = Brackets("age", (Step(Decimal(65), 75), Step(Decimal(70), ParameterRef("p")), Step(Decimal(80), 180)))


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
        (Share("age", 15), 0.3, 5),  # 4.5 fen: half up
        (Share("age", 15, 100), 1_000_000, 10_000),
        (Share("age", 15), -3, 0),
        (Share("age", 15), None, None),
        (PerUnit("age", 1500, 4000), 2, 300_000),
        (PerUnit("age", 1500, 4000), 3, 400_000),
    ],
)
def test_an_amount_is_exact_to_the_fen_and_unknown_when_its_fact_is(form, value, fen):
    assert benefit_amount_fen(Benefit(form, Period.YEAR), {"age": value}, {"p": Decimal(150)}) == fen


def test_a_monthly_amount_comes_twelve_times_a_year():
    assert yearly_fen(Benefit(FixedAmount(75), Period.MONTH), 7_500) == 90_000
    assert yearly_fen(Benefit(FixedAmount(75), Period.ONCE), 7_500) == 7_500
