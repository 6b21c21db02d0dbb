"""Which of many amounts to take where some shut others out and caps cut their sums: an integer program.

A search in whole numbers finds it. Where options are many and hardly differ, or caps cross, that can take long, and a
solver is asked instead: what it takes is counted again in whole numbers, but that nothing pays more is only as sure as
its doubles, which at 10^10 miss some fen. The answer is one and the same on every machine: the highest sum; of those
the fewest options; of those the first in the options' order; and where a cap must cut, the smaller amounts are cut
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor

from domain.errors import BundleUnsolved
from matcher.bundle.branching import MOST_BRANCHES, Branching
from matcher.bundle.integer_program import MOST, IntegerProgram, Row

__all__ = ["MOST", "Cap", "Packed", "Packing", "pack"]
_FEW = 15  # 2 ** 16 branches at most, fewer than a search may take.
_BRANCHES_OF_MANY = 10_000  # For all searches of one part together: a third of a second.
_AGREED = 0.25  # Sums of whole numbers differ by one or not at all.
Paid = dict[int, int]
"""What each option taken pays."""


@dataclass(frozen=True)
class Cap:
    """All that the members pay together is at most `room`, which is not negative."""

    members: frozenset[int]
    room: int


@dataclass(frozen=True)
class Packing:
    """`amounts`: what each option pays uncut, 0 to MOST; of each set in `one_of` at most one option may be taken."""

    amounts: Sequence[int]
    one_of: Sequence[frozenset[int]] = ()
    caps: Sequence[Cap] = ()


@dataclass(frozen=True)
class Packed:
    """What each option taken pays, and for each option that is left, how much lower the sum would be with it."""

    paid: Paid
    losses: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.paid.values())


def pack(packing: Packing) -> Packed:
    """The best options, each alone being allowed."""
    parts = [part.best() for part in _parts(packing)]
    return Packed(
        dict(sorted((i, amount) for part in parts for i, amount in part.paid.items())),
        dict(sorted((i, loss) for part in parts for i, loss in part.losses.items())),
    )


def _parts(packing: Packing) -> Iterator[_Part]:
    """The options in groups that no constraint links, each with its own constraints, numbered within the group."""
    leader = list(range(len(packing.amounts)))

    def find(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    for members in [*packing.one_of, *(cap.members for cap in packing.caps)]:
        first, *others = members
        for other in others:
            leader[find(other)] = find(first)
    groups: dict[int, list[int]] = {}
    for i in range(len(packing.amounts)):
        groups.setdefault(find(i), []).append(i)
    for leading, options in groups.items():
        place = {option: i for i, option in enumerate(options)}
        yield _Part(
            options,
            [packing.amounts[option] for option in options],
            [frozenset(place[i] for i in one) for one in packing.one_of if find(next(iter(one))) == leading],
            [
                Cap(frozenset(place[i] for i in cap.members), cap.room)
                for cap in packing.caps
                if find(next(iter(cap.members))) == leading
            ],
        )


class _Part:
    """Options that constraints link, solved apart from all others.

    Variables: for each option whether it is taken (0 or 1), then for each capped option what it pays.
    """

    def __init__(
        self, options: Sequence[int], amounts: Sequence[int], one_of: Sequence[frozenset[int]], caps: Sequence[Cap]
    ) -> None:
        self.options = options
        self.amounts = amounts
        self.one_of = one_of
        self.most = [min([amount, *(cap.room for cap in caps if i in cap.members)]) for i, amount in enumerate(amounts)]
        self.caps = [cap for cap in caps if sum(self.most[i] for i in cap.members) > cap.room]
        capped = sorted({i for cap in self.caps for i in cap.members})
        self.pays = {i: len(options) + place for place, i in enumerate(capped)}
        self.total = {self.pays.get(i, i): 1 if i in self.pays else most for i, most in enumerate(self.most)}
        rows: list[Row] = [(dict.fromkeys(members, 1), 1) for members in one_of]
        rows += [({variable: 1, i: -self.most[i]}, 0) for i, variable in self.pays.items()]
        rows += [({self.pays[i]: 1 for i in cap.members}, cap.room) for cap in self.caps]
        self.program = IntegerProgram(len(options), [self.most[i] for i in capped], rows)
        self.cross = any(
            one.members & other.members and not (one.members <= other.members or other.members <= one.members)
            for one, other in combinations(self.caps, 2)
        )
        self.branches_left = _BRANCHES_OF_MANY
        self.branching = Branching(self.most, one_of, [(cap.members, cap.room) for cap in self.caps], self._sum_of)

    def best(self) -> Packed:
        if not (self.one_of or self.caps):
            everything = {option: amount for option, amount in zip(self.options, self.most, strict=True) if amount}
            return Packed(everything, {option: 0 for option in self.options if option not in everything})
        found = self._highest()
        assert found is not None, "taking nothing is always allowed"
        taken, total = found
        lost: dict[int, int] = {}
        for i in range(len(self.options)):
            if i not in taken:
                with_it = self._highest({i})
                assert with_it is not None, "each option alone is allowed"
                lost[i] = total - with_it[1]
        smallest = self._smallest(taken, total)
        # Only what loses nothing can be part of another bundle as good.
        taken = self._first(smallest, total, [i for i, most in enumerate(self.most) if most and not lost.get(i)])
        paid = self._shared(taken, total)
        return Packed(
            {self.options[i]: amount for i, amount in paid.items()},
            # What was taken at first, and is no longer, belongs to another bundle as good.
            {option: lost.get(i, 0) for i, option in enumerate(self.options) if i not in paid},
        )

    def _smallest(self, taken: frozenset[int], total: int) -> frozenset[int]:
        """The fewest options that reach `total`, as `taken` does."""
        while True:
            taken = frozenset(i for i in taken if self.most[i])
            fewer = self._highest(at_most=len(taken) - 1) if taken else None
            if fewer is None or fewer[1] < total:
                return taken
            taken = fewer[0]

    def _first(self, taken: frozenset[int], total: int, others: Iterable[int]) -> frozenset[int]:
        """Of the bundles as good and as small as `taken`, the first; `others` are the options these may have."""
        count = len(taken)
        must: set[int] = set()
        never: set[int] = set()
        for i in sorted({*taken, *others}):
            if i not in taken and len(must) < count:
                other = self._highest(must | {i}, never, count)
                taken = other[0] if other is not None and other[1] == total else taken
            (must if i in taken else never).add(i)
        return taken

    def _highest(
        self, must: Iterable[int] = (), never: Iterable[int] = (), at_most: int | None = None
    ) -> tuple[frozenset[int], int] | None:
        """The options with the highest sum, and this sum; None where these must not be taken together."""
        must, never = frozenset(must), frozenset(never)
        at_most = len(self.options) if at_most is None else at_most
        few = len(self.options) <= _FEW
        if not self.cross and (few or self.branches_left > 0):
            try:
                return self.branching.highest(must, never, at_most, MOST_BRANCHES if few else self.branches_left)
            except BundleUnsolved:
                pass  # The solver may be quicker.
            finally:
                self.branches_left -= self.branching.branches
        try:
            return self._solved(must, never, at_most)
        except BundleUnsolved:
            return self.branching.highest(must, never, at_most)

    def _solved(self, must: frozenset[int], never: frozenset[int], at_most: int) -> tuple[frozenset[int], int] | None:
        size = len(self.options)
        low, high = dict.fromkeys(must, 1), dict.fromkeys(never, 0)
        rows: list[Row] = [(dict.fromkeys(range(size), 1), at_most)] if at_most < size else []
        # Payments need be declared whole, which is slow, only where caps cross and half a unit would be worth more.
        for whole in (False, True):
            x = self.program.highest(self.total, low, high, rows, whole=whole)
            if x is None:
                return None
            taken, told = frozenset(i for i in range(size) if x[i] > 0.5), floor(self._told(x) + _AGREED)
            if self._sum_of(taken, told) == told:
                return taken, told
        raise BundleUnsolved("what the solver says and what it takes come to different sums.")

    def _sum_of(self, taken: frozenset[int], enough: int | None = None) -> int:
        """What `taken` comes to; where `enough` is reached in order nothing higher is looked for."""
        in_order = sum(self._shared_in_order(taken).values())
        if not self.cross or in_order == enough:
            return in_order
        return max(in_order, sum(self._shared_at_best(taken).values()))

    def _shared(self, taken: frozenset[int], total: int) -> Paid:
        """What each of `taken` pays, `total` together; the largest are paid first, as far as that allows."""
        paid = self._shared_in_order(taken)
        if sum(paid.values()) == total:
            return paid
        bounds = {i: int(i in taken) for i in range(len(self.options))}
        at_least: Row = ({i: -factor for i, factor in self.total.items()}, -total)
        for i in paid:
            if i in self.pays:
                x = self.program.highest({self.pays[i]: 1}, bounds, bounds, [at_least], whole=True)
                assert x is not None, "this sum was reached with these options"
                bounds[self.pays[i]] = paid[i] = round(x[self.pays[i]])
        return self._checked(paid)

    def _shared_in_order(self, taken: frozenset[int]) -> Paid:
        """Each is paid as far as its caps let it, the largest first: the highest sum, unless caps cross."""
        room = [cap.room for cap in self.caps]
        paid: Paid = {}
        for i in sorted(taken, key=lambda i: (-self.amounts[i], i)):
            over = [k for k, cap in enumerate(self.caps) if i in cap.members]
            paid[i] = min([self.most[i], *(room[k] for k in over)])
            for k in over:
                room[k] -= paid[i]
        return self._checked(paid)

    def _shared_at_best(self, taken: frozenset[int]) -> Paid:
        """The highest sum also where caps cross, neither holding the other."""
        bounds = {i: int(i in taken) for i in range(len(self.options))}
        x = self.program.highest(self.total, bounds, bounds, whole=True)
        assert x is not None, "these options were allowed together"
        return self._checked({i: round(x[self.pays[i]]) if i in self.pays else self.most[i] for i in taken})

    def _told(self, x: Sequence[float]) -> float:
        return sum(x[i] * factor for i, factor in self.total.items())

    def _checked(self, paid: Paid) -> Paid:
        """Hold what is taken and what it pays against every rule, in whole numbers."""
        if (
            any(len(members & paid.keys()) > 1 for members in self.one_of)
            or any(sum(paid.get(i, 0) for i in cap.members) > cap.room for cap in self.caps)
            or any(not 0 <= amount <= self.most[i] for i, amount in paid.items())
        ):
            raise BundleUnsolved("what the solver takes breaks a rule.")
        return paid
