"""Chinese or English: `?language`, else what the browser prefers, else Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

Language = Literal["zh", "en"]
LANGUAGES: Mapping[str, Language] = {"zh": "zh", "en": "en"}


def language_of(request: Request) -> Language:
    """The caller's language; a `?language` that is neither is passed over here, and refused by the routes."""
    asked = LANGUAGES.get(request.query_params.get("language", ""))
    if asked is not None:
        return asked
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """The better liked of the two in an Accept-Language header (RFC 9110, 12.5.4); Chinese when it names neither."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        language = LANGUAGES.get(primary)
        if language and (quality := _quality(weight)) > best[0]:
            best = (quality, language)
    return best[1]


def _quality(weight: str) -> float:
    name, _, number = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(number)
    except ValueError:
        return 0.0
    return quality if name == "q" and 0 <= quality <= 1 else 0.0


def _language(
    request: Request,
    response: Response,
    language: Annotated[
        Language | None,
        Query(description="Language of sentences; without it Accept-Language decides, and then Chinese."),
    ] = None,
) -> Language:
    chosen = language or language_of(request)
    response.headers["Content-Language"] = chosen
    return chosen


ChosenLanguage = Annotated[Language, Depends(_language)]
