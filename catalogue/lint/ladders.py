"""Steps of a ladder and rows of a table that nobody can reach, and ladders that turn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from catalogue.lint.findings import Finding, Severity
from catalogue.lint.reading import Reading
from catalogue.lint.search import Demand
from catalogue.lint.values import Interval, Numbers, Values, Words
from catalogue.lint.wording import named_range, plain
from domain.amount import operand_yuan
from domain.benefit import Brackets, Table
from domain.facts import Label
from domain.terms import FactRef, Term


def step_findings(reading: Reading, form: Brackets) -> Iterator[Finding]:
    """Raises UnknownParameter for an amount without a value on the day."""
    starts = [float(step.from_) for step in form.steps]
    for index, (low, high) in enumerate(pairwise([*starts, math.inf])):
        span = Interval(low, high, low_in=True)
        demands = _reaching(reading, form.quantity, Numbers.of([span]))
        if reading.search.impossible(demands):
            at = named_range(form.quantity, span, reading.vocabulary, reading.facts)
            yield reading.finding(
                "step-never-reached",
                Severity.NOTE if reading.rests_on_values(demands) else Severity.WARNING,
                None,
                ("benefit", "brackets", "steps", index),
                Label(
                    f"阶梯中“{at.zh}”一档没有人能用到：规则不接纳这样的对象。",
                    f"Nobody reaches the step '{at.en}': the rule admits no such subject.",
                ),
                Label("请删去这一档，或放宽规则。", "Remove the step, or widen the rule."),
            )
    yield from _turns(reading, form)


def _turns(reading: Reading, form: Brackets) -> Iterator[Finding]:
    """One step that falls where all others rise, or the other way round: two amounts may be swapped."""
    amounts = [operand_yuan(step.amount, reading.parameters) for step in form.steps]
    moves = [(index, after > before) for index, (before, after) in enumerate(pairwise(amounts), 1) if after != before]
    for rising in (True, False):
        odd = [index for index, rises in moves if rises is rising]
        if len(odd) != 1 or len(moves) < 3:
            continue
        [index] = odd
        span = Interval(float(form.steps[index].from_), low_in=True)
        at = named_range(form.quantity, span, reading.vocabulary, reading.facts)
        before, after = plain(amounts[index - 1]), plain(amounts[index])
        one, others = ("升", "逐级下降") if rising else ("降", "逐级上升")
        one_en, others_en = ("rises", "fall") if rising else ("falls", "rise")
        yield reading.finding(
            "ladder-turns",
            Severity.NOTE,
            None,
            ("benefit", "brackets", "steps", index),
            Label(
                f"“{at.zh}”一档的金额由{before}元{one}到{after}元，而其余各档{others}。",
                f"At the step '{at.en}' the amount {one_en} from {before} to {after} yuan, where all others"
                f" {others_en}.",
            ),
            Label("请核对这两档的金额是否写反。", "See whether the amounts of the two steps were swapped."),
        )


def row_findings(reading: Reading, form: Table) -> Iterator[Finding]:
    """Amounts for words that the rule excludes. A zero there is no fault: a table has to say something of each word.

    Raises UnknownParameter for an amount without a value on the day.
    """
    fact = reading.facts[form.fact]
    rows = {word: amount for word, amount in form.amounts.items() if word in fact.categories}
    for word, amount in rows.items():
        wanted = _reaching(reading, FactRef(form.fact), Words(frozenset({word})))
        if operand_yuan(amount, reading.parameters) > 0 and reading.search.impossible(wanted):
            label = fact.categories[word]
            yield reading.finding(
                "row-never-reached",
                Severity.NOTE if reading.rests_on_values(wanted) else Severity.WARNING,
                word,
                ("benefit", "table", "amounts", word),
                Label(
                    f"表中“{label.zh}”一行有金额，却没有人能用到：规则不接纳这样的对象。",
                    f"The table's row {label.en!r} gives an amount that nobody gets: the rule admits no such subject.",
                ),
                Label("请放宽规则，或删去这一行。", "Widen the rule, or remove the row."),
            )
    if form.otherwise is not None and len(rows) == len(fact.categories):
        yield reading.finding(
            "row-never-reached",
            Severity.NOTE,
            "otherwise",
            ("benefit", "table", "otherwise"),
            Label(
                "otherwise 用不到：每一类在表中都已有金额。",
                "'otherwise' is never used: every word has a row of its own.",
            ),
            Label("请删去 otherwise。", "Remove 'otherwise'."),
        )


def _reaching(reading: Reading, quantity: Term, values: Values) -> list[Demand]:
    """To be admitted with a quantity of `values`."""
    return [(reading.policy.eligibility, True), (reading.search.reader.atom_of(quantity, values), True)]
