"""The claim's life: what may follow what."""

import itertools

import pytest

from domain.claim import CLOSED, DELIVERED, TRANSITIONS, ClaimEvent, ClaimState, transition
from domain.errors import IllegalTransition


def test_the_main_path_leads_from_push_to_a_rating():
    state = None
    for event in ("push", "see", "claim", "approve", "submit_payment", "settle", "confirm", "rate"):
        state = transition(state, ClaimEvent(event))
    assert state is ClaimState.RATED


@pytest.mark.parametrize(
    ("state", "event"),
    [pair for pair in itertools.product([None, *ClaimState], ClaimEvent) if pair not in TRANSITIONS],
)
def test_every_other_event_is_refused(state, event):
    with pytest.raises(IllegalTransition, match="timeline"):
        transition(state, event)


def test_nothing_leaves_a_closed_claim():
    assert not [state for state, _ in TRANSITIONS if state in CLOSED]


def test_a_payment_that_arrived_can_only_come_back_before_the_subject_confirmed_it():
    assert transition(ClaimState.PAID, ClaimEvent.RETURN) is ClaimState.RETURNED
    assert (ClaimState.CONFIRMED, ClaimEvent.RETURN) not in TRANSITIONS


def test_every_state_can_be_reached():
    reached = set(TRANSITIONS.values())
    assert reached == set(ClaimState)
    assert reached >= DELIVERED
