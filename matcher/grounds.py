"""What a verdict rests on: of the clauses that make it so, the fewest.

A rule is a tree over clause numbers in which each `not` has been carried down to the clauses; `all` and `any` are "at
least all" and "at least one". Answers are FALSE, UNKNOWN or TRUE, by clause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

FALSE, UNKNOWN, TRUE = 0, 1, 2
"""Three-valued answers as bytes: `all` is the least of them, `any` the greatest."""


@dataclass(frozen=True, slots=True)
class Joined:
    """At least `count` of `items`."""

    count: int
    items: tuple[Tree, ...]


Tree = int | Joined


class Ground(NamedTuple):
    """A part's answer and what it rests on.

    Where it is TRUE, `clauses` are the fewest that make it so, and `cost` is (how many, 0). Elsewhere they are the
    unmet clauses, and `missing` the unanswered ones, of the closest way to have it true: fewest unmet, then fewest
    missing, then first; `cost` counts both.
    """

    answer: int
    cost: tuple[int, int]
    clauses: tuple[int, ...]
    missing: tuple[int, ...] = ()


def ground(tree: Tree, answers: Sequence[int]) -> Ground:
    """What the answer of `tree` rests on."""
    if isinstance(tree, int):
        answer = answers[tree]
        if answer == UNKNOWN:
            return Ground(UNKNOWN, (0, 1), (), (tree,))
        return Ground(answer, (1, 0), (tree,))
    met: list[Ground] = []
    other: list[Ground] = []
    possible = 0
    for item in tree.items:
        below = ground(item, answers)
        (met if below.answer == TRUE else other).append(below)
        possible += below.answer != FALSE
    enough = len(met) >= tree.count
    chosen, wanted = (met, tree.count) if enough else (other, tree.count - len(met))
    if wanted < len(chosen):
        chosen = sorted(chosen, key=lambda one: one.cost)[:wanted]  # stable: of equals the first
    answer = TRUE if enough else UNKNOWN if possible >= tree.count else FALSE
    if len(chosen) == 1:
        return chosen[0]._replace(answer=answer)
    return Ground(
        answer,
        (sum([one.cost[0] for one in chosen]), sum([one.cost[1] for one in chosen])),
        tuple([clause for one in chosen for clause in one.clauses]),
        tuple([clause for one in chosen for clause in one.missing]),
    )


def answer_of(tree: Tree, answers: Sequence[int]) -> int:
    if isinstance(tree, int):
        return answers[tree]
    below = [answer_of(item, answers) for item in tree.items]
    possible = len(below) - below.count(FALSE)
    return TRUE if below.count(TRUE) >= tree.count else UNKNOWN if possible >= tree.count else FALSE


def open_clauses(tree: Tree, answers: Sequence[int]) -> Iterator[int]:
    """The unanswered clauses that can still sway the tree: not those in parts whose answer stands."""
    if answer_of(tree, answers) != UNKNOWN:
        return
    if isinstance(tree, int):
        yield tree
        return
    for item in tree.items:
        yield from open_clauses(item, answers)
