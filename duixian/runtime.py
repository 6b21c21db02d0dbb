"""What a command or server works with: catalogue, database, feature store; opened once, each when first needed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue, load_policy_text
from domain.decision import Decision
from domain.errors import CatalogueInvalid, Problem, UnknownPolicy, UnknownSubject
from domain.facts import Audience
from domain.profile import Profile
from duixian.database import database
from duixian.settings import Settings
from features.store import FeatureStoreHandle
from matcher.compile import Program, compile_policies
from matcher.explain import explain
from storage import life_events
from storage import policies as stored_policies
from storage.connection import Begin

_STEP_FOR_LOADED = (
    "What is loaded needs these words: put them back into the vocabulary or parameters, or load newer versions of these"
    " policies. For a demo's data, 'make clean' starts anew."
)


class Runtime:
    """Holds no state of its own; safe to share between threads once the parts are opened."""

    def __init__(self, settings: Settings, begin: Begin) -> None:
        self.settings = settings
        self.begin = begin
        self.program = lru_cache(maxsize=8)(self._program)

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

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is served: the newest loaded version of each policy, with the files' vocabulary and parameters.

        Before anything was loaded it is the files' policies.
        """
        with self.begin() as connection:
            newest = stored_policies.newest(connection)
        if not newest:
            return self.files
        digest = hashlib.sha256(self.files.digest.encode())
        policies = []
        problems: list[Problem] = []
        for policy_id, version, text in newest:
            name = f"{policy_id} version {version}, as loaded"
            try:
                policies.append(load_policy_text(text, name, self.files.vocabulary, self.files.parameters))
            except CatalogueInvalid as error:
                problems += error.problems
            digest.update(f"\0{policy_id}\0{version}".encode())
        if problems:
            raise CatalogueInvalid(problems, next_step=_STEP_FOR_LOADED)
        return Catalogue(self.files.vocabulary, self.files.parameters, tuple(policies), digest.hexdigest())

    def reload(self) -> None:
        """Take up what was loaded since: the catalogue is read anew, and the programs made of it are made anew."""
        self.__dict__.pop("catalogue", None)
        self.program.cache_clear()

    @cached_property
    def store(self) -> FeatureStoreHandle:
        return FeatureStoreHandle.open(self.home, self.files.vocabulary)

    def _program(self, audience: Audience, as_of: date) -> Program:
        """The policies in force on `as_of`, compiled; kept for the last few days asked for."""
        policies = self.catalogue.in_force(audience, as_of)
        parameters = self.catalogue.parameters_at(as_of)
        return compile_policies(policies, self.catalogue.vocabulary, parameters, audience, as_of)

    def decide(self, profile: Profile, policy_id: str, as_of: date) -> Decision:
        """One policy for one profile, with reasons. Raises UnknownPolicy for one that is not in force."""
        program = self.program(profile.audience, as_of)
        index = program.index_of(policy_id)
        if index is None:
            raise UnknownPolicy(policy_id)
        return explain(program.policies[index], profile, self.catalogue.vocabulary, program.parameters, as_of)

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
