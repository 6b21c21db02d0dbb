r"""A draft's life, from an officer's first line to what serves the city, as states and one transition function.

    draft -> checked -> simulated -> submitted -> approved -> scheduled -> canary -> published -> superseded
      ^---------+-----------+------------+-----------+-----------+             \___________/ \-> retired
        a save, a fault found, or sent back by a reviewer                      rolled back: withdrawn

A save leads back to `draft` from every state before the first subject is served, so that neither impact nor approval
can outlive the text they were given for. What serves is changed by no save: that takes another draft. A rollback
withdraws the draft that was rolled back and restores the one that served before.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import DraftMoved

__all__ = ["EDITABLE", "OPEN", "SERVING", "TRANSITIONS", "DraftEvent", "DraftState", "transition"]


class DraftState(StrEnum):
    DRAFT = "draft"
    CHECKED = "checked"
    SIMULATED = "simulated"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    CANARY = "canary"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class DraftEvent(StrEnum):
    """`fail`: a check found a fault. `restore`: what came after was rolled back, so that this serves again."""

    CREATE = "create"
    SAVE = "save"
    CHECK = "check"
    FAIL = "fail"
    SIMULATE = "simulate"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    SCHEDULE = "schedule"
    START_CANARY = "start_canary"
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    ROLL_BACK = "roll_back"
    RESTORE = "restore"
    RETIRE = "retire"
    WITHDRAW = "withdraw"


_S, _E = DraftState, DraftEvent

EDITABLE = frozenset({_S.DRAFT, _S.CHECKED, _S.SIMULATED, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED})
"""States in which the text may still change: nobody is served by it yet."""

SERVING = frozenset({_S.CANARY, _S.PUBLISHED})
"""States in which subjects are served by it."""

OPEN = EDITABLE | {_S.CANARY}
"""States in which somebody still has something to do."""

TRANSITIONS: Mapping[tuple[DraftState | None, DraftEvent], DraftState] = {
    (None, _E.CREATE): _S.DRAFT,
    **{(state, _E.SAVE): _S.DRAFT for state in EDITABLE},
    **{(state, _E.WITHDRAW): _S.WITHDRAWN for state in EDITABLE},
    **{(state, _E.FAIL): _S.DRAFT for state in (_S.DRAFT, _S.CHECKED, _S.SIMULATED)},
    **{(state, _E.SEND_BACK): _S.DRAFT for state in (_S.SUBMITTED, _S.APPROVED, _S.SCHEDULED)},
    (_S.DRAFT, _E.CHECK): _S.CHECKED,
    (_S.CHECKED, _E.CHECK): _S.CHECKED,
    (_S.SIMULATED, _E.CHECK): _S.SIMULATED,
    # Whoever approves has read the figures: new ones have to be submitted anew.
    **{(state, _E.SIMULATE): _S.SIMULATED for state in EDITABLE - {_S.DRAFT}},
    (_S.SIMULATED, _E.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, _E.APPROVE): _S.APPROVED,
    (_S.APPROVED, _E.SCHEDULE): _S.SCHEDULED,
    (_S.SCHEDULED, _E.SCHEDULE): _S.SCHEDULED,
    (_S.SCHEDULED, _E.START_CANARY): _S.CANARY,
    (_S.SCHEDULED, _E.PUBLISH): _S.PUBLISHED,
    (_S.CANARY, _E.PUBLISH): _S.PUBLISHED,
    (_S.CANARY, _E.ROLL_BACK): _S.WITHDRAWN,
    (_S.PUBLISHED, _E.ROLL_BACK): _S.WITHDRAWN,
    (_S.PUBLISHED, _E.SUPERSEDE): _S.SUPERSEDED,
    (_S.PUBLISHED, _E.RETIRE): _S.RETIRED,
    (_S.SUPERSEDED, _E.RESTORE): _S.PUBLISHED,
    (_S.RETIRED, _E.RESTORE): _S.PUBLISHED,
}


def transition(state: DraftState | None, event: DraftEvent) -> DraftState:
    """The state after `event`; None is a draft that has not begun. Raises DraftMoved for all else."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise DraftMoved(state, event)
    return after
