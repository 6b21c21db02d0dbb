"""What became of a policy that serves: its versions compared, its funnel, the room in its budget, its lots."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.routes.workbench.office import PREFIX, TAG, UNKNOWN_POLICY, AtDesk, Office, PolicyId, failures
from api.schemas.workbench.checks import ChangeAnswer, DifferenceAnswer
from api.schemas.workbench.delivery import BudgetAnswer, BudgetRoom, DrawAnswer, FunnelAnswer, LotsRequest
from catalogue.difference import difference
from catalogue.loader import load_policy_text
from delivery.budgeting import needs_unknown, room
from domain.errors import DrawRefused, UnknownPolicy
from domain.policy import Policy
from storage import budgets, funnel, policies
from storage.budgets import Draw
from workbench.lots import draw_lots
from workbench.roles import Act

router = APIRouter(prefix=f"{PREFIX}/policies", tags=[TAG])

_LARGEST_VERSION = 2**31 - 1
Version = Annotated[int, Query(ge=1, le=_LARGEST_VERSION, description="A version that was ever published.")]


@router.get(
    "/{policy_id}/difference",
    summary="Two versions of a policy compared, in words",
    description="Both are read with the vocabulary and parameters that serve now.",
    responses=failures(
        400,
        404,
        422,
        s400={
            "code": "catalogue-invalid",
            "detail": "The catalogue has 1 problem:\nrent-subsidy version 1:18:7: There is no fact 'income_old'.\n",
            "next_step": "This version no longer fits the words that serve; compare two later ones.",
            "data": {"problems": ["rent-subsidy version 1:18:7: There is no fact 'income_old'."]},
        },
        s404=UNKNOWN_POLICY,
    ),
)
def compare(office: AtDesk, policy_id: PolicyId, before: Version, after: Version) -> DifferenceAnswer:
    """Part by part, in the order of the text."""
    office.require(Act.READ)
    words = office.words
    changes = difference(_version(office, policy_id, before), _version(office, policy_id, after), words, words)
    return DifferenceAnswer(before=before, after=after, changes=[ChangeAnswer.of(policy_id, one) for one in changes])


@router.get(
    "/{policy_id}/funnel",
    summary="How far a policy's offers come",
    description="From being told to money and judgement, over all versions and periods, and why the others did not.",
    responses=failures(404, 422, s404=UNKNOWN_POLICY),
)
def read_funnel(office: AtDesk, policy_id: PolicyId) -> FunnelAnswer:
    """Figures, no subjects."""
    office.require(Act.READ)
    if not office.desk.history(policy_id):
        raise UnknownPolicy(policy_id)
    with office.services.connect() as connection:
        return FunnelAnswer.of(policy_id, funnel.of_policy(connection, policy_id))


@router.get(
    "/{policy_id}/budget",
    summary="The room in a policy's budget",
    description="What is granted and left in the running period, how many wait, and the lots that were drawn.",
    responses=failures(404, 422, s404=UNKNOWN_POLICY),
)
def read_budget(office: AtDesk, policy_id: PolicyId) -> BudgetAnswer:
    """Of the version that serves those whom no canary reaches."""
    office.require(Act.READ)
    policy = office.words.policy(policy_id)
    with office.services.connect() as connection:
        found = room(connection, policy, office.services.clock(), needs_unknown)
        draw = budgets.find_draw(connection, policy_id, found.period_from) if found else None
    return BudgetAnswer(policy_id=policy_id, room=BudgetRoom.of(found, draw) if found else None)


@router.post(
    "/{policy_id}/lots",
    status_code=201,
    summary="Draw the lots of a policy",
    description="Once, after claiming has closed, from the public number that was announced as the seed. The next "
    "round of approvals goes by it. The same seed again answers 200 with that draw; another is refused.",
    responses=failures(
        404,
        409,
        body=True,
        repeated=(DrawAnswer, "They were drawn before, from this seed."),
        s404=UNKNOWN_POLICY,
        s409={
            "code": "draw-refused",
            "detail": "Claims for 'rent-subsidy-lottery' are taken until the end of 2026-11-30.",
            "next_step": "Draw on a later day, with the seed that was announced.",
            "data": {"closes_on": "2026-11-30"},
        },
    ),
)
def draw(office: AtDesk, policy_id: PolicyId, asked: LotsRequest, response: Response) -> DrawAnswer:
    """Kept for good, with a digest of who took part."""
    services, policy = office.services, office.words.policy(policy_id)
    try:
        made = draw_lots(services.connect, office.parts.log, services.clock, office.officer, policy, asked.seed)
    except DrawRefused as refused:
        held = _drawn(office, policy)
        if held is None or held.seed != asked.seed.strip():
            raise refused
        made, response.status_code = held, 200
    return DrawAnswer.of(made)


def _version(office: Office, policy_id: str, version: int) -> Policy:
    with office.services.connect() as connection:
        text = policies.text(connection, policy_id, version)
    return load_policy_text(text, f"{policy_id} version {version}", office.words.vocabulary, office.words.parameters)


def _drawn(office: Office, policy: Policy) -> Draw | None:
    window = policy.budget.window(office.today) if policy.budget else None
    if window is None:
        return None
    with office.services.connect() as connection:
        return budgets.find_draw(connection, policy.id, window[0])
