import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from domain.claim import ClaimEvent, ClaimState
from domain.errors import PolicyVersionFixed, UnknownParameter, UnknownPolicy, UnknownVocabulary
from storage import claims, imports, impressions, life_events, match_runs, parameters, policies, vocabularies
from storage.claims import Claim, Move
from storage.connection import Begin
from storage.imports import RegisterImport
from storage.impressions import Impression
from storage.life_events import LifeEvent
from storage.match_runs import MatchRun


def claim_of(subject_id: str, now, **changes) -> Claim:
    draft = Claim(
        claim_id=uuid.uuid4(),
        subject_id=subject_id,
        audience="citizen",
        policy_id="allowance",
        policy_version=1,
        period="2026-11",
        delivery_mode="one_click",
        settlement="payment",
        amount_fen=7500,
        state=ClaimState.PUSHED,
        revision=1,
        payment_attempts=0,
        cause=None,
        due_at=now,
        opened_at=now,
        updated_at=now,
    )
    return replace(draft, **changes)


def test_a_policy_version_keeps_its_text(begin: Begin, policy, second_version, now) -> None:
    with begin() as connection:
        assert policies.publish(connection, [policy, second_version], now) == 2
        assert policies.publish(connection, [policy], now + timedelta(days=1)) == 0
        assert policies.text(connection, "allowance", 2) == second_version.source
        assert [one.version for one in policies.versions(connection, "allowance")] == [1, 2]
        assert policies.versions(connection, "allowance")[0].loaded_at == now
    with pytest.raises(PolicyVersionFixed, match="to 2 and"), begin() as connection:
        policies.publish(connection, [replace(policy, source="id: other\n")], now)
    with pytest.raises(UnknownPolicy), begin() as connection:
        policies.text(connection, "allowance", 3)


def test_a_parameter_gets_its_next_version_when_its_text_changes(begin: Begin, now) -> None:
    with begin() as connection:
        assert parameters.publish(connection, {"age": "age: 60\n", "sum": "sum: 5\n"}, now) == 2
        assert parameters.publish(connection, {"age": "age: 60\n", "sum": "sum: 5\n"}, now) == 0
        assert parameters.publish(connection, {"age": "age: 65\n"}, now) == 1
        assert parameters.publish(connection, {"age": "age: 60\n"}, now) == 1, "back again is a step of its own"
        assert parameters.newest(connection) == [("age", 3, "age: 60\n"), ("sum", 1, "sum: 5\n")]
        assert parameters.text(connection, "age", 2) == "age: 65\n"
        with pytest.raises(UnknownParameter, match="age version 4"):
            parameters.text(connection, "age", 4)


def test_the_vocabulary_gets_its_next_version_when_its_text_changes(begin: Begin, now) -> None:
    with begin() as connection:
        assert vocabularies.newest(connection) is None
        assert [vocabularies.publish(connection, text, now) for text in ("a: 1\n", "a: 1\n", "b: 1\n")] == [1, 1, 2]
        assert vocabularies.newest(connection) == (2, "b: 1\n")
        assert vocabularies.text(connection, 1) == "a: 1\n"
        with pytest.raises(UnknownVocabulary):
            vocabularies.text(connection, 3)


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("policy_version", "text"),
        ("parameter_version", "text"),
        ("vocabulary_version", "text"),
        ("life_event", "kind"),
        ("claim_event", "cause"),
        ("decision", "verdict"),
        ("bank_entry", "cause"),
    ],
)
def test_what_was_relied_on_cannot_be_rewritten(begin: Begin, policy, now, statement, table, column) -> None:
    with begin() as connection:
        policies.publish(connection, [policy], now)
    with pytest.raises(IntegrityError, match=f"{table} is kept as it was written"), begin() as connection:
        connection.execute(sa.text(statement.format(table, column, column)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_fen": -1},
        {"state": "forgotten"},
        {"period": "2026-11-24"},
        {"audience": "tourist"},
        {"settlement": "cash"},
        {"policy_version": 7},
        {"revision": 0},
    ],
    ids=str,
)
def test_the_database_refuses_a_claim_that_cannot_be(begin: Begin, policy, now, wrong) -> None:
    with begin() as connection:
        policies.publish(connection, [policy], now)
    with pytest.raises(IntegrityError), begin() as connection:
        claims.begin(connection, [claim_of("p1", now, **wrong)])


def test_of_many_begun_at_once_only_those_without_a_live_one_are_new(begin: Begin, policy, now) -> None:
    with begin() as connection:
        policies.publish(connection, [policy], now)
        first = [claim_of(f"p{number}", now) for number in range(3)]
        assert claims.begin(connection, first) == {one.claim_id for one in first}
        more = [claim_of(f"p{number}", now) for number in range(5)]
        assert claims.begin(connection, more) == {one.claim_id for one in more[3:]}
        assert claims.taken(connection, ["p4"]) == {("p4", "allowance", "2026-11")}


def test_a_claim_moved_from_a_stale_copy_is_refused(begin: Begin, policy, now) -> None:
    claim = claim_of("p1", now)
    with begin() as connection:
        policies.publish(connection, [policy], now)
        claims.begin(connection, [claim])
        claims.write_first_events(connection, [claim], ClaimEvent.PUSH, "system", [None])
        move = Move(claim, ClaimEvent.SEE, ClaimState.SEEN, "subject", now)
        claims.move(connection, [move])
    with pytest.raises(RuntimeError, match="changed while"), begin() as connection:
        claims.move(connection, [move])
    with begin() as connection:
        assert len(claims.events(connection, claim.claim_id)) == 2


def test_an_impression_s_outcome_is_the_claim_that_followed(begin: Begin, policy, now) -> None:
    def shown(subject_id: str, hours: int) -> Impression:
        at = now + timedelta(hours=hours)
        return Impression(uuid.uuid4(), 1, subject_id, "citizen", "allowance", 1, "home", 1.0, 7500, None, at)

    with begin() as connection:
        policies.publish(connection, [policy], now)
        seen = [shown("p1", 0), shown("p2", 0), shown("p1", 5)]
        impressions.record(connection, seen)
        claim = claim_of("p1", now)
        claims.begin(connection, [claim])
        claims.write_first_events(connection, [claim], ClaimEvent.PUSH, "system", [None])
        later = now + timedelta(hours=1)
        claims.move(connection, [Move(claim, ClaimEvent.CLAIM, ClaimState.CLAIMED, "subject", later)])
        outcomes = impressions.frame(connection, "citizen", now, now + timedelta(days=1))
        claimed = {(one.impression.subject_id, one.impression.shown_at): one.claimed for one in outcomes}
        assert claimed == {("p1", now): 1, ("p2", now): 0, ("p1", now + timedelta(hours=5)): 0}
        assert [one.impression for one in impressions.frame(connection, "citizen", later, later)] == []


def test_life_events_overlay_the_latest_value_of_each_fact(begin: Begin, now) -> None:
    def event(day: int, **changes) -> LifeEvent:
        return LifeEvent(uuid.uuid4(), "p1", "citizen", "move", changes, date(2026, 11, day), now)

    first, second = event(1, sex="male", children=1), event(3, children=None)
    with begin() as connection:
        assert life_events.record(connection, first)
        assert life_events.record(connection, second)
        assert not life_events.record(connection, second)
        assert life_events.overlay(connection, "citizen", date(2026, 11, 30)) == [
            ("p1", "children", "null", date(2026, 11, 3)),
            ("p1", "sex", '"male"', date(2026, 11, 1)),
        ]
        assert life_events.overlay(connection, "citizen", date(2026, 11, 2))[0][2] == "1"
        assert life_events.overlay(connection, "enterprise", date(2026, 11, 30)) == []
        assert life_events.of_subject(connection, "p1") == [first, second]


def test_runs_and_imports_are_kept_once(begin: Begin, now) -> None:
    run = MatchRun(uuid.uuid4(), "citizen", date(2026, 11, 24), "snap", "digest", None, 10, {"eligible": 3}, now, now)
    entry = RegisterImport("abc", "population", "citizen", 10, 1, {"quarantined": {"age": 1}}, now)
    with begin() as connection:
        assert match_runs.latest(connection, "citizen") is None
        assert match_runs.record(connection, run)
        assert not match_runs.record(connection, run)
        assert match_runs.latest(connection, "citizen") == run
        assert imports.record(connection, entry)
        assert not imports.record(connection, entry)
        assert imports.every(connection) == [entry]
