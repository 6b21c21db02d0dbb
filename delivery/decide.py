"""Whom to tell what, now. Pure: everything it needs is an argument, so that every push can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from delivery.terms import local_day, period_of
from domain.policy import DeliveryMode, Policy


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that a subject is eligible for by the rules; `rank` 1 is best; `amount_fen` of one period."""

    subject_id: str
    policy_id: str
    rank: int
    amount_fen: int | None


@dataclass(frozen=True)
class Settings:
    """How often, how long, and how much time for an objection.

    `messages_per_day` counts offers and hints a subject and local day. An offer lapses after `offer_valid`. An
    automatic grant (免申即享) waits `objection_window` for the subject to say no.
    """

    messages_per_day: int = 3
    offer_valid: timedelta = timedelta(days=60)
    objection_window: timedelta = timedelta(0)


@dataclass(frozen=True)
class History:
    """What is known of the subjects: `taken` are (subject, policy, period) once claimed, pushed or told."""

    taken: Set[tuple[str, str, str]] = field(default_factory=frozenset)
    told_today: Mapping[str, int] = field(default_factory=dict)
    opted_out: Set[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Push:
    """One offer (or hint, in `inform` mode) to one subject."""

    subject_id: str
    policy: Policy
    period: str
    rank: int
    amount_fen: int | None


def decide(
    candidates: Iterable[Candidate],
    policies: Mapping[str, Policy],
    history: History,
    now: datetime,
    settings: Settings = Settings(),
) -> list[Push]:
    """The pushes to make now, by subject, best first.

    Nothing goes to a subject who said no, nothing that the subject has or was told in this period, nothing of a
    policy that is not in force, and no more than the day's cap. Where the cap cuts, what arrives without any step of
    the subject's goes first, then by rank. A candidate given twice counts once.
    """
    today = local_day(now)
    periods = {policy.id: period_of(policy, today) for policy in policies.values() if policy.in_force(today)}
    by_subject: dict[str, dict[str, Candidate]] = {}
    for candidate in candidates:
        period = periods.get(candidate.policy_id)
        if period is None or candidate.subject_id in history.opted_out:
            continue
        if (candidate.subject_id, candidate.policy_id, period) in history.taken:
            continue
        best = by_subject.setdefault(candidate.subject_id, {})
        if candidate.policy_id not in best or candidate.rank < best[candidate.policy_id].rank:
            best[candidate.policy_id] = candidate
    pushes: list[Push] = []
    for subject_id, best in by_subject.items():
        room = settings.messages_per_day - history.told_today.get(subject_id, 0)
        if room <= 0:
            continue
        ordered = sorted(
            best.values(),
            key=lambda one: (policies[one.policy_id].delivery_mode is not DeliveryMode.AUTO, one.rank, one.policy_id),
        )
        pushes += [
            Push(subject_id, policies[one.policy_id], periods[one.policy_id], one.rank, one.amount_fen)
            for one in ordered[:room]
        ]
    return pushes
