"""A draft's text read and tried out: its check, what it changes, its ladder, and what it would do to everybody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.routes.workbench.office import DRAFT_MOVED, PREFIX, TAG, UNREADABLE, AtDesk, DraftId, failures, reading_text
from api.schemas.workbench.acts import RevisionRequest
from api.schemas.workbench.checks import ChangeAnswer, CheckAnswer, DifferenceAnswer, LadderAnswer
from api.schemas.workbench.drafts import DraftSummary
from api.schemas.workbench.impacts import ImpactAnswer, ImpactsAnswer, ImpactSummary, SimulationAnswer
from catalogue.difference import difference
from catalogue.ladder import ladder
from domain.errors import DraftInvalid, UnknownImpact
from workbench.weighing import PARAMETER, parts_of

router = APIRouter(prefix=f"{PREFIX}/drafts", tags=[TAG])


@router.post(
    "/{draft_id}/check",
    summary="Check a draft",
    description="Reads the text, runs its cases through every matcher and looks for what can hardly be meant. The "
    "draft is checked when nothing fails and no finding is an error; else it is a draft again. May be repeated.",
    responses=failures(404, 409, body=True, s409=DRAFT_MOVED),
)
def check(office: AtDesk, draft_id: DraftId, looked_at: RevisionRequest) -> CheckAnswer:
    """Faults, failed cases, gaps and findings."""
    return CheckAnswer.of(office.desk.check(office.officer, draft_id, looked_at.revision))


@router.post(
    "/{draft_id}/simulate",
    summary="Work out what a draft would do",
    description="Against what serves, over the whole living population; answers when it is done, of a million "
    "subjects within seconds. The figures are stored, and approval is bound to them. May be repeated: new figures take "
    "the place of the old, and with them of any approval.",
    responses=failures(404, 409, body=True, s400=UNREADABLE, s409=DRAFT_MOVED),
)
def simulate(office: AtDesk, draft_id: DraftId, looked_at: RevisionRequest) -> SimulationAnswer:
    """Count everybody."""
    with reading_text():
        draft, impact = office.desk.simulate(office.officer, draft_id, looked_at.revision)
    return SimulationAnswer.of(DraftSummary.of(draft), impact, office.desk.limits)


@router.get(
    "/{draft_id}/impacts",
    summary="The impacts of a draft",
    description="All that were ever worked out for it, oldest first, and which of them holds.",
    responses=failures(404),
)
def impacts(office: AtDesk, draft_id: DraftId) -> ImpactsAnswer:
    """In short."""
    draft = office.desk.draft(office.officer, draft_id)
    found = office.desk.impacts(office.officer, draft_id)
    return ImpactsAnswer(current=draft.impact_id, impacts=[ImpactSummary.of(one) for one in found])


@router.get(
    "/{draft_id}/impacts/{impact_id}",
    summary="An impact in full",
    description="Who gains and loses, for lack of which facts others are unknown, what it costs, who would be told; "
    "also by district, age, size and industry.",
    responses=failures(
        404,
        422,
        s404={
            "code": "unknown-impact",
            "detail": "The draft '5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11' has no impact"
            " '0b0f3d6a-7a52-4b43-9d11-3f6a1f2b7c90'.",
            "next_step": "All that were worked out for it are listed beside it.",
            "data": {
                "draft_id": "5f0c8f3e-9c41-4c7e-8a58-0f6f5f0f2a11",
                "impact_id": "0b0f3d6a-7a52-4b43-9d11-3f6a1f2b7c90",
            },
        },
    ),
)
def impact(
    office: AtDesk, draft_id: DraftId, impact_id: Annotated[UUID, Path(description="One of the draft's impacts.")]
) -> ImpactAnswer:
    """As it was stored."""
    draft = office.desk.draft(office.officer, draft_id)
    for one in office.desk.impacts(office.officer, draft_id):
        if one.impact_id == impact_id:
            return ImpactAnswer.of(one, draft.kind, office.desk.limits)
    raise UnknownImpact(draft_id, impact_id)


@router.get(
    "/{draft_id}/difference",
    summary="What a draft changes, in words",
    description="Against the version that serves those whom no canary reaches; of a parameter's draft, in every policy "
    "that it reaches.",
    responses=failures(400, 404, s400=UNREADABLE),
)
def changes(office: AtDesk, draft_id: DraftId) -> DifferenceAnswer:
    """Part by part, in the order of the text."""
    draft, words = office.desk.draft(office.officer, draft_id), office.words
    with reading_text():
        parts = parts_of(draft, words, office.today)
    before = parts[0].served.version if draft.kind != PARAMETER and parts[0].served else draft.base_version
    return DifferenceAnswer(
        before=before,
        after=draft.version,
        changes=[
            ChangeAnswer.of(part.policy.id, one)
            for part in parts
            for one in difference(part.served, part.policy, words, part.words)
        ],
    )


@router.get(
    "/{draft_id}/ladder",
    summary="How a draft can be delivered, and why",
    description="The highest mode that its facts carry, by where they come from and how well and freshly they are "
    "known of everybody. Of a policy's draft.",
    responses=failures(
        400,
        404,
        422,
        s400=UNREADABLE,
        s422={
            "code": "draft-invalid",
            "detail": "A parameter is delivered in no way of its own.",
            "next_step": "Ask for the ladder of a draft of a policy that names it.",
            "data": {},
        },
    ),
)
def explained(office: AtDesk, draft_id: DraftId) -> LadderAnswer:
    """The upshot, then each reason."""
    draft = office.desk.draft(office.officer, draft_id)
    if draft.kind == PARAMETER:
        raise DraftInvalid(
            "A parameter is delivered in no way of its own.",
            next_step="Ask for the ladder of a draft of a policy that names it.",
        )
    with reading_text():
        policy = office.desk.policy(draft)
    statistics = office.parts.known(policy.audience, office.today)
    return LadderAnswer.of(ladder(policy, office.words.vocabulary, statistics))
