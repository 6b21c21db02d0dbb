"""The city's entitlements, open to everybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Parts
from api.openapi import problems
from api.schemas.policies import PoliciesAnswer, PolicyDetail, PolicySummary
from delivery.terms import local_day
from domain.facts import Audience
from domain.policy import Kind

router = APIRouter(prefix="/v1/policies", tags=["Policies"])


@router.get(
    "",
    summary="The policies in force",
    description="By audience, domain and id; narrowed by the parameters.",
)
def list_policies(
    parts: Parts,
    audience: Annotated[Audience | None, Query(description="Only those for citizens or for enterprises.")] = None,
    domain: Annotated[str | None, Query(max_length=40, description="Only those of one domain.")] = None,
    kind: Annotated[Kind | None, Query(description="Only those of one kind.")] = None,
) -> PoliciesAnswer:
    """Every policy in force today that fits."""
    today = local_day(parts.clock())
    found = [
        policy
        for policy in parts.catalogue.policies
        if policy.in_force(today)
        and audience in (None, policy.audience)
        and domain in (None, policy.domain)
        and kind in (None, policy.kind)
    ]
    found.sort(key=lambda policy: (policy.audience, policy.domain, policy.id))
    return PoliciesAnswer(policies=[PolicySummary.of(policy) for policy in found])


@router.get(
    "/{policy_id}",
    summary="A policy in full",
    description="Its official document, its rule in plain words, its benefit, the parameters with value and source, "
    "the papers that are no longer asked for, and how sure we are of all this (`verification`).",
    responses=problems(
        404,
        s404={
            "code": "unknown-policy",
            "detail": "There is no policy 'elderly-allowance'.",
            "next_step": "Did you mean 'elderly-comprehensive-allowance'?",
            "data": {"policy_id": "elderly-allowance", "did_you_mean": "elderly-comprehensive-allowance"},
        },
    ),
)
def read_policy(
    policy_id: Annotated[str, Path(max_length=100, examples=["elderly-comprehensive-allowance"])], parts: Parts
) -> PolicyDetail:
    """All that the catalogue says about it."""
    return PolicyDetail.of(parts.catalogue.policy(policy_id), parts.catalogue, local_day(parts.clock()))
