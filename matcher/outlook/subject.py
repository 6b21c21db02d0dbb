"""What lies ahead of one subject: what time will change, what is out of reach by one clause, and what to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.facts import Value
from matcher.outlook.forecast import Forecast, Passage
from matcher.outlook.near_miss import NearMiss, near_miss
from matcher.outlook.questions import Question, Shares, questions
from matcher.outlook.timeline import Timeline


@dataclass(frozen=True)
class Outlook:
    """From `as_of` to `until`. `turning`: the verdicts that turn, the first day first; `steady`: all others.

    `near`: what time will bring by itself, soonest first, then the others in the catalogue's order. `questions`: the
    best first.
    """

    as_of: date
    until: date
    turning: tuple[Forecast, ...]
    steady: tuple[Forecast, ...]
    near: tuple[NearMiss, ...]
    questions: tuple[Question, ...]


def outlook(
    timeline: Timeline, given: Mapping[str, Value], as_of: date, until: date, shares: Shares | None = None
) -> Outlook:
    """For all policies of the subject's audience, those not in force yet included. Raises ParameterExpired."""
    passage = Passage(timeline, given)
    forecasts = [passage.forecast(policy, as_of, until) for policy in timeline.policies]
    turning = [(one.flip.on, place, one) for place, one in enumerate(forecasts) if one.flip is not None]
    near = [one for one in (near_miss(passage, policy, as_of, until) for policy in timeline.policies) if one]
    return Outlook(
        as_of,
        until,
        tuple(one for _, _, one in sorted(turning, key=lambda some: some[:2])),
        tuple(one for one in forecasts if one.flip is None),
        tuple(sorted(near, key=lambda one: one.on or date.max)),
        tuple(questions(timeline, given, as_of, shares)),
    )
