"""What serves: policies by their standings, parameters and the vocabulary by version, whatever the files say since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from catalogue.loader import (
    Catalogue,
    load_parameter_text,
    load_policy_text,
    load_vocabulary_text,
    parameter_text,
)
from domain.errors import CatalogueInvalid, CatalogueNotLoaded, Problem
from domain.facts import Vocabulary
from domain.policy import Parameter, Policy
from storage import parameters, policies, standings, vocabularies
from storage.connection import Connection
from storage.standings import Mark, NewStanding, Standing
from workbench.audit import SYSTEM
from workbench.canary import bucket_of, slices

__all__ = ["LoadReport", "Loaded", "Slice", "load", "served"]

_LOAD_AGAIN = (
    "What serves needs these words: put them back into the vocabulary or parameters, or load newer versions of these"
    " policies together with them ('duixian catalogue load')."
)
Version = tuple[str, int]
"""A policy's id and version."""


@dataclass(frozen=True)
class Slice:
    """The subjects whose bucket is among `buckets` (workbench/canary.py), and the one catalogue that serves them."""

    buckets: range
    catalogue: Catalogue


@dataclass(frozen=True)
class Loaded:
    """All that serves at a moment, by slices of people; without a canary one slice is everybody.

    `mark`: how far the database had come. `read`: every policy's version that was read for it, as its text has it.
    """

    slices: tuple[Slice, ...]
    vocabulary_version: int
    parameter_versions: Mapping[str, int]
    mark: Mark
    read: Mapping[Version, Policy]

    @property
    def catalogue(self) -> Catalogue:
        """What serves those whom no canary reaches."""
        return self.slices[-1].catalogue

    def place_of(self, subject_id: str | None) -> int:
        """Which of the slices a subject is in; None: whom no canary reaches."""
        if subject_id is None or len(self.slices) == 1:
            return len(self.slices) - 1
        bucket = bucket_of(subject_id)
        return next(place for place, one in enumerate(self.slices) if bucket in one.buckets)


@dataclass(frozen=True)
class LoadReport:
    """How many versions were new: policies (beside those `known` before) and parameters; which vocabulary it is now."""

    policies: int
    known: int
    parameters: int
    vocabulary_version: int


def served(connection: Connection, before: Loaded | None = None) -> Loaded | None:
    """What serves; None before anything was loaded. `before`: what was read earlier, so that only what is new is read.

    Raises CatalogueInvalid where a version that serves no longer fits the newest words and parameters, which loading
    and publishing refuse to let happen, or where a newer program reads them otherwise; and CatalogueNotLoaded where the
    policies were loaded by a version that left the words in the files.
    """
    mark = standings.mark(connection)
    rows = standings.current(connection)
    if not rows:
        return None
    newest = vocabularies.newest(connection)
    if newest is None:
        raise CatalogueNotLoaded(
            "The policies in this database were loaded without their vocabulary and parameters, by an earlier version.",
            next_step="Run 'duixian catalogue load' once. For a demo's data, 'make clean' starts anew.",
        )
    held = parameters.newest(connection)
    versions = {name: version for name, version, _ in held}
    digest = hashlib.sha256(newest[1].encode())
    for name, version, text in held:
        digest.update(f"\0{name}\0{version}\0{text}".encode())
    if before and (before.vocabulary_version, before.parameter_versions) == (newest[0], versions):
        vocabulary, values, known = before.catalogue.vocabulary, before.catalogue.parameters, before.read
    else:
        vocabulary, values = _words(newest, held)
        known = {}
    wanted = {(row.policy_id, version) for row in rows for version in _versions(row)}
    texts = policies.texts_of(connection, wanted - known.keys())
    read = {**{key: known[key] for key in wanted & known.keys()}, **_policies(texts, vocabulary, values)}
    made = []
    for buckets in slices(row.canary_percent for row in rows if row.canary_percent is not None):
        chosen, own = [], digest.copy()
        for row in rows:
            policy = _of_bucket(row, buckets.start, read)
            if policy is not None:
                chosen.append(policy)
                own.update(f"\0{policy.id}\0{policy.version}\0{policy.effective_to}\0{policy.source}".encode())
        made.append(Slice(buckets, Catalogue(vocabulary, values, tuple(chosen), own.hexdigest())))
    return Loaded(tuple(made), newest[0], versions, mark, read)


def load(connection: Connection, catalogue: Catalogue, chosen: Sequence[Policy], now: datetime) -> LoadReport:
    """Store `chosen` policies, and the vocabulary and parameters of the `catalogue` that they were checked with.

    Versions that are new serve everybody from now on; those known before stay as they stand, so that what was rolled
    back or retired does not come back with the files. A decision names the versions of all three, so none is ever
    rewritten. Raises PolicyVersionFixed for a version with another text, CatalogueInvalid where a policy loaded before
    no longer fits; the caller's transaction rolls back.
    """
    standings.lock(connection)
    vocabulary_version = vocabularies.publish(connection, catalogue.vocabulary.source, now)
    texts = {name: parameter_text(one) for name, one in catalogue.parameters.items()}
    new_parameters = parameters.publish(connection, texts, now)
    known = policies.digests(connection, {(policy.id, policy.version) for policy in chosen})
    policies.publish(connection, chosen, now)
    new = [policy for policy in chosen if (policy.id, policy.version) not in known]
    standings.add(connection, [NewStanding(one.id, one.version, "loaded", SYSTEM, now) for one in new])
    served(connection)  # raises where what would serve does not fit together
    return LoadReport(len(new), len(chosen) - len(new), new_parameters, vocabulary_version)


def _words(newest: tuple[int, str], held: Sequence[tuple[str, int, str]]) -> tuple[Vocabulary, Mapping[str, Parameter]]:
    version, text = newest
    try:
        vocabulary = load_vocabulary_text(text, f"vocabulary version {version}, as loaded")
    except CatalogueInvalid as error:
        raise CatalogueInvalid(error.problems, next_step=_LOAD_AGAIN) from error
    problems: list[Problem] = []
    values: dict[str, Parameter] = {}
    for name, version, text in held:
        try:
            values[name] = load_parameter_text(text, f"{name} version {version}, as loaded", vocabulary)
        except CatalogueInvalid as error:
            problems += error.problems
    if problems:
        raise CatalogueInvalid(problems, next_step=_LOAD_AGAIN)
    return vocabulary, values


def _policies(
    texts: Mapping[Version, str], vocabulary: Vocabulary, values: Mapping[str, Parameter]
) -> dict[Version, Policy]:
    problems: list[Problem] = []
    read: dict[Version, Policy] = {}
    for (policy_id, version), text in sorted(texts.items()):
        try:
            read[policy_id, version] = load_policy_text(
                text, f"{policy_id} version {version}, as loaded", vocabulary, values
            )
        except CatalogueInvalid as error:
            problems += error.problems
    if problems:
        raise CatalogueInvalid(problems, next_step=_LOAD_AGAIN)
    return read


def _versions(row: Standing) -> list[int]:
    return [version for version in (row.version, row.canary_version) if version is not None]


def _of_bucket(row: Standing, bucket: int, read: Mapping[Version, Policy]) -> Policy | None:
    """What serves one bucket of a policy; None: nothing does."""
    if row.canary_version is not None and row.canary_percent is not None and bucket < row.canary_percent:
        return read[row.policy_id, row.canary_version]
    if row.version is None:
        return None
    policy = read[row.policy_id, row.version]
    return policy if row.last_day is None else replace(policy, effective_to=_earlier(policy.effective_to, row.last_day))


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)
