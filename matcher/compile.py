"""Policies compiled for matching: each distinct predicate once, each policy a small tree over predicates.

A predicate asks where the value of a column lies. A column is a fact, or a term worked out from several. Parameters
are resolved at the as-of date, and periods to or from that date are turned into thresholds on the date itself, so that
`age_years >= 65`, the same by a parameter, and every `months_since(registered_on) >= 6` are each one predicate. Both
executors, `batch` and `online`, run this one form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from domain.calendar import day_number
from domain.errors import ParameterExpired
from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf, Within
from domain.facts import ORDERED, Audience, FactDefinition, Value, Vocabulary
from domain.policy import Policy
from domain.regions import lies_in
from domain.terms import Arithmetic, Constant, FactRef, ParameterRef, Term, comparable, fact_names, parts
from matcher.periods import constant_value, pulled_back
from matcher.spans import EVERYWHERE, Cells, Span, Words, contains, spans_where

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Column:
    """What predicates test: `term` is a fact, or worked out from facts; `ordered` values are doubles, others words."""

    term: Term
    ordered: bool

    @property
    def fact(self) -> str | None:
        """The fact's name, where the column is a fact and not worked out."""
        return self.term.name if isinstance(self.term, FactRef) else None


@dataclass(frozen=True)
class Predicate:
    """True where the column's value lies in `true`; unknown where it is unknown, or known and lies in `unknown`."""

    column: int
    true: Cells
    unknown: Cells = ()

    def evaluate(self, value: float | str | bool | None) -> bool | None:
        """Three-valued, for a value as `encode` gives it."""
        if value is None or contains(self.unknown, value):
            return None
        return contains(self.true, value)


@dataclass(frozen=True)
class Leaf:
    predicate: int


@dataclass(frozen=True)
class Branch:
    """`all` when conjunctive, else `any`."""

    conjunctive: bool
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Inverse:
    item: Node


@dataclass(frozen=True)
class Quorum:
    """At least `count` of `items`."""

    count: int
    items: tuple[Node, ...]


Node = Leaf | Branch | Inverse | Quorum


@dataclass(frozen=True)
class Program:
    """What both executors run: `trees[i]` is the rule of `policies[i]` over `predicates`.

    `facts` are those that any rule reads, in order of first use.
    """

    audience: Audience
    policies: tuple[Policy, ...]
    columns: tuple[Column, ...]
    predicates: tuple[Predicate, ...]
    trees: tuple[Node, ...]
    parameters: Mapping[str, Decimal]
    as_of: date
    facts: Mapping[str, FactDefinition]
    _made: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: Callable[[Program], _Made]) -> _Made:
        """What `make` makes of this program, made when it is first asked for and kept with it.

        Two threads may both make it; one of the two is kept.
        """
        if make not in self._made:
            self._made.setdefault(make, make(self))
        made: _Made = self._made[make]
        return made

    def index_of(self, policy_id: str) -> int | None:
        return self.once(_places).get(policy_id)


def _places(program: Program) -> dict[str, int]:
    return {policy.id: place for place, policy in enumerate(program.policies)}


def compile_policies(
    policies: Sequence[Policy],
    vocabulary: Vocabulary,
    parameters: Mapping[str, Decimal],
    audience: Audience,
    as_of: date,
) -> Program:
    """Compile the policies of one audience; `parameters` are the values in force on `as_of`.

    Raises ParameterExpired, naming the parameter, where a rule needs one that has no value in force, and UnknownFact
    where a rule reads a fact that the vocabulary lacks.
    """
    compiler = _Compiler(vocabulary, audience, parameters, as_of)
    chosen = tuple(policy for policy in policies if policy.audience is audience)
    trees = tuple(compiler.tree(policy.eligibility) for policy in chosen)
    return Program(
        audience,
        chosen,
        tuple(compiler.columns),
        tuple(compiler.predicates),
        trees,
        parameters,
        as_of,
        compiler.facts,
    )


def encode(value: Value) -> float | str | bool:
    """A known value in the form predicates test: numbers and dates as doubles, words and booleans as they are."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, date):
        return float(day_number(value))
    assert value is not None
    return float(value)


class _Compiler:
    def __init__(
        self, vocabulary: Vocabulary, audience: Audience, parameters: Mapping[str, Decimal], as_of: date
    ) -> None:
        self.vocabulary = vocabulary
        self.audience = audience
        self.parameters = parameters
        self.as_of = as_of
        self.facts: dict[str, FactDefinition] = {}
        self.columns: dict[Column, int] = {}
        self.predicates: dict[Predicate, int] = {}
        self.nodes: dict[Clause, Node] = {}

    def tree(self, expression: Expression) -> Node:
        match expression:
            case Clause():
                if expression not in self.nodes:
                    self.nodes[expression] = self._clause(expression)
                return self.nodes[expression]
            case Not(item=item):
                return Inverse(self.tree(item))
            case All(items=items):
                return Branch(True, tuple(self.tree(item) for item in items))
            case AnyOf(items=items):
                return Branch(False, tuple(self.tree(item) for item in items))
            case AtLeast(count=count, items=items):
                return Quorum(count, tuple(self.tree(item) for item in items))

    def _clause(self, clause: Clause) -> Node:
        match clause.test:
            case OneOf(values=values, negated=negated):
                return self._one_of(clause.left, [encode(comparable(value)) for value in values], negated)
            case Within(regions=regions, negated=negated):
                return self._within(clause.left, regions, negated)
            case Compare(operator=symbol, right=right):
                return self._compare(clause.left, symbol, right)
            case Between(low=low, high=high):
                return self._between(clause.left, low, high)

    def _compare(self, left: Term, symbol: str, right: Term) -> Node:
        if fact_names(right):
            return self._spans(Arithmetic("<=>", left, right), spans_where(symbol, 0.0))
        bound = self._constant(right)
        if bound is None:
            return self._leaf(left, (), EVERYWHERE)  # a bound that has no value settles nothing
        if self._is_words(left):
            return self._leaf(left, Words(frozenset([bound]), symbol == "!="))
        return self._spans(left, spans_where(symbol, float(bound)))

    def _between(self, left: Term, low: Term, high: Term) -> Node:
        """Two constant ends make one predicate."""
        ends = [None if fact_names(end) else self._constant(end) for end in (low, high)]
        if None in ends:
            return Branch(True, (self._compare(left, ">=", low), self._compare(left, "<=", high)))
        bottom, top = (float(end) for end in ends if end is not None)
        return self._spans(left, (Span(bottom, math.nextafter(top, math.inf)),) if bottom <= top else ())

    def _one_of(self, left: Term, values: list[float | str | bool], negated: bool) -> Node:
        if self._is_words(left):
            return self._leaf(left, Words(frozenset(values), negated))
        points = sorted({float(value) for value in values})
        inside = tuple(span for point in points for span in spans_where("==", point))
        if not negated:
            return self._spans(left, inside)
        outside: tuple[Span, ...] = EVERYWHERE
        for point in points:
            outside = (*outside[:-1], Span(outside[-1].low, point), Span(math.nextafter(point, math.inf), math.inf))
        return self._spans(left, outside)

    def _within(self, left: Term, regions: tuple[str, ...], negated: bool) -> Node:
        [name] = fact_names(left)
        places = self._fact(name).categories
        inside = frozenset(place for place in places if any(lies_in(place, region) for region in regions))
        around = frozenset(place for place in places if any(lies_in(region, place) for region in regions)) - inside
        outside = frozenset(places) - inside - around
        return self._leaf(left, Words(outside if negated else inside), Words(around) if around else ())

    def _spans(self, term: Term, spans: tuple[Span, ...]) -> Node:
        """A test on an ordered term; of a period with one fact in it, a test on the fact."""
        pulled = pulled_back(term, spans, self.parameters, self.as_of)
        if pulled is None:
            return self._leaf(term, spans)
        fact, true, unknown = pulled
        return self._leaf(fact, true, unknown)

    def _leaf(self, term: Term, true: Cells, unknown: Cells = ()) -> Leaf:
        for name in fact_names(term):
            self._fact(name)
        for part in parts(term):
            if isinstance(part, ParameterRef) and part.name not in self.parameters:
                raise ParameterExpired(part.name, self.as_of)
        column = Column(term, not self._is_words(term))
        return self._predicate(Predicate(self.columns.setdefault(column, len(self.columns)), true, unknown))

    def _predicate(self, predicate: Predicate) -> Leaf:
        return Leaf(self.predicates.setdefault(predicate, len(self.predicates)))

    def _fact(self, name: str) -> FactDefinition:
        if name not in self.facts:
            self.facts[name] = self.vocabulary.fact(self.audience, name)
        return self.facts[name]

    def _is_words(self, term: Term) -> bool:
        return isinstance(term, FactRef) and self._fact(term.name).type not in ORDERED

    def _constant(self, term: Term) -> float | str | bool | None:
        if isinstance(term, Constant):
            return encode(comparable(term.value))
        value = constant_value(term, self.parameters, self.as_of)
        return None if value is None else encode(value)
