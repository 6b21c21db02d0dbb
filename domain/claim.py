r"""A claim's life, from push to judged delivery, as states and one transition function.

    pushed -> seen -> claimed -> approved -> paying -> paid -> confirmed -> rated
                                        \\-> provided (a service: no money moves) -/

A claim's row begins at a push or at a claim that was never pushed, not at the match: a match is cheap and can be
replayed, a claim is a promise. A payment can come back (returned) and be tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import IllegalTransition


class ClaimState(StrEnum):
    PUSHED = "pushed"
    SEEN = "seen"
    CLAIMED = "claimed"
    APPROVED = "approved"
    PAYING = "paying"
    PAID = "paid"
    PROVIDED = "provided"
    CONFIRMED = "confirmed"
    RATED = "rated"
    REFUSED = "refused"
    RETURNED = "returned"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ClaimEvent(StrEnum):
    PUSH = "push"
    SEE = "see"
    CLAIM = "claim"
    APPROVE = "approve"
    REFUSE = "refuse"
    SUBMIT_PAYMENT = "submit_payment"
    SETTLE = "settle"
    RETURN = "return"
    RETRY_PAYMENT = "retry_payment"
    PROVIDE = "provide"
    CONFIRM = "confirm"
    RATE = "rate"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_S, _E = ClaimState, ClaimEvent

TRANSITIONS: Mapping[tuple[ClaimState | None, ClaimEvent], ClaimState] = {
    (None, _E.PUSH): _S.PUSHED,
    (None, _E.CLAIM): _S.CLAIMED,
    (_S.PUSHED, _E.SEE): _S.SEEN,
    (_S.PUSHED, _E.CLAIM): _S.CLAIMED,
    (_S.PUSHED, _E.EXPIRE): _S.EXPIRED,
    (_S.PUSHED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SEEN, _E.CLAIM): _S.CLAIMED,
    (_S.SEEN, _E.EXPIRE): _S.EXPIRED,
    (_S.SEEN, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.CLAIMED, _E.APPROVE): _S.APPROVED,
    (_S.CLAIMED, _E.REFUSE): _S.REFUSED,
    (_S.CLAIMED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _E.SUBMIT_PAYMENT): _S.PAYING,
    (_S.APPROVED, _E.PROVIDE): _S.PROVIDED,
    (_S.PAYING, _E.SETTLE): _S.PAID,
    (_S.PAYING, _E.RETURN): _S.RETURNED,
    (_S.PAID, _E.RETURN): _S.RETURNED,
    (_S.PAID, _E.CONFIRM): _S.CONFIRMED,
    (_S.PAID, _E.RATE): _S.RATED,
    (_S.PROVIDED, _E.CONFIRM): _S.CONFIRMED,
    (_S.PROVIDED, _E.RATE): _S.RATED,
    (_S.CONFIRMED, _E.RATE): _S.RATED,
    (_S.RETURNED, _E.RETRY_PAYMENT): _S.APPROVED,
}

CLOSED = frozenset({_S.REFUSED, _S.EXPIRED, _S.WITHDRAWN})
"""States after which the subject may claim the same policy and period anew."""

DELIVERED = frozenset({_S.PAID, _S.PROVIDED, _S.CONFIRMED, _S.RATED})
"""States in which the money or the service has arrived."""


def transition(state: ClaimState | None, event: ClaimEvent) -> ClaimState:
    """The state after `event`; None is a claim that has not begun. Raises IllegalTransition for all else."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise IllegalTransition(state, event)
    return after
