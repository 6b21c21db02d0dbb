"""The fewest unknown facts that would decide an open rule, whatever they turn out to be.

Where no fact stands in two open clauses, every one of them can be the one that matters, and all are needed. Where a
fact repeats, fewer can do: `any: [a, all: [a, b]]` is decided by a alone. Then sets are tried from the smallest up,
each against every combination of what its facts can answer; a fact's clauses are answered together, by the codes of
matcher/coding.py. Answers that leave a clause open (a region named too coarsely, a date that lies ahead of a
"months since", a division by zero) are left out of account, since no set of facts would ever decide then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

from matcher.reasons.grounds import Tree, answer_of
from matcher.upright import UNKNOWN

MOST_TRIED = 4_096
"""Combinations of answers, over all sets; a rule that needs more is told all its open facts."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one column answers: the clauses that rest on it, and the answers that they can get, together.

    `facts` are those that must be known for it, of those that are not.
    """

    facts: frozenset[str]
    clauses: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]


def fewest_facts(tree: Tree, answers: Sequence[int], questions: Sequence[Question], facts: Sequence[str]) -> set[str]:
    """The smallest set of `facts` that decides `tree`, of equals the first; `facts` are all that open clauses need."""
    if not all(question.answers for question in questions):
        return set(facts)
    tried = 0
    for size in range(1, len(facts)):
        for some in combinations(facts, size):
            answered = [question for question in questions if question.facts.issubset(some)]
            decided = bool(answered)
            for filled in product(*[question.answers for question in answered]):
                tried += 1
                if tried > MOST_TRIED:
                    return set(facts)
                if answer_of(tree, _with(answers, answered, filled)) == UNKNOWN:
                    decided = False
                    break
            if decided:
                return set(some)
    return set(facts)


def each_needed(questions: Sequence[Question]) -> bool:
    """Whether no fact stands in two questions, each of one clause that can be answered either way."""
    facts = [fact for question in questions for fact in question.facts]
    return len(set(facts)) == len(facts) and all(
        len(question.clauses) == 1 and len(question.answers) == 2 for question in questions
    )


def _with(answers: Sequence[int], questions: Sequence[Question], filled: Sequence[tuple[int, ...]]) -> Sequence[int]:
    found = list(answers)
    for question, given in zip(questions, filled, strict=True):
        for clause, answer in zip(question.clauses, given, strict=True):
            found[clause] = answer
    return found


def possible_answers(by_code: Sequence[bytes]) -> tuple[tuple[int, ...], ...]:
    """What the clauses of one column can be answered together; `by_code`: each one's answer by the column's code."""
    together = sorted(set(zip(*[answers[1:] for answers in by_code], strict=True)))
    return tuple(one for one in together if UNKNOWN not in one)
