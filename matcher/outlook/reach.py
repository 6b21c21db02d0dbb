"""Whether a near miss is worth telling: time brings it soon, or its subject can by a small step, and it hurts nobody.

Nobody is told to fall ill or into hardship, to be of the other sex or forty years older, or to earn ten times as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from domain.derivation import FromRule, FromTerm, fact_sources
from domain.evaluate import evaluate_clause
from domain.expression import Clause
from domain.facts import FactDefinition, FactType, Value
from matcher.outlook.forecast import Passage
from matcher.outlook.turning import turning_days

SOON: Mapping[str, float] = MappingProxyType({"years": 2, "months": 24, "days": 731})
"""What has to be waited for is within reach if it comes within two years: further off, people's lives will differ."""
SMALL_PART = 0.5
"""A step is small if it is at most this part of the threshold, or one whole: one more patent, one car less."""


class Reach:
    """One subject's, on one day."""

    def __init__(self, passage: Passage, as_of: date) -> None:
        self.passage = passage
        self.timeline = passage.timeline
        self.as_of = as_of

    def is_sensitive(self, clause: Clause) -> bool:
        """Whether it rests on a fact that nobody is told to change."""
        return any(fact.sensitive for fact in self._grounds(clause.facts()))

    def covers(self, clause: Clause, wanted: bool, value: Value, distance: float | None, unit: str) -> bool:
        """Whether the clause can come out as `wanted`; `value`, `distance` and `unit` as of a near miss."""
        if all(fact.lasting for fact in self._grounds(clause.facts())):
            return self._comes(clause, wanted, distance, unit)
        if distance is None:
            return True
        if distance == 0.0 and value == 0:
            # It has none at all. Of what is counted one would do; of money nothing says how much.
            return all(self.timeline.facts[name].type is FactType.INTEGER for name in clause.facts())
        if isinstance(value, date):
            return distance >= 0.0  # what is done anew is later, never earlier
        if unit in SOON:
            return distance <= SOON[unit]  # below zero: the time since counts from 0 again where it is done anew
        threshold = abs(distance + value) if isinstance(value, int | float) else 0.0
        return abs(distance) <= max(1.0, SMALL_PART * threshold)

    def _grounds(self, names: Iterable[str]) -> Iterator[FactDefinition]:
        """The facts on which these rest: a derived one's sources, unless it is marked itself."""
        for name in names:
            fact = self.timeline.facts[name]
            if isinstance(fact.derivation, FromTerm | FromRule) and not (fact.sensitive or fact.lasting):
                yield from self._grounds(fact_sources(fact.derivation))
            else:
                yield fact

    def _comes(self, clause: Clause, wanted: bool, distance: float | None, unit: str) -> bool:
        """Whether time alone brings it soon; where it is not known from when a period counts, by its length."""
        timeline, given = self.timeline, self.passage.given
        counted = timeline.moving.keys() & set(clause.facts())
        if not timeline.moves(clause) or not all(timeline.is_known(name, given) for name in counted):
            return distance is not None and unit in SOON and 0.0 <= distance <= SOON[unit]
        law, last = timeline.parameters(self.as_of), self.as_of + timedelta(days=SOON["days"])
        days = turning_days(timeline, clause, self.passage.values(self.as_of), self.as_of, last)
        return any(evaluate_clause(clause, timeline.values(given, day), law, day) is wanted for day in days)
