"""A policy's clauses as requirements on people: what is asked in what unit, made once and the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.decision import Requirement
from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf
from domain.facts import FactDefinition, FactType, Value
from domain.terms import PERCENT, PERIODS, Arithmetic, Call, Constant, FactRef, ParameterRef, Term, fact_names, value_of
from domain.units import Dimension, dimension, product
from matcher.compile import Branch, Inverse, Node, Program, Quorum
from matcher.reasons.grounds import Joined, Tree

OPPOSITE = {
    "<": ">=",
    ">=": "<",
    "<=": ">",
    ">": "<=",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "between": "not between",
    "within": "not within",
    "not within": "within",
}
_NUMBERLESS = "none"
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause of a rule: its requirement, its node in the compiled tree, and what it compares.

    `fact` is the one fact that it reads, where that is compared as it is. `threshold` stands for everybody, unless
    `varies`: then it is worked out from the clause's operands and the subject's facts.
    """

    requirement: Requirement
    node: Node
    fact: str | None
    threshold: Value | tuple[Value, ...]
    varies: bool


def asked_by(program: Program, place: int) -> tuple[Tree, tuple[Asked, ...]]:
    """The rule of `program.policies[place]` over its clauses, numbered as they are written, each `not` carried down."""
    reader = _RuleReader(program)
    tree = reader.read(program.policies[place].eligibility, program.trees[place], False, None)
    return tree, tuple(reader.asked)


class _RuleReader:
    """Walks a rule and its compiled tree, which are of one shape."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.asked: list[Asked] = []

    def read(self, part: Expression, node: Node, negated: bool, some_of: tuple[int, int] | None) -> Tree:
        match part, node:
            case Clause(), _:
                self.asked.append(self._asked(part, node, negated, some_of))
                return len(self.asked) - 1
            case Not(item=item), Inverse(item=below):
                return self.read(item, below, not negated, some_of)
            case All(items=items), Branch(items=nodes):
                return self._joined(1 if negated else len(items), items, nodes, negated, None)
            case AnyOf(items=items), Branch(items=nodes):
                return self._joined(len(items) if negated else 1, items, nodes, negated, None)
            case AtLeast(count=count, items=items), Quorum(items=nodes):
                # Not at least two of five is at least four of their opposites.
                count = len(items) - count + 1 if negated else count
                some = (count, len(items)) if 1 < count < len(items) else None
                return self._joined(count, items, nodes, negated, some)
        raise AssertionError("a rule is compiled part by part")

    def _joined(
        self,
        count: int,
        items: tuple[Expression, ...],
        nodes: tuple[Node, ...],
        negated: bool,
        some_of: tuple[int, int] | None,
    ) -> Tree:
        below = tuple(self.read(*pair, negated, some_of) for pair in zip(items, nodes, strict=True))
        return below[0] if len(below) == 1 else Joined(count, below)

    def _asked(self, clause: Clause, node: Node, negated: bool, some_of: tuple[int, int] | None) -> Asked:
        facts, fact = self.program.facts, clause.fact
        operator, threshold = operator_of(clause), self.threshold(clause)
        if fact is not None and facts[fact].type is FactType.BOOLEAN and isinstance(threshold, bool):
            operator, threshold = "==", threshold is (operator == "==") is not negated
        elif negated:
            operator = OPPOSITE[operator]
        named = sorted({part.name for part in clause.parts() if isinstance(part, ParameterRef)})
        requirement = Requirement(
            clause,
            clause.facts(),
            operator,
            unit_of(clause.left, facts),
            negated,
            tuple((name, _number(self.program.parameters[name])) for name in named),
            some_of,
        )
        varies = bool(fact_names(*clause.operands()))
        return Asked(requirement, node, None if varies else fact, threshold, varies)

    def threshold(self, clause: Clause) -> Value | tuple[Value, ...]:
        if fact_names(*clause.operands()):
            return None
        bounds = tuple(
            natural(value_of(bound, {}, self.program.parameters, self.program.as_of)) for bound in clause.operands()
        )
        return bounds[0] if isinstance(clause.test, Compare) else bounds


def operator_of(clause: Clause) -> str:
    match clause.test:
        case OneOf(negated=excluded):
            return "not in" if excluded else "in"
        case Between():
            return "between"
        case Compare(operator=symbol):
            return symbol
    return "not within" if clause.test.negated else "within"


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def natural(value: Value) -> Value:
    """Quantities compare as doubles; people read 65, not 65.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def unit_of(term: Term, facts: Mapping[str, FactDefinition]) -> str:
    """The unit of what a term comes to, as the vocabulary names it; "none" where no fact has such a unit."""
    unit = _unit(term, facts)
    return _NUMBERLESS if unit is None else unit


def _unit(term: Term, facts: Mapping[str, FactDefinition]) -> str | None:
    """None for a bare number, which takes any unit."""
    match term:
        case FactRef(name=name):
            return facts[name].unit
        case Call(function=function):
            return "percent" if function == PERCENT else PERIODS[function].unit
        case Arithmetic(operator=symbol, left=left, right=right):
            a, b = _unit(left, facts), _unit(right, facts)
            if symbol in "+-":
                return b if a is None else a
            if Constant(_MONTHS_A_YEAR) in (left, right):
                return _NUMBERLESS  # months become years or years months, which no unit says
            if b is None or a is None:
                return a if b is None or symbol == "/" else b
            return _named(product(dimension(a), dimension(b), 1 if symbol == "*" else -1), facts)
    return None


def _named(wanted: Dimension, facts: Mapping[str, FactDefinition]) -> str:
    units: Iterator[str] = (fact.unit for fact in facts.values() if fact.type not in (FactType.BOOLEAN, FactType.DATE))
    return next((unit for unit in units if wanted and dimension(unit) == wanted), _NUMBERLESS)
