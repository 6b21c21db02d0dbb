"""Sets of policies as a city has them: 2 to 12 tests each, nested up to three deep, most tests shared by many.

Of the thresholds, most are round and used again and again (65 years, 2,430 yuan); one in eight is a policy's own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.rules import Group, Inverse, Operator, Rule, Test, Value, Written, as_written
from benchmarks.vocabulary import AS_OF, AUDIENCE, COLUMNS, Column
from domain.facts import FactType, Label
from domain.policy import Benefit, CitizenDomain, DeliveryMode, Document, Kind, Level, NoMoney, Policy, Verification
from domain.rules import parse

SEED = 7
_OWN_THRESHOLD = 0.12
_WEIGHTED: tuple[Column, ...] = (
    *COLUMNS.values(),
    *(column for column in COLUMNS.values() for _ in range(column.weight)),
)
PARAMETERS: Mapping[str, object] = {}


def plain_rules(count: int, seed: int = SEED) -> list[Rule]:
    """Rules that all peers can express: comparison, range, set and boolean, joined by all, any and not."""
    author = _Author(random.Random(seed))
    return [author.rule(author.draw.randint(2, 12)) for _ in range(count)]


def rich_rules(count: int, seed: int = SEED) -> list[Rule]:
    """The same, and in every tenth rule a period up to the as-of date and a sum over facts."""
    draw = random.Random(seed + 1)
    return [
        Group(True, (rule, _period(draw), _sum(draw))) if index % 10 == 0 else rule
        for index, rule in enumerate(plain_rules(count, seed))
    ]


def policies(rules: Sequence[Rule]) -> list[Policy]:
    """The rules as policies of our own, each read from its text as an officer's file is."""
    return [_policy(index, rule) for index, rule in enumerate(rules)]


def _policy(index: int, rule: Rule) -> Policy:
    name = Label(f"政策{index}", f"Policy {index}")
    return Policy(
        id=f"benchmark-{index:05}",
        version=1,
        audience=AUDIENCE,
        domain=CitizenDomain.SOCIAL_ASSISTANCE,
        kind=Kind.SERVICE,
        level=Level.CITY,
        title=name,
        summary=name,
        agency=name,
        document=Document(name.en),
        verification=Verification.ILLUSTRATIVE,
        true_on=AS_OF,
        effective_from=date(2020, 1, 1),
        effective_to=None,
        eligibility=parse(as_written(rule)),
        benefit=Benefit(NoMoney()),
        delivery_mode=DeliveryMode.INFORM,
    )


def _period(draw: random.Random) -> Rule:
    fact = draw.choice(["registered_on", "job_lost_on", "graduated_on", "married_on"])
    symbol, months = draw.choice([">=", "<"]), draw.choice([3, 6, 12, 24, 36, 60])
    return Written(draw.choice([f"months_since({fact}) {symbol} {months}", f"years_since(born_on) >= {months}"]))


def _sum(draw: random.Random) -> Rule:
    line, tenths = draw.choice([810, 1215, 1620, 2430]), draw.choice([1, 2, 3])
    return Written(
        draw.choice(
            [
                f"household_income_cny_month / household_size <= {line}",
                f"rent_cny_month >= 0.{tenths} * household_income_cny_month",
                f"assets_cny / household_size < {line * 100}",
                f"dwelling_m2 / household_size <= {draw.choice([10, 15, 20])}",
            ]
        )
    )


@dataclass
class _Author:
    """Draws rules; `draw` is the only source of chance."""

    draw: random.Random

    def rule(self, tests: int, depth: int = 0) -> Rule:
        """A rule of so many tests; at the top nearly always an `all`."""
        if tests == 1:
            test = self.test()
            return Inverse(test) if self.draw.random() < 0.08 else test
        conjunctive = self.draw.random() < (0.93 if depth == 0 else 0.3)
        items: list[Rule] = []
        left = tests
        while left > 0:
            nested = depth < 2 and left >= 2 and self.draw.random() < 0.22
            below = self.draw.randint(2, min(4, left)) if nested else 1
            if below == tests:
                below = 1
            items.append(self.rule(below, depth + 1))
            left -= below
        group = Group(conjunctive, tuple(items))
        return Inverse(group) if depth > 0 and self.draw.random() < 0.06 else group

    def test(self) -> Test:
        column = self.draw.choice(_WEIGHTED)
        own = self.draw.random() < _OWN_THRESHOLD
        if column.type is FactType.BOOLEAN:
            return Test(column.name, "is", self.draw.random() < 0.75)
        if column.type is FactType.CATEGORY:
            return Test(column.name, "in", self._words(column, own))
        operators: list[Operator] = [">=", "<=", "between", "<", ">"]
        operator = self.draw.choice(operators)
        if operator != "between":
            return Test(column.name, operator, self._threshold(column, own))
        low, high = sorted((self._threshold(column, own), self._threshold(column, own)))
        return Test(column.name, "between", (low, high)) if low != high else Test(column.name, ">=", low)

    def _words(self, column: Column, own: bool) -> tuple[Value, ...]:
        """Neighbours in the list for most, any words for a policy of its own mind."""
        count = min(len(column.words) - 1, 1 + int(self.draw.expovariate(0.8)))
        if own:
            return tuple(sorted(self.draw.sample(list(column.words), count)))
        start = self.draw.randrange(len(column.words))
        return tuple(sorted(column.words[(start + i) % len(column.words)] for i in range(count)))

    def _threshold(self, column: Column, own: bool) -> Value:
        last = len(column.thresholds) - 1
        if not own:
            # Low thresholds are the common ones, except of age, whose steps are all used.
            even = column.name == "age_years"
            return column.threshold(
                self.draw.randrange(last + 1) if even else min(int(self.draw.expovariate(0.18)), last)
            )
        low, high = column.thresholds[0], column.thresholds[last]
        value = low + (high - low) * self.draw.random()
        if column.type is FactType.DATE:
            return AS_OF - timedelta(days=int(value))
        return round(value / 100) * 100 if column.type is FactType.NUMBER else int(value)
