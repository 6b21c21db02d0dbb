"""When a verdict will turn if only time passes: to the day, and because of which clause.

Facts stay as they are; ages and other periods, dated parameters and the policy itself move. Each day on which
something in the rule can turn is judged by the reference evaluator, in order; the first other verdict is the answer.
Where a parameter has no value yet the forecast ends: unknown law is not a no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.expression import Clause, clauses
from domain.facts import Value
from domain.policy import Policy
from domain.terms import FactRef, ParameterRef
from matcher.outlook.timeline import ONE_DAY, Timeline
from matcher.outlook.truths import holds, truths_of
from matcher.outlook.turning import turning_days


class Cause(StrEnum):
    """TIME: a period or the date itself; PARAMETER: its value changes; BEGINS, ENDS: the policy's own days."""

    TIME = "time"
    PARAMETER = "parameter"
    BEGINS = "begins"
    ENDS = "ends"


@dataclass(frozen=True)
class Flip:
    """On the day `on` the verdict is `after`, and on the day before it was `before`.

    `clauses` are those without whose turn it would have stayed, or, where no one of them would have kept it, all that
    turned; none where the policy begins or ends.
    """

    on: date
    before: Verdict
    after: Verdict
    cause: Cause
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What becomes of one verdict up to the day `until`.

    `parameter` names what has no value on the day after `until`, where the forecast ends for that reason. `fixed` are
    facts that time changes but that are known only as a number, and were taken as they are.
    """

    policy: Policy
    as_of: date
    verdict: Verdict
    flip: Flip | None
    until: date
    parameter: str | None = None
    fixed: tuple[str, ...] = ()


class Passage:
    """One subject's facts carried through time."""

    def __init__(self, timeline: Timeline, given: Mapping[str, Value]) -> None:
        self.timeline = timeline
        self.given = given
        self._values: dict[date, dict[str, Value]] = {}

    def values(self, day: date) -> Mapping[str, Value]:
        """The subject's facts on `day`."""
        if day not in self._values:
            self._values[day] = self.timeline.values(self.given, day)
        return self._values[day]

    def verdict(self, policy: Policy, day: date) -> Verdict:
        """The verdict on `day`: ineligible while the policy is not in force. Raises ParameterExpired."""
        self.timeline.require(policy, day)
        if not policy.in_force(day):
            return Verdict.INELIGIBLE
        return Verdict.of(evaluate(policy.eligibility, self.values(day), self.timeline.parameters(day), day))

    def forecast(self, policy: Policy, as_of: date, until: date) -> Forecast:
        """The first other verdict after `as_of`, up to `until`. Raises ParameterExpired for `as_of` itself."""
        now = self.verdict(policy, as_of)
        fixed = self._fixed(policy)
        steps = sorted(day for day in self.timeline.steps(policy) if as_of < day <= until)
        for start, end in zip([as_of, *steps], [*(day - ONE_DAY for day in steps), until], strict=True):
            missing = self.timeline.missing(policy, start)
            if missing is not None:
                return Forecast(policy, as_of, now, None, start - ONE_DAY, missing, fixed)
            for day in self._judged_days(policy, start, end):
                if self.verdict(policy, day) is not now:
                    return Forecast(policy, as_of, now, self._flip(policy, day), until, None, fixed)
        return Forecast(policy, as_of, now, None, until, None, fixed)

    def _judged_days(self, policy: Policy, start: date, end: date) -> list[date]:
        if not policy.in_force(start):
            return [start]
        values = self.values(start)
        turns = {
            day
            for clause in dict.fromkeys(clauses(policy.eligibility))
            for day in turning_days(self.timeline, clause, values, start, end)
        }
        return [start, *sorted(turns)]

    def _flip(self, policy: Policy, day: date) -> Flip:
        eve = day - ONE_DAY
        before, after = self.verdict(policy, eve), self.verdict(policy, day)
        if not policy.in_force(eve):
            return Flip(day, before, after, Cause.BEGINS)
        if not policy.in_force(day):
            return Flip(day, before, after, Cause.ENDS)
        was, now = (truths_of(policy.eligibility, self.values(d), self.timeline.parameters(d), d) for d in (eve, day))
        turned = [clause for clause in now if now[clause] is not was[clause]]
        needed = [one for one in turned if Verdict.of(holds(policy.eligibility, {**now, one: was[one]})) is not after]
        decisive = tuple(needed or turned)
        by_law = any(self._law_changed(clause, eve, day) for clause in decisive)
        return Flip(day, before, after, Cause.PARAMETER if by_law else Cause.TIME, decisive)

    def _law_changed(self, clause: Clause, eve: date, day: date) -> bool:
        old, new = self.timeline.parameters(eve), self.timeline.parameters(day)
        names = [part.name for part in self.timeline.through(clause) if isinstance(part, ParameterRef)]
        return any(old[name] != new[name] for name in names)

    def _fixed(self, policy: Policy) -> tuple[str, ...]:
        read = {
            part.name
            for clause in clauses(policy.eligibility)
            for part in self.timeline.through(clause)
            if isinstance(part, FactRef) and self.given.get(part.name) is not None
        }
        moving = self.timeline.moving
        kept = [
            n for n in read if n in self.timeline.fixed or (n in moving and not self.timeline.is_known(n, self.given))
        ]
        return tuple(name for name in self.timeline.facts if name in kept)
