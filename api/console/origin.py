"""Where a change comes from: only from pages of this very site.

The session's cookie is SameSite=Strict already; this is the second lock, for browsers that do not keep to that and for
sites that share a domain. `Sec-Fetch-Site` cannot be set by a page; browsers leave it out where the site is not served
securely, and send `Origin` with every POST.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def require_own_origin(request: Request) -> None:
    """Raise HTTPException(403) for a change that another site, or no page at all, asks for."""
    if request.method in _HARMLESS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        own = urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "") != ""
    if not own:
        raise HTTPException(403)
