"""What to ask a subject next: the fact whose answer would decide most money, and why it is asked.

What is unknown and derived is not asked for: its sources are. Nobody is asked for a sensitive fact. Each answer is
tried on the rules, judged by the reference evaluator; what it settles, for or against, counts with the policy's yearly
amount and the answer's share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.amount import benefit_amount_fen, yearly_fen
from domain.derivation import FromRule, FromTerm, fact_sources
from domain.derived import in_order, own_value
from domain.evaluate import evaluate
from domain.expression import Clause, clauses
from domain.facts import ORDERED, Value
from domain.policy import Policy
from domain.terms import Constant, FactRef, Term, combine, fact_names, value_of
from matcher.outlook.answers import Answer, Signal, answers_to
from matcher.outlook.timeline import Timeline
from matcher.outlook.truths import truths_of

Shares = Mapping[str, Mapping[Value, float]]
"""Statistics of facts: how often each value is met. Of ordered facts the middles of a histogram's cells will do."""


@dataclass(frozen=True)
class Stake:
    """What hangs on the answer for one policy.

    `chance`: the share of answers that settle it. `most_fen`: the most a year that it then brings, 0 where its amount
    is unknown and no weight is given, or where no answer alone makes the subject eligible.
    """

    policy: Policy
    chance: float
    most_fen: int


@dataclass(frozen=True)
class Question:
    """`expected_fen`: the yearly amounts that the answer settles, on average over the answers.

    `gain_fen`: the most a year that one answer makes certain. `settled`: how many policies it settles, on average.
    `shared_fen`: of the policies that it bears on, the amounts divided by how many facts each still lacks. `stakes`:
    the policies that it bears on, the dearest first; those with chance 0 need more than this answer.
    """

    fact: str
    expected_fen: float
    gain_fen: int
    settled: float
    shared_fen: float
    stakes: tuple[Stake, ...]


def questions(
    timeline: Timeline,
    given: Mapping[str, Value],
    as_of: date,
    shares: Shares | None = None,
    weights: Mapping[str, int] | None = None,
) -> list[Question]:
    """All that may be asked, the best first: what settles most value, or else brings most value nearer.

    A fact that settles nothing alone comes after all that settle something. `weights`: fen a year by policy id, for
    policies whose amount is not known or that bring no money. `shares`: see `Shares`; without them the answers that
    rules tell apart are equally likely. Raises ParameterExpired.
    """
    return _Interview(timeline, given, as_of, weights or {}).questions(shares or {})


class _Interview:
    def __init__(self, timeline: Timeline, given: Mapping[str, Value], as_of: date, weights: Mapping[str, int]) -> None:
        self.timeline = timeline
        self.facts = timeline.facts
        self.as_of = as_of
        self.parameters = timeline.parameters(as_of)
        self.weights = weights
        self.own = {
            fact.name: fact for fact in in_order(self.facts) if isinstance(fact.derivation, FromTerm | FromRule)
        }
        self.given = given
        self.values = self.with_answer({})
        self.lacking: dict[str, tuple[Policy, dict[str, None]]] = {}
        """The open policies by id, with the facts that could be asked for their undecided clauses."""
        for policy in timeline.policies:
            timeline.require(policy, as_of)
            if policy.in_force(as_of) and evaluate(policy.eligibility, self.values, self.parameters, as_of) is None:
                truths = truths_of(policy.eligibility, self.values, self.parameters, as_of)
                names = (name for clause, truth in truths.items() if truth is None for name in clause.facts())
                self.lacking[policy.id] = policy, dict.fromkeys(one for name in names for one in self._asked(name))

    def questions(self, shares: Shares) -> list[Question]:
        wanted = dict.fromkeys(name for _, names in self.lacking.values() for name in names)
        order = {name: place for place, name in enumerate(self.facts)}
        askable = [name for name in wanted if not self.facts[name].sensitive]
        found = [self._question(name, shares.get(name)) for name in sorted(askable, key=order.__getitem__)]
        return sorted(found, key=_rank)

    def with_answer(self, answer: Mapping[str, Value]) -> dict[str, Value]:
        """The subject's facts if that were the answer, with what follows from it."""
        values = self.timeline.values({**self.given, **answer}, self.as_of)
        for name, fact in self.own.items():
            if values.get(name) is None:
                values[name] = own_value(fact, values, self.parameters, self.as_of)
        return values

    def _question(self, name: str, shares: Mapping[Value, float] | None) -> Question:
        open_ = [policy for policy, names in self.lacking.values() if name in names]
        expected = settled = 0.0
        gain = 0
        chances = dict.fromkeys((policy.id for policy in open_), 0.0)
        most = dict.fromkeys(chances, 0)
        for answer in self._answers(name, open_, shares):
            values = self.with_answer({name: answer.value})
            brought = 0
            for policy in open_:
                verdict = evaluate(policy.eligibility, values, self.parameters, self.as_of)
                if verdict is None:
                    continue
                worth = self._worth(policy, values)
                expected += answer.share * worth
                settled += answer.share
                chances[policy.id] += answer.share
                if verdict:
                    brought += worth
                    most[policy.id] = max(most[policy.id], worth)
            gain = max(gain, brought)
        shared = sum(self._worth(policy, self.values) / len(self.lacking[policy.id][1]) for policy in open_)
        stakes = [Stake(policy, chances[policy.id], most[policy.id]) for policy in open_]
        stakes.sort(key=lambda one: (-one.most_fen, -one.chance, one.policy.id))
        return Question(name, expected, gain, settled, shared, tuple(stakes))

    def _worth(self, policy: Policy, values: Mapping[str, Value]) -> int:
        """What the policy brings a year, in fen."""
        amount = benefit_amount_fen(policy.benefit, values, self.parameters, self.as_of)
        known = yearly_fen(policy.benefit, amount) if amount else 0
        return known or self.weights.get(policy.id, 0)

    def _answers(self, name: str, policies: Iterable[Policy], shares: Mapping[Value, float] | None) -> list[Answer]:
        fact = self.facts[name]
        read = {
            clause: None
            for policy in policies
            for one in clauses(policy.eligibility)
            for clause in self._below(one)
            if any(name in self._asked(read) for read in clause.facts())
        }
        pairs = dict.fromkeys((clause.left, operand) for clause in read for operand in clause.operands())
        literals = [operand.value for _, operand in pairs if isinstance(operand, Constant)]
        signals: list[Signal] = []
        telling: list[Signal] = []
        if fact.type in ORDERED:
            # The bounds of what is derived are thresholds too: cells are found without them, and those beyond dropped.
            limits = [
                (FactRef(one), Constant(Decimal(limit)))
                for one in self._reached(*(term for pair in pairs for term in pair))
                for limit in (self.own[one].minimum, self.own[one].maximum)
                if limit is not None and name in self._asked(one)
            ]
            signals = [self._signal(name, *pair, bounded=False) for pair in (*pairs, *limits)]
            telling = [self._signal(name, *pair, bounded=True) for pair in pairs]
        texts = [one for one in literals if isinstance(one, str)]
        return answers_to(fact, signals, telling, texts, self.as_of, shares)

    def _below(self, clause: Clause) -> Iterator[Clause]:
        """The clause, and those of the rules by which the facts that it reads are derived."""
        yield clause
        for name in clause.facts():
            derivation = self.own[name].derivation if name in self.own else None
            if isinstance(derivation, FromRule):
                for one in clauses(derivation.rule):
                    yield from self._below(one)

    def _asked(self, name: str) -> frozenset[str]:
        """The unknown facts that are to be asked where `name` is needed: itself, or what it is derived from."""
        if self.values.get(name) is not None:
            return frozenset()
        if name not in self.own:
            return frozenset({name})
        derivation = self.own[name].derivation
        assert derivation is not None
        return frozenset().union(*(self._asked(source) for source in fact_sources(derivation)))

    def _signal(self, name: str, left: Term, right: Term, *, bounded: bool) -> Signal:
        """How `left` stands to `right` as a function of the fact `name`; unless `bounded`, beyond all bounds too."""
        moved = [self.own[one] for one in self.own if one in self._reached(left, right) and name in self._asked(one)]

        def signal(value: Value) -> int | None:
            values = {**self.values, name: value}
            for fact in moved:
                if bounded or not isinstance(fact.derivation, FromTerm):
                    values[fact.name] = own_value(fact, values, self.parameters, self.as_of)
                else:
                    values[fact.name] = value_of(fact.derivation.term, values, self.parameters, self.as_of)
            a, b = (value_of(term, values, self.parameters, self.as_of) for term in (left, right))
            return None if a is None or b is None else round(combine("<=>", a, b) or 0.0)

        return signal

    def _reached(self, *terms: Term) -> set[str]:
        """The derived facts that terms read, and those that these rest on."""
        found: set[str] = set()
        for name in fact_names(*terms):
            derivation = self.own[name].derivation if name in self.own else None
            if derivation is not None:
                found |= {name} | self._reached(*map(FactRef, fact_sources(derivation)))
        return found


def _rank(one: Question) -> tuple[bool, float, float, float, int]:
    """Of equal questions the one that bears on more policies, then the vocabulary's first."""
    return one.settled == 0.0, -one.expected_fen, -one.settled, -one.shared_fen, -len(one.stakes)
