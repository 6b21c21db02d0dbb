"""Whom a push of one policy would leave out, before it is made: exactly those whom `decide` leaves out."""

import pytest

from delivery.claims import withdraw
from delivery.decide import Candidate, History, decide
from delivery.engine import history, left_out, push
from delivery.terms import local_day, period_of
from storage import claims, consents

SUBJECTS = [f"p{number}" for number in range(8)]


@pytest.mark.parametrize("asked", [None, SUBJECTS[:6]])
@pytest.mark.parametrize("policy_id", ["allowance", "hint", "grant"])
def test_those_who_have_it_were_told_or_said_no_are_left_out(city, rules, provenance, policies, now, policy_id, asked):
    def pairs(*names):
        return [Candidate(subject, name, 1, None) for subject, name in names]

    made = decide(
        pairs(("p0", "allowance"), ("p1", "allowance"), ("p1", "hint"), ("p2", "hint"), ("p3", "service")),
        policies,
        History(),
        now,
    )
    with city() as connection:
        push(connection, made, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
        [claim] = claims.of_subject(connection, "p0")
        withdraw(connection, claim.claim_id, "p0", now)
        consents.set_consent(connection, "p4", granted=False, now=now)
        candidates = pairs(*((subject, policy_id) for subject in asked or SUBJECTS))
        told = {one.subject_id for one in decide(candidates, policies, history(connection, now), now)}
        out = left_out(connection, policy_id, period_of(policies[policy_id], local_day(now)), asked)
        following = left_out(connection, policy_id, "2031-12", asked)
    assert out == set(asked or SUBJECTS) - told
    assert len(out) == {"allowance": 3, "hint": 3, "grant": 1}[policy_id]
    assert following == {"p4"}
