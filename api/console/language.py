"""The console's language: `?language`, else the one chosen before (a cookie), else what the browser prefers."""

from __future__ import annotations

from fastapi import Request, Response

from api.language import LANGUAGES, Language, preferred

COOKIE = "duixian_language"
_YEAR_S = 365 * 24 * 3600


def language_of(request: Request) -> Language:
    """What this request is answered in; a `?language` that is neither is passed over."""
    asked = LANGUAGES.get(request.query_params.get("language", ""))
    kept = LANGUAGES.get(request.cookies.get(COOKIE, ""))
    return asked or kept or preferred(request.headers.get("accept-language", ""))


def keep(request: Request, response: Response) -> None:
    """Remember a `?language` for the next pages."""
    asked = LANGUAGES.get(request.query_params.get("language", ""))
    if asked is not None and request.cookies.get(COOKIE) != asked:
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, asked, max_age=_YEAR_S, path="/console", secure=secure, httponly=True, samesite="lax"
        )
