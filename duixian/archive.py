"""The rules of former days: policies, parameters and vocabularies by version, from the database alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from catalogue.loader import load_parameter_text, load_policy_text, load_vocabulary_text, parameter_names
from domain.errors import CatalogueNotLoaded
from domain.facts import Vocabulary
from domain.policy import Parameter, Policy
from storage import parameters, policies, vocabularies
from storage.connection import Begin
from storage.decisions import DecisionRow


@dataclass(frozen=True)
class PastRule:
    """A policy as a decision knew it, the words it is written in, and its parameters' values on the decision's date."""

    policy: Policy
    vocabulary: Vocabulary
    parameters: Mapping[str, Decimal]


class Archive:
    """Reads each text once; what is kept by version never changes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self.vocabulary = lru_cache(maxsize=None)(self._vocabulary)
        self._parameter = lru_cache(maxsize=None)(self._read_parameter)
        self._policy = lru_cache(maxsize=None)(self._read_policy)

    def rule(self, row: DecisionRow) -> PastRule:
        """What the decision was made by.

        Raises UnknownPolicy, UnknownParameter or UnknownVocabulary for a version that was never loaded, VersionAltered
        for one that is not what was loaded, ParameterExpired for a parameter without a value on the date,
        CatalogueInvalid for a text that this program cannot read, CatalogueNotLoaded for a decision that names none.
        """
        if row.vocabulary_version is None or row.parameter_versions is None:
            raise CatalogueNotLoaded(
                "The decision was made before parameters and vocabulary were kept by version.",
                next_step="It cannot be replayed; its reasons hold the values that it rested on.",
            )
        versions = tuple(sorted(row.parameter_versions.items()))
        policy = self._policy(row.policy_id, row.policy_version, row.vocabulary_version, versions)
        values = {
            name: self._parameter(name, version, row.vocabulary_version).at(row.as_of)
            for name, version in versions
            if name in parameter_names(policy)
        }
        return PastRule(policy, self.vocabulary(row.vocabulary_version), values)

    def _vocabulary(self, version: int) -> Vocabulary:
        with self._begin() as connection:
            text = vocabularies.text(connection, version)
        return load_vocabulary_text(text, f"vocabulary version {version}")

    def _read_parameter(self, name: str, version: int, vocabulary_version: int) -> Parameter:
        with self._begin() as connection:
            text = parameters.text(connection, name, version)
        return load_parameter_text(text, f"parameter {name} version {version}", self.vocabulary(vocabulary_version))

    def _read_policy(
        self, policy_id: str, version: int, vocabulary_version: int, versions: tuple[tuple[str, int], ...]
    ) -> Policy:
        with self._begin() as connection:
            text = policies.text(connection, policy_id, version)
        known = {name: self._parameter(name, number, vocabulary_version) for name, number in versions}
        return load_policy_text(
            text, f"policy {policy_id} version {version}", self.vocabulary(vocabulary_version), known
        )
