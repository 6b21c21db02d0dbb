"""The best options searched for in whole numbers, branch by branch: exact whatever the size of the amounts.

Few options take it milliseconds; many that hardly differ can take it longer than the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from domain.errors import BundleUnsolved

MOST_BRANCHES = 100_000
"""Some seconds."""
Limit = tuple[frozenset[int], int]
"""A cap: its members, and what they may pay together."""


class Branching:
    """`most`: what each option pays at most, alone; `sum_of` says what a lawful set of options comes to, exactly."""

    def __init__(
        self,
        most: Sequence[int],
        one_of: Sequence[frozenset[int]],
        caps: Sequence[Limit],
        sum_of: Callable[[frozenset[int]], int],
    ) -> None:
        self.most = most
        self.sum_of = sum_of
        self.branches = 0  # of the last search
        self.shut = [set[int]().union(*(one for one in one_of if i in one)) - {i} for i in range(len(most))]
        self.order = sorted(range(len(most)), key=lambda i: (-most[i], i))
        # Bounds use caps of which any two are nested or apart; leaving the others out only makes a bound higher.
        self.caps: list[Limit] = []
        for members, room in sorted(caps, key=lambda cap: (len(cap[0]), sorted(cap[0]), cap[1])):
            if all(inner <= members or not inner & members for inner, _ in self.caps):
                self.caps.append((members, room))
        outside = len(self.caps)  # the place after all caps
        self.around = [
            next((k for k in range(place + 1, outside) if members <= self.caps[k][0]), outside)
            for place, (members, _) in enumerate(self.caps)
        ]
        self.home = [
            next((k for k, (members, _) in enumerate(self.caps) if i in members), outside) for i in range(len(most))
        ]

    def highest(
        self, must: Iterable[int], never: Iterable[int], at_most: int, most_branches: int = MOST_BRANCHES
    ) -> tuple[frozenset[int], int] | None:
        """The options with the highest sum, `must` among them, and this sum; None where no lawful set has these.

        Raises BundleUnsolved beyond `most_branches`: an error, never a guess.
        """
        self.branches = 0
        start = frozenset(must)
        if len(start) > at_most or any(self.shut[i] & start for i in start):
            return None
        closed = start.union(never, *(self.shut[i] for i in start))
        best, total = start, self.sum_of(start)
        waiting = [(start, [i for i in self.order if i not in closed and self.most[i]])]
        while waiting:
            taken, free = waiting.pop()
            self.branches += 1
            if self.branches > most_branches:
                raise BundleUnsolved(f"the search in whole numbers did not end within {most_branches} branches.")
            more = at_most - len(taken)
            if not free or more == 0:
                if (reached := self.sum_of(taken)) > total:
                    best, total = taken, reached
                continue
            if self._bound(taken, free, more) <= total:
                continue
            first, *others = free
            waiting.append((taken, others))
            waiting.append((taken | {first}, [i for i in others if i not in self.shut[first]]))
        return best, total

    def _bound(self, taken: frozenset[int], free: Sequence[int], more: int) -> int:
        """No lawful set of `taken` and `more` of `free` at most comes to more than this."""
        few = sum(self.most[i] for i in taken) + sum(self.most[i] for i in free[:more])  # free is in order of `most`
        return min(few, self._capped(taken, free, spanning=False), self._capped(taken, free, spanning=True))

    def _capped(self, taken: frozenset[int], free: Sequence[int], *, spanning: bool) -> int:
        """Under the caps, one option of each group that shut each other out; groups may span caps or lie within one."""
        sums = [0] * (len(self.caps) + 1)
        for i in taken:
            sums[self.home[i]] += self.most[i]
        groups: list[tuple[set[int], int, int]] = []  # whom all its members shut out, what its first pays, where
        for i in free:
            for g, (shut, pays, place) in enumerate(groups):
                if i in shut and (spanning or place == self.home[i]):
                    groups[g] = (shut & self.shut[i], pays, self._shared_place(place, self.home[i]))
                    break
            else:
                groups.append((self.shut[i], self.most[i], self.home[i]))
        for _, pays, place in groups:
            sums[place] += pays
        for place, (_, room) in enumerate(self.caps):
            sums[self.around[place]] += min(sums[place], room)
        return sums[-1]

    def _shared_place(self, one: int, other: int) -> int:
        """The innermost cap around both places; an inner cap comes before those around it."""
        while one != other:
            if one < other:
                one = self.around[one]
            else:
                other = self.around[other]
        return one
