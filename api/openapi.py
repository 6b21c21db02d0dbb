"""What the generated description says beyond the routes: problems, and that every failure is one."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.errors import PROBLEM_TYPE, TITLES
from api.guard import MAX_BODY_BYTES
from api.schemas.base import Answer, Request
from api.schemas.problem import Problem

TAGS = [
    {"name": "Subjects", "description": "What one citizen or enterprise is entitled to, was told and has claimed."},
    {"name": "Claims", "description": "One claim, from push to money and judgement."},
    {"name": "Policies", "description": "The city's entitlements, open to everybody."},
    {"name": "Events", "description": "Changes in a subject's life, from registers' systems."},
    {"name": "Service", "description": "Whether the service is up."},
    {
        "name": "Workbench",
        "description": "From an officer's draft to what serves the city, for an agency's own system. What one does "
        "here is what one does at the console, with the same roles, checks and record.",
    },
]

DESCRIPTION = """
Duixian (兑现) tells each citizen and enterprise what the city owes them, and follows it until it has arrived.

- **Tokens.** Send `Authorization: Bearer TOKEN`. A token is bound to one subject; what belongs to another answers 404,
  exactly as what does not exist. An officer's token (`/v1/workbench`) allows what their roles allow at that moment.
- **Failures** are `application/problem+json` (RFC 9457): `code` is for programs, `title` is in the caller's language,
  `next_step` says what to do.
- **Language.** `?language=zh|en`, else `Accept-Language`, else Chinese.
- **Money** is whole fen; **unknown** is null, never false or zero.
"""

_EXAMPLES: dict[int, tuple[str, str, str, dict[str, Any]]] = {
    400: ("bad-request", "POST /v1/events: Bad Request.", "Send a body that is valid JSON in UTF-8.", {}),
    401: ("token-invalid", "This token is not valid, or no longer.", "Sign in again to get a new one.", {}),
    403: (
        "scope-missing",
        "This token does not carry the scope 'events'.",
        "Life events come from registers' systems: 'duixian token --help'.",
        {"scope": "events"},
    ),
    404: (
        "unknown-subject",
        "There is no subject 'C000000043'.",
        "Check the id; new subjects appear after their register is imported and materialised.",
        {"subject_id": "C000000043"},
    ),
    409: (
        "illegal-transition",
        "A claim that is claimed cannot be changed by confirm.",
        "Read the claim's timeline to see what has already happened to it.",
        {"state": "claimed", "event": "confirm"},
    ),
    413: (
        "body-too-large",
        f"A request body may hold at most {MAX_BODY_BYTES} bytes.",
        "Send less in one request.",
        {},
    ),
    422: (
        "request-invalid",
        "body.grade: Input should be less than or equal to 5",
        "Mend what 'data.errors' lists and send it again; nothing was changed.",
        {"errors": [{"where": "body.grade", "message": "Input should be less than or equal to 5"}]},
    ),
    503: (
        "database-unavailable",
        "A part of the service is not available; nothing was changed.",
        "Try again in 30 seconds.",
        {},
    ),
}


def about() -> list[str]:
    """The description's points as plain sentences."""
    return [" ".join(point.split()).replace("**", "").replace("`", "") for point in DESCRIPTION.split("\n- ")]


def problems(
    *statuses: int, repeated: tuple[type[BaseModel], str] | None = None, **examples: dict[str, Any]
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses; `examples` name others, as s409={...}.

    `repeated`: the shape and meaning of a 200 beside the route's own status.
    """
    found: dict[int | str, dict[str, Any]] = {}
    if repeated is not None:
        found[200] = {"model": repeated[0], "description": repeated[1]}
    return found | {
        status: {
            "description": _title(_example(status, examples)["code"]),
            "content": {
                PROBLEM_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": _example(status, examples),
                }
            },
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Describe `app` with problems in place of FastAPI's own validation errors."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            used = {
                tag for path in schema["paths"].values() for operation in path.values() for tag in operation["tags"]
            }
            schema["tags"] = [tag for tag in TAGS if tag["name"] in used]
            _mend(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way to extend the description


def _mend(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    for shape in (*Answer.__subclasses__(), *Request.__subclasses__()):
        # FastAPI leaves every null out of what it describes, out of the examples too, where null means unknown.
        if shape.__name__ in components and isinstance(extra := shape.model_config.get("json_schema_extra"), dict):
            components[shape.__name__] |= extra
    components["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for path in schema["paths"].values():
        for method, operation in path.items():
            answers = operation["responses"]
            for answer in answers.values():
                if answer["description"] == "Successful Response":
                    answer["description"] = "Done" if method == "post" else "Found"
            if "requestBody" in operation:
                operation["responses"] = answers = problems(400, 413) | answers
            if "application/json" in answers.get("422", {}).get("content", {}):
                answers["422"] = problems(422)[422]


def _title(code: str) -> str:
    label = TITLES.get(code)
    return label.en if label else "The service is not available at the moment"


def _example(status: int, examples: dict[str, dict[str, Any]]) -> dict[str, Any]:
    code, detail, next_step, data = _EXAMPLES[status]
    example: dict[str, Any] = {
        "type": f"urn:duixian:problem:{code}",
        "title": _title(code),
        "status": status,
        "code": code,
        "detail": detail,
        "next_step": next_step,
        "data": data,
    } | examples.get(f"s{status}", {})
    return example | {"type": f"urn:duixian:problem:{example['code']}", "title": _title(example["code"])}
