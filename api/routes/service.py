"""Whether the service is up, for those who watch over it."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Response

from api.auth import Parts
from api.schemas.access import HealthAnswer, ReadyAnswer

router = APIRouter(tags=["Service"])
logger = logging.getLogger("duixian.api")


@router.get("/healthz", summary="Whether the process answers", description="Asks no other part.")
def healthz() -> HealthAnswer:
    """Nothing to look at: that this runs is the answer."""
    return HealthAnswer(status="ok")


@router.get(
    "/readyz",
    summary="Whether requests can be served",
    description="Asks each part. What is wrong with one is in the log.",
    responses={503: {"model": ReadyAnswer, "description": "A part is not available."}},
)
def readyz(parts: Parts, response: Response) -> ReadyAnswer:
    """Every part's word, without its details."""
    said = parts.ready()
    for part, state in said.items():
        if state != "ok":
            logger.warning("not ready: %s: %s", part, state)
    ready = all(state == "ok" for state in said.values())
    response.status_code = 200 if ready else 503
    return ReadyAnswer(
        ready=ready, parts={part: "ok" if state == "ok" else "unavailable" for part, state in said.items()}
    )
