"""What became of a policy: its funnel, why it is delivered as it is, and what is left of its budget."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.charts import FUNNEL_STEPS, funnel_chart
from api.console.pages import Signed
from catalogue.ladder import ladder
from delivery.budgeting import needs_unknown, room
from delivery.terms import local_day
from domain.rationing import Allotment
from storage import funnel

router = APIRouter()


@router.get("/policies/{policy_id}/delivery")
def delivery(visit: Signed, policy_id: str) -> Response:
    """Figures of all versions and periods."""
    services = visit.services
    policy = services.catalogue.policy(policy_id)
    now = services.clock()
    statistics = visit.parts.known(policy.audience, local_day(now))
    with services.connect() as connection:
        found = funnel.of_policy(connection, policy_id)
        budget = room(connection, policy, now, needs_unknown)
    return visit.page(
        "pages/delivery.html",
        policy=policy,
        funnel=found,
        steps=[(label, getattr(found, step)) for step, label in FUNNEL_STEPS],
        figures=funnel_chart(found, visit.language),
        ladder=ladder(policy, services.catalogue.vocabulary, statistics),
        room=budget,
        allotments=[(one, budget.count(one)) for one in Allotment] if budget else [],
    )
