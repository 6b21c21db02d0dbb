"""Policies compiled for matching: each distinct predicate once, each policy a small tree over predicates.

Parameters are resolved at the as-of date, so that two policies which ask `age_years >= 65`, one by a parameter, share
one predicate. Ordered values (numbers, dates as days since 1970-01-01) become half-open tests on doubles; words and
booleans become set membership. Both executors, `batch` and `online`, run this one form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.errors import ParameterExpired, UnknownParameter
from domain.evaluate import threshold
from domain.expression import All, AnyOf, Between, Clause, Compare, Expression, Not, OneOf
from domain.facts import ORDERED, Audience, FactDefinition, Value, Vocabulary
from domain.policy import Policy

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Interval:
    """low <= x <= high on doubles, an end left out where its flag says so."""

    low: float = -math.inf
    high: float = math.inf
    low_included: bool = True
    high_included: bool = True

    def holds(self, x: float) -> bool:
        above = x >= self.low if self.low_included else x > self.low
        return above and (x <= self.high if self.high_included else x < self.high)


@dataclass(frozen=True)
class Membership:
    """x is one of `values` (or, negated, none of them)."""

    values: frozenset[float | str | bool]
    negated: bool = False

    def holds(self, x: float | str | bool) -> bool:
        return (x in self.values) is not self.negated


@dataclass(frozen=True)
class Predicate:
    """One distinct test on one fact."""

    fact: FactDefinition = field(hash=False)
    name: str
    test: Interval | Membership

    def evaluate(self, value: Value) -> bool | None:
        """Three-valued: None for an unknown fact."""
        return None if value is None else self.test.holds(encode(value))  # type: ignore[arg-type]  # by fact type


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


Node = Leaf | Branch | Inverse


@dataclass(frozen=True)
class Program:
    """What both executors run: `trees[i]` is the rule of `policies[i]` over `predicates`."""

    audience: Audience
    policies: tuple[Policy, ...]
    predicates: tuple[Predicate, ...]
    trees: tuple[Node, ...]
    parameters: Mapping[str, Decimal]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that any rule reads, in order of first use."""
        return tuple(dict.fromkeys(predicate.name for predicate in self.predicates))

    def index_of(self, policy_id: str) -> int | None:
        return next((i for i, policy in enumerate(self.policies) if policy.id == policy_id), None)


def compile_policies(
    policies: Sequence[Policy],
    vocabulary: Vocabulary,
    parameters: Mapping[str, Decimal],
    audience: Audience,
    as_of: date | None = None,
) -> Program:
    """Compile the policies of one audience; `parameters` are the values in force.

    Raises ParameterExpired, naming the parameter, where a rule needs one that has no value in force.
    """
    compiler = _Compiler(vocabulary.of(audience), parameters, as_of)
    chosen = tuple(policy for policy in policies if policy.audience is audience)
    trees = tuple(compiler.tree(policy.eligibility) for policy in chosen)
    return Program(audience, chosen, tuple(compiler.predicates), trees, parameters)


def encode(value: Value) -> float | str | bool:
    """A known value in the form predicates test: numbers and dates as doubles, words and booleans as they are."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, date):
        return float((value - EPOCH).days)
    assert value is not None
    return float(value)


class _Compiler:
    def __init__(
        self, facts: Mapping[str, FactDefinition], parameters: Mapping[str, Decimal], as_of: date | None
    ) -> None:
        self.facts = facts
        self.parameters = parameters
        self.as_of = as_of
        self.predicates: list[Predicate] = []
        self.index: dict[tuple[str, Interval | Membership], int] = {}

    def tree(self, expression: Expression) -> Node:
        match expression:
            case Clause():
                return Leaf(self._predicate(expression))
            case Not(item=item):
                return Inverse(self.tree(item))
            case All(items=items):
                return Branch(True, tuple(self.tree(item) for item in items))
            case AnyOf(items=items):
                return Branch(False, tuple(self.tree(item) for item in items))

    def _predicate(self, clause: Clause) -> int:
        fact = self.facts[clause.fact]
        test = self._test(clause, fact)
        key = (fact.name, test)
        if key not in self.index:
            self.index[key] = len(self.predicates)
            self.predicates.append(Predicate(fact, fact.name, test))
        return self.index[key]

    def _test(self, clause: Clause, fact: FactDefinition) -> Interval | Membership:
        try:
            operands = [encode(threshold(operand, self.parameters)) for operand in clause.operands()]
        except UnknownParameter as error:
            # The loader knows every name, so a parameter missing here has no value on the as-of date.
            raise ParameterExpired(str(error.data["parameter"]), self.as_of or "the chosen date") from None
        match clause.test:
            case OneOf(negated=negated):
                return Membership(frozenset(operands), negated)
            case Between():
                return Interval(float(operands[0]), float(operands[1]))
            case Compare(operator=symbol) if fact.type in ORDERED and symbol != "!=":
                return _INTERVALS[symbol](float(operands[0]))
            case Compare(operator=symbol):
                return Membership(frozenset(operands), symbol == "!=")


_INTERVALS: Mapping[str, Callable[[float], Interval]] = {
    "<": lambda x: Interval(high=x, high_included=False),
    "<=": lambda x: Interval(high=x),
    ">": lambda x: Interval(low=x, low_included=False),
    ">=": lambda x: Interval(low=x),
    "==": lambda x: Interval(low=x, high=x),
}
