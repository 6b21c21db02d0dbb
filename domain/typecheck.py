"""Whether a clause makes sense: known names, fitting types, equal units, existing category words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from domain.errors import DuixianError, TypeMismatch, UnitMismatch, UnknownFact, UnknownParameter
from domain.expression import Clause, Compare, OneOf, Within
from domain.facts import CLOSED, NUMERIC, Audience, FactDefinition, FactType, Vocabulary
from domain.terms import (
    PERCENT,
    PERIODS,
    Arithmetic,
    AsOf,
    Call,
    Constant,
    FactRef,
    Literal,
    ParameterRef,
    Term,
    comparable,
)
from domain.units import Dimension, dimension, product, shown


@dataclass(frozen=True)
class _Kind:
    """What a term is: a number with its dimension (None: a bare number, that fits any), a date, words, true or false.

    `fact` is the fact that the term names, where it names one and no more.
    """

    type: str
    dimension: Dimension | None = None
    fact: FactDefinition | None = None


_NUMBER, _DATE, _BOOLEAN, _WORDS = "a number", "a date", "true or false", "a word"
_FEW_WORDS = 24
_KINDS = {FactType.INTEGER: _NUMBER, FactType.NUMBER: _NUMBER, FactType.DATE: _DATE, FactType.BOOLEAN: _BOOLEAN}


def clause_errors(
    clause: Clause, vocabulary: Vocabulary, audience: Audience, parameter_units: Mapping[str, str]
) -> Iterator[DuixianError]:
    """Everything wrong with one clause; `parameter_units` maps each parameter's name to its unit."""
    reader = _TermChecker(clause, vocabulary, audience, parameter_units)
    left = reader.kind(clause.left)
    if left is not None:
        match clause.test:
            case Compare(operator=symbol, right=right):
                reader.compared(symbol, left, right)
            case OneOf(values=values):
                for value in values:
                    reader.compared("==", left, Constant(value))
            case Within(regions=regions):
                reader.within(left, regions)
            case _:
                for operand in clause.operands():
                    reader.compared("between", left, operand)
                reader.ascending(left, *clause.operands())
    elif not isinstance(clause.test, OneOf | Within):
        for operand in clause.operands():
            if not isinstance(operand, Constant):
                reader.kind(operand)
    yield from reader.errors


def amount_errors(
    term: Term,
    vocabulary: Vocabulary,
    audience: Audience,
    parameter_units: Mapping[str, str],
    units: Set[str] = frozenset(),
    use: str = "an amount",
) -> Iterator[DuixianError]:
    """Everything wrong with a term that an amount is worked out from: a number, of one of `units` if there are any."""
    reader = _TermChecker(Clause(use, term, OneOf(())), vocabulary, audience, parameter_units)
    kind = reader.kind(term)
    if kind is not None and kind.type != _NUMBER:
        reader.mismatch(kind, f"is {kind.type}, and an amount needs a number", "Name a fact that is a number.")
    elif kind is not None and units and kind.dimension not in [None, *map(dimension, units)]:
        yield UnitMismatch(
            f"{use.capitalize()} cannot rest on this, which is in {shown(kind.dimension or {})}.",
            next_step=f"Use a quantity in: {', '.join(sorted(units))}.",
        )
    yield from reader.errors


class _TermChecker:
    def __init__(
        self, clause: Clause, vocabulary: Vocabulary, audience: Audience, parameter_units: Mapping[str, str]
    ) -> None:
        self.clause = clause
        self.vocabulary = vocabulary
        self.audience = audience
        self.units = parameter_units
        self.errors: list[DuixianError] = []

    def kind(self, term: Term) -> _Kind | None:
        """What `term` is, or None after reporting what is wrong with it."""
        match term:
            case FactRef(name=name):
                return self._fact(name)
            case ParameterRef(name=name):
                return self._parameter(name)
            case AsOf():
                return _Kind(_DATE)
            case Constant(value=value):
                return _Kind(_literal_type(value))
            case Arithmetic(operator=symbol, left=left, right=right):
                return self._arithmetic(symbol, self.kind(left), self.kind(right))
            case Call(function=function, arguments=arguments):
                return self._call(function, [self.kind(one) for one in arguments])

    def compared(self, symbol: str, left: _Kind, operand: Term) -> None:
        """Report what is wrong with comparing `left` with `operand`."""
        if symbol not in ("==", "!=") and left.type not in (_NUMBER, _DATE):
            advice = _places(left) if _is_region(left) else "Use == or 'in'."
            self.mismatch(left, f"has no order, so {symbol!r} means nothing", advice)
            return
        if _is_region(left):
            self.mismatch(left, "is a place: equality would miss what lies in it", _places(left))
            return
        if isinstance(operand, Constant):
            self._literal(left, operand.value)
            return
        right = self.kind(operand)
        if right is None:
            return
        if left.type != right.type:
            self.mismatch(left, f"is compared with {right.type}", f"Use {left.type}.")
        elif left.type == _NUMBER:
            self._same_unit(left, right, operand)
        elif left.type == _WORDS and not _closed(left, right):
            self.mismatch(left, "is compared with a fact that has other words", "Compare with a word, or use 'in'.")

    def ascending(self, left: _Kind, low: Term, high: Term) -> None:
        """Report ends that stand the wrong way round, as far as they are written out."""
        if not (isinstance(low, Constant) and isinstance(high, Constant)):
            return
        if _literal_type(low.value) == _literal_type(high.value) and comparable(low.value) > comparable(high.value):
            self.mismatch(left, f"can never lie between {low.value} and {high.value}", "Swap the two ends.")

    def within(self, left: _Kind, regions: tuple[str, ...]) -> None:
        if not _is_region(left):
            self.mismatch(left, "is not a place, so 'within' means nothing", "Use == or 'in'.")
            return
        for region in regions:
            self._literal(left, region)

    def mismatch(self, kind: _Kind, fault: str, next_step: str) -> None:
        named = f"the fact {kind.fact.name!r} ({kind.fact.type})" if kind.fact else "what is on the left"
        self.errors.append(
            TypeMismatch(
                f"In {self.clause.text!r} {named} {fault}.",
                next_step=next_step,
                fact=kind.fact.name if kind.fact else None,
                clause=self.clause.text,
            )
        )

    def _fact(self, name: str) -> _Kind | None:
        try:
            fact = self.vocabulary.fact(self.audience, name)
        except UnknownFact as error:
            self.errors.append(error)
            return None
        return _Kind(_KINDS.get(fact.type, _WORDS), dimension(fact.unit) if fact.type in NUMERIC else None, fact)

    def _parameter(self, name: str) -> _Kind | None:
        if name not in self.units:
            near = get_close_matches(name, self.units, n=1)
            self.errors.append(UnknownParameter(name, did_you_mean=near[0] if near else None))
            return None
        return _Kind(_NUMBER, dimension(self.units[name]))

    def _arithmetic(self, symbol: str, left: _Kind | None, right: _Kind | None) -> _Kind | None:
        if left is None or right is None:
            return None
        for side in (left, right):
            if side.type != _NUMBER:
                self.mismatch(side, f"is {side.type}, and {symbol!r} needs numbers", "Use numbers, or a period.")
                return None
        if symbol in "*/":
            if left.dimension is None and right.dimension is None:
                return _Kind(_NUMBER)
            sign = 1 if symbol == "*" else -1
            return _Kind(_NUMBER, product(left.dimension or {}, right.dimension or {}, sign))
        if left.dimension is not None and right.dimension is not None and left.dimension != right.dimension:
            self._unit_error(left, right)
            return None
        return _Kind(_NUMBER, left.dimension if left.dimension is not None else right.dimension)

    def _call(self, function: str, arguments: list[_Kind | None]) -> _Kind | None:
        known = [one for one in arguments if one is not None]
        if len(known) < len(arguments):
            return None
        wanted = _NUMBER if function == PERCENT else _DATE
        for one in known:
            if one.type != wanted:
                self.mismatch(one, f"is {one.type}, and {function} needs {wanted}", f"Give {function} {wanted}.")
                return None
        if function != PERCENT:
            return _Kind(_NUMBER, dimension(PERIODS[function].unit))
        if None not in (known[0].dimension, known[1].dimension) and known[0].dimension != known[1].dimension:
            self._unit_error(known[0], known[1])
            return None
        return _Kind(_NUMBER, dimension("percent"))

    def _literal(self, left: _Kind, literal: Literal) -> None:
        fact = left.fact
        if fact is not None and fact.type in CLOSED:
            fits, advice = literal in fact.categories, _words(str(literal), fact)
        else:
            fits, advice = left.type == _literal_type(literal), f"Use {left.type}."
        if not fits:
            shown_literal = str(literal).lower() if isinstance(literal, bool) else str(literal)
            self.mismatch(left, f"is compared with {shown_literal!r}", advice)

    def _same_unit(self, left: _Kind, right: _Kind, operand: Term) -> None:
        if left.dimension is None or right.dimension is None or left.dimension == right.dimension:
            return
        if left.fact is not None and isinstance(operand, ParameterRef):
            unit = self.units[operand.name]
            self.errors.append(
                UnitMismatch(
                    f"In {self.clause.text!r} the fact {left.fact.name!r} is in {left.fact.unit}, the parameter"
                    f" {operand.name!r} in {unit}.",
                    next_step="Compare like with like: use a parameter in the fact's unit.",
                    fact=left.fact.name,
                    parameter=operand.name,
                )
            )
            return
        self._unit_error(left, right)

    def _unit_error(self, left: _Kind, right: _Kind) -> None:
        self.errors.append(
            UnitMismatch(
                f"In {self.clause.text!r} one side is in {shown(left.dimension or {})}, the other in"
                f" {shown(right.dimension or {})}.",
                next_step="Compare and add like with like, such as months with months; nothing is converted.",
                clause=self.clause.text,
            )
        )


def _literal_type(literal: Literal) -> str:
    if isinstance(literal, bool):
        return _BOOLEAN
    return _NUMBER if isinstance(literal, int | Decimal) else _DATE if isinstance(literal, date) else _WORDS


def _places(left: _Kind) -> str:
    assert left.fact is not None
    return f"Use 'within', as in: {left.fact.name} within {list(left.fact.categories)[-1]}."


def _words(word: str, fact: FactDefinition) -> str:
    """A next step for a word that the fact does not have: the place that ends in it, the nearest, or a short list."""
    within = [place for place in fact.categories if fact.type is FactType.REGION and place.split(".")[-1] == word]
    near = within or get_close_matches(word, fact.categories, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    few = len(fact.categories) <= _FEW_WORDS
    return f"Use one of: {', '.join(fact.categories)}." if few else "Its words are listed in catalogue/vocabulary.yaml."


def _is_region(kind: _Kind) -> bool:
    return kind.fact is not None and kind.fact.type is FactType.REGION


def _closed(left: _Kind, right: _Kind) -> bool:
    """Whether two facts can be compared word by word: both have listed words, some of them in common."""
    a, b = left.fact, right.fact
    if a is None or b is None:
        return False
    return a.type is b.type is FactType.CATEGORY and bool(set(a.categories) & set(b.categories))
