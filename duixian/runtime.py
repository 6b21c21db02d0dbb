"""What a command or server works with: what serves, database, feature store; opened once, each when first needed."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock

from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue
from domain.decision import Decision
from domain.errors import DuixianError, UnknownSubject
from domain.facts import Audience
from domain.profile import Profile
from duixian import loading
from duixian.clock import now
from duixian.database import database
from duixian.served import Served
from duixian.settings import Settings
from features.store import FeatureStoreHandle
from matcher.compile import Program
from storage import life_events, standings
from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.officers import Officers

LOOK_EVERY_S = 1.0
"""How soon a process takes up what was published by another: people wait for it, and the look is one small query."""


class Runtime:
    """Follows what serves; safe to share between threads once the parts are opened."""

    def __init__(self, settings: Settings, begin: Begin) -> None:
        self.settings = settings
        self.begin = begin
        self.trouble: str | None = None
        self._held: Served | None = None
        self._looked_at = 0.0
        self._looking = Lock()

    @staticmethod
    @contextmanager
    def open(settings: Settings | None = None) -> Iterator[Runtime]:
        """Connect to the database (an embedded one is started for as long as it is used) and yield the parts."""
        settings = settings or Settings()
        with database(settings) as begin:
            yield Runtime(settings, begin)

    @property
    def home(self) -> Path:
        return self.settings.home

    @cached_property
    def files(self) -> Catalogue:
        """The catalogue as it stands in the files."""
        return load_catalogue(self.settings.catalogue or DEFAULT_ROOT)

    @property
    def served(self) -> Served:
        """What serves, looked for anew every second; before anything was loaded it is the files that serve.

        Whoever decides takes it once and keeps to it. When what was published since cannot be had, what was there
        goes on serving, and `trouble` says why.
        """
        held = self._held
        if held is not None and time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return held
        if held is not None and not self._looking.acquire(blocking=False):
            return held  # another thread looks already
        try:
            if held is None:
                return self.reload()
            self._looked_at = time.monotonic()
            try:
                found = self._newest(held)
            except DuixianError as error:
                self.trouble = error.message
                return held
            self._held, self.trouble = found, None
            return found
        finally:
            if held is not None:
                self._looking.release()

    def reload(self) -> Served:
        """What serves at this very moment. Raises DatabaseUnavailable, and what `loading.served` raises."""
        self._held = self._newest(self._held)
        self._looked_at, self.trouble = time.monotonic(), None
        return self._held

    def _newest(self, held: Served | None) -> Served:
        """The one that is held where nothing has changed, so that what was made of it is kept."""
        loaded = held.loaded if held else None
        with self.begin() as connection:
            if held is not None and loaded is not None and standings.mark(connection) == loaded.mark:
                return held
            found = loading.served(connection, loaded)
        if found is None:
            return held or Served(self.begin, None, self.files)
        return Served(self.begin, found)

    @property
    def catalogue(self) -> Catalogue:
        """What serves those whom no canary reaches.

        The files are not looked at once something was loaded; before that it is they that are served.
        """
        return self.served.catalogue

    def catalogue_for(self, subject_id: str) -> Catalogue:
        """The one catalogue that serves a subject."""
        return self.served.catalogue_for(subject_id)

    def program(self, audience: Audience, as_of: date, subject_id: str | None = None) -> Program:
        """The policies in force on `as_of` that serve the subject (None: whom no canary reaches), compiled."""
        return self.served.program(audience, as_of, subject_id)

    def decide(self, profile: Profile, policy_id: str, as_of: date) -> Decision:
        """One policy for one profile, with reasons. Raises UnknownPolicy for one that is not in force."""
        return self.served.decide(profile, policy_id, as_of)

    @cached_property
    def store(self) -> FeatureStoreHandle:
        return FeatureStoreHandle.open(self.home, self.catalogue.vocabulary)

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.begin, self.settings.anchor_file())

    @cached_property
    def officers(self) -> Officers:
        return Officers(self.begin, now, self.audit)

    def profile(self, audience: Audience, subject_id: str) -> Profile:
        """One subject's facts, each with source and date; life events that came in since are on top."""
        with self.begin() as connection:
            events = life_events.of_subject(connection, subject_id)
        return self.store.profile(audience, subject_id, overlay=events)

    def profiles(self, audience: Audience, subject_ids: Collection[str]) -> dict[str, Profile]:
        """As `profile`, of all those that there are, in one read of each store."""
        with self.begin() as connection:
            events = life_events.of_subjects(connection, subject_ids)
        return self.store.profiles(audience, list(subject_ids), events)


def audience_of(subject_id: str) -> Audience:
    """Citizens' ids begin with C, enterprises' with E. Raises UnknownSubject."""
    match subject_id[:1]:
        case "C":
            return Audience.CITIZEN
        case "E":
            return Audience.ENTERPRISE
    raise UnknownSubject(subject_id)
