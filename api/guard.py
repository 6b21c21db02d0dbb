"""The outermost ring: how much a body may hold, the headers every answer carries, and the last resort for bugs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import internal_problem, problem
from api.language import language_of

logger = logging.getLogger("duixian.api")

MAX_BODY_BYTES = 64 * 1024
"""The largest honest body, a life event with every fact of the vocabulary, has about 5 kB."""

SECURITY_HEADERS = {
    # Everything the pages need is served from here; nothing is loaded from, sent to or framed by others.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Ring:
    """What holds below one path; `refused` answers a body that is too large, `unreadable` an address, `failed` a bug.

    `prefix` ends without a slash; the empty one holds everywhere.
    """

    prefix: str
    max_body_bytes: int
    headers: Mapping[str, str]
    refused: Callable[[Request], Response]
    unreadable: Callable[[Request], Response]
    failed: Callable[[Request], Response]

    def holds(self, path: str) -> bool:
        return not self.prefix or path == self.prefix or path.startswith(f"{self.prefix}/")


class Guard:
    """ASGI middleware around the whole application; the first of `rings` that holds for a path guards it."""

    def __init__(self, app: ASGIApp, rings: Sequence[Ring] = ()) -> None:
        self.app = app
        self.rings = (*rings, _EVERYWHERE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, guarded; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ring = next(ring for ring in self.rings if ring.holds(scope["path"]))
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in ring.headers.items():
                    headers.setdefault(name, value)
                # Personal answers stay out of every cache; static files say themselves how long they keep.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            # No page and no store has anything under a NUL, and PostgreSQL takes none into a question.
            await ring.unreadable(request)(scope, receive, send_guarded)
            return
        if _declared_length(request) > ring.max_body_bytes:
            await ring.refused(request)(scope, receive, send_guarded)
            return
        try:
            await self.app(scope, _limited(receive, ring.max_body_bytes), send_guarded)
        except Exception:
            if started:
                raise
            logger.exception("%s %s failed", request.method, request.url.path)
            await ring.failed(request)(scope, receive, send_guarded)


def _declared_length(request: Request) -> float:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else float("inf")


def _limited(receive: Receive, limit: int) -> Receive:
    """Count what really arrives: a chunked body declares no length."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return receive_limited


def api_ring(prefix: str, max_body_bytes: int) -> Ring:
    """A ring with the API's own headers and answers."""

    def too_large(request: Request) -> Response:
        return problem(
            413,
            "body-too-large",
            f"A request body may hold at most {max_body_bytes} bytes.",
            "Send less in one request.",
            language_of(request),
        )

    def unreadable(request: Request) -> Response:
        step = "Send an address without NUL characters."
        return problem(400, "bad-request", "The address cannot be read.", step, language_of(request))

    def failed(request: Request) -> Response:
        return internal_problem(language_of(request))

    return Ring(prefix, max_body_bytes, SECURITY_HEADERS, too_large, unreadable, failed)


_EVERYWHERE = api_ring("", MAX_BODY_BYTES)
