"""What serves whom, and the ways back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from api.routes.workbench.office import PREFIX, TAG, UNKNOWN_POLICY, AtDesk, Office, PolicyId, failures
from api.schemas.workbench.standings import RetireRequest, RollBackRequest, StandingAnswer, StandingsAnswer
from domain.errors import StandingMoved, UnknownPolicy
from workbench.records import Standing
from workbench.roles import Act

router = APIRouter(prefix=PREFIX, tags=[TAG])

_MOVED = {
    "code": "standing-moved",
    "detail": "What serves of 'elderly-comprehensive-allowance' has changed meanwhile (change 413).",
    "next_step": "Look at it again before you change it.",
    "data": {"policy_id": "elderly-comprehensive-allowance", "sequence": 413},
}


@router.get(
    "/standings",
    summary="What serves whom",
    description="The newest standing of every policy, by policy; of those that serve nobody any more, too.",
    responses=failures(),
)
def standings(office: AtDesk) -> StandingsAnswer:
    """As of now."""
    office.require(Act.READ)
    return StandingsAnswer(standings=[StandingAnswer.of(one) for one in office.desk.standings()])


@router.get(
    "/policies/{policy_id}/standings",
    summary="What ever served of a policy",
    description="Each change with who made it and why, oldest first.",
    responses=failures(404, 422, s404=UNKNOWN_POLICY),
)
def history(office: AtDesk, policy_id: PolicyId) -> StandingsAnswer:
    """Its history."""
    office.require(Act.READ)
    found = office.desk.history(policy_id)
    if not found:
        raise UnknownPolicy(policy_id)
    return StandingsAnswer(standings=[StandingAnswer.of(one) for one in found])


@router.post(
    "/policies/{policy_id}/roll-back",
    summary="Put back what served before",
    description="In one step, and without a second person: a canary ends, or the version before serves everybody "
    "again. `sequence` says which standing was looked at, so that a repetition takes no second step back.",
    responses=failures(404, 409, body=True, s404=UNKNOWN_POLICY, s409=_MOVED),
)
def roll_back(office: AtDesk, policy_id: PolicyId, asked: RollBackRequest) -> StandingAnswer:
    """What was wrong must not wait."""
    try:
        done = office.desk.roll_back(office.officer, policy_id, asked.reason, sequence=asked.sequence)
    except StandingMoved:
        done = _done_before(office, policy_id, asked.sequence, {"cause": "rolled_back", "reason": asked.reason})
    return StandingAnswer.of(done)


@router.post(
    "/policies/{policy_id}/retire",
    summary="End a policy",
    description="It serves until the end of its last day; what was claimed until then is still judged. `sequence` as "
    "for a rollback.",
    responses=failures(
        404,
        409,
        body=True,
        s404=UNKNOWN_POLICY,
        s409=_MOVED,
        s422={
            "code": "release-invalid",
            "detail": "2026-11-01 is over.",
            "next_step": "Choose today or a later day.",
            "data": {},
        },
    ),
)
def retire(office: AtDesk, policy_id: PolicyId, asked: RetireRequest) -> StandingAnswer:
    """With its last day."""
    try:
        done = office.desk.retire(office.officer, policy_id, asked.last_day, asked.reason, sequence=asked.sequence)
    except StandingMoved:
        said = {"cause": "retired", "reason": asked.reason, "last_day": asked.last_day}
        done = _done_before(office, policy_id, asked.sequence, said)
    return StandingAnswer.of(done)


def _done_before(office: Office, policy_id: str, sequence: int, said: Mapping[str, Any]) -> Standing:
    """The newest standing, where it is what this very request made of the one it looked at. Raises StandingMoved."""
    rows = office.desk.history(policy_id)
    newest = rows[-1]
    wanted = {**said, "reason": said["reason"].strip(), "officer_id": office.officer.officer_id}
    same = all(getattr(newest, name) == value for name, value in wanted.items())
    if same and len(rows) > 1 and rows[-2].sequence == sequence:
        return newest
    raise StandingMoved(policy_id, newest.sequence)
