"""Who is calling: a signed token, bound to one subject, to one register's system or to one officer.

JWT (RFC 7519) with HS256 and no other algorithm. `aud` is always "duixian"; a subject's token carries `audience`
(citizen or enterprise), an operator's the `scope` it may use, an officer's `caller`; with more than one of these it is
nobody's. Ids never authorise: what belongs to another subject answers exactly as what does not exist. What an officer
may do is in no token: it is read anew at every request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api.services import Services
from domain.errors import ScopeMissing, TokenInvalid, UnknownSubject
from domain.facts import Audience

TOKEN_AUDIENCE = "duixian"  # noqa: S105 - the name of the service, no secret
ALGORITHM = "HS256"
EVENTS_SCOPE = "events"
OFFICER_CALLER = "officer"
MIN_KEY_BYTES = 32
MAX_TOKEN_CHARS = 2048
"""Ours have about 250; parsing a longer one is work for nothing."""


@dataclass(frozen=True)
class Subject:
    """The caller is this subject."""

    subject_id: str
    audience: Audience


@dataclass(frozen=True)
class Operator:
    """The caller is a system of the city's."""

    name: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class OfficerCaller:
    """The caller is this officer, or a system that acts in their name."""

    officer_id: str


def issue_token(key: bytes, subject_id: str, audience: Audience, minutes: int, now: datetime) -> str:
    """A token with which `subject_id`, and nobody else, reads and claims for `minutes` minutes."""
    return _issue(key, {"sub": subject_id, "audience": audience.value}, minutes, now)


def issue_operator_token(
    key: bytes, name: str, minutes: int, now: datetime, scopes: Sequence[str] = (EVENTS_SCOPE,)
) -> str:
    """A token for a register's system, for `minutes` minutes; `name` is how it is told apart from others."""
    return _issue(key, {"sub": name, "scope": " ".join(scopes)}, minutes, now)


def issue_officer_token(key: bytes, officer_id: str, minutes: int, now: datetime) -> str:
    """A token with which an officer's own system works at the desk for `minutes` minutes, with the roles of then."""
    return _issue(key, {"sub": officer_id, "caller": OFFICER_CALLER}, minutes, now)


def read_token(key: bytes, token: str, now: datetime) -> Subject | Operator | OfficerCaller:
    """Whose token this is. Raises TokenInvalid for a forged, expired or foreign one, and does not say which part."""
    if len(token) > MAX_TOKEN_CHARS:
        raise _invalid()
    claims_check = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        aud={"essential": True, "value": TOKEN_AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=[ALGORITHM]).claims
        claims_check.validate(claims)
        return _caller(claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # A token is text from outside: whatever its parts turn out to be, the answer is the same.
        raise _invalid() from None


def _caller(claims: dict[str, Any]) -> Subject | Operator | OfficerCaller:
    name = claims["sub"]
    if not isinstance(name, str):
        raise TypeError("sub is no text")
    # Exactly one of them: who could add a claim to a token of one kind would not make it one of another kind, too.
    [kind] = claims.keys() & {"audience", "scope", "caller"}
    if kind == "scope":
        return Operator(name, frozenset(claims["scope"].split()))
    if kind == "audience":
        return Subject(name, Audience(claims["audience"]))
    if claims["caller"] != OFFICER_CALLER:
        raise ValueError("no such kind of caller")
    return OfficerCaller(name)


def _issue(key: bytes, claims: dict[str, Any], minutes: int, now: datetime) -> str:
    issued = int(now.timestamp())
    expires = issued + int(timedelta(minutes=minutes).total_seconds())
    body = {**claims, "aud": TOKEN_AUDIENCE, "iat": issued, "exp": expires}
    return jwt.encode({"alg": ALGORITHM}, body, OctKey.import_key(key), algorithms=[ALGORITHM])


def _invalid() -> TokenInvalid:
    return TokenInvalid("This token is not valid, or no longer.", next_step="Sign in again to get a new one.")


_bearer = HTTPBearer(
    auto_error=False, bearerFormat="JWT", description="A token bound to one subject, system or officer."
)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Parts = Annotated[Services, Depends(_services)]


def _caller_of(
    parts: Parts, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Subject | Operator | OfficerCaller:
    if credentials is None:
        raise TokenInvalid("This needs a token.", next_step="Send 'Authorization: Bearer TOKEN'.", missing=True)
    return read_token(parts.settings.token_key, credentials.credentials, parts.clock())


Caller = Annotated[Subject | Operator | OfficerCaller, Depends(_caller_of)]


def _own_subject(
    subject_id: Annotated[str, Path(description="The subject the token is bound to.", examples=["C000000042"])],
    caller: Caller,
) -> Subject:
    if isinstance(caller, Subject) and caller.subject_id == subject_id:
        return caller
    raise UnknownSubject(subject_id)


def _any_subject(caller: Caller) -> Subject:
    if isinstance(caller, Subject):
        return caller
    raise ScopeMissing("subject", next_step="This needs a subject's own token; a system's or an officer's does not do.")


def _event_source(caller: Caller) -> Operator:
    if isinstance(caller, Operator) and EVENTS_SCOPE in caller.scopes:
        return caller
    raise ScopeMissing(EVENTS_SCOPE, next_step="Life events come from registers' systems: 'duixian token --help'.")


OwnSubject = Annotated[Subject, Depends(_own_subject)]
"""The subject of the path, when the token is bound to it; UnknownSubject otherwise."""
CallingSubject = Annotated[Subject, Depends(_any_subject)]
EventSource = Annotated[Operator, Depends(_event_source)]
