"""A draft on its way: handed over, approved by another person, sent back, and released by stages."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.workbench.office import DRAFT_MOVED, PREFIX, TAG, AtDesk, DraftId, failures
from api.schemas.workbench.acts import ApprovalRequest, NoteRequest, ReasonRequest, ReleaseRequest, ScheduleRequest
from api.schemas.workbench.drafts import DraftSummary
from catalogue.lifecycle import DraftEvent, DraftState
from domain.errors import DraftMoved

router = APIRouter(prefix=f"{PREFIX}/drafts", tags=[TAG])

_STALE = {
    "code": "impact-stale",
    "detail": "The impact is no longer what was read: it is 8 days old, more than 7.",
    "next_step": "Simulate the draft again, and have the new figures approved.",
    "data": {
        "draft_id": "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11",
        "causes": ["it is 8 days old, more than 7"],
    },
}


@router.post(
    "/{draft_id}/submit",
    summary="Ask for approval",
    description="Of a draft that was simulated and is still what it was simulated as. Submitting it again changes "
    "nothing. What was only put out for comment is never submitted (`consultation-draft`).",
    responses=failures(404, 409, body=True, s409=_STALE),
)
def submit(office: AtDesk, draft_id: DraftId, asked: NoteRequest) -> DraftSummary:
    """Hand it to reviewers."""
    return DraftSummary.of(office.desk.submit(office.officer, draft_id, asked.revision, asked.note))


@router.post(
    "/{draft_id}/approve",
    summary="Approve a draft",
    description="Another person's yes to this text and to the figures that were read (`impact_id`), which are worked "
    "out once more. Refused to everybody who began, edited or submitted it (403 `own-draft`), where anything moved "
    "since (409 `impact-stale`, with every cause), and where it would tell a large part of everybody, until that very "
    "number is given as `confirmed_messages` (409 `push-to-everyone`). Approving again changes nothing.",
    responses=failures(
        404,
        409,
        body=True,
        s403={
            "code": "own-draft",
            "detail": "'wang.fang' wrote or edited this draft and cannot approve it.",
            "next_step": "Ask another reviewer of the agency.",
            "data": {"officer_id": "wang.fang"},
        },
        s409={
            "code": "push-to-everyone",
            "detail": "This would send 691,000 messages to an audience of 1,000,000.",
            "next_step": "Read the impact once more; if it is meant, confirm with the number 691000.",
            "data": {"messages": 691000, "subjects": 1000000, "confirmed": None},
        },
    ),
)
def approve(office: AtDesk, draft_id: DraftId, given: ApprovalRequest) -> DraftSummary:
    """The second pair of eyes."""
    return DraftSummary.of(
        office.desk.approve(
            office.officer,
            draft_id,
            given.revision,
            confirmed_messages=given.confirmed_messages,
            impact_id=given.impact_id,
        )
    )


@router.post(
    "/{draft_id}/send-back",
    summary="Send a draft back",
    description="A reviewer's no, also to what was approved but serves nobody yet. It is a draft again, its impact and "
    "approval void. The same no again changes nothing.",
    responses=failures(404, 409, body=True, s409=DRAFT_MOVED),
)
def send_back(office: AtDesk, draft_id: DraftId, told: ReasonRequest) -> DraftSummary:
    """With the reason, for those who wrote it."""
    desk, who = office.desk, office.officer
    try:
        return DraftSummary.of(desk.send_back(who, draft_id, told.revision, told.reason))
    except DraftMoved:
        last = desk.events(who, draft_id)[-1]
        said = (last.event, last.officer_id, last.revision, last.note)
        if said != (DraftEvent.SEND_BACK, who.officer_id, told.revision, told.reason.strip()):
            raise
        return DraftSummary.of(desk.draft(who, draft_id))


@router.post(
    "/{draft_id}/withdraw",
    summary="Give a draft up",
    description="Possible until it serves somebody; its texts stay. Withdrawing it again changes nothing.",
    responses=failures(404, 409, body=True, s409=DRAFT_MOVED),
)
def withdraw(office: AtDesk, draft_id: DraftId, asked: NoteRequest) -> DraftSummary:
    """Nothing more is done with it."""
    return DraftSummary.of(office.desk.withdraw(office.officer, draft_id, asked.revision, asked.note))


@router.post(
    "/{draft_id}/schedule",
    summary="Set the day of an approved draft",
    description="And the share whom it serves first. An approval lasts a week, and so does the choice of days. The "
    "same day and share again change nothing, others take their place.",
    responses=failures(
        404,
        409,
        body=True,
        s409=_STALE,
        s422={
            "code": "release-invalid",
            "detail": "2026-11-01 is over.",
            "next_step": "Choose today or a later day.",
            "data": {},
        },
    ),
)
def schedule(office: AtDesk, draft_id: DraftId, planned: ScheduleRequest) -> DraftSummary:
    """When, and to whom first."""
    return DraftSummary.of(
        office.desk.schedule(office.officer, draft_id, planned.revision, planned.publish_on, planned.canary_percent)
    )


@router.post(
    "/{draft_id}/release",
    summary="Let a scheduled draft serve",
    description="Its share, or everybody, once its day has come; then everybody. What is there already is left as it "
    "is, so that a repetition takes no second step. What is due is released by the worker, too.",
    responses=failures(
        404,
        409,
        body=True,
        s409=_STALE,
        s422={
            "code": "release-invalid",
            "detail": "Its day is 2026-12-01.",
            "next_step": "Wait, or schedule it for today.",
            "data": {},
        },
    ),
)
def release(office: AtDesk, draft_id: DraftId, to: ReleaseRequest) -> DraftSummary:
    """The next stage."""
    return DraftSummary.of(office.desk.release(office.officer, draft_id, to.revision, DraftState(to.to)))
