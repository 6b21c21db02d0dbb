"""A program's rules as they are explained: clause by clause, and what a verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.facts import Value
from matcher.coding import codings
from matcher.compile import Branch, Leaf, Node, Program
from matcher.reasons.deciding import Question, each_needed, fewest_facts, possible_answers
from matcher.reasons.grounds import Tree, ground, open_clauses
from matcher.reasons.requirements import Asked, asked_by
from matcher.upright import FALSE, TRUE, Test, states_of

MOST_KEPT = 65_536
"""Answers to rules, over all of a program, for which it is kept which clauses decide: people repeat each other."""


class Rulebook:
    """The rules of a program, each read when it is first asked for; kept with the program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._codings = codings(program)
        self._kept: Kept = {}
        self._rules: list[Rule | None] = [None] * len(program.policies)

    @staticmethod
    def of(program: Program) -> Rulebook:
        return program.once(Rulebook)

    def rule(self, place: int) -> Rule:
        """The rule of `program.policies[place]`."""
        found = self._rules[place]
        if found is None:
            found = self._rules[place] = self._read(place)
        return found

    def _read(self, place: int) -> Rule:
        tree, asked = asked_by(self.program, place)
        return Rule(tree, asked, tuple(self._tests(one.node, one.requirement.negated) for one in asked), self._kept)

    def _tests(self, node: Node, negated: bool) -> tuple[Answered, ...]:
        """A clause is one predicate, or two where it lies between quantities that vary."""
        leaves = node.items if isinstance(node, Branch) else (node,)
        return tuple(self._answered(leaf, negated) for leaf in leaves)

    def _answered(self, leaf: Node, negated: bool) -> Answered:
        assert isinstance(leaf, Leaf), "a clause is made of predicates"
        column = self.program.predicates[leaf.predicate].column
        return Answered(column, states_of(self.program, self._codings, Test(leaf.predicate, negated)).tobytes())


@dataclass(frozen=True, slots=True)
class Answered:
    """A predicate's answer, or its opposite's under a `not`, for each code of its column."""

    column: int
    by_code: bytes


class Rule:
    """One policy's rule over its clauses, `asked`, numbered as they are written."""

    def __init__(
        self, tree: Tree, asked: tuple[Asked, ...], tests: tuple[tuple[Answered, ...], ...], kept: Kept
    ) -> None:
        self.tree = tree
        self.asked = asked
        self.told = [(one, one.requirement, one.fact, one.threshold, one.requirement.facts) for one in asked]
        self._tests = tests
        self._firsts = [(one[0].by_code, one[0].column) for one in tests]
        self._pairs = [number for number, one in enumerate(tests) if len(one) > 1]
        self._kept = kept
        several = [one.requirement.facts for one in asked if len(one.requirement.facts) > 1]
        self._in_several = tuple(dict.fromkeys(fact for facts in several for fact in facts))
        self._alone = [self._own_fact(number) for number in range(len(asked))]

    def answers(self, codes: Sequence[int]) -> list[int]:
        """FALSE, UNKNOWN or TRUE for each clause, a `not` above it counted in; `codes` by column."""
        found = [by_code[codes[column]] for by_code, column in self._firsts]
        for number in self._pairs:
            both = [test.by_code[codes[test.column]] for test in self._tests[number]]
            # Outside is either not above the one or not below the other.
            found[number] = max(both) if self.asked[number].requirement.negated else min(both)
        return found

    def decisive(self, answers: Sequence[int], values: Mapping[str, Value]) -> tuple[bool, ...]:
        """Of each clause, whether the verdict rests on it, no more than needed; `values` are the profile's."""
        # Of a clause on several facts, the answer does not say which of them are unknown.
        unknown = tuple([values.get(fact) is None for fact in self._in_several]) if self._in_several else ()
        key = (self, bytes(answers), unknown)
        found = self._kept.get(key)
        if found is None:
            rests_on = self._rests_on(answers, values)
            found = tuple([number in rests_on for number in range(len(answers))])
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _rests_on(self, answers: Sequence[int], values: Mapping[str, Value]) -> frozenset[int]:
        still_open = open_clauses(self.tree, answers)
        if not still_open:
            return frozenset(ground(self.tree, answers).clauses)
        alone = {self._alone[clause] for clause in still_open}
        if len(alone) == len(still_open) and None not in alone:
            return frozenset(still_open)  # the common case, without further ado
        needed = {clause: self._open_facts(clause, values) for clause in still_open}
        facts = list(dict.fromkeys(fact for some in needed.values() for fact in some))
        questions = self._questions(needed)
        if each_needed(questions):
            return frozenset(needed)
        fewest = fewest_facts(self.tree, answers, questions, facts)
        return frozenset(clause for clause, some in needed.items() if fewest.issuperset(some))

    def _own_fact(self, clause: int) -> str | None:
        """The fact of a clause that asks one thing of one fact, and can be answered either way."""
        facts, tests = self.asked[clause].requirement.facts, self._tests[clause]
        decided = len(facts) == len(tests) == 1 and len(possible_answers([tests[0].by_code])) == 2
        return facts[0] if decided else None

    def _open_facts(self, clause: int, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The unknown facts of a clause or, where all are known and do not tell enough, all of them."""
        facts = self.asked[clause].requirement.facts
        return tuple([fact for fact in facts if values.get(fact) is None]) or facts

    def _questions(self, needed: Mapping[int, tuple[str, ...]]) -> list[Question]:
        """The clauses of each column together; a clause on two columns by itself, and answered either way."""
        by_column: dict[int, list[int]] = {}
        questions = []
        for clause, facts in needed.items():
            tests = self._tests[clause]
            if len(tests) == 1:
                by_column.setdefault(tests[0].column, []).append(clause)
            else:
                questions.append(Question(frozenset(facts), (clause,), ((FALSE,), (TRUE,))))
        for clauses in by_column.values():
            answers = possible_answers([self._tests[clause][0].by_code for clause in clauses])
            questions.append(Question(frozenset(needed[clauses[0]]), tuple(clauses), answers))
        return questions


Kept = dict[tuple[Rule, bytes, tuple[bool, ...]], tuple[bool, ...]]
"""By a rule, the answers to its clauses, and which facts are unknown of those that stand in clauses on several."""
