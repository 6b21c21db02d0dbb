"""The rules of former days: policies, parameters and vocabularies by version, from the database alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ParamSpec, TypeVar

from catalogue.loader import load_parameter_text, load_policy_text, load_vocabulary_text, parameter_names
from domain.errors import CatalogueInvalid, CatalogueNotLoaded, DuixianError, VersionUnreadable
from domain.facts import Vocabulary
from domain.policy import Parameter, Policy
from matcher.compile import Program, compile_policies
from storage import parameters, policies, vocabularies
from storage.connection import Begin
from storage.decisions import DecisionRow


@dataclass(frozen=True)
class PastRule:
    """A policy as a decision knew it, the words it is written in, and its parameters' values on the decision's date.

    `program` is of this policy alone, on that date.
    """

    policy: Policy
    vocabulary: Vocabulary
    parameters: Mapping[str, Decimal]
    program: Program


class Archive:
    """Reads each text once, also one that cannot be read; what is kept by version never changes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._vocabulary = _once(self._read_vocabulary)
        self._parameter = _once(self._read_parameter)
        self._policy = _once(self._read_policy)
        self._program = _once(self._compiled)

    def rule(self, row: DecisionRow) -> PastRule:
        """What the decision was made by.

        Raises UnknownPolicy, UnknownParameter or UnknownVocabulary for a version that was never loaded, VersionAltered
        for one that is not what was loaded, VersionUnreadable for one that this program cannot read, ParameterExpired
        for a parameter without a value on the date, CatalogueNotLoaded for a decision that names no versions.
        """
        if row.vocabulary_version is None or row.parameter_versions is None:
            raise CatalogueNotLoaded(
                "The decision was made before parameters and vocabulary were kept by version.",
                next_step="It cannot be replayed; its reasons hold the values that it rested on.",
            )
        versions = tuple(sorted(row.parameter_versions.items()))
        program = self._program(row.policy_id, row.policy_version, row.vocabulary_version, versions, row.as_of)
        [policy] = program.policies
        return PastRule(policy, self._vocabulary(row.vocabulary_version), program.parameters, program)

    def _compiled(
        self,
        policy_id: str,
        version: int,
        vocabulary_version: int,
        versions: tuple[tuple[str, int], ...],
        as_of: date,
    ) -> Program:
        policy = self._policy(policy_id, version, vocabulary_version, versions)
        names = parameter_names(policy)
        values = {
            name: self._parameter(name, number, vocabulary_version).at(as_of)
            for name, number in versions
            if name in names
        }
        return compile_policies([policy], self._vocabulary(vocabulary_version), values, policy.audience, as_of)

    def _read_vocabulary(self, version: int) -> Vocabulary:
        with self._begin() as connection:
            text = vocabularies.text(connection, version)
        name = f"vocabulary version {version}"
        with _readable(name):
            return load_vocabulary_text(text, name)

    def _read_parameter(self, parameter: str, version: int, vocabulary_version: int) -> Parameter:
        vocabulary = self._vocabulary(vocabulary_version)
        with self._begin() as connection:
            text = parameters.text(connection, parameter, version)
        name = f"parameter {parameter} version {version}"
        with _readable(name):
            return load_parameter_text(text, name, vocabulary)

    def _read_policy(
        self, policy_id: str, version: int, vocabulary_version: int, versions: tuple[tuple[str, int], ...]
    ) -> Policy:
        vocabulary = self._vocabulary(vocabulary_version)
        known = {name: self._parameter(name, number, vocabulary_version) for name, number in versions}
        with self._begin() as connection:
            text = policies.text(connection, policy_id, version)
        name = f"policy {policy_id} version {version}"
        with _readable(name):
            return load_policy_text(text, name, vocabulary, known)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except CatalogueInvalid as error:
        raise VersionUnreadable(what, error.problems) from error


Key = ParamSpec("Key")
Read = TypeVar("Read")


def _once(read: Callable[Key, Read]) -> Callable[Key, Read]:
    """Like a cache, but for errors too: a million decisions may rest on the one text that cannot be read."""
    known: dict[object, Read | DuixianError] = {}

    def reading(*key: Key.args, **names: Key.kwargs) -> Read:
        if key not in known:
            try:
                known[key] = read(*key, **names)
            except DuixianError as error:
                known[key] = error
        found = known[key]
        if isinstance(found, DuixianError):
            raise found.with_traceback(None)
        return found

    return reading
