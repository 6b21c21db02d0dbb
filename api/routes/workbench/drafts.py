"""Drafts: listed, begun, read and saved."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.exceptions import RequestValidationError

from api.routes.workbench.office import (
    DRAFT_CHANGED,
    PREFIX,
    TAG,
    UNKNOWN_POLICY,
    AtDesk,
    DraftId,
    Office,
    failures,
)
from api.schemas.workbench.drafts import (
    DraftDetail,
    DraftRequest,
    DraftsAnswer,
    DraftStepAnswer,
    DraftStepsAnswer,
    DraftSummary,
    RevisionsAnswer,
    RevisionSummary,
    RevisionText,
    TextRequest,
)
from catalogue.lifecycle import DraftState
from domain.errors import UnknownDraft
from workbench.records import Draft

router = APIRouter(prefix=f"{PREFIX}/drafts", tags=[TAG])

MAX_PAGE = 200
_LARGEST_REVISION = 2**31 - 1


@router.get(
    "",
    summary="The drafts that the officer may read",
    description="Of their own agency, or of all where their roles reach further; the last changed first, a page at a "
    "time. A draft that is changed while pages are read moves to the front and is not listed twice.",
    responses=failures(422),
)
def list_drafts(
    office: AtDesk,
    kind: Annotated[
        Literal["policy", "parameter"], Query(description="Drafts of policies, or of parameters.")
    ] = "policy",
    state: Annotated[list[DraftState] | None, Query(description="Only those in one of these states.")] = None,
    policy_id: Annotated[str | None, Query(max_length=100, description="Only those of one of these.")] = None,
    agency_id: Annotated[str | None, Query(max_length=100, description="Only those of one agency.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many on a page.")] = 50,
    after: Annotated[str | None, Query(max_length=100, description="The `next` of the page before.")] = None,
) -> DraftsAnswer:
    """One page."""
    mark = None if after is None else _read_mark(after)
    found = office.desk.drafts(office.officer, state or (), policy_id=policy_id, kind=kind)
    wanted = [draft for draft in found if agency_id in (None, draft.agency_id)]
    rest = [draft for draft in wanted if mark is None or _is_after(draft, mark)]
    page = rest[:limit]
    following = _mark(page[-1]) if len(rest) > limit else None
    return DraftsAnswer(drafts=[DraftSummary.of(draft) for draft in page], total=len(wanted), next=following)


@router.post(
    "",
    status_code=201,
    summary="Begin a draft",
    description="A copy of what serves of `policy_id`, its version raised by one; or of a `parameter`, whose new "
    "values go the same way, weighed over all policies that name it; or a `text` of one's own. With a `draft_id` of "
    "the caller's choice a repetition answers 200 with the draft as it is now, and begins no second one.",
    responses=failures(
        404,
        409,
        body=True,
        repeated=(DraftDetail, "It was begun before."),
        s400={
            "code": "catalogue-invalid",
            "detail": "The catalogue has 1 problem:\ndraft.yaml:3:1: This is not YAML: could not find expected ':'.\n",
            "next_step": "Mend these lines; no draft was begun.",
            "data": {"problems": ["draft.yaml:3:1: This is not YAML: could not find expected ':'."]},
        },
        s404=UNKNOWN_POLICY,
    ),
)
def begin(office: AtDesk, wanted: DraftRequest, response: Response) -> DraftDetail:
    """Keep the text's first revision."""
    if wanted.draft_id is not None and _is_there(office, wanted.draft_id):
        response.status_code = 200
    desk, who = office.desk, office.officer
    if wanted.parameter is not None:
        draft = desk.create_parameter(who, wanted.parameter, text=wanted.text, draft_id=wanted.draft_id)
    else:
        draft = desk.create(who, policy_id=wanted.policy_id, text=wanted.text, draft_id=wanted.draft_id)
    return DraftDetail.of(draft)


@router.get(
    "/{draft_id}",
    summary="A draft with its text",
    description="The newest revision. Drafts of other agencies answer 403.",
    responses=failures(404),
)
def read(office: AtDesk, draft_id: DraftId) -> DraftDetail:
    """As it is now."""
    return DraftDetail.of(office.desk.draft(office.officer, draft_id))


@router.put(
    "/{draft_id}/text",
    summary="Save a draft's text",
    description="On top of the revision that was read. Where somebody saved another text meanwhile, nothing is "
    "overwritten: 409 `draft-changed` has theirs. The draft is then a draft again, its impact and approval void. "
    "The very text that is there already changes nothing, so that it may be sent twice.",
    responses=failures(404, 409, body=True, s409=DRAFT_CHANGED),
)
def save(office: AtDesk, draft_id: DraftId, written: TextRequest) -> DraftSummary:
    """Keep another revision."""
    return DraftSummary.of(office.desk.save(office.officer, draft_id, written.revision, written.text))


@router.get(
    "/{draft_id}/events",
    summary="What happened to a draft",
    description="Each step with who took it, oldest first.",
    responses=failures(404),
)
def events(office: AtDesk, draft_id: DraftId) -> DraftStepsAnswer:
    """Its timeline."""
    steps = office.desk.events(office.officer, draft_id)
    return DraftStepsAnswer(events=[DraftStepAnswer.of(step) for step in steps])


@router.get(
    "/{draft_id}/revisions",
    summary="The revisions of a draft's text",
    description="Who saved which, oldest first. All are kept for good.",
    responses=failures(404),
)
def revisions(office: AtDesk, draft_id: DraftId) -> RevisionsAnswer:
    """Without their texts."""
    found = office.desk.revisions(office.officer, draft_id)
    return RevisionsAnswer(revisions=[RevisionSummary.of(one) for one in found])


@router.get(
    "/{draft_id}/revisions/{revision}",
    summary="The text of one revision",
    description="As it was saved.",
    responses=failures(404, 422),
)
def revision_text(
    office: AtDesk,
    draft_id: DraftId,
    revision: Annotated[int, Path(ge=1, le=_LARGEST_REVISION, description="Counts from 1.")],
) -> RevisionText:
    """To be held beside another."""
    return RevisionText(revision=revision, text=office.desk.revision_text(office.officer, draft_id, revision))


def _is_there(office: Office, draft_id: UUID) -> bool:
    try:
        office.desk.draft(office.officer, draft_id)
    except UnknownDraft:
        return False
    return True


Mark = tuple[datetime, UUID]


def _mark(draft: Draft) -> str:
    return f"{draft.updated_at.isoformat()}~{draft.draft_id}"


def _read_mark(text: str) -> Mark:
    at, _, draft_id = text.partition("~")
    try:
        moment, place = datetime.fromisoformat(at), UUID(draft_id)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone is none")
    except ValueError:
        wrong = {"loc": ("query", "after"), "msg": "must be the 'next' of an earlier answer", "type": "value_error"}
        raise RequestValidationError([wrong]) from None
    return moment, place


def _is_after(draft: Draft, mark: Mark) -> bool:
    """Whether a draft comes after the mark in the list's order: the newest first, of one moment by id."""
    moment, place = mark
    return draft.updated_at < moment or (draft.updated_at == moment and draft.draft_id > place)
