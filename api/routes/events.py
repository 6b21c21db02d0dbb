"""Life events come in."""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter, Response

from api.auth import EventSource, Parts
from api.openapi import problems
from api.schemas.events import EventAnswer, EventRequest
from delivery.terms import local_day

router = APIRouter(prefix="/v1/events", tags=["Events"])


@router.post(
    "",
    status_code=202,
    summary="Report a life event",
    description="Changes a subject's profile at once. Needs a token with the scope `events`. An event of the same "
    "`event_id` sent again answers 200 and changes nothing.",
    responses=problems(
        401,
        403,
        404,
        422,
        503,
        repeated=(EventAnswer, "It was here before."),
        s422={
            "code": "profile-invalid",
            "detail": "Fact 'pension' has no category 'private'.",
            "next_step": "Use one of: employee, resident, none.",
            "data": {"fact": "pension", "value": "'private'"},
        },
    ),
)
def report_event(event: EventRequest, source: EventSource, parts: Parts, response: Response) -> EventAnswer:
    """Check the facts against the vocabulary, then store and push them."""
    audience = parts.audience_of(event.subject_id)
    changes = event.changes(parts.catalogue.vocabulary, audience, local_day(parts.clock()))
    parts.profile(audience, event.subject_id)  # UnknownSubject before anything is stored
    event_id = event.event_id or uuid4()
    new = parts.apply_event(audience, event.subject_id, event.kind, changes, event.as_of, event_id)
    if not new:
        response.status_code = 200
    return EventAnswer.of(event, event_id, audience, changes, repeated=not new)
