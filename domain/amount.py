"""What a benefit comes to for one subject, in integer fen.

Amounts are worked out in decimal yuan and rounded half up to the fen, once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from domain.errors import UnknownParameter
from domain.facts import Value
from domain.policy import Benefit, Brackets, FixedAmount, NoMoney, Operand, Period, PerUnit, Share
from domain.terms import ParameterRef

PERIODS_PER_YEAR = {Period.ONCE: 1, Period.YEAR: 1, Period.MONTH: 12}


def benefit_amount_fen(benefit: Benefit, facts: Mapping[str, Value], parameters: Mapping[str, Decimal]) -> int | None:
    """The amount of one period in fen; 0 where no money moves, None where a needed fact is unknown."""
    match benefit.form:
        case NoMoney():
            return 0
        case FixedAmount(amount=amount):
            return _fen(operand_yuan(amount, parameters))
        case Brackets(fact=fact, steps=steps):
            quantity = _quantity(facts.get(fact))
            if quantity is None:
                return None
            reached = [step for step in steps if step.from_ <= quantity]
            return _fen(operand_yuan(reached[-1].amount, parameters)) if reached else 0
        case Share(fact=fact) | PerUnit(fact=fact):
            quantity = _quantity(facts.get(fact))
            if quantity is None:
                return None
            rate, cap = proportional_terms(benefit.form, parameters)
            amount = max(quantity, Decimal(0)) * rate
            return _fen(amount if cap is None else min(amount, cap))


def proportional_terms(form: Share | PerUnit, parameters: Mapping[str, Decimal]) -> tuple[Decimal, Decimal | None]:
    """Yuan for each unit of the fact, and the cap in yuan if there is one."""
    rate = (
        operand_yuan(form.percent, parameters) / 100
        if isinstance(form, Share)
        else operand_yuan(form.amount, parameters)
    )
    return rate, None if form.cap is None else operand_yuan(form.cap, parameters)


def yearly_fen(benefit: Benefit, amount_fen: int) -> int:
    """What `amount_fen` a period comes to in a year; a single payment counts once."""
    return amount_fen * PERIODS_PER_YEAR[benefit.period] if benefit.period else amount_fen


def benefit_operands(benefit: Benefit) -> Iterator[Operand]:
    """All amounts, shares and caps that a benefit names."""
    match benefit.form:
        case FixedAmount(amount=amount):
            yield amount
        case Brackets(steps=steps):
            for step in steps:
                yield step.amount
        case Share(percent=percent, cap=cap):
            yield percent
            if cap is not None:
                yield cap
        case PerUnit(amount=amount, cap=cap):
            yield amount
            if cap is not None:
                yield cap


def benefit_fact(benefit: Benefit) -> str | None:
    """The fact on which the amount rests, if any."""
    form = benefit.form
    return form.fact if isinstance(form, Brackets | Share | PerUnit) else None


def operand_yuan(operand: Operand, parameters: Mapping[str, Decimal]) -> Decimal:
    """An amount, share or cap as it stands on the day; raises UnknownParameter."""
    if isinstance(operand, ParameterRef):
        if operand.name not in parameters:
            raise UnknownParameter(operand.name)
        return parameters[operand.name]
    if isinstance(operand, bool) or not isinstance(operand, int | Decimal):
        raise TypeError(f"an amount must be a number, not {operand!r}; the loader lets none other through")
    return Decimal(operand)


def _quantity(value: Value) -> Decimal | None:
    # repr gives the shortest decimal that reads back as the same double: 0.1 stays 0.1.
    return None if not isinstance(value, int | float) else Decimal(repr(value))


def _fen(yuan: Decimal) -> int:
    return int((yuan * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
