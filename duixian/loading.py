"""What was loaded: policies, parameters and the vocabulary by version, whatever the catalogue's files say since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalogue.loader import (
    Catalogue,
    load_parameter_text,
    load_policy_text,
    load_vocabulary_text,
    parameter_text,
)
from domain.errors import CatalogueInvalid, CatalogueNotLoaded, Problem
from domain.policy import Parameter, Policy
from storage import parameters, policies, vocabularies
from storage.connection import Connection

_LOAD_AGAIN = (
    "What was loaded before needs these words: put them back into the vocabulary or parameters, or load newer versions"
    " of these policies together with them ('duixian catalogue load')."
)


@dataclass(frozen=True)
class Loaded:
    """The newest version of each policy, with the newest of each parameter (by name) and of the vocabulary."""

    catalogue: Catalogue
    vocabulary_version: int
    parameter_versions: Mapping[str, int]


@dataclass(frozen=True)
class LoadReport:
    """How many versions were new: policies (beside those `known` before) and parameters; which vocabulary it is now."""

    policies: int
    known: int
    parameters: int
    vocabulary_version: int


def newest(connection: Connection) -> Loaded | None:
    """What is served; None before anything was loaded.

    Raises CatalogueInvalid where an old policy no longer fits the newest words and parameters, which `load` refuses to
    let happen, or where a newer program reads them otherwise; and CatalogueNotLoaded where the policies were loaded by
    a version that left the words in the files.
    """
    held = policies.newest(connection)
    if not held:
        return None
    words = vocabularies.newest(connection)
    if words is None:
        raise CatalogueNotLoaded(
            "The policies in this database were loaded without their vocabulary and parameters, by an earlier version.",
            next_step="Run 'duixian catalogue load' once. For a demo's data, 'make clean' starts anew.",
        )
    vocabulary_version, text = words
    digest = hashlib.sha256(text.encode())
    try:
        vocabulary = load_vocabulary_text(text, f"vocabulary version {vocabulary_version}, as loaded")
    except CatalogueInvalid as error:
        raise CatalogueInvalid(error.problems, next_step=_LOAD_AGAIN) from error
    problems: list[Problem] = []
    values: dict[str, Parameter] = {}
    versions: dict[str, int] = {}
    for name, version, text in parameters.newest(connection):
        try:
            values[name] = load_parameter_text(text, f"{name} version {version}, as loaded", vocabulary)
        except CatalogueInvalid as error:
            problems += error.problems
        versions[name] = version
        digest.update(f"\0{name}\0{version}\0{text}".encode())
    served = []
    for policy_id, version, text in held:
        try:
            served.append(load_policy_text(text, f"{policy_id} version {version}, as loaded", vocabulary, values))
        except CatalogueInvalid as error:
            problems += error.problems
        digest.update(f"\0{policy_id}\0{version}\0{text}".encode())
    if problems:
        raise CatalogueInvalid(problems, next_step=_LOAD_AGAIN)
    return Loaded(Catalogue(vocabulary, values, tuple(served), digest.hexdigest()), vocabulary_version, versions)


def load(connection: Connection, catalogue: Catalogue, chosen: Sequence[Policy], now: datetime) -> LoadReport:
    """Store `chosen` policies, and the vocabulary and all parameters of the `catalogue` that they were checked with.

    A decision names the versions of all three, so none is ever rewritten. Raises PolicyVersionFixed for a version with
    another text, CatalogueInvalid where a policy loaded before no longer fits; the caller's transaction rolls back.
    """
    vocabulary_version = vocabularies.publish(connection, catalogue.vocabulary.source, now)
    texts = {name: parameter_text(one) for name, one in catalogue.parameters.items()}
    new_parameters = parameters.publish(connection, texts, now)
    new_policies = policies.publish(connection, chosen, now)
    newest(connection)  # raises where what would be served does not fit together
    return LoadReport(new_policies, len(chosen) - new_policies, new_parameters, vocabulary_version)
