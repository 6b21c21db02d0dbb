"""What a verdict rests on: of the clauses that make it so, the fewest.

A rule is a tree over clause numbers in which each `not` has been carried down to the clauses; `all` and `any` are "at
least all" and "at least one". Answers are FALSE, UNKNOWN or TRUE, by clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from matcher.upright import FALSE, TRUE, UNKNOWN


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
        return _alone(tree)[answers[tree]]
    met: list[Ground] = []
    other: list[Ground] = []
    possible = 0
    for item in tree.items:
        below = _alone(item)[answers[item]] if isinstance(item, int) else ground(item, answers)
        (met if below.answer == TRUE else other).append(below)
        possible += below.answer != FALSE
    enough = len(met) >= tree.count
    answer = TRUE if enough else UNKNOWN if possible >= tree.count else FALSE
    chosen, wanted = (met, tree.count) if enough else (other, tree.count - len(met))
    if wanted < len(chosen):
        chosen = sorted(chosen, key=_cost)[:wanted]  # stable: of equals the first
    if len(chosen) == 1:
        _, cost, clauses, missing = chosen[0]
        return Ground(answer, cost, clauses, missing)
    return Ground(
        answer,
        (sum([one.cost[0] for one in chosen]), sum([one.cost[1] for one in chosen])),
        tuple([clause for one in chosen for clause in one.clauses]),
        tuple([clause for one in chosen for clause in one.missing]),
    )


_cost = attrgetter("cost")


@lru_cache(maxsize=4096)
def _alone(clause: int) -> tuple[Ground, Ground, Ground]:
    """What a clause alone rests on, by its answer."""
    return (
        Ground(FALSE, (1, 0), (clause,)),
        Ground(UNKNOWN, (0, 1), (), (clause,)),
        Ground(TRUE, (1, 0), (clause,)),
    )


def answer_of(tree: Tree, answers: Sequence[int]) -> int:
    """FALSE, UNKNOWN or TRUE."""
    return _opened(tree, answers)[0]


def open_clauses(tree: Tree, answers: Sequence[int]) -> list[int]:
    """The unanswered clauses that can still sway the tree: not those in parts whose answer stands."""
    answer, found = _opened(tree, answers)
    return found if answer == UNKNOWN else []


def _opened(tree: Tree, answers: Sequence[int]) -> tuple[int, list[int]]:
    """The answer and, where it is unknown, the clauses that keep it so."""
    if isinstance(tree, int):
        return answers[tree], [tree]
    true = possible = 0
    found: list[int] = []
    for item in tree.items:
        if isinstance(item, int):
            answer = answers[item]
            if answer == UNKNOWN:
                found.append(item)
        else:
            answer, below = _opened(item, answers)
            if answer == UNKNOWN:
                found += below
        true += answer == TRUE
        possible += answer != FALSE
    return TRUE if true >= tree.count else UNKNOWN if possible >= tree.count else FALSE, found
