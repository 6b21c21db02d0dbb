from datetime import timedelta

from delivery import claims as steps
from delivery.approval import approve_due
from domain.claim import ClaimEvent, ClaimState
from domain.decision import Verdict
from domain.errors import UnknownSubject
from storage import claims, decisions, messages
from storage.connection import Begin


def test_an_entitled_service_is_provided_and_an_allowance_waits_for_the_bank(
    city: Begin, pushed, policies, rules, grounds, now
) -> None:
    (service,), (allowance,), (relief,) = pushed("service"), pushed("allowance"), pushed("relief")
    with city() as connection:
        steps.move_many(connection, ClaimEvent.CLAIM, [one.claim_id for one in (service, allowance, relief)], now)
        report = approve_due(connection, rules.recheck, policies, grounds, now)
        assert (report.approved, report.provided, report.refused) == (3, 2, 0)
        assert claims.get(connection, service.claim_id, "p1").state is ClaimState.PROVIDED
        assert claims.get(connection, relief.claim_id, "p1").state is ClaimState.PROVIDED
        assert claims.get(connection, allowance.claim_id, "p1").state is ClaimState.APPROVED
        told = [one.content["en"]["title"] for one in messages.inbox(connection, "p1") if one.purpose == "claim"]
        assert sorted(told) == ["Delivered: Policy relief", "Delivered: Policy service"]


def test_a_refused_claim_keeps_its_reasons_and_is_told(city: Begin, pushed, policies, rules, grounds, now) -> None:
    (claim,) = pushed()
    rules.verdicts["p1", "allowance"] = Verdict.INELIGIBLE
    with city() as connection:
        steps.claim(connection, claim.claim_id, "p1", now)
        assert approve_due(connection, rules.recheck, policies, grounds, now + timedelta(minutes=1)).refused == 1
        held = claims.get(connection, claim.claim_id, "p1")
        assert (held.state, held.cause) == (ClaimState.REFUSED, "not-entitled")
        last = claims.events(connection, claim.claim_id)[-1]
        kept = decisions.of_claim(connection, claim.claim_id)[-1]
        assert (kept.occasion, kept.decision_id) == ("approval", last.decision_id)
        assert kept.decision.verdict is Verdict.INELIGIBLE
        assert kept.decision.reasons[0].value == 59
        letter = next(one for one in messages.inbox(connection, "p1") if one.purpose == "claim")
        assert "person" in letter.content["en"]["body"]


def test_an_unknown_fact_is_never_a_refusal_but_looked_at_again(
    city: Begin, pushed, policies, rules, grounds, now
) -> None:
    (claim,) = pushed()
    rules.verdicts["p1", "allowance"] = Verdict.UNKNOWN
    with city() as connection:
        steps.claim(connection, claim.claim_id, "p1", now)
        assert approve_due(connection, rules.recheck, policies, grounds, now).deferred == 1
        assert approve_due(connection, rules.recheck, policies, grounds, now + timedelta(hours=1)).total == 0
        held = claims.get(connection, claim.claim_id, "p1")
        assert (held.state, held.cause) == (ClaimState.CLAIMED, "facts-missing")
        rules.verdicts.clear()
        assert approve_due(connection, rules.recheck, policies, grounds, now + timedelta(days=1)).approved == 1
        assert claims.get(connection, claim.claim_id, "p1").cause is None


def test_what_is_granted_is_what_the_rules_say_today(city: Begin, pushed, policies, rules, grounds, now) -> None:
    (claim,) = pushed()
    rules.amounts_fen["allowance"] = 9000
    with city() as connection:
        steps.claim(connection, claim.claim_id, "p1", now)
        approve_due(connection, rules.recheck, policies, grounds, now)
        assert claims.get(connection, claim.claim_id, "p1").amount_fen == 9000


def test_an_amount_that_is_not_known_waits(city: Begin, pushed, policies, rules, grounds, now) -> None:
    (claim,) = pushed()
    rules.amounts_fen["allowance"] = None
    with city() as connection:
        steps.claim(connection, claim.claim_id, "p1", now)
        assert approve_due(connection, rules.recheck, policies, grounds, now).deferred == 1
        assert claims.get(connection, claim.claim_id, "p1").cause == "amount-unknown"


def test_a_claim_that_cannot_be_judged_does_not_hold_up_the_others(
    city: Begin, pushed, policies, rules, grounds, now
) -> None:
    held = pushed(subjects=["p1", "p2", "p3"])

    def recheck(due):
        return [UnknownSubject("p2") if one.subject_id == "p2" else rules(one.subject_id, one.policy_id) for one in due]

    with city() as connection:
        steps.move_many(connection, ClaimEvent.CLAIM, [one.claim_id for one in held], now)
        report = approve_due(connection, recheck, policies, grounds, now)
        assert (report.approved, report.deferred) == (2, 1)
        assert claims.get(connection, held[1].claim_id, "p2").cause == "unknown-subject"


def test_an_automatic_grant_starts_by_itself_and_a_withdrawal_before_stops_it(
    city: Begin, pushed, policies, rules, grounds, now
) -> None:
    kept, stopped = pushed("grant", subjects=["p1", "p2"])
    with city() as connection:
        steps.withdraw(connection, stopped.claim_id, "p2", now)
        report = approve_due(connection, rules.recheck, policies, grounds, now)
        assert (report.started, report.approved) == (1, 1)
        events = claims.events(connection, kept.claim_id)
        assert [(one.event, one.actor) for one in events[1:]] == [
            (ClaimEvent.CLAIM, "system"),
            (ClaimEvent.APPROVE, "system"),
        ]
        assert claims.get(connection, stopped.claim_id, "p2").state is ClaimState.WITHDRAWN


def test_an_offer_that_nobody_claims_expires(city: Begin, pushed, policies, rules, grounds, now) -> None:
    (claim,) = pushed()
    with city() as connection:
        assert approve_due(connection, rules.recheck, policies, grounds, now + timedelta(days=59)).total == 0
        assert approve_due(connection, rules.recheck, policies, grounds, now + timedelta(days=60)).expired == 1
        assert claims.get(connection, claim.claim_id, "p1").state is ClaimState.EXPIRED


def test_two_workers_share_the_due_claims(city: Begin, pushed, policies, rules, grounds, now) -> None:
    held = pushed(subjects=[f"p{number}" for number in range(10)])
    with city() as connection:
        steps.move_many(connection, ClaimEvent.CLAIM, [one.claim_id for one in held], now)
    with city() as first, city() as second:
        one = approve_due(first, rules.recheck, policies, grounds, now, limit=6)
        two = approve_due(second, rules.recheck, policies, grounds, now, limit=6)
    assert (one.approved, two.approved) == (6, 4)
