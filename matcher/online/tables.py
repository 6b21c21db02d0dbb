"""A program as the tables that matcher/online/scalar.py looks one profile up in.

A rule is taken apart at its top `all`: what asks of one column only is written into that column's masks, which say for
each code of the column which policies it leaves possible and which true, a bit a policy; what joins several columns
stays a rule, run for the policies that the masks leave possible. A city's rules are mostly of the first kind, so that
most policies fall without being looked at. The masks grow with policies times thresholds: 7 MB for
10,000 policies on 40 facts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from domain.calendar import day_number
from domain.facts import FIRST_POSSIBLE_YEAR, FactDefinition, FactType
from domain.terms import (
    PERCENT,
    PERIODS,
    Arithmetic,
    AsOf,
    Call,
    Constant,
    FactRef,
    ParameterRef,
    Term,
    comparable,
    parts,
)
from matcher.coding import Coding, codings
from matcher.compile import Program, encode
from matcher.online import scalar
from matcher.upright import FALSE, TRUE, Group, Test, required, states_of, tests_in, upright

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
_STEPS = {
    "+": scalar.ADD, "-": scalar.SUBTRACT, "*": scalar.MULTIPLY, "/": scalar.DIVIDE, "<=>": scalar.ORDER,
    PERCENT: scalar.PERCENT, "years": scalar.YEARS, "months": scalar.MONTHS, "days": scalar.DAYS,
}  # fmt: skip
_FIRST_DAY = day_number(date(FIRST_POSSIBLE_YEAR, 1, 1))
WORDED = (FactType.CATEGORY, FactType.REGION, FactType.TEXT)
KINDS = (FactType.INTEGER, FactType.NUMBER, FactType.BOOLEAN, FactType.DATE, *WORDED)
"""The order of slots: facts that are read alike stand side by side."""


@dataclass(frozen=True)
class Slot:
    """One double that a profile gives: a fact; `numbers` are of its words, where it has words."""

    fact: FactDefinition
    numbers: dict[str, int] | None = None


@dataclass(frozen=True)
class Tables:
    """What `scalar.decide` is given, all but the profile.

    `slots`: what a profile's doubles are, in order; `limits` float64[slots, 2]: least and greatest.
    Column c reads slot `column_source[c]` or, where that is negative, quantity `~column_source[c]`, whose steps
    (kind, place) are those from `quantity_starts` on. Its code is 1 + how many of its `cuts` lie at or below its value.
    `masks` uint64[rows, 2, words]: at row `row_starts[c] + code`, the policies that the code leaves possible, and true.
    Rules are steps (LEAF, column, place in `states`) and (GROUP, count, items), empty where the masks say all.
    `states`: a test's answers, by the code of its column, one test after the other.
    """

    slots: tuple[Slot, ...]
    limits: Doubles
    quantity_steps: Integers
    quantity_starts: Integers
    constants: Doubles
    column_source: Integers
    cuts: Doubles
    cut_starts: Integers
    row_starts: Integers
    masks: npt.NDArray[np.uint64]
    rule_steps: Integers
    rule_starts: Integers
    states: Bytes


def tables_of(program: Program) -> Tables:
    return _TablesMaker(program).tables()


class _TablesMaker:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.codings = codings(program)
        self.slots: list[Slot] = []
        self.slot_of: dict[str, int] = {}
        self.rank_slot_of: dict[str, int] = {}
        self.states: dict[Test, Bytes] = {}
        self.state_starts: dict[Test, int] = {}
        self.states_length = 0

    def tables(self) -> Tables:
        program = self.program
        self._take_slots()
        quantities = [column.term for column in program.columns if column.fact is None]
        written = [list(self._quantity(term)) for term in quantities]
        constants = [constant for steps in written for kind, constant in steps if kind == scalar.CONSTANT]
        places = iter(range(len(constants)))
        steps = [
            (kind, next(places) if kind == scalar.CONSTANT else int(place)) for one in written for kind, place in one
        ]
        numbers = iter(range(len(quantities)))
        source = [self.slot_of[column.fact] if column.fact else ~next(numbers) for column in program.columns]
        cuts = [np.arange(1, coding.codes - 1) if coding.words else np.array(coding.cuts) for coding in self.codings]
        masks, rules = self._rules()
        return Tables(
            slots=tuple(self.slots),
            limits=np.array([_limits(slot.fact) for slot in self.slots]).reshape(-1, 2),
            quantity_steps=np.array(steps, np.int32).reshape(-1, 2),
            quantity_starts=_starts(written),
            constants=np.array(constants, np.float64),
            column_source=np.array(source, np.int32),
            cuts=np.concatenate([np.empty(0), *cuts]),
            cut_starts=_starts(cuts),
            row_starts=_starts([range(coding.codes) for coding in self.codings]),
            masks=masks,
            rule_steps=np.array([step for rule in rules for step in rule], np.int32).reshape(-1, 3),
            rule_starts=_starts(rules),
            states=np.concatenate([np.empty(0, np.uint8), *(self.states[test] for test in self.state_starts)]),
        )

    def _take_slots(self) -> None:
        """A slot for each fact; and where a word is compared with another fact's, one that numbers both alike."""
        coding_of = {column.fact: coding for column, coding in zip(self.program.columns, self.codings, strict=True)}
        for name, fact in sorted(self.program.facts.items(), key=lambda pair: KINDS.index(pair[1].type)):
            numbers = None
            if fact.type in WORDED:
                words = coding_of[name].words if name in coding_of else tuple(fact.categories)
                numbers = {str(word): number for number, word in enumerate(words or ())}
            self.slot_of[name] = self._slot(Slot(fact, numbers))
        ranked = [
            self.program.facts[part.name]
            for column in self.program.columns
            if column.fact is None
            for part in parts(column.term)
            if isinstance(part, FactRef) and self.slots[self.slot_of[part.name]].numbers is not None
        ]
        ranks = {word: rank for rank, word in enumerate(sorted({word for fact in ranked for word in fact.categories}))}
        for fact in ranked:
            if fact.name not in self.rank_slot_of:
                self.rank_slot_of[fact.name] = self._slot(Slot(fact, ranks))

    def _slot(self, slot: Slot) -> int:
        self.slots.append(slot)
        return len(self.slots) - 1

    def _quantity(self, term: Term) -> Iterator[tuple[int, float]]:
        """The steps of a term: (kind, slot or constant's value)."""
        match term:
            case FactRef(name=name):
                yield scalar.FACT, self.rank_slot_of.get(name, self.slot_of[name])
            case Constant(value=value):
                yield scalar.CONSTANT, float(encode(comparable(value)))
            case ParameterRef(name=name):
                yield scalar.CONSTANT, float(self.program.parameters[name])
            case AsOf():
                yield scalar.CONSTANT, float(day_number(self.program.as_of))
            case Arithmetic(operator=symbol, left=left, right=right):
                yield from self._quantity(left)
                yield from self._quantity(right)
                yield _STEPS[symbol], 0
            case Call(function=function, arguments=arguments):
                period = PERIODS.get(function)
                ends: tuple[Term, ...] = arguments
                if period is not None and period.ends != "between":
                    ends = (*arguments, AsOf()) if period.ends == "since" else (AsOf(), *arguments)
                for end in ends:
                    yield from self._quantity(end)
                yield _STEPS[period.unit if period else function], 0

    def _rules(self) -> tuple[npt.NDArray[np.uint64], list[list[tuple[int, int, int]]]]:
        by_column: list[dict[int, Bytes]] = [{} for _ in self.program.columns]
        rules = []
        for policy, tree in enumerate(self.program.trees):
            across = []
            for item in required(upright(tree)):
                columns = {self.program.predicates[test.predicate].column for test in tests_in(item)}
                if len(columns) > 1:
                    across.append(item)
                    continue
                states = self._states(item)
                [column] = columns
                before = by_column[column].get(policy, states)
                by_column[column][policy] = np.minimum(before, states)
            rules.append(list(self._steps(Group(len(across), tuple(across)))) if across else [])
        words = -(-len(self.program.policies) // 64)
        masks = [self._masks(*pair, words) for pair in zip(self.codings, by_column, strict=True)]
        return np.concatenate([np.empty((0, 2, words), np.uint64), *masks]), rules

    def _masks(self, coding: Coding, states: dict[int, Bytes], words: int) -> npt.NDArray[np.uint64]:
        """uint64[codes, 2, words] of one column; a policy that asks nothing of it alone is left true."""
        planes = np.ones((2, coding.codes, words * 64), np.bool_)
        if states:
            policies, answers = list(states), np.stack(list(states.values()), axis=1)
            planes[0][:, policies] = answers != FALSE
            planes[1][:, policies] = answers == TRUE
        planes[:, :, len(self.program.policies) :] = False
        packed = np.packbits(planes, axis=2, bitorder="little").view("<u8").astype(np.uint64)
        return np.ascontiguousarray(packed.transpose(1, 0, 2))

    def _states(self, item: Test | Group) -> Bytes:
        """The answers of a part that asks of one column only, by code."""
        if isinstance(item, Test):
            if item not in self.states:
                self.states[item] = states_of(self.program, self.codings, item)
            return self.states[item]
        answers = np.sort(np.stack([self._states(one) for one in item.items]), axis=0)
        # The count-th best answer: at least so many are as good.
        best: Bytes = answers[len(item.items) - item.count]
        return best

    def _steps(self, item: Test | Group) -> Iterator[tuple[int, int, int]]:
        if isinstance(item, Group):
            for one in item.items:
                yield from self._steps(one)
            yield scalar.GROUP, item.count, len(item.items)
            return
        if item not in self.state_starts:
            self.state_starts[item] = self.states_length
            self.states_length += len(self._states(item))
        yield scalar.LEAF, self.program.predicates[item.predicate].column, self.state_starts[item]


def _limits(fact: FactDefinition) -> tuple[float, float]:
    """What `FactDefinition.check` lets through, in doubles."""
    if fact.type is FactType.DATE:
        return _FIRST_DAY, sys.float_info.max
    low, high = fact.minimum, fact.maximum
    return -sys.float_info.max if low is None else low, sys.float_info.max if high is None else high


def _starts(parts: Sequence[Sequence[object] | npt.NDArray[np.generic]]) -> Integers:
    """Where each of `parts` begins when they are put end to end, and the end of the last."""
    return np.cumsum([0, *map(len, parts)]).astype(np.int32)
