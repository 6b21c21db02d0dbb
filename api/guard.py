"""The outermost ring: how much a body may hold, the headers every answer carries, and the last resort for bugs."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
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


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, guarded; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # Personal answers stay out of every cache; static files say themselves how long they keep.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope)
        if _declared_length(request) > MAX_BODY_BYTES:
            await _too_large(request)(scope, receive, send_guarded)
            return
        try:
            await self.app(scope, _limited(receive), send_guarded)
        except Exception:
            if started:
                raise
            logger.exception("%s %s failed", request.method, request.url.path)
            await internal_problem(language_of(request))(scope, receive, send_guarded)


def _declared_length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else MAX_BODY_BYTES + 1


def _limited(receive: Receive) -> Receive:
    """Count what really arrives: a chunked body declares no length."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_limited


def _too_large(request: Request) -> ASGIApp:
    return problem(
        413,
        "body-too-large",
        f"A request body may hold at most {MAX_BODY_BYTES} bytes.",
        "Send less in one request.",
        language_of(request),
    )
