"""Compiled rules with each `not` carried down to the predicates, so that only "at least so many of" joins parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.coding import Coding
from matcher.compile import Branch, Inverse, Leaf, Node, Program, Quorum

Bytes = npt.NDArray[np.uint8]
FALSE, UNKNOWN, TRUE = 0, 1, 2
"""Three-valued answers as bytes: `all` is the least of them, `any` the greatest."""


@dataclass(frozen=True)
class Group:
    """At least `count` of `items`: all of them, any, or some; where a rule has a `not`, its opposite."""

    count: int
    items: tuple[Test | Group, ...]


@dataclass(frozen=True)
class Test:
    predicate: int
    negated: bool


def upright(node: Node, negated: bool = False) -> Test | Group:
    """The rule with each `not` carried down to the predicates; not two of three is at least two of the opposites."""
    match node:
        case Leaf(predicate=predicate):
            return Test(predicate, negated)
        case Inverse(item=item):
            return upright(item, not negated)
        case Branch(conjunctive=conjunctive, items=items):
            count = len(items) if conjunctive is not negated else 1
            return Group(count, tuple(upright(item, negated) for item in items))
        case Quorum(count=count, items=items):
            wanted = len(items) - count + 1 if negated else count
            return Group(wanted, tuple(upright(item, negated) for item in items))


def states_of(program: Program, codes: Sequence[Coding], test: Test) -> Bytes:
    """FALSE, UNKNOWN or TRUE for each code of the column that is tested."""
    predicate = program.predicates[test.predicate]
    coding = codes[predicate.column]
    unknown = coding.codes_in(predicate.unknown) | 1
    true = coding.codes_in(predicate.true) & ~unknown
    if test.negated:
        true = coding.known & ~true & ~unknown
    return TRUE * _bits(true, coding.codes) + _bits(unknown, coding.codes)


def required(item: Test | Group) -> Iterator[Test | Group]:
    """The parts that must all hold."""
    if isinstance(item, Group) and item.count == len(item.items):
        for one in item.items:
            yield from required(one)
    else:
        yield item


def tests_in(item: Test | Group) -> Iterator[Test]:
    if isinstance(item, Test):
        yield item
        return
    for one in item.items:
        yield from tests_in(one)


def _bits(bits: int, length: int) -> Bytes:
    packed = np.frombuffer(bits.to_bytes(length // 8 + 1, "little"), np.uint8)
    return np.unpackbits(packed, bitorder="little")[:length]
