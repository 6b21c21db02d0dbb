"""Who is signed in: a signed cookie that names an officer, and nothing else about them.

Roles and agency are read anew at every request, so that whoever loses a role loses it at once. The cookie is for this
path and site only, out of reach of scripts, and a token of its own kind: what a subject is given signs nobody in here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import Request, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api.auth import ALGORITHM, MAX_TOKEN_CHARS
from domain.errors import TokenInvalid

COOKIE = "duixian_console"
PATH = "/console"
_AUDIENCE = "duixian-console"


def session_token(key: bytes, officer_id: str, minutes: int, now: datetime) -> str:
    """A token that says for `minutes` that this officer has signed in."""
    issued = int(now.timestamp())
    expires = issued + int(timedelta(minutes=minutes).total_seconds())
    claims = {"sub": officer_id, "aud": _AUDIENCE, "iat": issued, "exp": expires}
    return jwt.encode({"alg": ALGORITHM}, claims, OctKey.import_key(key), algorithms=[ALGORITHM])


def officer_id_of(request: Request, key: bytes, now: datetime) -> str:
    """Whose session the request belongs to. Raises TokenInvalid where it has none, or none any more."""
    token = request.cookies.get(COOKIE, "")
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        aud={"essential": True, "value": _AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        if not token or len(token) > MAX_TOKEN_CHARS:
            raise ValueError("no token, or none of ours")
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=[ALGORITHM]).claims
        registry.validate(claims)
        return str(claims["sub"])
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise TokenInvalid(
            "Nobody is signed in here, or no longer.", next_step="Sign in; what you typed is kept."
        ) from None


def sign_in(response: Response, request: Request, token: str, minutes: int) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=minutes * 60,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def sign_out(response: Response) -> None:
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
