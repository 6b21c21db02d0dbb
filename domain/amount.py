"""What a benefit comes to for one subject, in integer fen.

A quantity is worked out in doubles, as for a clause, and read as the shortest decimal that is that double; from there
on amounts are decimal yuan, rounded once, at the end, as the benefit says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from domain.benefit import (
    Benefit,
    Brackets,
    FixedAmount,
    NoMoney,
    Operand,
    Period,
    PerUnit,
    Share,
    Table,
)
from domain.errors import UnknownParameter
from domain.facts import Value
from domain.terms import FactRef, ParameterRef, Term, fact_names, parts, value_of

PERIODS_PER_YEAR = {Period.ONCE: 1, Period.YEAR: 1, Period.MONTH: 12}


def benefit_amount_fen(
    benefit: Benefit, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date
) -> int | None:
    """The amount of one period in fen; 0 where no money moves, None where something needed is unknown."""
    if isinstance(benefit.form, NoMoney):
        return 0
    if isinstance(benefit.form, FixedAmount):
        return benefit.rounding.fen(operand_yuan(benefit.form.amount, parameters))
    if isinstance(benefit.form, Table):
        return table_fen(benefit, facts.get(benefit.form.fact), parameters)
    value = value_of(benefit.form.quantity, facts, parameters, as_of)
    return None if not isinstance(value, float) else quantity_fen(benefit, value, parameters)


def table_fen(benefit: Benefit, word: Value, parameters: Mapping[str, Decimal]) -> int | None:
    """The amount for one word of a table's fact; None where the word is unknown or the table says nothing of it."""
    assert isinstance(benefit.form, Table)
    amount = benefit.form.amounts.get(word, benefit.form.otherwise) if isinstance(word, str) else None
    return None if amount is None else benefit.rounding.fen(operand_yuan(amount, parameters))


def quantity_fen(benefit: Benefit, quantity: float, parameters: Mapping[str, Decimal]) -> int:
    """The amount for a known quantity of brackets, a share or an amount for each unit."""
    form = benefit.form
    # repr gives the shortest decimal that reads back as the same double: 0.1 stays 0.1.
    exact = Decimal(repr(quantity))
    if isinstance(form, Brackets):
        reached = [step for step in form.steps if step.from_ <= exact]
        return benefit.rounding.fen(operand_yuan(reached[-1].amount, parameters)) if reached else 0
    assert isinstance(form, Share | PerUnit)
    terms = proportional_terms(form, parameters)
    return benefit.rounding.fen(terms.bounded(max(exact, Decimal(0)) * terms.rate))


class Proportion:
    """Yuan for each unit of the quantity, with the floor and the cap in yuan; where they cross, the cap holds."""

    def __init__(self, rate: Decimal, floor: Decimal | None, cap: Decimal | None) -> None:
        self.rate = rate
        self.floor = floor
        self.cap = cap

    def bounded(self, amount: Decimal) -> Decimal:
        lifted = amount if self.floor is None else max(amount, self.floor)
        return lifted if self.cap is None else min(lifted, self.cap)


def proportional_terms(form: Share | PerUnit, parameters: Mapping[str, Decimal]) -> Proportion:
    rate = operand_yuan(form.percent if isinstance(form, Share) else form.amount, parameters)
    floor, cap = (None if one is None else operand_yuan(one, parameters) for one in (form.floor, form.cap))
    return Proportion(rate / 100 if isinstance(form, Share) else rate, floor, cap)


def yearly_fen(benefit: Benefit, amount_fen: int) -> int:
    """What `amount_fen` a period comes to in a year; a single payment counts once."""
    return amount_fen * PERIODS_PER_YEAR[benefit.period] if benefit.period else amount_fen


def benefit_operands(benefit: Benefit) -> Iterator[Operand]:
    """All amounts, shares, floors and caps that a benefit names, and the parameters that its quantity reads."""
    form = benefit.form
    quantity = benefit_quantity(benefit)
    if quantity is not None:
        yield from (part for part in parts(quantity) if isinstance(part, ParameterRef))
    match form:
        case FixedAmount(amount=amount):
            yield amount
        case Table(amounts=amounts, otherwise=otherwise):
            yield from amounts.values()
            if otherwise is not None:
                yield otherwise
        case Brackets(steps=steps):
            for step in steps:
                yield step.amount
        case Share() | PerUnit():
            yield form.percent if isinstance(form, Share) else form.amount
            yield from (one for one in (form.floor, form.cap) if one is not None)


def benefit_quantity(benefit: Benefit) -> Term | None:
    """What the amount is worked out from: a plain fact, or a term over facts; None where it rests on none."""
    form = benefit.form
    if isinstance(form, Table):
        return FactRef(form.fact)
    return form.quantity if isinstance(form, Brackets | Share | PerUnit) else None


def benefit_facts(benefit: Benefit) -> tuple[str, ...]:
    """The facts on which the amount rests, each once."""
    quantity = benefit_quantity(benefit)
    return () if quantity is None else fact_names(quantity)


def operand_yuan(operand: Operand, parameters: Mapping[str, Decimal]) -> Decimal:
    """An amount, share or cap as it stands on the day; raises UnknownParameter."""
    if isinstance(operand, ParameterRef):
        if operand.name not in parameters:
            raise UnknownParameter(operand.name)
        return parameters[operand.name]
    if isinstance(operand, bool) or not isinstance(operand, int | Decimal):
        raise TypeError(f"an amount must be a number, not {operand!r}; the loader lets none other through")
    return Decimal(operand)
