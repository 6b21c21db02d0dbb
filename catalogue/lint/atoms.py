"""A clause as sets: of which quantity it speaks, for which of its values it holds and for which it does not.

Two sets, since some values do neither: who is only known to live in the city neither lives in a district nor outside.
Two quantities that both vary are taken together, and what is asked is how they compare: -1, 0 or 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalogue.lint.quantities import constant, number_of, values_of
from catalogue.lint.values import Interval, Numbers, Values, Words
from domain.expression import Between, Clause, Compare, OneOf, Within
from domain.facts import FactDefinition
from domain.regions import lies_in
from domain.terms import Term, comparable

_LESS, _EQUAL, _MORE = -1, 0, 1
_SIGNS: Mapping[str, frozenset[Hashable]] = {
    "<": frozenset({_LESS}),
    "<=": frozenset({_LESS, _EQUAL}),
    ">": frozenset({_MORE}),
    ">=": frozenset({_MORE, _EQUAL}),
    "==": frozenset({_EQUAL}),
    "!=": frozenset({_LESS, _MORE}),
}
_TURNED: Mapping[Hashable, Hashable] = {_LESS: _MORE, _EQUAL: _EQUAL, _MORE: _LESS}
_NOWHERE = Words(frozenset())


@dataclass(frozen=True)
class Pair:
    """How two quantities compare with each other, the first with the second."""

    left: Term
    right: Term


Key = Term | Pair


@dataclass(frozen=True)
class Atom:
    """A clause, or one end of a `between`: it holds where `key` lies in `true`, and does not where it lies in `false`.

    `universe`: all values of `key`.
    """

    key: Key
    universe: Values
    true: Values
    false: Values


class AtomReader:
    """Turns the clauses of one audience's rules into atoms, with the parameters of one day.

    Parameters left out of `parameters` stay open: they may have any value.
    """

    def __init__(self, facts: Mapping[str, FactDefinition], parameters: Mapping[str, Decimal]) -> None:
        self.facts = facts
        self.parameters = parameters
        self._read: dict[Clause, tuple[Atom, ...]] = {}

    def atoms(self, clause: Clause) -> tuple[Atom, ...]:
        """The atoms that must all hold for `clause` to hold."""
        if clause not in self._read:
            self._read[clause] = self._atoms(clause)
        return self._read[clause]

    def values(self, term: Term) -> Values:
        """All that a quantity can come to, or more."""
        return values_of(term, self.facts, self.parameters)

    def atom_of(self, term: Term, true: Values) -> Atom:
        """That `term` lies in `true`."""
        return _within(term, self.values(term), true)

    def _atoms(self, clause: Clause) -> tuple[Atom, ...]:
        left = clause.left
        match clause.test:
            case Compare(operator=symbol, right=right):
                return (self._compared(left, symbol, right),)
            case Between(low=low, high=high):
                return self._between(left, low, high)
            case OneOf(values=values, negated=negated):
                universe = self.values(left)
                listed = [number_of(comparable(value)) for value in values]
                if isinstance(universe, Numbers):
                    among: Values = Numbers.points(
                        [one for one in listed if isinstance(one, float)], whole=universe.whole
                    )
                else:
                    among = Words(frozenset(listed))
                return (_turned(_within(left, universe, among), negated=negated),)
            case Within(regions=regions, negated=negated):
                return (_turned(self._inside(left, regions), negated=negated),)

    def _compared(self, left: Term, symbol: str, right: Term) -> Atom:
        fixed, value = constant(right, self.parameters)
        if not fixed:
            return self._pair(left, symbol, right)
        universe = self.values(left)
        if value is None:  # it has no meaning, so that the clause is always unknown
            return Atom(left, universe, _nothing_of(universe), _nothing_of(universe))
        if isinstance(universe, Numbers):
            assert isinstance(value, float)
            return _within(left, universe, Numbers.of(_beside(value, symbol), whole=universe.whole))
        return _turned(_within(left, universe, Words(frozenset({value}))), negated=symbol == "!=")

    def _between(self, left: Term, low: Term, high: Term) -> tuple[Atom, ...]:
        """One atom where both ends are fixed."""
        ends = self._compared(left, ">=", low), self._compared(left, "<=", high)
        lower, upper = ends
        if isinstance(lower.key, Pair) or isinstance(upper.key, Pair):
            return ends
        universe = lower.universe
        if _meaningless(lower) or _meaningless(upper):
            return ends
        true = lower.true.meet(upper.true)
        return (Atom(left, universe, true, universe.meet(true.complement())),)

    def _pair(self, left: Term, symbol: str, right: Term) -> Atom:
        signs = _SIGNS[symbol]
        universe = _comparisons(self.values(left), self.values(right)) if left != right else frozenset({_EQUAL})
        if repr(left) > repr(right):  # `a < b` and `b > a` are one
            left, right = right, left
            signs, universe = (frozenset(_TURNED[sign] for sign in some) for some in (signs, universe))
        return Atom(Pair(left, right), Words(universe), Words(universe & signs), Words(universe - signs))

    def _inside(self, left: Term, regions: tuple[str, ...]) -> Atom:
        universe = self.values(left)
        assert isinstance(universe, Words)
        places = [place for place in universe.words if isinstance(place, str)]
        inside = frozenset(place for place in places if any(lies_in(place, region) for region in regions))
        around = frozenset(place for place in places if any(lies_in(region, place) for region in regions))
        return Atom(left, universe, Words(inside), Words(frozenset(places) - inside - around))


def _within(key: Key, universe: Values, true: Values) -> Atom:
    return Atom(key, universe, universe.meet(true), universe.meet(true.complement()))


def _turned(atom: Atom, *, negated: bool) -> Atom:
    return Atom(atom.key, atom.universe, atom.false, atom.true) if negated else atom


def _meaningless(atom: Atom) -> bool:
    return atom.true.empty and atom.false.empty


def _nothing_of(universe: Values) -> Values:
    return Numbers((), universe.whole) if isinstance(universe, Numbers) else _NOWHERE


def _beside(value: float, symbol: str) -> list[Interval]:
    """The numbers that compare with `value` as `symbol` says."""
    below, at, above = Interval(high=value), Interval(value, value, True, True), Interval(low=value)
    return [part for sign, part in ((_LESS, below), (_EQUAL, at), (_MORE, above)) if sign in _SIGNS[symbol]]


def _comparisons(left: Values, right: Values) -> frozenset[Hashable]:
    """How a value of the one can compare with a value of the other; words are equal, or both less and more."""
    if isinstance(left, Words) or isinstance(right, Words):
        assert isinstance(left, Words)
        assert isinstance(right, Words)
        return frozenset(_TURNED) if not left.meet(right).empty else _SIGNS["!="]
    if left.empty or right.empty:
        return frozenset()
    lowest, highest = left.intervals[0].low, left.intervals[-1].high
    least, most = right.intervals[0].low, right.intervals[-1].high
    possible = {_LESS: lowest < most, _EQUAL: not left.meet(right).empty, _MORE: highest > least}
    return frozenset(sign for sign, can in possible.items() if can)
