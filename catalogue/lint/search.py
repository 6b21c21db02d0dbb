"""Whether demands on rules can be met together: a search for values that make this one true and that one false.

Kleene's logic needs no special care here: a rule is true only if enough of its clauses are known to be, and false only
if enough are known not to be, so that a demand for one of the two always comes down to known values. Where no values
are found, none exist. Where some are found, they may still not (a quantity worked out from facts is taken for a value
of its own), so that this proves what cannot be and never what can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from catalogue.lint.atoms import Atom, AtomReader, Key
from catalogue.lint.values import Numbers, Values
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not

Demand = tuple[Expression | Atom, bool]
"""Something, and whether it is to be true or to be false; neither is met where it is unknown."""
Way = list[Demand]
"""Demands that together meet another."""
SomeDemand = TypeVar("SomeDemand", bound=Demand)
Store = Mapping[Key, Values]
"""What is left for each quantity."""
_DEEPEST = 200  # choices within choices; real rules have some few


class TooComplex(Exception):
    """The search has taken more steps than it may; nothing is known."""


class Search:
    """Searches over one reader's atoms; raises TooComplex once `steps` are used up, over all its searches together."""

    def __init__(self, reader: AtomReader, steps: int) -> None:
        self.reader = reader
        self.steps = steps

    def impossible(self, demands: Iterable[Demand]) -> bool:
        """Whether no values of facts meet all `demands`."""
        return self.find(demands) is None

    def find(self, demands: Iterable[Demand]) -> Store | None:
        """Values left for each quantity that meet all `demands` as far as can be told; None where none do."""
        return self._find({}, list(demands), [], 0)

    def core(self, demands: Sequence[SomeDemand]) -> list[SomeDemand]:
        """Of demands that cannot be met together, those without which the rest could be, in their order."""
        kept = list(demands)
        for demand in demands:
            without = [one for one in kept if one is not demand]
            if self.impossible(without):
                kept = without
        return kept

    def _find(
        self, store: dict[Key, Values], pending: list[Demand], choices: list[list[Way]], depth: int
    ) -> dict[Key, Values] | None:
        """`choices`: each still to be met in one of its ways. What is forced comes first, then the narrowest choice."""
        if depth > _DEEPEST:
            raise TooComplex
        while True:
            while pending:
                wanted, true = pending.pop()
                if isinstance(wanted, Atom):
                    if not self._narrow(store, wanted, true=true):
                        return None
                    continue
                ways = self._ways(wanted, true)
                if len(ways) == 1:
                    pending += ways[0]
                elif ways:
                    choices.append(ways)
                else:
                    return None
            choices = [[way for way in ways if self._may_be(way, store)] for ways in choices]
            if any(not ways for ways in choices):
                return None
            forced = [ways[0] for ways in choices if len(ways) == 1]
            choices = [ways for ways in choices if len(ways) > 1]
            if not forced:
                break
            pending = [demand for way in forced for demand in way]
        if not choices:
            return store
        chosen = min(choices, key=len)
        others = [ways for ways in choices if ways is not chosen]
        for way in chosen:
            found = self._find(dict(store), list(way), list(others), depth + 1)
            if found is not None:
                return found
        return None

    def _narrow(self, store: dict[Key, Values], atom: Atom, *, true: bool) -> bool:
        before = store.get(atom.key, atom.universe)
        self._step(_work_of(before))
        left = before.meet(atom.true if true else atom.false)
        store[atom.key] = left
        return not left.empty

    def _ways(self, wanted: Expression, true: bool) -> list[Way]:
        """The ways to meet one demand, each a list of demands that meets it; none: it cannot be met."""
        self._step()
        match wanted:
            case Clause():
                atoms = self.reader.atoms(wanted)
                return [[(one, True) for one in atoms]] if true else [[(one, False)] for one in atoms]
            case Not(item=item):
                return [[(item, not true)]]
            case All(items=items):
                return [[(one, True) for one in items]] if true else [[(one, False)] for one in items]
            case AnyOf(items=items):
                return [[(one, True)] for one in items] if true else [[(one, False) for one in items]]
            case AtLeast(count=count, items=items):
                return _ways_to_count(count if true else len(items) - count + 1, items, true)

    def _may_be(self, way: Way, store: Store) -> bool:
        """A quick look, one demand at a time, for what is plainly impossible."""
        return all(self._may(wanted, true, store) for wanted, true in way)

    def _may(self, wanted: Expression | Atom, true: bool, store: Store) -> bool:
        self._step()
        match wanted:
            case Atom():
                before = store.get(wanted.key, wanted.universe)
                self._step(_work_of(before))
                return not before.meet(wanted.true if true else wanted.false).empty
            case Clause():
                return (all if true else any)(self._may(one, true, store) for one in self.reader.atoms(wanted))
            case Not(item=item):
                return self._may(item, not true, store)
            case All(items=items):
                return (all if true else any)(self._may(one, true, store) for one in items)
            case AnyOf(items=items):
                return (any if true else all)(self._may(one, true, store) for one in items)
            case AtLeast(count=count, items=items):
                needed = count if true else len(items) - count + 1
                return sum(self._may(one, true, store) for one in items) >= needed

    def _step(self, work: int = 1) -> None:
        self.steps -= work
        if self.steps < 0:
            raise TooComplex


def _work_of(values: Values) -> int:
    """A set in many pieces takes longer to narrow."""
    return len(values.intervals) if isinstance(values, Numbers) else 1


def _ways_to_count(needed: int, items: tuple[Expression, ...], true: bool) -> list[Way]:
    """The ways in which `needed` of `items` come out as `true`: the first does, or it is left out."""
    if needed <= 0:
        return [[]]
    if needed >= len(items):
        return [[(one, true) for one in items]] if needed == len(items) else []
    first, rest = items[0], items[1:]
    counts = (needed - 1, needed) if true else (len(rest) - needed + 2, len(rest) - needed + 1)
    taken, skipped = (AtLeast(count, rest) for count in counts)
    return [[(first, true), (taken, true)], [(skipped, true)]]
