"""What is wrong between a rule and its amount: those admitted who get nothing, and limits that cross."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.ladders import row_findings, step_findings
from catalogue.lint.reading import Reading
from catalogue.lint.search import Demand
from catalogue.lint.values import Interval, Numbers, Values, Words
from catalogue.lint.witness import example_of
from catalogue.lint.wording import example, name_of, named_range, plain
from domain.amount import benefit_amount_fen, operand_yuan
from domain.benefit import Brackets, FixedAmount, NoMoney, PerUnit, Share, Table
from domain.errors import UnknownParameter
from domain.evaluate import evaluate
from domain.facts import Label, Value
from domain.terms import FactRef, Term


def amount_findings(reading: Reading) -> Iterator[Finding]:
    """All findings on the policy's amount; raises TooComplex where there is too much to read."""
    try:
        yield from _of_form(reading)
    except UnknownParameter:
        return  # a parameter without a value on the day has a finding of its own


def _of_form(reading: Reading) -> Iterator[Finding]:
    form = reading.policy.benefit.form
    match form:
        case NoMoney() | FixedAmount():
            return
        case Brackets(quantity=quantity, steps=steps):
            start = Interval(float(steps[0].from_), low_in=True)
            at = named_range(quantity, start, reading.vocabulary, reading.facts)
            why = Label(f"金额从{at.zh}起算", f"amounts begin at: {at.en}")
            yield from _for_nothing(reading, quantity, Numbers.of([start]).complement(), why, ("brackets", "steps", 0))
            yield from step_findings(reading, form)
        case Table(fact=fact, amounts=amounts, otherwise=otherwise):
            rows = {word: amounts.get(word, otherwise) for word in reading.facts[fact].categories}
            empty = [
                word
                for word, amount in rows.items()
                if amount is not None and operand_yuan(amount, reading.parameters) == 0
            ]
            why = Label("表中对应的金额为零", "the table gives them zero")
            yield from _for_nothing(reading, FactRef(fact), Words(frozenset(empty)), why, ("table",))
            yield from row_findings(reading, form)
        case Share(quantity=quantity) | PerUnit(quantity=quantity):
            name = name_of(quantity, reading.facts)
            why = Label(f"金额按{name.zh}计算", f"the amount is counted by: {name.en}")
            kind = "share" if isinstance(form, Share) else "per_unit"
            yield from _for_nothing(reading, quantity, Numbers.of([Interval(high=0.0, high_in=True)]), why, (kind,))
            yield from _limits(reading, form, kind)


def _for_nothing(reading: Reading, quantity: Term, too_little: Values, why: Label, place: Path) -> Iterator[Finding]:
    """Those whom the rule admits and the amount leaves with nothing; shown by one of them."""
    policy, parameters, day = reading.policy, reading.parameters, reading.day

    def gets_nothing(facts: Mapping[str, Value]) -> bool:
        admitted = evaluate(policy.eligibility, facts, parameters, day) is True
        return admitted and benefit_amount_fen(policy.benefit, facts, parameters, day) == 0

    low: Demand = (reading.search.reader.atom_of(quantity, too_little), True)
    facts = example_of(reading, [(policy.eligibility, True), low], gets_nothing)
    if facts is None:
        return
    who = example(facts, reading.facts)
    yield reading.finding(
        "admitted-for-nothing",
        # A share of nothing is nothing, and a zero in a table was written down; an amount that begins late was not.
        Severity.NOTE if isinstance(policy.benefit.form, Table | Share) else Severity.WARNING,
        None,
        ("benefit", *place),
        Label(
            f"有的对象符合规则，金额却是零：{why.zh}。例如：{who.zh}。",
            f"Some whom the rule admits get nothing: {why.en}. For example: {who.en}.",
        ),
        Label(
            "请让规则只接纳有金额可得的对象，或为他们补上金额。",
            "Let the rule admit only those who get something, or give these an amount.",
        ),
    )


def _limits(reading: Reading, form: Share | PerUnit, kind: str) -> Iterator[Finding]:
    if form.floor is None or form.cap is None:
        return
    floor, cap = (operand_yuan(one, reading.parameters) for one in (form.floor, form.cap))
    if floor > cap:
        yield reading.finding(
            "floor-above-cap",
            Severity.WARNING,
            None,
            ("benefit", kind, "floor"),
            Label(
                f"保底{plain(floor)}元高于封顶{plain(cap)}元，结果一律按封顶计。",
                f"The floor of {plain(floor)} yuan lies above the cap of {plain(cap)} yuan, so that all get the cap.",
            ),
            Label("请核对两个数额。", "Check the two amounts."),
        )
