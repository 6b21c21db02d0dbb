"""A rule as a tree: `all`, `any`, `not` and `at_least` over clauses, each a test on one quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.terms import Constant, FactRef, Literal, Term, fact_names, parts


@dataclass(frozen=True)
class Compare:
    operator: str
    right: Term


@dataclass(frozen=True)
class OneOf:
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True)
class Between:
    """Both ends included."""

    low: Term
    high: Term


@dataclass(frozen=True)
class Within:
    """The place is one of `regions`, or lies in one (domain/regions.py)."""

    regions: tuple[str, ...]
    negated: bool = False


Test = Compare | OneOf | Between | Within


@dataclass(frozen=True)
class Clause:
    """One leaf: a test on one quantity; `text` is how the officer wrote it."""

    text: str
    left: Term
    test: Test

    @property
    def fact(self) -> str | None:
        """The fact that is tested, if it is a fact and not worked out."""
        return self.left.name if isinstance(self.left, FactRef) else None

    def operands(self) -> tuple[Term, ...]:
        """What the quantity is compared with."""
        match self.test:
            case Compare(right=right):
                return (right,)
            case Between(low=low, high=high):
                return (low, high)
            case OneOf(values=values) | Within(regions=values):
                return tuple(map(Constant, values))

    def parts(self) -> Iterator[Term]:
        """All terms of the clause and within them."""
        for term in (self.left, *self.operands()):
            yield from parts(term)

    def facts(self) -> tuple[str, ...]:
        """All facts that the clause reads, each once."""
        return fact_names(self.left, *self.operands())


@dataclass(frozen=True)
class All:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class AnyOf:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    item: Expression


@dataclass(frozen=True)
class AtLeast:
    """At least `count` of `items`."""

    count: int
    items: tuple[Expression, ...]


Expression = All | AnyOf | Not | AtLeast | Clause


def clauses(expression: Expression) -> Iterator[Clause]:
    """All leaves, in the order they are written."""
    match expression:
        case Clause():
            yield expression
        case Not(item=item):
            yield from clauses(item)
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            for item in items:
                yield from clauses(item)
