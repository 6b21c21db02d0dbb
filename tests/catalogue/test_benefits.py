"""Benefits as files say them: every form read, and faults told where they stand."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from catalogue.loader import load_catalogue, parameter_names
from domain.benefit import Benefit, Brackets, Coin, Period, PerUnit, Rounding, RoundingMode, Share, Step, Table
from domain.errors import CatalogueInvalid
from domain.grammar import parse_term
from domain.terms import FactRef, ParameterRef

POLICY_PATH = "policies/citizen/elderly_care/bus-pass.yaml"


@pytest.fixture
def read(root: Path):
    """The benefit of the small catalogue's policy with another text in its place."""

    def benefit(text: str) -> Benefit:
        path = root / POLICY_PATH
        whole = re.sub(r"benefit:\n(  .*\n)+", f"benefit:\n{text}", path.read_text(), count=1)
        path.write_text(whole.replace("amount_cny: 20", "amount_cny: null"))
        return load_catalogue(root).policy("bus-pass").benefit

    return benefit


@pytest.mark.parametrize(
    ("text", "benefit"),
    [
        (
            "  period: month\n  share: {of: wage_cny_month - rent_cny_month, percent: 20, floor: 50, cap: 900}\n",
            Benefit(Share(parse_term("wage_cny_month - rent_cny_month"), 20, 900, 50), Period.MONTH),
        ),
        (
            "  period: month\n  share: {fact: rent_cny_month, percent: 20}\n  rounding: {to: yuan, mode: down}\n",
            Benefit(Share(FactRef("rent_cny_month"), 20), Period.MONTH, Rounding(Coin.YUAN, RoundingMode.DOWN)),
        ),
        (
            "  period: once\n  per_unit: {of: years_since(birth_date), amount: 10, floor: 100}\n",
            Benefit(PerUnit(parse_term("years_since(birth_date)"), 10, None, 100), Period.ONCE),
        ),
        (
            "  period: month\n  table:\n    fact: pension\n    amounts: {employee: 10, resident: param.bus_cny_month}\n"
            "    otherwise: 0\n",
            Benefit(Table("pension", {"employee": 10, "resident": ParameterRef("bus_cny_month")}, 0), Period.MONTH),
        ),
        (
            "  period: month\n  table: {fact: sex, amounts: {male: 1, female: 2.5}}\n",
            Benefit(Table("sex", {"male": 1, "female": Decimal("2.5")}), Period.MONTH),
        ),
        (
            "  period: month\n  brackets: {of: wage_cny_month / 2, steps: [{from: 0, amount: 5}]}\n",
            Benefit(Brackets(parse_term("wage_cny_month / 2"), (Step(Decimal(0), 5),)), Period.MONTH),
        ),
    ],
)
def test_every_form_is_read(read, text, benefit):
    assert read(text) == benefit


def test_a_parameter_that_a_quantity_reads_is_the_policys(read, root):
    read("  period: once\n  per_unit: {of: age_years - param.bus_age_years, amount: 10}\n")
    assert "bus_age_years" in parameter_names(load_catalogue(root).policy("bus-pass"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  period: month\n  share: {percent: 20}\n", "must rest on one quantity"),
        ("  period: month\n  share: {fact: rent_cny_month, of: rent_cny_month, percent: 2}\n", "rest on one quantity"),
        ("  period: month\n  share: {of: rent_cny_month +, percent: 20}\n", "cannot be read at column"),
        ("  period: month\n  share: {of: rent_cny_mont, percent: 20}\n", "Did you mean 'rent_cny_month'"),
        ("  period: month\n  share: {of: birth_date, percent: 20}\n", "an amount needs a number"),
        ("  period: month\n  share: {of: rent_cny_month * 12 * age_years, percent: 20}\n", "cannot rest on this"),
        ("  period: month\n  share: {of: rent_cny_month + age_years, percent: 20}\n", "with"),
        ("  period: month\n  share: {of: rent_cny_month - param.no, percent: 20}\n", "There is no parameter 'no'"),
        ("  period: month\n  per_unit: {of: rent_cny_month / 2, amount: 20}\n", "cannot rest on this"),
        ("  period: month\n  share: {fact: rent_cny_month, percent: 20, floor: 5, cap: 4}\n", "lies above the cap"),
        ("  period: month\n  share: {fact: rent_cny_month, percent: 20, floor: -5}\n", "cannot be negative"),
        ("  period: month\n  table: {fact: sex, amounts: {male: 1}}\n", "says nothing of: female"),
        ("  period: month\n  table: {fact: sex, amounts: {male: 1, femal: 2}, otherwise: 0}\n", "no category 'femal'"),
        ("  period: month\n  table: {fact: age_years, amounts: {a: 1}}\n", "Use a fact with categories"),
        ("  period: month\n  amount: 5\n  rounding: {to: jiao, mode: down}\n", "jiao"),
        ("  period: month\n  amount: 5\n  rounding: {to: fen, mode: even}\n", "even"),
        ("  period: month\n  amount: 5\n  rounding: {to: fen}\n", "mode"),
        ("  none: true\n  rounding: {to: fen, mode: up}\n", "without money has no rounding"),
    ],
)
def test_a_benefit_that_makes_no_sense_is_refused(read, text, says):
    with pytest.raises(CatalogueInvalid) as caught:
        read(text)
    assert any(says in str(problem) for problem in caught.value.problems), caught.value
