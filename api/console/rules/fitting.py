"""Which operators and operands fit which fact, and a row made to fit after its fact or operator was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api.console.rules.form import Group, Part
from api.console.rules.rows import COMPARISONS, LISTS, Operand, Row, clause_text
from domain.facts import NUMERIC, FactDefinition, FactType
from domain.terms import PERIODS
from domain.units import dimension, shown

NUMBER_OPERATORS = (">=", ">", "<=", "<", "==", "!=", "between")
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "boolean": ("true", "false"),
    "number": NUMBER_OPERATORS,
    "date": (">=", ">", "<=", "<", "==", "between"),
    "category": ("==", "!=", "in", "not in"),
    "text": ("==", "!=", "in", "not in"),
    "region": ("within", "not within"),
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "param", "fact"),
    "date": ("date", "fact", "today"),
    "category": ("word", "fact"),
    "text": ("word",),
    "region": ("word",),
}


def sort_of(fact: FactDefinition, measure: str) -> str:
    """How the quantity of a row is compared: as a boolean, number, date, category, region or text."""
    if fact.type in NUMERIC or (fact.type is FactType.DATE and measure):
        return "number"
    return fact.type.value


def operators_for(sort: str, present: str = "") -> tuple[str, ...]:
    """What is offered; what a row has already is kept, such as a list of numbers."""
    offered = _OPERATORS[sort]
    return offered if not present or present in offered else (*offered, present)


def kinds_for(sort: str, operator: str) -> tuple[str, ...]:
    """What an operand of this operator can be; lists hold values only."""
    kinds = _KINDS.get(sort, ("word",))
    return kinds[:1] if operator in LISTS else kinds


def dimension_of(unit: str) -> str:
    """What tells whether two quantities can be compared: equal text, equal dimension."""
    return shown(dimension(unit))


def unit_of(fact: FactDefinition, measure: str) -> str:
    return PERIODS[measure].unit if measure in PERIODS and fact.type is FactType.DATE else fact.unit


def fitted(part: Part, facts: Mapping[str, FactDefinition]) -> Part:
    """The form with every row that was changed made to fit its fact; what was written is left as it is."""
    if isinstance(part, Group):
        return replace(part, items=tuple(fitted(item, facts) for item in part.items))
    if not isinstance(part, Row) or (part.written and clause_text(part) == part.written):
        return part
    fact = facts.get(part.fact)
    if fact is None:
        return part
    measure = part.measure if fact.type is FactType.DATE else ""
    sort = sort_of(fact, measure)
    operator = part.operator if part.operator in operators_for(sort) else _OPERATORS[sort][0]
    return replace(part, measure=measure, operator=operator, operands=_operands(part, sort, operator, fact))


def _operands(row: Row, sort: str, operator: str, fact: FactDefinition) -> tuple[Operand, ...]:
    if operator in ("true", "false"):
        return ()
    kinds = kinds_for(sort, operator)
    fitting = [one for one in row.operands if one.kind in kinds and _may_be(one, fact, sort)]
    if operator in LISTS:
        return tuple(fitting)
    wanted = 1 if operator in COMPARISONS else 2
    return tuple([*fitting, *[Operand(kinds[0])] * wanted][:wanted])


def _may_be(operand: Operand, fact: FactDefinition, sort: str) -> bool:
    """A word of another fact's list is not taken over."""
    return operand.kind != "word" or sort == "text" or operand.text in fact.categories
