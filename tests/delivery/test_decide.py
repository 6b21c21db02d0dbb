from datetime import UTC, date, datetime, timedelta

import pytest

from delivery.decide import Candidate, History, Push, Settings, decide
from delivery.terms import local_day, period_of, settlement_of, start_of_local_day
from domain.policy import Policy


def told(pushes: list[Push]) -> list[tuple[str, str]]:
    return [(one.subject_id, one.policy.id) for one in pushes]


def test_best_ranks_go_first_up_to_the_day_s_cap(policies: dict[str, Policy], now: datetime) -> None:
    candidates = [Candidate("p1", name, rank, 0) for rank, name in enumerate(["hint", "service", "allowance"], 1)]
    settings = Settings(messages_per_day=2)
    assert told(decide(candidates[::-1], policies, History(), now, settings)) == [("p1", "hint"), ("p1", "service")]


def test_what_arrives_without_any_step_goes_before_better_ranks(policies: dict[str, Policy], now: datetime) -> None:
    candidates = [Candidate("p1", "allowance", 1, 0), Candidate("p1", "grant", 2, 0)]
    assert told(decide(candidates, policies, History(), now, Settings(messages_per_day=1))) == [("p1", "grant")]


def test_messages_of_the_day_count_against_the_cap(policies: dict[str, Policy], now: datetime) -> None:
    history = History(told_today={"p1": 3, "p2": 2})
    candidates = [Candidate(subject, name, 1, 0) for subject in ("p1", "p2") for name in ("hint", "service")]
    assert told(decide(candidates, policies, history, now)) == [("p2", "hint")]


def test_subject_without_consent_is_never_pushed(policies: dict[str, Policy], now: datetime) -> None:
    history = History(opted_out={"p1"})
    candidates = [Candidate("p1", "hint", 1, 0), Candidate("p2", "hint", 1, 0)]
    assert told(decide(candidates, policies, history, now)) == [("p2", "hint")]


def test_nothing_is_pushed_that_the_subject_already_has_this_period(policies: dict[str, Policy], now: datetime) -> None:
    history = History(taken={("p1", "allowance", "2026-11"), ("p1", "relief", "2025")})
    candidates = [Candidate("p1", "allowance", 1, 0), Candidate("p1", "relief", 2, 0)]
    assert told(decide(candidates, policies, history, now)) == [("p1", "relief")]
    next_month = now + timedelta(days=10)
    assert told(decide(candidates[:1], policies, history, next_month)) == [("p1", "allowance")]


def test_policy_not_in_force_or_unknown_is_left_out(policies: dict[str, Policy]) -> None:
    long_ago = datetime(2019, 6, 1, tzinfo=UTC)
    assert decide([Candidate("p1", "hint", 1, 0)], policies, History(), long_ago) == []
    assert decide([Candidate("p1", "nothing", 1, 0)], policies, History(), long_ago) == []


def test_candidate_given_twice_counts_once_with_its_better_rank(policies: dict[str, Policy], now: datetime) -> None:
    candidates = [Candidate("p1", "hint", 4, 0), Candidate("p1", "hint", 2, 0)]
    pushes = decide(candidates, policies, History(), now)
    assert [one.rank for one in pushes] == [2]


@pytest.mark.parametrize(
    ("policy_id", "period", "settlement"),
    [
        ("allowance", "2026-11", "payment"),
        ("grant", "once", "payment"),
        ("service", "once", "provision"),
        ("relief", "2026", "provision"),
    ],
)
def test_period_and_settlement_follow_from_the_policy(
    policies: dict[str, Policy], policy_id: str, period: str, settlement: str
) -> None:
    assert period_of(policies[policy_id], date(2026, 11, 24)) == period
    assert settlement_of(policies[policy_id]) == settlement


def test_the_day_turns_at_the_city_s_midnight() -> None:
    evening = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert local_day(evening) == date(2027, 1, 1)
    assert start_of_local_day(evening) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
