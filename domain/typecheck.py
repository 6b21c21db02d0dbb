"""Whether a clause makes sense: known names, fitting types, equal units, existing category words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from domain.errors import DuixianError, TypeMismatch, UnitMismatch, UnknownFact, UnknownParameter
from domain.expression import Clause, Compare, Literal, OneOf, ParameterRef
from domain.facts import NUMERIC, ORDERED, Audience, FactDefinition, FactType, Vocabulary


def clause_errors(
    clause: Clause, vocabulary: Vocabulary, audience: Audience, parameter_units: Mapping[str, str]
) -> Iterator[DuixianError]:
    """Everything wrong with one clause; `parameter_units` maps each parameter's name to its unit."""
    try:
        fact = vocabulary.fact(audience, clause.fact)
    except UnknownFact as error:
        yield error
        return
    if isinstance(clause.test, Compare):
        symbol = clause.test.operator
        if symbol not in ("==", "!=") and fact.type not in ORDERED:
            yield _type_error(clause, fact, f"has no order, so {symbol!r} means nothing", "Use ==, != or 'in'.")
            return
    elif not isinstance(clause.test, OneOf) and fact.type not in ORDERED:
        yield _type_error(clause, fact, "has no order, so 'between' means nothing", "Use == or 'in'.")
        return
    for operand in clause.operands():
        if isinstance(operand, ParameterRef):
            yield from _parameter_errors(clause, fact, operand.name, parameter_units)
        else:
            yield from _literal_errors(clause, fact, operand)


def _parameter_errors(
    clause: Clause, fact: FactDefinition, name: str, units: Mapping[str, str]
) -> Iterator[DuixianError]:
    if name not in units:
        near = get_close_matches(name, units, n=1)
        yield UnknownParameter(name, did_you_mean=near[0] if near else None)
    elif fact.type not in NUMERIC:
        yield _type_error(clause, fact, "is not a number, but is compared with a parameter", "Use a literal.")
    elif units[name] != fact.unit:
        yield UnitMismatch(
            f"In {clause.text!r} the fact {fact.name!r} is in {fact.unit}, the parameter {name!r} in {units[name]}.",
            next_step="Compare like with like: use a parameter in the fact's unit.",
            fact=fact.name,
            parameter=name,
        )


def _literal_errors(clause: Clause, fact: FactDefinition, literal: Literal) -> Iterator[DuixianError]:
    is_number = isinstance(literal, int | Decimal) and not isinstance(literal, bool)
    match fact.type:
        case FactType.BOOLEAN:
            fits, wanted = isinstance(literal, bool), "true or false"
        case FactType.DATE:
            fits, wanted = isinstance(literal, date), "a date, YYYY-MM-DD"
        case FactType.CATEGORY:
            fits, wanted = literal in fact.categories, f"one of: {', '.join(fact.categories)}"
        case _:
            fits, wanted = is_number, "a number"
    if not fits:
        shown = str(literal).lower() if isinstance(literal, bool) else str(literal)
        yield _type_error(clause, fact, f"is compared with {shown!r}", f"Use {wanted}.")


def _type_error(clause: Clause, fact: FactDefinition, fault: str, next_step: str) -> TypeMismatch:
    return TypeMismatch(
        f"In {clause.text!r} the fact {fact.name!r} ({fact.type}) {fault}.",
        next_step=next_step,
        fact=fact.name,
        clause=clause.text,
    )
