"""What serves at one moment, with the programs made of it: whoever decides keeps to one of these from end to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from uuid import UUID

from catalogue.loader import Catalogue, load_policy_text, parameter_names
from delivery.records import PolicyVersion, Provenance
from domain.decision import Decision
from domain.errors import CatalogueNotLoaded, UnknownPolicy
from domain.facts import Audience
from domain.policy import Policy
from domain.profile import Profile
from duixian.loading import Loaded
from matcher.compile import Program, compile_policies
from matcher.reasons.explain import explain
from storage import policies
from storage.connection import Begin

__all__ = ["Served"]


class Served:
    """Never changes; safe to share between threads. `loaded` None: nothing was, and the `files` are looked at."""

    def __init__(self, begin: Begin, loaded: Loaded | None, files: Catalogue | None = None) -> None:
        self._begin = begin
        self.loaded = loaded
        self._catalogues = tuple(one.catalogue for one in loaded.slices) if loaded else (files,) if files else ()
        self.policy = lru_cache(maxsize=None)(self._policy)
        self._by_id = tuple({policy.id: policy for policy in one.policies} for one in self._catalogues)
        self._programs = lru_cache(maxsize=32)(self._compiled)
        self._rules = lru_cache(maxsize=2_000)(self._rule)

    @property
    def catalogue(self) -> Catalogue:
        """What serves those whom no canary reaches."""
        return self._catalogues[-1]

    @property
    def places(self) -> range:
        """The numbers of the slices of people that are served differently, those first whom most canaries reach."""
        return range(len(self._catalogues))

    def place_of(self, subject_id: str | None) -> int:
        """The slice that a subject is in; None: the last one, which no canary reaches."""
        return self.loaded.place_of(subject_id) if self.loaded else 0

    def catalogue_for(self, subject_id: str | None) -> Catalogue:
        """The one catalogue that serves a subject."""
        return self._catalogues[self.place_of(subject_id)]

    def catalogue_of(self, place: int) -> Catalogue:
        """The one catalogue that serves a slice."""
        return self._catalogues[place]

    def program(self, audience: Audience, as_of: date, subject_id: str | None = None) -> Program:
        """The policies in force on `as_of` that serve the subject, compiled."""
        return self._programs(audience, as_of, self.place_of(subject_id))

    def program_of(self, audience: Audience, as_of: date, place: int) -> Program:
        """The policies in force on `as_of` that serve a slice, compiled; kept for the last few days asked for."""
        return self._programs(audience, as_of, place)

    def decide(self, profile: Profile, policy_id: str, as_of: date) -> Decision:
        """One policy for one profile, with reasons. Raises UnknownPolicy for one that is not in force."""
        program = self.program(profile.audience, as_of, profile.subject_id)
        index = program.index_of(policy_id)
        if index is None:
            raise UnknownPolicy(policy_id)
        return explain(program, index, profile)

    def judge(self, profile: Profile, policy_id: str, version: int, as_of: date) -> Decision:
        """One version of a policy, whether it serves still or not: by it a claim is judged that was opened under it.

        Where the version has ended, it is judged on its last day. Raises UnknownPolicy for one that never served,
        CatalogueInvalid for one that the words of today cannot read.
        """
        return explain(self._rules(policy_id, version, self._judged_on(policy_id, version, as_of)), 0, profile)

    def provenance(
        self,
        program: Program,
        snapshot_id: str,
        *,
        place: int = -1,
        model_version: str | None = None,
        match_run_id: UUID | None = None,
    ) -> Provenance:
        """What decisions by `program`, that of the slice at `place`, rest on by version, so that each can be replayed.

        Raises CatalogueNotLoaded: the files can change, and a decision that rests on them cannot be made again.
        """
        values = {
            (policy.id, policy.version): {name: str(program.parameters[name]) for name in parameter_names(policy)}
            for policy in program.policies
        }
        return self._provenance(values, snapshot_id, place, model_version, match_run_id)

    def grounds(self, snapshot_id: str, as_of: date) -> Provenance:
        """What `judge` rests on, for every version that ever served."""
        return self._provenance(_Values(self, as_of), snapshot_id, -1, None, None)

    def parameters_of(self, policy_id: str, version: int, as_of: date) -> Mapping[str, str]:
        """The parameters that a version names, as `judge` takes them."""
        program = self._rules(policy_id, version, self._judged_on(policy_id, version, as_of))
        [policy] = program.policies
        return {name: str(program.parameters[name]) for name in parameter_names(policy)}

    def last_version(self, policy_id: str) -> Policy | None:
        """What serves of a policy, or else the newest version that ever did; None where none did."""
        for held in reversed(self._by_id):
            if policy_id in held:
                return held[policy_id]
        with self._begin() as connection:
            versions = policies.versions(connection, policy_id)
        return self.policy(policy_id, versions[-1].version) if versions else None

    def _provenance(
        self,
        values: Mapping[PolicyVersion, Mapping[str, str]],
        snapshot_id: str,
        place: int,
        model_version: str | None,
        match_run_id: UUID | None,
    ) -> Provenance:
        if self.loaded is None:
            raise CatalogueNotLoaded(
                "No policies are loaded, so nothing can be pushed, claimed or approved.",
                next_step="Run 'duixian catalogue load' first.",
            )
        return Provenance(
            snapshot_id=snapshot_id,
            catalogue_digest=self._catalogues[place].digest,
            parameters=values,
            model_version=model_version,
            match_run_id=match_run_id,
            parameter_versions=self.loaded.parameter_versions,
            vocabulary_version=self.loaded.vocabulary_version,
        )

    def _compiled(self, audience: Audience, as_of: date, place: int) -> Program:
        catalogue = self._catalogues[place]
        chosen, parameters = catalogue.in_force(audience, as_of), catalogue.parameters_at(as_of)
        return compile_policies(chosen, catalogue.vocabulary, parameters, audience, as_of)

    def _rule(self, policy_id: str, version: int, as_of: date) -> Program:
        policy, words = self.policy(policy_id, version), self.catalogue
        return compile_policies([policy], words.vocabulary, words.parameters_at(as_of), policy.audience, as_of)

    def _policy(self, policy_id: str, version: int) -> Policy:
        """A version that serves or once did, read with the words of today. Raises UnknownPolicy, CatalogueInvalid."""
        if self.loaded is not None and (held := self.loaded.read.get((policy_id, version))):
            return held
        with self._begin() as connection:
            text = policies.text(connection, policy_id, version)
        words = self.catalogue
        return load_policy_text(text, f"{policy_id} version {version}, as loaded", words.vocabulary, words.parameters)

    def _judged_on(self, policy_id: str, version: int, as_of: date) -> date:
        """The day itself, or the last one of a version that has ended or was retired."""
        served = self._by_id[-1].get(policy_id)
        ends = [self.policy(policy_id, version).effective_to]
        if served is not None and served.version == version:
            ends.append(served.effective_to)
        return min([as_of, *(end for end in ends if end is not None)])


class _Values(Mapping[PolicyVersion, Mapping[str, str]]):
    """The parameters of every version, looked up when they are asked for."""

    def __init__(self, served: Served, as_of: date) -> None:
        self._served, self._as_of = served, as_of

    def __getitem__(self, key: PolicyVersion) -> Mapping[str, str]:
        return self._served.parameters_of(*key, self._as_of)

    def __iter__(self) -> Iterator[PolicyVersion]:
        return iter(self._served.loaded.read if self._served.loaded else ())

    def __len__(self) -> int:
        return len(self._served.loaded.read) if self._served.loaded else 0
