"""A clause as a row to fill in: a fact, how it is measured, an operator, and what it is compared with.

Not every clause fits: what is worked out from several facts, say, stays a line of text. A row remembers how its clause
was written, and as long as it still says the same, that is how it is written again.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.errors import ClauseSyntax
from domain.expression import Between, Clause, Compare, OneOf, Within
from domain.grammar import WORDS_OF_THE_GRAMMAR, parse_clause
from domain.terms import ARITY, PERIODS, AsOf, Call, Constant, FactRef, Literal, ParameterRef, Term

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
LISTS = ("in", "not in", "within", "not within")
OPERATORS = ("true", "false", *COMPARISONS, "between", *LISTS)
MEASURES = tuple(name for name, period in PERIODS.items() if ARITY[name] == 1 and period.ends != "between")
"""What turns a date into a number: completed years, months or days since it, or until it."""
_LONE_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Operand:
    """What is compared with; `kind`: number, date, word (as typed), param, fact (a name), today (the as-of date)."""

    kind: str
    text: str = ""


@dataclass(frozen=True)
class Row:
    """`operands`: one for a comparison, two for `between`, any number for lists, none for `true` and `false`."""

    fact: str = ""
    measure: str = ""
    operator: str = ""
    operands: tuple[Operand, ...] = ()
    written: str = ""


def row_of(clause: Clause) -> Row | None:
    """The row that says what `clause` says; None where none does."""
    match clause.left:
        case FactRef(name=name):
            fact, measure = name, ""
        case Call(function=function, arguments=(FactRef(name=name),)) if function in MEASURES:
            fact, measure = name, function
        case _:
            return None
    empty = Row(fact, measure, written=clause.text)
    operator, terms = _test(clause)
    if operator == "==" and isinstance(terms[0], Constant) and isinstance(terms[0].value, bool):
        return replace(empty, operator="true" if terms[0].value else "false")
    operands = [_operand_of(term) for term in terms]
    known = tuple(one for one in operands if one is not None)
    return replace(empty, operator=operator, operands=known) if len(known) == len(operands) else None


def _test(clause: Clause) -> tuple[str, tuple[Term, ...]]:
    """The operator and what stands on its right."""
    operands = clause.operands()
    match clause.test:
        case Compare(operator=symbol):
            return symbol, operands
        case Between():
            return "between", operands
        case OneOf(negated=negated):
            return "not in" if negated else "in", operands
        case Within(negated=negated):
            return "not within" if negated else "within", operands


def clause_text(row: Row) -> str:
    """The row as a clause; where it is not filled in, as far as it goes, which the grammar then refuses."""
    if row.written and _same(row, row.written):
        return row.written
    if not row.fact:
        return ""
    left = f"{row.measure}({row.fact})" if row.measure else row.fact
    match row.operator:
        case "true":
            return left
        case "false":
            return f"{left} == false"
        case "between":
            low, high = (*row.operands, Operand("number"), Operand("number"))[:2]
            return f"{left} between {_written(low)} and {_written(high)}"
        case "within" | "not within":
            places = [operand.text for operand in row.operands]
            return f"{left} {row.operator} {places[0] if len(places) == 1 else '[' + ', '.join(places) + ']'}"
        case "in" | "not in":
            return f"{left} {row.operator} [{', '.join(_written(one) for one in row.operands)}]"
        case _:
            right = _written(row.operands[0], lone=row.operator in ("==", "!=")) if row.operands else ""
            return f"{left} {row.operator or '=='} {right}".rstrip()


def number_text(typed: str) -> str:
    """A number as people type it (１０，０００; 10,000) as the grammar writes it; anything else as it is."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    return plain.replace(",", "") if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain) else plain


def _same(row: Row, written: str) -> bool:
    try:
        return row_of(parse_clause(written)) == row
    except ClauseSyntax:
        return False


def _operand_of(term: Term) -> Operand | None:
    match term:
        case Constant(value=value):
            return _literal(value)
        case ParameterRef(name=name):
            return Operand("param", name)
        case FactRef(name=name):
            return Operand("fact", name)
        case AsOf():
            return Operand("today")
    return None


def _literal(value: Literal) -> Operand | None:
    match value:
        case bool():
            return None
        case int():
            return Operand("number", str(value))
        case Decimal():
            return Operand("number", f"{value:f}")
        case date():
            return Operand("date", value.isoformat())
        case str():
            return Operand("word", value)


def _written(operand: Operand, *, lone: bool = True) -> str:
    """`lone`: a word alone is a word here, and not the name of a fact."""
    match operand.kind:
        case "param":
            return f"param.{operand.text}"
        case "fact":
            return f"fact.{operand.text}"
        case "today":
            return "as_of"
        case "word":
            plain = lone and _LONE_WORD.fullmatch(operand.text) and operand.text not in WORDS_OF_THE_GRAMMAR
            return operand.text if plain else f'"{operand.text}"'
        case _:
            return operand.text
