"""What a command or server works with: catalogue, database, feature store; opened once, each when first needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from uuid import UUID

from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue, parameter_names
from delivery.records import Provenance
from domain.decision import Decision
from domain.errors import CatalogueNotLoaded, UnknownPolicy, UnknownSubject
from domain.facts import Audience
from domain.profile import Profile
from duixian import loading
from duixian.clock import now
from duixian.database import database
from duixian.loading import Loaded
from duixian.settings import Settings
from features.store import FeatureStoreHandle
from matcher.compile import Program, compile_policies
from matcher.reasons.explain import explain
from storage import life_events
from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.officers import Officers


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
    def _loaded(self) -> Loaded | None:
        with self.begin() as connection:
            return loading.served(connection)

    @property
    def catalogue(self) -> Catalogue:
        """What is served: the newest loaded version of each policy, with the loaded vocabulary and parameters.

        The files are not looked at once something was loaded; before that it is they that are served.
        """
        return self._loaded.catalogue if self._loaded else self.files

    def reload(self) -> None:
        """Take up what was loaded since: the catalogue is read anew, and the programs made of it are made anew."""
        self.__dict__.pop("_loaded", None)
        self.program.cache_clear()

    @cached_property
    def store(self) -> FeatureStoreHandle:
        return FeatureStoreHandle.open(self.home, self.catalogue.vocabulary)

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
        return explain(program, index, profile)

    def provenance(
        self, program: Program, snapshot_id: str, *, model_version: str | None = None, match_run_id: UUID | None = None
    ) -> Provenance:
        """What decisions by `program` rest on, by version, so that each can be replayed.

        Raises CatalogueNotLoaded: the files can change, and a decision that rests on them cannot be made again.
        """
        if self._loaded is None:
            raise CatalogueNotLoaded(
                "No policies are loaded, so nothing can be pushed, claimed or approved.",
                next_step="Run 'duixian catalogue load' first.",
            )
        named = {policy.id: parameter_names(policy) for policy in program.policies}
        return Provenance(
            snapshot_id=snapshot_id,
            catalogue_digest=self._loaded.catalogue.digest,
            parameters={
                policy_id: {name: str(program.parameters[name]) for name in names} for policy_id, names in named.items()
            },
            model_version=model_version,
            match_run_id=match_run_id,
            parameter_versions=self._loaded.parameter_versions,
            vocabulary_version=self._loaded.vocabulary_version,
        )

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
