from datetime import datetime, timedelta

import pytest

from delivery.claims import withdraw
from delivery.decide import Candidate, History, Push, decide
from delivery.engine import Provenance, history, push
from domain.claim import ClaimEvent, ClaimState
from domain.decision import Verdict
from domain.errors import NotEligible
from domain.policy import Policy
from storage import claims, consents, decisions, messages
from storage.connection import Begin
from storage.summary import figures


@pytest.fixture
def pushes(policies: dict[str, Policy], now: datetime) -> list[Push]:
    candidates = [
        Candidate(f"p{number}", name, rank, 7500)
        for number in range(20)
        for rank, name in enumerate(("allowance", "service", "hint"), 1)
    ]
    return decide(candidates, policies, History(), now)


def test_push_writes_claim_decision_event_and_message(city: Begin, pushes, rules, provenance, now) -> None:
    with city() as connection:
        report = push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        assert (report.messages, report.claims, report.skipped) == (60, 40, 0)
        held = next(one for one in claims.of_subject(connection, "p3") if one.policy_id == "allowance")
        assert (held.state, held.period, held.amount_fen) == (ClaimState.PUSHED, "2026-11", 7500)
        (event,) = claims.events(connection, held.claim_id)
        (kept,) = decisions.of_claim(connection, held.claim_id)
        assert (event.event, event.actor, event.decision_id) == (ClaimEvent.PUSH, "system", kept.decision_id)
        assert kept.decision == rules("p3", "allowance")
        assert (kept.snapshot_id, kept.model_version, kept.occasion) == ("snapshot-1", "model-1", "push")
        assert kept.parameters == {"elderly_age_years": "60"}
        offers = messages.inbox(connection, "p3")
        assert {one.policy_id for one in offers} == {"allowance", "service", "hint"}
        offer = next(one for one in offers if one.policy_id == "allowance")
        assert "每月75元" in offer.content["zh"]["body"]
        assert offer.claim_id == held.claim_id


def test_second_push_of_the_same_changes_nothing(city: Begin, pushes, rules, provenance, now) -> None:
    with city() as connection:
        push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        before = figures(connection)
    rules.asked.clear()
    with city() as connection:
        again = push(
            connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now + timedelta(hours=1)
        )
        assert (again.messages, again.claims, again.skipped) == (0, 0, 60)
        assert figures(connection) == before
    assert rules.asked == []


def test_inform_makes_a_message_and_no_claim(city: Begin, policies, rules, provenance, now) -> None:
    pushes = decide([Candidate("p1", "hint", 1, None)], policies, History(), now)
    with city() as connection:
        push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        assert claims.of_subject(connection, "p1") == []
        (message,) = messages.inbox(connection, "p1")
        assert (message.purpose, message.claim_id) == ("inform", None)


def test_history_keeps_decide_from_repeating_itself(city: Begin, policies, pushes, rules, provenance, now) -> None:
    with city() as connection:
        push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        known = history(connection, now)
    candidates = [Candidate(one.subject_id, one.policy.id, one.rank, one.amount_fen) for one in pushes]
    assert known.told_today["p0"] == 3
    tomorrow = now + timedelta(days=1)
    with city() as connection:
        assert history(connection, tomorrow, ["p0"]).told_today == {}
        assert decide(candidates, policies, history(connection, tomorrow), tomorrow) == []


def test_an_opt_out_after_the_decision_still_stops_the_push(city: Begin, pushes, rules, provenance, now) -> None:
    with city() as connection:
        consents.set_consent(connection, "p0", granted=False, now=now)
        report = push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        assert report.skipped == 3
        assert messages.inbox(connection, "p0") == []
        assert history(connection, now).opted_out == {"p0"}


def test_a_withdrawn_claim_is_not_pushed_again(city: Begin, pushed, policies, rules, provenance, now) -> None:
    (claim,) = pushed("allowance")
    with city() as connection:
        withdraw(connection, claim.claim_id, "p1", now)
    pushes = decide([Candidate("p1", "allowance", 1, 7500)], policies, History(), now)
    with city() as connection:
        report = push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
    assert report.claims == 0


def test_a_model_s_candidate_that_the_rule_refuses_is_never_pushed(
    city: Begin, pushes, rules, provenance: Provenance, now
) -> None:
    rules.verdicts["p7", "allowance"] = Verdict.INELIGIBLE
    with pytest.raises(NotEligible, match="match again"), city() as connection:
        push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
    with city() as connection:
        assert figures(connection).messages == 0
        assert figures(connection).claims == {}


def test_nothing_half_written_when_the_push_breaks_in_the_middle(city: Begin, pushes, rules, provenance, now) -> None:
    def breaks(one: Push):
        if one.subject_id == "p15":
            raise RuntimeError("power cut")
        return rules(one.subject_id, one.policy.id)

    with pytest.raises(RuntimeError, match="power cut"), city() as connection:
        push(connection, pushes, breaks, provenance, now)
    with city() as connection:
        assert claims.taken(connection, None) == set()
        assert figures(connection).messages == 0


def test_no_message_is_lost_between_two_pages_of_the_inbox(city: Begin, pushes, rules, provenance, now) -> None:
    with city() as connection:
        push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        whole = messages.inbox(connection, "p1")
        paged = messages.inbox(connection, "p1", limit=1)
        while older := messages.inbox(connection, "p1", limit=1, before=paged[-1].created_at):
            paged += older
    assert len(whole) > 1
    assert paged == whole
