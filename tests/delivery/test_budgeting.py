"""A budget on a real database: what it allows is granted, in the published order, and never more."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from delivery import claims as steps
from delivery.approval import ApprovalReport, approve_due
from delivery.budgeting import room
from domain.budget import Budget, Lottery, NeedOrder
from domain.claim import ClaimEvent, ClaimState
from domain.decision import Verdict
from domain.facts import Label
from domain.grammar import parse_term
from domain.policy import Policy
from domain.rationing import Allotment
from storage import budgets, claims, messages
from storage.budgets import Draw
from storage.connection import Begin

LOTS = Lottery(Label("开奖号码", "The numbers drawn"), date(2026, 11, 30))
NEED = NeedOrder(parse_term("age_years"), smallest_first=False, closes_on=date(2026, 11, 30))
NEEDS: Mapping[str, float | None] = {"p1": 61, "p2": None, "p3": 90, "p4": 75}


def needs(_policy: Policy, subject_ids: Sequence[str]) -> list[float | None]:
    return [NEEDS[one] for one in subject_ids]


@pytest.fixture
def setting(city: Begin, pushed, policies, rules, grounds, now):
    """Claims of p1 to p4 for the allowance, a minute apart, under a budget that a test names."""

    class Setting:
        def __init__(self) -> None:
            made = pushed("allowance", ["p1", "p2", "p3", "p4"])
            self.claims = {one.subject_id: one.claim_id for one in made}
            with city() as connection:
                for minute, (subject_id, claim_id) in enumerate(self.claims.items()):
                    steps.claim(connection, claim_id, subject_id, now + timedelta(minutes=minute))

        def under(self, budget: Budget) -> None:
            policies["allowance"] = replace(policies["allowance"], budget=budget)

        def round(self, after: timedelta, limit: int = 500) -> ApprovalReport:
            with city() as connection:
                return approve_due(connection, rules.recheck, policies, grounds, now + after, limit, needs)

        def states(self) -> dict[str, tuple[ClaimState, str | None]]:
            with city() as connection:
                held = {name: claims.get(connection, claim_id, name) for name, claim_id in self.claims.items()}
            return {name: (one.state, one.cause) for name, one in held.items()}

    return Setting()


GRANTED, WAITS = (ClaimState.APPROVED, None), (ClaimState.CLAIMED, "waiting-list")


def test_who_claims_first_is_granted_until_the_places_are_gone(setting) -> None:
    setting.under(Budget(None, 2026, places=2))
    report = setting.round(timedelta(hours=1))

    assert (report.approved, report.deferred) == (2, 2)
    assert setting.states() == {"p1": GRANTED, "p2": GRANTED, "p3": WAITS, "p4": WAITS}


def test_the_money_is_not_overspent_by_a_fen(setting) -> None:
    setting.under(Budget(75_00 * 3 - 1, 2026))
    setting.round(timedelta(hours=1))

    assert [one for one in setting.states().values() if one == GRANTED] == [GRANTED] * 2


def test_a_small_round_grants_nobody_out_of_turn(setting) -> None:
    setting.under(Budget(None, 2026, places=1))
    for hours in range(1, 5):
        setting.round(timedelta(hours=hours), limit=1)

    assert setting.states() == {"p1": GRANTED, "p2": WAITS, "p3": WAITS, "p4": WAITS}


def test_room_that_is_made_goes_to_the_next_in_line_at_once(city: Begin, setting, rules, now) -> None:
    setting.under(Budget(None, 2026, places=1))
    setting.round(timedelta(hours=1))
    setting.under(Budget(None, 2026, places=2))
    setting.round(timedelta(hours=2))  # nothing is due: whoever waits is looked at once a day
    assert setting.states()["p2"] == WAITS
    setting.round(timedelta(days=1, hours=2))

    assert setting.states() == {"p1": GRANTED, "p2": GRANTED, "p3": WAITS, "p4": WAITS}


def test_who_waits_and_is_entitled_no_more_gives_way(setting, rules) -> None:
    setting.under(Budget(None, 2026, places=1))
    setting.round(timedelta(hours=1))
    rules.verdicts["p2", "allowance"] = Verdict.INELIGIBLE
    setting.under(Budget(None, 2026, places=2))
    setting.round(timedelta(days=1, hours=1))
    setting.round(timedelta(days=2, hours=2))

    assert setting.states()["p2"] == (ClaimState.REFUSED, "not-entitled")
    assert setting.states()["p3"] == GRANTED


def test_a_fact_that_is_missing_holds_up_nobody(setting, rules) -> None:
    setting.under(Budget(None, 2026, places=1))
    rules.verdicts["p1", "allowance"] = Verdict.UNKNOWN
    setting.round(timedelta(hours=1))
    setting.round(timedelta(days=1, hours=2))

    assert setting.states()["p1"] == (ClaimState.CLAIMED, "facts-missing")
    assert setting.states()["p2"] == GRANTED


def test_without_a_waiting_list_those_behind_are_refused_and_told_why(city: Begin, setting) -> None:
    setting.under(Budget(None, 2026, places=3, waiting_list=False))
    assert setting.round(timedelta(hours=1)).refused == 1

    assert setting.states()["p4"] == (ClaimState.REFUSED, "budget-used-up")
    with city() as connection:
        titles = [one.content["zh"]["title"] for one in messages.inbox(connection, "p4")]
    assert any(title.startswith("名额已满") for title in titles)


def test_a_budget_of_another_year_grants_nothing(setting) -> None:
    setting.under(Budget(None, 2027, places=3))
    setting.round(timedelta(hours=1))

    assert set(setting.states().values()) == {(ClaimState.CLAIMED, "no-budget")}


def test_need_decides_once_claiming_has_closed(setting) -> None:
    setting.under(Budget(None, 2026, places=2, rationing=NEED))
    setting.round(timedelta(hours=1))
    assert set(setting.states().values()) == {(ClaimState.CLAIMED, "claiming-open")}

    setting.round(timedelta(days=8))
    assert setting.states() == {
        "p1": WAITS,
        "p2": (ClaimState.CLAIMED, "need-unknown"),
        "p3": GRANTED,
        "p4": GRANTED,
    }


def test_lots_are_waited_for_and_then_hold(city: Begin, setting, now) -> None:
    setting.under(Budget(None, 2026, places=2, rationing=LOTS))
    setting.round(timedelta(days=8))
    assert set(setting.states().values()) == {(ClaimState.CLAIMED, "claiming-open")}
    with city() as connection:
        budgets.keep_draw(connection, "allowance", date(2026, 1, 1), Draw("05 11 17", 4, "digest", "li.na", now))
    setting.round(timedelta(days=9, hours=1))

    states = list(setting.states().values())
    assert (states.count(GRANTED), states.count(WAITS)) == (2, 2)


def test_rounds_at_the_same_time_share_one_budget(setting) -> None:
    setting.under(Budget(None, 2026, places=2))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: setting.round(timedelta(hours=1), limit=1), range(8)))

    assert list(setting.states().values()).count(GRANTED) == 2


def test_what_was_granted_and_sent_back_still_counts(city: Begin, setting, policies, now) -> None:
    setting.under(Budget(None, 2026, places=2))
    setting.round(timedelta(hours=1))
    with city() as connection:
        steps.move_many(connection, ClaimEvent.SUBMIT_PAYMENT, [setting.claims["p1"]], now + timedelta(hours=2))
        steps.move_many(connection, ClaimEvent.RETURN, [setting.claims["p1"]], now + timedelta(hours=3))
        found = room(connection, policies["allowance"], now + timedelta(hours=4), needs)

    assert found is not None
    assert (found.committed_places, found.committed_fen, found.left_places) == (2, 150_00, 0)
    assert found.count(Allotment.WAITING) == 2
