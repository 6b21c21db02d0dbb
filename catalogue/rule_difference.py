"""What differs between two rules: conditions that are new, gone or moved to another threshold, and how they are joined.

A condition is the same if it tests the same quantity in the same way; if only what it is compared with differs, it has
changed. What stays is compared as a tree: the same conditions joined otherwise are another rule. `not` is taken as part
of the conditions that it turns, wherever it is written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeAlias

from catalogue.changes import Change, changed
from catalogue.clause_words import ClauseWords
from domain.expression import All, AnyOf, AtLeast, Clause, Compare, Expression, Not
from domain.facts import Label

_PART = "eligibility"
_CONDITION = Label("条件", "The condition")
Condition: TypeAlias = "Clause | Not"
"""A clause, or what must not hold."""
Shape: TypeAlias = "tuple[object, ...] | int | None"


def rule_differences(
    before: Expression, after: Expression, words_before: ClauseWords, words_after: ClauseWords
) -> Iterator[Change]:
    """Changes of single conditions first, then of how they are joined."""
    normal_old, normal_new = _normal(before), _normal(after)
    old, new = list(_conditions(normal_old)), list(_conditions(normal_new))
    pairs = _paired(old, new)
    for here, there in pairs:
        if not _same(old[here], new[there]):
            yield from _moved(old[here], new[there], words_before, words_after)
    here_known, there_known = ({pair[side] for pair in pairs} for side in (0, 1))
    for index, condition in enumerate(old):
        if index not in here_known:
            yield from changed(_PART, _CONDITION, words_before.of(condition), None)
    for index, condition in enumerate(new):
        if index not in there_known:
            yield from changed(_PART, _CONDITION, None, words_after.of(condition))
    marks_old = {here: number for number, (here, _) in enumerate(pairs)}
    marks_new = {there: number for number, (_, there) in enumerate(pairs)}
    if _shape(normal_old, marks_old) != _shape(normal_new, marks_new):
        a, b = words_before.of(before), words_after.of(after)
        yield Change(
            _PART,
            a,
            b,
            Label(
                f"条件的组合方式变了：原为“{a.zh}”，现为“{b.zh}”。",
                f"The conditions are joined otherwise: they were “{a.en}”, and are “{b.en}”.",
            ),
        )


def _moved(old: Condition, new: Condition, words_before: ClauseWords, words_after: ClauseWords) -> Iterator[Change]:
    a, b = words_before.of(old), words_after.of(new)
    if a == b:  # another parameter of the same value, or another way to write it
        a, b = (Label(f"「{_clause(one).text}」", f"'{_clause(one).text}'") for one in (old, new))
    yield from changed(_PART, _CONDITION, a, b)


def _paired(old: Sequence[Condition], new: Sequence[Condition]) -> list[tuple[int, int]]:
    """Which condition has become which, by place: the same first, then those that ask alike of the same quantity."""
    pairs: dict[int, int] = {}
    left_new = list(range(len(new)))
    key: Callable[[Condition], Hashable]
    for key in (_as_said, _as_tested, _as_asked):
        waiting: dict[Hashable, deque[int]] = {}
        for there in left_new:
            waiting.setdefault(key(new[there]), deque()).append(there)
        for here, condition in enumerate(old):
            if here not in pairs and (alike := waiting.get(key(condition))):
                pairs[here] = alike.popleft()
        taken = set(pairs.values())
        left_new = [there for there in left_new if there not in taken]
    return sorted(pairs.items())


def _same(a: Condition, b: Condition) -> bool:
    return _as_said(a) == _as_said(b)


def _as_said(condition: Condition) -> Hashable:
    """However it is spaced."""
    clause = _clause(condition)
    return clause.left, clause.test, type(condition)


def _as_tested(condition: Condition) -> Hashable:
    """Whatever it is compared with."""
    return _clause(condition).left, type(condition), _kind(condition)


def _as_asked(condition: Condition) -> Hashable:
    """With another operator: `<` has become `<=`, a bound a range, or it must not hold any more."""
    return _clause(condition).left


def _kind(condition: Condition) -> tuple[type, str | None]:
    test = _clause(condition).test
    return type(test), test.operator if isinstance(test, Compare) else None


def _clause(condition: Condition) -> Clause:
    inner = condition.item if isinstance(condition, Not) else condition
    assert isinstance(inner, Clause)
    return inner


def _normal(expression: Expression, *, turned: bool = False) -> Expression:
    """The same rule with every `not` at a clause."""
    match expression:
        case Clause():
            return Not(expression) if turned else expression
        case Not(item=item):
            return _normal(item, turned=not turned)
        case AtLeast(count=count, items=items):
            below = tuple(_normal(one, turned=turned) for one in items)
            return AtLeast(len(items) - count + 1 if turned else count, below)
        case All(items=items) | AnyOf(items=items):
            below = tuple(_normal(one, turned=turned) for one in items)
            return All(below) if isinstance(expression, All) is not turned else AnyOf(below)


def _conditions(normal: Expression) -> Iterator[Condition]:
    match normal:
        case Clause() | Not():
            yield normal
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            for item in items:
                yield from _conditions(item)


def _shape(normal: Expression, marks: dict[int, int]) -> Shape:
    """A rule's tree over the conditions that both rules have, by number; the others are left out."""
    places = iter(range(sum(1 for _ in _conditions(normal))))

    def shape(node: Expression) -> Shape:
        match node:
            case Clause() | Not():
                return marks.get(next(places))
            case AtLeast(count=count, items=items):
                parts = [one for one in map(shape, items) if one is not None]
                return ("at_least", count, *sorted(parts, key=repr)) if parts else None
            case All(items=items) | AnyOf(items=items):
                parts = [one for one in map(shape, items) if one is not None]
                if len(parts) < 2:
                    return parts[0] if parts else None
                return ("all" if isinstance(node, All) else "any", *sorted(parts, key=repr))

    return shape(normal)
