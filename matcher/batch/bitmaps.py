"""Policies as a program over bitmaps: planes of single columns, then gates that join planes; a bit is a subject.

Every truth value is a pair of planes (true, rest): true where the first has a bit, possible where either has. Of a
predicate, rest is where it is unknown; of a gate's result, where it is possible. Negations are carried down to the
predicates, where they ask for the other known codes, so that only AND and OR remain; these act on the true and on the
possible planes alike, and so does `at least`, which is built of them. Equal parts of rules are worked out once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matcher.coding import KEPT, Coding, Same, intervals
from matcher.compile import Branch, Inverse, Leaf, Node, Program, Quorum

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class BitmapProgram:
    """What the kernel runs for a block of subjects; planes live in slots, numbered from 0.

    Plane p goes to slot p: the subjects whose code of column `plane_column[p]` lies in one of the intervals
    `low[i], low[i] + width[i]` for i in `plane_start[p] : plane_start[p + 1]`. The first `narrow_planes` are of columns
    coded in 8 bits, the others in 16; columns are numbered within their kind, as in `narrow` and `wide`, which give
    the numbers that the compiled program knows them by.

    Gate g joins the operands j in `gate_start[g] : gate_start[g + 1]`, each the pair of slots (`operand_true[j]`,
    `operand_rest[j]`), by AND where `conjunctive[g]`, else by OR. The result goes to the slots `target[g]` and
    `target[g] + 1` or, where `policy[g]` is not negative, is the verdict of that policy.
    """

    policies: int
    narrow: tuple[int, ...]
    wide: tuple[int, ...]
    narrow_planes: int
    plane_column: Integers
    plane_start: Integers
    low: Integers
    width: Integers
    gate_start: Integers
    conjunctive: npt.NDArray[np.bool_]
    operand_true: Integers
    operand_rest: Integers
    target: Integers
    policy: Integers
    slots: int


def lower(program: Program, codings: tuple[Coding, ...]) -> BitmapProgram:
    """The bitmap program of all policies; `codings` are those of the codes at hand, by column."""
    return _lower(Same(program), codings)


@lru_cache(maxsize=KEPT)
def _lower(key: Same, codings: tuple[Coding, ...]) -> BitmapProgram:
    graph = _Graph(key.program, codings)
    roots = [graph.node(tree, negated=False) for tree in key.program.trees]
    return _Emission(graph, roots).program()


@dataclass(frozen=True)
class _Plane:
    column: int
    codes: int
    """A set of codes as bits."""


@dataclass(frozen=True)
class _Pair:
    true: _Plane
    rest: _Plane


@dataclass(frozen=True)
class _Gate:
    conjunctive: bool
    items: tuple[int, ...]
    """Numbers of nodes, all below the gate's own."""


class _Graph:
    """The nodes of all policies, each distinct one once, numbered from below."""

    def __init__(self, program: Program, codings: Sequence[Coding]) -> None:
        self.program = program
        self.codings = codings
        self.nodes: list[_Pair | _Gate] = []
        self._numbers: dict[_Pair | _Gate, int] = {}
        self._leaves: dict[tuple[int, bool], int] = {}

    def node(self, tree: Node, negated: bool) -> int:
        match tree:
            case Leaf(predicate=predicate):
                if (predicate, negated) not in self._leaves:
                    self._leaves[predicate, negated] = self._leaf(predicate, negated)
                return self._leaves[predicate, negated]
            case Inverse(item=item):
                return self.node(item, not negated)
            case Branch(conjunctive=conjunctive, items=items):
                return self._joined(conjunctive is not negated, [self.node(item, negated) for item in items])
            case Quorum(count=count, items=items):
                # Fewer than `count` hold exactly if enough of the opposites hold.
                wanted = len(items) - count + 1 if negated else count
                return self._quorum(wanted, [self.node(item, negated) for item in items])

    def _leaf(self, number: int, negated: bool) -> int:
        predicate = self.program.predicates[number]
        coding = self.codings[predicate.column]
        unknown = coding.codes_in(predicate.unknown) | 1
        true = coding.codes_in(predicate.true) & ~unknown
        if negated:
            true = coding.known & ~true & ~unknown
        return self._number(_Pair(_Plane(predicate.column, true), _Plane(predicate.column, unknown)))

    def _joined(self, conjunctive: bool, items: Iterable[int]) -> int:
        flat: set[int] = set()
        for item in items:
            node = self.nodes[item]
            flat.update(node.items if isinstance(node, _Gate) and node.conjunctive is conjunctive else (item,))
        return self._gate(conjunctive, flat)

    def _quorum(self, count: int, items: list[int]) -> int:
        """`best[j]`: at least j of the items seen; each item either adds to j - 1 of those before it or is left out."""
        if count in (1, len(items)):
            return self._joined(count > 1, items)
        best: dict[int, int] = {}
        for seen, item in enumerate(items):
            for j in range(min(count, seen + 1), max(0, count - len(items) + seen), -1):
                added = item if j == 1 else self._gate(True, {item, best[j - 1]})
                best[j] = added if j > seen else self._gate(False, {best[j], added})
        return best[count]

    def _gate(self, conjunctive: bool, items: set[int]) -> int:
        return items.pop() if len(items) == 1 else self._number(_Gate(conjunctive, tuple(sorted(items))))

    def _number(self, node: _Pair | _Gate) -> int:
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[node]


class _Emission:
    """Gates in the order they are run: each policy's own after those that it needs.

    A part that several rules share keeps its slots; what only one gate reads gives them back when it has been read.
    """

    def __init__(self, graph: _Graph, roots: Sequence[int]) -> None:
        self.graph, self.roots = graph, roots
        self.uses = Counter(roots)
        planes: set[_Plane] = set()
        for number in reversed(range(len(graph.nodes))):
            node = graph.nodes[number]
            if self.uses[number] and isinstance(node, _Gate):
                self.uses.update(node.items)
            elif self.uses[number] and isinstance(node, _Pair):
                planes |= {node.true, node.rest}
        wide = {plane.column for plane in planes if graph.codings[plane.column].dtype.itemsize > 1}
        self.planes = sorted(planes, key=lambda plane: (plane.column in wide, plane.column, plane.codes))
        self.wide = tuple(sorted(wide))
        self.narrow = tuple(sorted({plane.column for plane in planes} - wide))
        self.slot_of_plane = {plane: slot for slot, plane in enumerate(self.planes)}
        self.slot_of_gate: dict[int, int] = {}
        self.free: list[int] = []
        self.slots = len(self.planes)
        self.gates: list[tuple[bool, list[tuple[int, int]], int, int]] = []

    def program(self) -> BitmapProgram:
        for policy, root in enumerate(self.roots):
            for number in self._missing(root):
                self._emit(number, self._new_slot(number), -1)
            self._emit(root, 0, policy)
        return self._arrays()

    def _missing(self, root: int) -> list[int]:
        """The gates that `root` needs and that have no slot yet, from below; `root` itself if others read it, too."""
        found: set[int] = set()
        stack = [root]
        while stack:
            number = stack.pop()
            node = self.graph.nodes[number]
            if number in found or number in self.slot_of_gate or isinstance(node, _Pair):
                continue
            if number != root or self.uses[number] > 1:
                found.add(number)
            stack.extend(node.items)
        return sorted(found)

    def _emit(self, number: int, target: int, policy: int) -> None:
        node = self.graph.nodes[number]
        is_read = isinstance(node, _Pair) or number in self.slot_of_gate
        items = (number,) if is_read or isinstance(node, _Pair) else node.items
        conjunctive = isinstance(node, _Gate) and node.conjunctive
        self.gates.append((conjunctive, [self._operand(item) for item in items], target, policy))
        if policy < 0:
            self.slot_of_gate[number] = target
        for item in items:
            if self.uses[item] == 1 and item in self.slot_of_gate:
                self.free.append(self.slot_of_gate.pop(item))

    def _new_slot(self, number: int) -> int:
        if self.uses[number] == 1 and self.free:
            return self.free.pop()
        self.slots += 2
        return self.slots - 2

    def _operand(self, number: int) -> tuple[int, int]:
        node = self.graph.nodes[number]
        if isinstance(node, _Pair):
            return self.slot_of_plane[node.true], self.slot_of_plane[node.rest]
        return self.slot_of_gate[number], self.slot_of_gate[number] + 1

    def _arrays(self) -> BitmapProgram:
        place = {column: i for kind in (self.narrow, self.wide) for i, column in enumerate(kind)}
        none = {column: int(np.iinfo(self.graph.codings[column].dtype).max) for column in place}
        runs = [list(intervals(plane.codes)) or [(none[plane.column],) * 2] for plane in self.planes]
        operands = [operand for _, items, _, _ in self.gates for operand in items]
        return BitmapProgram(
            policies=len(self.roots),
            narrow=self.narrow,
            wide=self.wide,
            narrow_planes=sum(plane.column in self.narrow for plane in self.planes),
            plane_column=_integers(place[plane.column] for plane in self.planes),
            plane_start=_starts(len(run) for run in runs),
            low=_integers(first for run in runs for first, _ in run),
            width=_integers(last - first for run in runs for first, last in run),
            gate_start=_starts(len(items) for _, items, _, _ in self.gates),
            conjunctive=np.array([conjunctive for conjunctive, _, _, _ in self.gates], dtype=np.bool_),
            operand_true=_integers(true for true, _ in operands),
            operand_rest=_integers(rest for _, rest in operands),
            target=_integers(target for _, _, target, _ in self.gates),
            policy=_integers(policy for _, _, _, policy in self.gates),
            slots=self.slots,
        )


def _integers(numbers: Iterable[int]) -> Integers:
    return np.fromiter(numbers, dtype=np.int32)


def _starts(lengths: Iterable[int]) -> Integers:
    return np.cumsum([0, *lengths], dtype=np.int32)
