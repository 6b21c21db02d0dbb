"""Who is shut out by one clause alone: how far away they are, and when time by itself will bring them in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.decision import Verdict
from domain.expression import Between, Clause, Compare, OneOf, Within
from domain.facts import Value
from domain.policy import Policy
from domain.terms import ParameterRef, value_of
from matcher.outlook.forecast import Passage
from matcher.outlook.reach import Reach
from matcher.outlook.timeline import Timeline
from matcher.outlook.truths import holds, truths_of
from matcher.reasons.requirements import OPPOSITE, unit_of

NO_UNIT = "none"


@dataclass(frozen=True)
class NearMiss:
    """The one clause that would have to come out otherwise, and what would then be the verdict.

    `wanted` is how it would have to come out (false under a `not`). `distance` is the threshold less the value, in
    `unit` (days between dates); it is 0 where only more or less than the threshold will do, and None where there is no
    threshold to reach: then one of `words` would do or, with `others`, anything but them. `on` is the day on which it
    comes about if only time passes, within the horizon that was asked for.
    """

    policy: Policy
    clause: Clause
    wanted: bool
    then: Verdict
    value: Value
    distance: float | None
    unit: str
    words: tuple[Value, ...] = ()
    others: bool = False
    on: date | None = None


def near_miss(passage: Passage, policy: Policy, as_of: date, until: date) -> NearMiss | None:
    """The closest clause, if the policy is in force on `as_of` and the subject ineligible by one clause alone.

    None as well where that clause is sensitive or, unless time brings it by `until`, out of reach (see `Reach`). What
    leads to eligible goes before what leaves it open; what time brings by itself, soonest first, before what has to be
    done; and a smaller part of the threshold before a larger one.
    """
    if not policy.in_force(as_of) or passage.verdict(policy, as_of) is not Verdict.INELIGIBLE:
        return None
    reach = Reach(passage, as_of)
    ways = [one for one in _misses(passage, policy, as_of) if not reach.is_sensitive(one.clause)]
    if not ways:
        return None
    found = [one for one in ways if reach.covers(one.clause, one.wanted, one.value, one.distance, one.unit)]
    flip = passage.forecast(policy, as_of, until).flip
    if flip is not None and flip.after is not Verdict.INELIGIBLE:
        brought = [one for one in ways if one.clause in flip.clauses and one.then is flip.after]
        found += [replace(one, on=flip.on) for one in brought]
    return min(found, key=_closeness, default=None)


def _misses(passage: Passage, policy: Policy, as_of: date) -> Iterator[NearMiss]:
    timeline, values = passage.timeline, passage.values(as_of)
    parameters = timeline.parameters(as_of)
    truths = truths_of(policy.eligibility, values, parameters, as_of)
    for clause, truth in truths.items():
        if truth is None:
            continue
        then = Verdict.of(holds(policy.eligibility, {**truths, clause: not truth}))
        if then is Verdict.INELIGIBLE:
            continue
        left, *bounds = (value_of(term, values, parameters, as_of) for term in (clause.left, *clause.operands()))
        unit = _unit(clause, left, timeline)
        distance = None if isinstance(left, bool | str) else _distance(clause, not truth, left, bounds)
        words, others = ((), False) if distance is not None else _words(clause, not truth, left, bounds)
        yield NearMiss(policy, clause, not truth, then, left, distance, unit, words, others)


def _distance(clause: Clause, wanted: bool, left: Any, bounds: list[Any]) -> float | None:
    """To the nearest bound beyond which the clause comes out as wanted; None where any other value will do."""
    # One end of a range can be unknown where the other is not reached.
    gaps = [_less(bound, left) for bound in bounds if bound is not None]
    match clause.test:
        case Compare(operator=symbol):
            symbol = symbol if wanted else OPPOSITE[symbol]
            return None if symbol == "!=" else gaps[0]
        case Between() if gaps[0] <= gaps[-1]:
            return min(gaps, key=abs)
        case OneOf(negated=negated) if wanted is not negated:
            return min(gaps, key=abs)
    return None


def _words(clause: Clause, wanted: bool, left: Any, bounds: list[Any]) -> tuple[tuple[Value, ...], bool]:
    """The values that would do or, with True, those that would not."""
    if isinstance(left, bool):
        return (not left,), False
    match clause.test:
        case Compare(operator=symbol):
            return tuple(bounds), (symbol == "!=") is wanted
        case OneOf(negated=negated) | Within(negated=negated):
            return tuple(bounds), negated is wanted
    return (), False


def _less(bound: Any, value: Any) -> float:
    return float((bound - value).days) if isinstance(bound, date) else float(bound - value)


def _unit(clause: Clause, left: Any, timeline: Timeline) -> str:
    """The unit of the quantity or, where no fact has such a unit, of the parameter that it is compared with."""
    if isinstance(left, date):
        return "days"
    named = [timeline.catalogue.parameters[one.name].unit for one in clause.operands() if isinstance(one, ParameterRef)]
    units = (unit_of(clause.left, timeline.facts), *named)
    return next((unit for unit in units if unit != NO_UNIT), NO_UNIT)


def _closeness(one: NearMiss) -> tuple[bool, date, float]:
    part = math.inf
    if one.distance is not None:
        threshold = abs(one.distance + float(one.value)) if isinstance(one.value, int | float) else 365.0
        part = abs(one.distance) / (threshold or 1.0)
    return one.then is not Verdict.ELIGIBLE, one.on or date.max, part
