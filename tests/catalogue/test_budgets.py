from datetime import date

import pytest

from catalogue.budgets import BudgetReader
from catalogue.loader import DEFAULT_ROOT, load_vocabulary
from catalogue.yaml_positions import Page
from domain.benefit import Period
from domain.budget import Budget, FirstCome, Lottery, NeedOrder
from domain.facts import Audience, Vocabulary
from domain.terms import FactRef


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(DEFAULT_ROOT)


def read(text: str, vocabulary: Vocabulary) -> tuple[Budget | None, list[str]]:
    page = Page("draft.yaml", text)
    assert page.root is not None
    budget = BudgetReader(page, vocabulary, Audience.CITIZEN, {"line": "cny"}).read(page.root)
    return budget, [str(problem) for problem in page.problems]


def test_a_cap_alone_is_of_each_year_first_come_with_a_waiting_list(vocabulary: Vocabulary) -> None:
    assert read("cap_cny: 50000000", vocabulary) == (
        Budget(5_000_000_000, None, None, Period.YEAR, FirstCome(), waiting_list=True),
        [],
    )


def test_everything_can_be_said(vocabulary: Vocabulary) -> None:
    budget, problems = read(
        "{cap_cny: 0.01, places: 3, period: month, year: 2026, waiting_list: false, order:"
        " {need: {of: household_income_per_person_cny_month, first: smallest, closes_on: 2026-03-31}}}",
        vocabulary,
    )

    assert problems == []
    order = NeedOrder(FactRef("household_income_per_person_cny_month"), True, date(2026, 3, 31))
    assert budget == Budget(1, 2026, 3, Period.MONTH, order, waiting_list=False)


def test_a_lottery_says_where_its_seed_will_come_from(vocabulary: Vocabulary) -> None:
    text = "{places: 9, order: {lottery: {seed_from: {zh: 开奖号码, en: The numbers drawn}, closes_on: 2026-03-31}}}"
    budget, problems = read(text, vocabulary)

    assert problems == []
    assert budget is not None
    assert isinstance(budget.rationing, Lottery)
    assert budget.rationing.seed_from.en == "The numbers drawn"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{year: 2026}", "limits nothing"),
        ("{cap_cny: 0}", "positive amount"),
        ("{cap_cny: 0.001}", "whole fen"),
        ("{places: 0}", "not between 1"),
        ("{places: 1, year: 26}", "not between 1949"),
        ("{places: 1, order: loterry}", "loterry"),
        ("{places: 1, order: {first_come: 1}}", "An order is"),
        ("{places: 1, order: {need: {of: sex, first: smallest, closes_on: 2026-03-31}}}", "needs a number"),
        ("{places: 1, order: {need: {of: household_sise, first: smallest, closes_on: 2026-03-31}}}", "household_size"),
        ("{places: 1, order: {need: {of: household_size, first: least, closes_on: 2026-03-31}}}", "'smallest'"),
        ("{places: 1, waiting_list: 3}", "true or false"),
        ("{places: 1, cap: 3}", "cap"),
    ],
)
def test_what_cannot_be_is_reported_with_its_place(vocabulary: Vocabulary, text: str, words: str) -> None:
    _, problems = read(text, vocabulary)

    assert problems
    assert problems[0].startswith("draft.yaml:1:")
    assert words in " ".join(problems)
