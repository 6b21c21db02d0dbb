"""How the vocabulary says that a fact follows from others: a quantity, a rule, a household, another subject."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.expression import Expression, clauses
from domain.terms import ParameterRef, Term, fact_names, parts

HOUSEHOLD_ID = "household_id"
"""The id by which the population register says who lives together."""


@dataclass(frozen=True)
class FromTerm:
    """The value of a term over the subject's own facts; `text` is how it is written."""

    text: str
    term: Term


@dataclass(frozen=True)
class FromRule:
    """Whether a rule over the subject's own facts holds."""

    rule: Expression


class Aggregate(StrEnum):
    """What is asked of the members of a household: how many there are, how many a rule holds for, for any, for all."""

    SIZE = "size"
    COUNT = "count"
    ANY = "any"
    ALL = "all"


@dataclass(frozen=True)
class OfHousehold:
    """What holds for those who live together, the subject included; `rule` is None for the size alone."""

    aggregate: Aggregate
    rule: Expression | None = None


@dataclass(frozen=True)
class Linked:
    """The fact `fact` of the subject whose id the link `link` holds."""

    link: str
    fact: str


Derivation = FromTerm | FromRule | OfHousehold | Linked


def rule_of(derivation: Derivation) -> Expression | None:
    """The rule that a derivation applies, to the subject or to its household."""
    match derivation:
        case FromRule(rule=rule) | OfHousehold(rule=rule):
            return rule
        case _:
            return None


def fact_sources(derivation: Derivation) -> tuple[str, ...]:
    """The facts of the subject's own audience that a derivation reads, each once: for a household, its members'."""
    return fact_names(*_terms(derivation))


def parameter_sources(derivation: Derivation) -> tuple[str, ...]:
    """The parameters that a derivation names, each once."""
    named = (part for term in _terms(derivation) for part in parts(term))
    return tuple(dict.fromkeys(part.name for part in named if isinstance(part, ParameterRef)))


def link_id(derivation: Derivation) -> str | None:
    """The id by which a derivation finds other subjects; None where it reads the subject's own facts."""
    match derivation:
        case OfHousehold():
            return HOUSEHOLD_ID
        case Linked(link=link):
            return f"{link}_id"
        case _:
            return None


def sources(derivation: Derivation) -> tuple[str, ...]:
    """All that a derivation rests on, an id of other subjects first."""
    link = link_id(derivation)
    return (*([link] if link else ()), *fact_sources(derivation))


def _terms(derivation: Derivation) -> tuple[Term, ...]:
    if isinstance(derivation, FromTerm):
        return (derivation.term,)
    rule = rule_of(derivation)
    return () if rule is None else tuple(term for clause in clauses(rule) for term in (clause.left, *clause.operands()))
