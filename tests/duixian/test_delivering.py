"""The worker's second look at claims, with the real stores behind it."""

import os
import uuid
from collections.abc import Iterator
from unittest import mock

import pytest
import sqlalchemy as sa

from delivery.bank import BankClient
from domain.claim import ClaimState
from domain.decision import Decision
from domain.errors import BankUnavailable, ProfileInvalid, UnknownPolicy, UnknownSubject
from domain.facts import Audience
from duixian import clock
from duixian.delivering import Delivery
from duixian.runtime import Runtime
from duixian.settings import Settings
from storage import life_events
from storage.claims import Claim
from storage.life_events import LifeEvent


@pytest.fixture
def work(city) -> Iterator[Delivery]:
    with (
        mock.patch.dict(os.environ, city.environment),
        Runtime.open(Settings()) as runtime,
        BankClient("http://127.0.0.1:9") as bank,
    ):
        yield Delivery(runtime, bank)


def claim_of(work: Delivery, subject_id: str, policy_id: str | None = None) -> Claim:
    audience = Audience.ENTERPRISE if subject_id.startswith("E") else Audience.CITIZEN
    now = clock.now()
    policy_id = policy_id or work.runtime.program(audience, clock.local_day(now)).policies[0].id
    return Claim(
        uuid.uuid4(), subject_id, audience, policy_id, 1, "once", "one_click", "provision", None, ClaimState.CLAIMED,
        3, 0, None, now, now, now,
    )  # fmt: skip


def test_claims_are_judged_together_as_each_would_be_alone(work):
    due = [claim_of(work, one) for one in ("C000000003", "E000000002", "C000000001", "C000000003")]
    together = work.recheck(due)
    assert [one.subject_id for one in together if isinstance(one, Decision)] == [one.subject_id for one in due]
    assert together == [work.recheck([one])[0] for one in due]


@pytest.fixture
def outdated(work) -> Iterator[str]:
    """A subject with a life event as an older vocabulary allowed it."""
    now, event_id = clock.now(), uuid.uuid4()
    with work.runtime.begin() as connection:
        changes = {"sex": "unheard"}
        event = LifeEvent(event_id, "C000000004", "citizen", "test", changes, clock.local_day(now), now)
        life_events.record(connection, event)
    yield event.subject_id
    with work.runtime.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # past the guard
        connection.execute(sa.text("DELETE FROM life_event WHERE event_id = :id"), {"id": event_id})


def test_a_claim_that_cannot_be_judged_says_why_and_leaves_the_others_alone(work, outdated):
    due = [claim_of(work, one) for one in ("C000000003", outdated, "C999999999", "E000000002")]
    found = work.recheck([*due, claim_of(work, "C000000003", "no-such-policy")])
    kinds = [Decision, ProfileInvalid, UnknownSubject, Decision, UnknownPolicy]
    assert [type(one) for one in found] == kinds


def test_a_bank_that_keeps_silent_ends_the_work_with_an_error(work):
    with pytest.raises(BankUnavailable, match="gives no answer"):
        work.until_done(lambda _: None, patience_s=0)
