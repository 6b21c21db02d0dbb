"""What the API is given: every part it talks to, as a value or a callable, so that tests hand in others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from api.console.parts import ConsoleParts
from catalogue.loader import Catalogue
from delivery.engine import Provenance
from delivery.recommend import Recommendations
from domain.decision import Decision
from domain.facts import Audience, Label, Value
from domain.profile import Profile
from matcher.bundle.best import Bundle
from storage.connection import Connection


@dataclass(frozen=True)
class ApiSettings:
    """`token_key`: at least 32 bytes (RFC 7518, 3.2: no shorter than the hash of HS256).

    `demo`: serves a start page that hands out tokens of a synthetic city's subjects; never with real people.
    """

    token_key: bytes = field(repr=False)
    token_minutes: int = 30
    demo: bool = False


@dataclass(frozen=True)
class Serving:
    """What serves one subject at one moment; a request keeps to one, so that all it says belongs together."""

    catalogue: Catalogue
    recommend: Callable[[Profile, date], Recommendations]
    bundle: Callable[[Profile, date], Bundle]
    """What is best taken together, by the rules of how policies combine and by what was received."""
    decide: Callable[[Profile, str, date], Decision]
    """One policy, with reasons; raises UnknownPolicy."""
    provenance: Callable[[], Provenance]
    """What a decision made by this rests on: snapshot, catalogue, model."""


@dataclass(frozen=True)
class Services:
    """The parts behind the routes."""

    settings: ApiSettings
    served: Callable[[], Catalogue]
    """What serves those whom no canary reaches, as it is now."""
    serving: Callable[[str], Serving]
    """What serves a subject, by its id."""
    connect: Callable[[], AbstractContextManager[Connection]]
    """One transaction: committed on leaving, rolled back on an error."""
    profile: Callable[[Audience, str], Profile]
    """Feature store and life events together; raises UnknownSubject."""
    audience_of: Callable[[str], Audience]
    """From the id alone; raises UnknownSubject for what is no subject's id."""
    apply_event: Callable[[Audience, str, str, Mapping[str, Value], date, UUID], bool]
    """(audience, subject, kind, changed facts, as of, event id): stores the life event and pushes it online.

    False: it was here before under this id, and nothing was changed. Raises LifeEventInvalid for another event's id.
    """
    clock: Callable[[], datetime]
    """Aware, UTC."""
    ready: Callable[[], Mapping[str, str]]
    """Each part: "ok", or what is wrong with it (told to the log, not to callers)."""
    samples: Callable[[], Sequence[tuple[str, Label]]]
    """Subjects for the demo's start page, with a line about each; asked only when `settings.demo`."""
    console: ConsoleParts | None = None
    """What the officers' console needs beside this; None: there is none."""

    @property
    def catalogue(self) -> Catalogue:
        """What serves those whom no canary reaches; it follows what is published, so take it once a request."""
        return self.served()
